"""Reports of windows that overlap: which there are, what each is of, and by what names."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import reportgen as rg
from reportgen.api.workbench import Asked, Workbench
from reportgen.boards import open_board
from reportgen.errors import NotFoundError, UserError
from reportgen.pipeline import measure_edition
from reportgen.project_file import load_project
from reportgen.report import BoardSpec, dump_record, load_record

PROJECT = """
project: Small
board: {type: folder, path: board}
timezone: Europe/Berlin
models:
  m:
    monitoring: {data: scored, time: at, target: y, prediction: p, features: [x],
                 every: week, window: 21d}
reports:
  weekly: {model: m, template: monitoring, formats: [html]}
"""
ASKED: dict[str, Any] = {
    "time": "at", "target": "y", "prediction": "p", "timezone": "Europe/Berlin",
}  # fmt: skip


def rows() -> pd.DataFrame:
    """Two months of hours around the change of the clocks of March, with a week that is missing."""
    random = np.random.default_rng(4)
    at = pd.date_range("2024-03-01", "2024-05-01", freq="1h", tz="UTC")
    week = pd.Timestamp("2024-03-11", tz="UTC"), pd.Timestamp("2024-03-18", tz="UTC")
    at = at[(at < week[0]) | (at >= week[1])]
    x = random.normal(size=len(at))
    y = (x + random.normal(size=len(at)) > 0).astype(int)
    return pd.DataFrame({"at": at, "x": x, "p": (x > 0).astype(int), "y": y})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "reportgen.yml").write_text(PROJECT)
    board = open_board(BoardSpec(type="folder", path="board"), tmp_path)
    for name, frame in (("m", pd.DataFrame({"w": [1.0]})), ("scored", rows())):
        path = tmp_path / f"{name}.parquet"
        frame.to_parquet(path)
        board.write(name, path, type="parquet", created=datetime(2024, 5, 2, tzinfo=UTC))
    return tmp_path


def test_each_row_is_in_the_reports_whose_windows_cover_it(place: Path) -> None:
    project = load_project(place)
    table = rows()
    seen = np.zeros(len(table), dtype=int)
    with Workbench(project, project.reports["weekly"], Asked()) as bench:
        periods = [period for period in bench.periods(None) if period is not None]
        keys = [period.key for period in periods]
        assert keys[0] == "2024-03-03-21d"  # ends with the week of the first row
        assert keys[-1] == "2024-04-28-21d"
        assert len(keys) == 9
        for period in periods:
            inside = (table["at"] >= period.start) & (table["at"] < period.end)
            seen += inside.to_numpy()
            data = measure_edition(bench.edition(period, Asked()), bench.prepared)
            assert data.values["volume.rows"].number == int(inside.sum())
            assert data.values["volume.total"].number == len(table)
            assert load_record(json.loads(json.dumps(dump_record(data)))) == data
        # A row of the middle is in three windows: of its own week and of the two after it.
        middle = (table["at"] >= "2024-03-04") & (table["at"] < "2024-04-14")
        assert set(seen[middle]) == {3}
        assert [p.key for p in bench.periods("2024-W13..2024-W14") if p] == keys[4:6]
        assert [p.key for p in bench.periods("2024-03-31-21d") if p] == [keys[4]]
        (dst,) = (period for period in periods if period.key == "2024-03-31-21d")
        assert (dst.end - dst.start).total_seconds() == (21 * 24 - 1) * 3600
        for wrong in ("2024-03-30-21d", "2024-03-31-28d", "2024-03"):
            with pytest.raises(NotFoundError, match="this report is made every week, of 21 days"):
                bench.periods(wrong)


def test_a_report_without_a_project_has_windows_too(place: Path) -> None:
    report = rg.monitor(
        place / "board", "m", data="scored", every="week", window="21d", period="2024-W17", **ASKED
    )

    assert report.data.edition == "2024-04-28-21d"
    history = report.data.series["volume.history"]
    assert history.columns["period"] == ("2024-03-17", "2024-04-07", "2024-04-28")
    assert history.labels["period"] == "21 days to"
    assert report.value("volume.rows").number == 21 * 24
    newest = rg.monitor(place / "board", "m", data="scored", every="hour", window="48h", **ASKED)
    assert newest.data.period is not None
    assert newest.data.edition.endswith("-48h")
    assert newest.value("volume.rows").number == 48
    for wrong, said in (("3d", "shorter than a week"), ("a month", "not a duration")):
        with pytest.raises(UserError, match=said):
            rg.monitor(place / "board", "m", data="scored", window=wrong, **ASKED)
