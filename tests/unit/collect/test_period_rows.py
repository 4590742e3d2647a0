"""What scored rows reach over, and whether those of one period are still the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportgen.boards import PinVersion, Snapshot
from reportgen.collect import collect_scored
from reportgen.collect.tables.period_rows import digest_rows, time_span
from reportgen.collect.tables.scanned import collect_scanned
from reportgen.errors import DataError
from reportgen.report import MonitoringSpec, PinRef, parse_period

SPEC = MonitoringSpec(data=PinRef(name="scored"), time="at", every="day", target="y")
ZONE = "America/New_York"
DAY = parse_period("2024-03-10", ZONE)  # which has 23 hours


def rows() -> pd.DataFrame:
    random = np.random.default_rng(3)
    times = pd.date_range("2024-03-09T12:00", periods=200, freq="15min", tz="UTC")
    return pd.DataFrame(
        {"at": times, "x": random.normal(size=200), "y": random.integers(0, 2, 200), "c": "a"}
    )


def snapshot(frame: pd.DataFrame, folder: Path, kind: str = "parquet") -> Snapshot:
    folder.mkdir(exist_ok=True)
    path = folder / f"rows.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    version = PinVersion(
        name="scored",
        version="20240401T000000Z-00000",
        created=datetime(2024, 4, 1, tzinfo=UTC),
        type=kind,
        files=(path.name,),
        sizes=(path.stat().st_size,),
        pin_hash="0" * 16,
    )
    return Snapshot(version=version, folder=folder, sha256="0" * 64)


@pytest.fixture(params=["read", "scanned"])
def digest(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    def of(frame: pd.DataFrame) -> str:
        held = {"data": snapshot(frame, tmp_path / "pin")}
        if request.param == "read":
            return digest_rows(collect_scored(SPEC, "classification", ZONE, held), DAY)
        found = collect_scanned(SPEC, "classification", ZONE, held, least=0)
        assert found is not None
        return digest_rows(found, DAY)

    return of


def test_the_order_of_rows_and_columns_does_not_matter(digest: Any) -> None:
    frame = rows()

    assert digest(frame) == digest(frame.sample(frac=1, random_state=1)[["y", "c", "x", "at"]])


def test_rows_of_other_periods_do_not_matter(digest: Any) -> None:
    frame = rows()
    inside = (frame["at"] >= DAY.start) & (frame["at"] < DAY.end)
    assert 80 < inside.sum() < 100
    other = frame.copy()
    other.loc[~inside, "x"] = 0.0

    assert digest(frame) == digest(other)
    assert digest(frame) == digest(frame[inside | (frame.index == 0)])


@pytest.mark.parametrize("at", ["first", "last"])
def test_a_change_of_any_row_of_the_period_shows(digest: Any, at: str) -> None:
    frame = rows()
    inside = frame.index[(frame["at"] >= DAY.start) & (frame["at"] < DAY.end)]
    place = inside[0] if at == "first" else inside[-1]
    before = digest(frame)

    for column, value in (("x", 9.0), ("c", "b"), ("y", 1 - frame.loc[place, "y"])):
        changed = frame.copy()
        changed.loc[place, column] = value
        assert digest(changed) != before
    assert digest(frame.drop(place)) != before
    assert digest(pd.concat([frame, frame.loc[[place]]], ignore_index=True)) != before


def test_labels_that_came_in_show(digest: Any) -> None:
    early = rows()
    early["y"] = early["y"].astype(float)
    late = early.copy()
    early.loc[early["at"] >= DAY.start, "y"] = np.nan

    assert digest(early) != digest(late)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_the_span_is_from_the_first_to_the_last_moment(kind: str, tmp_path: Path) -> None:
    frame = rows().sample(frac=1, random_state=2)
    frame.loc[frame.index[5], "at"] = pd.NaT

    found = time_span(snapshot(frame, tmp_path / "pin", kind), "at", ZONE)

    assert found == (frame["at"].min().to_pydatetime(), frame["at"].max().to_pydatetime())


def test_a_column_that_is_not_there_is_named_with_the_near_miss(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no column 'att'"):
        time_span(snapshot(rows(), tmp_path / "pin"), "att", ZONE)
    empty = rows().head(0)
    assert time_span(snapshot(empty, tmp_path / "pin"), "at", ZONE) is None
