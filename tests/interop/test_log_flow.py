"""A whole report with a log, checks, texts, a history and a metrics pin, by the command's own way."""

from __future__ import annotations

import json
import warnings
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import reportgen as rg
from reportgen.boards import Board
from reportgen.vetiver import pin_metrics, read_metrics
from tests.boards_support import (
    PINS_LEAVES_FILES_OPEN,
    VETIVER_USES_OLD_PYDANTIC,
    folder_board,
)
from tests.unit.measure.mon_frames import scored_table

pytestmark = [pytest.mark.slow, PINS_LEAVES_FILES_OPEN, VETIVER_USES_OLD_PYDANTIC]

PROJECT = """
project: Logs
board: {type: folder, path: board}
timezone: America/New_York
models:
  late:
    monitoring:
      data: scored
      time: time
      prediction: predicted
      score: p_late
      target: late
      operations: {latency: ms, latency_unit: milliseconds, packages: with}
      texts: [note]
      checks: ['own:quick', 'own:broken']
      metrics_pin: ours
      history: theirs
      thresholds: {operations.latency_p95: {max: 0.02}}
reports:
  weekly: {model: late, template: page.qmd, kind: monitoring, formats: [gfm]}
"""
PAGE = """---
title: Weekly
---

```{python}
#| tags: [parameters]
record = "report.json"
```

```{python}
from reportgen.present import open_report, tables

report = open_report(record)
tables(report, "operations.log", "quality.checks", "drift.content", "history.metrics")
```
"""
OWN = "def quick(rows):\n    return rows['ms'] < 30\n\n\ndef broken(rows):\n    return rows['no'] > 0\n"


def write(board: Board, folder: Path, name: str, table: pd.DataFrame) -> None:
    path = folder / f"{name}.parquet"
    table.to_parquet(path)
    board.write(name, path, type="parquet", created=datetime(2013, 7, 1, tzinfo=UTC))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(3)
    table = scored_table(weeks=5, per_week=120)
    table = table.assign(
        ms=random.lognormal(3, 0.4, len(table)),
        note=[" ".join(random.choice(["wind", "crew", "gate", "fuel"], 4)) for _ in table.index],
        **{"with": "numpy==2.1"},
    )
    board = folder_board(tmp_path / "board")
    write(board, tmp_path, "scored", table)
    (tmp_path / "late.bin").write_bytes(b"never opened")
    created = datetime(2013, 5, 1, tzinfo=UTC)
    meta = {"vetiver_meta": {"required_pkgs": ["numpy==2.0"], "python_version": [3, 11, 7]}}
    board.write("late", tmp_path / "late.bin", type="file", created=created, metadata=meta)
    old = pd.DataFrame(
        {
            "index": [pd.Timestamp("2013-04-22")],
            "n": 9,
            "metric": "accuracy_score",
            "estimate": 0.7,
        }
    )
    pin_metrics(tmp_path / "board", old, "theirs", pin_type="csv", of_r=True)
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "page.qmd").write_text(PAGE)
    (tmp_path / "reportgen.yml").write_text(PROJECT)
    return tmp_path


def test_the_report_has_it_all_and_the_pin_has_its_metrics(folder: Path) -> None:
    (made,) = rg.project(folder).render("weekly", period="2013-W23")
    edition = folder / "site" / "weekly" / "2013-W23"
    record = json.loads((edition / "report.json").read_text())
    values = record["values"]
    assert values["history.accuracy[window=2013-W17]"]["number"] == 0.7
    assert values["operations.latency_p95"]["n"] == 120
    assert values["environment.numpy.other"]["number"] == 1.0
    assert values["quality.checks.quick"]["n"] == 120
    assert "KeyError" in values["quality.checks.broken"]["reason"]
    assert values["drift.note.domain_auc"]["number"] == pytest.approx(0.5, abs=0.15)
    assert any(f["sentence"].startswith("Latency (p95) is") for f in record["findings"])
    page = (edition / "index.md").read_text() if (edition / "index.md").exists() else ""
    page = page or "".join(path.read_text() for path in edition.glob("*.md"))
    assert "could not be run" in page
    assert made.fresh

    pinned = read_metrics(folder / "board", "ours").set_index("metric")
    assert pinned.loc["accuracy", "estimate"] == values["performance.accuracy"]["number"]
    assert set(pinned["index"]) == {pd.Timestamp("2013-06-03")}
    board = folder_board(folder / "board")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pins
        import vetiver
    figure = vetiver.plot_metrics(pins.board_folder(str(folder / "board")).pin_read("ours"))
    assert "accuracy" in {trace.name for trace in figure.data}

    (again,) = rg.project(folder).render("weekly", period="2013-W23")
    assert not again.fresh
    assert len(board.versions("ours")) == 1
    (folder / "own.py").write_text(OWN.replace("< 30", "< 25"))
    (changed,) = rg.project(folder).render("weekly", period="2013-W23")
    assert changed.fresh
    assert len(board.versions("ours")) == 1  # the metrics are the same
