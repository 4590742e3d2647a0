"""A report of rows that were counted where they lie says what the report of the same rows says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportgen.boards import PinVersion, Snapshot
from reportgen.collect.monitoring import ScoredRows, collect_monitoring, collect_scored
from reportgen.collect.tables.scanned import ScannedRows, collect_scanned
from reportgen.measure import measure_monitoring
from reportgen.report import MonitoringSpec, Part, PinRef, Value, period_of
from reportgen.report.spec import DriftSpec

from ..measure.mon_frames import scored_table

AS_OF = datetime(2013, 8, 1, tzinfo=UTC)
MEDIANS = ("median", "median.reference")


def snapshot(table: pd.DataFrame, folder: Path, name: str) -> Snapshot:
    path = folder / f"{name}.parquet"
    table.to_parquet(path)
    version = PinVersion(
        name=name,
        version="20130801T000000Z-00000",
        created=AS_OF,
        type="parquet",
        files=(path.name,),
        sizes=(path.stat().st_size,),
        pin_hash="00000",
        title="",
        description="",
        metadata={},
        api_version="1",
    )
    return Snapshot(version=version, folder=folder, sha256="0" * 64)


def both_ways(
    table: pd.DataFrame,
    folder: Path,
    *,
    reference: pd.DataFrame | None = None,
    types: Mapping[str, str] | None = None,
    **more: Any,
) -> tuple[Part, Part]:
    """Measure the newest period from the rows, and from what a scan counts of them."""
    options: dict[str, Any] = {
        "data": PinRef(name="scored"),
        "time": "time",
        "prediction": "predicted",
        "score": "p_late",
        "target": "late",
        "features": ("temp", "carrier"),
        "segments": (("carrier",),),
        "estimated": False,
        "drift": DriftSpec(multivariate=False),
    }
    timezone = more.pop("timezone", "America/New_York")
    task = more.pop("task", None)
    at = more.pop("at", None)
    spec = MonitoringSpec(**(options | more))
    snapshots = {"data": snapshot(table, folder, "scored")}
    if reference is not None:
        snapshots["reference"] = snapshot(reference, folder, "reference")
    read = collect_scored(spec, task, timezone, snapshots)
    scanned = collect_scanned(spec, task, timezone, snapshots, least=0)
    assert isinstance(read, ScoredRows)
    assert isinstance(scanned, ScannedRows)
    last = at or read.times.max().floor("s").to_pydatetime()
    period = period_of(last, spec.every, timezone)
    assert scanned.task == read.task
    assert scanned.part == read.part
    first, second = (
        measure_monitoring(collect_monitoring(spec, one, period, types or {}, AS_OF))
        for one in (read, scanned)
    )
    return first, second


def assert_same(read: Part, scanned: Part) -> None:
    """Every value, table, series and finding alike; medians alone are read off a histogram."""
    one, other = ({value.name: value for value in part.values} for part in (read, scanned))
    assert one.keys() == other.keys()
    for name, value in one.items():
        if name.endswith(MEDIANS):
            continue
        assert_value(value, other[name])
    assert [table.name for table in read.tables] == [table.name for table in scanned.tables]
    for mine, theirs in zip(read.tables, scanned.tables, strict=True):
        assert mine == theirs
    assert [series.name for series in read.series] == [series.name for series in scanned.series]
    for mine_, theirs_ in zip(read.series, scanned.series, strict=True):
        assert mine_.columns.keys() == theirs_.columns.keys()
        for key, column in mine_.columns.items():
            for here, there in zip(column, theirs_.columns[key], strict=True):
                numbers = isinstance(here, int | float)
                assert there == (pytest.approx(here, abs=1e-9, rel=1e-9) if numbers else here)
    spoken = [[(f.kind, f.state, f.because) for f in part.findings] for part in (read, scanned)]
    assert spoken[0] == spoken[1]


def assert_value(one: Value, other: Value) -> None:
    assert (one.reason, one.n, one.unit, one.label) == (
        other.reason,
        other.n,
        other.unit,
        other.label,
    ), one.name
    assert (one.number is None) == (other.number is None), one.name
    if one.number is not None:
        assert other.number == pytest.approx(one.number, rel=1e-9, abs=1e-9), one.name
    assert (one.interval is None) == (other.interval is None), one.name
    if one.interval is not None and other.interval is not None:
        assert other.interval.low == pytest.approx(one.interval.low, rel=1e-8, abs=1e-9), one.name
        assert other.interval.high == pytest.approx(one.interval.high, rel=1e-8, abs=1e-9)
        assert other.interval.method == one.interval.method


ALL = {"estimated": True, "drift": DriftSpec()}
"""With the measures that look at rows: here they are few, and all of them are looked at."""


def test_counted_rows_make_the_report_of_the_rows(tmp_path: Path) -> None:
    assert_same(*both_ways(scored_table(shift=0.8), tmp_path, **ALL))


def test_with_a_reference_of_its_own(tmp_path: Path) -> None:
    reference = scored_table(weeks=3, seed=5)
    assert_same(*both_ways(scored_table(shift=0.8), tmp_path, reference=reference, **ALL))


def test_a_reference_without_labels(tmp_path: Path) -> None:
    reference = scored_table(weeks=3, seed=5)[["temp", "carrier", "p_late"]]
    assert_same(*both_ways(scored_table(), tmp_path, reference=reference))


def test_labels_that_are_late_and_scores_that_lack(tmp_path: Path) -> None:
    table = scored_table(weeks=5)
    table.loc[table.index[-500:], "late"] = np.nan
    table.loc[table.index[::17], "p_late"] = np.nan
    assert_same(*both_ways(table, tmp_path))


def test_no_label_of_the_period(tmp_path: Path) -> None:
    table = scored_table(weeks=5)
    table.loc[table.index[-600:], "late"] = np.nan
    assert_same(*both_ways(table, tmp_path))


def test_numbers_and_days(tmp_path: Path) -> None:
    table = scored_table(weeks=3)
    random = np.random.default_rng(3)
    table["late"] = table["temp"] * 2 + random.normal(size=len(table)) + 1000
    table["predicted"] = table["temp"] * 2 + 1000.5
    more = {"task": "regression", "score": None, "every": "day"}
    assert_same(*both_ways(table, tmp_path, **more))


def test_several_classes(tmp_path: Path) -> None:
    table = scored_table(weeks=4)
    random = np.random.default_rng(3)
    table["late"] = random.choice(["a", "b", "c"], len(table))
    table["predicted"] = np.where(random.random(len(table)) < 0.7, table["late"], "d")
    assert_same(*both_ways(table, tmp_path, task="multiclass", score=None))


def spoil_missing(table: pd.DataFrame) -> None:
    del table["temp"]


def spoil_nulls(table: pd.DataFrame) -> None:
    table.loc[table.index[-600:], "temp"] = np.nan


def spoil_infinite(table: pd.DataFrame) -> None:
    table.loc[table.index[-5:], "temp"] = np.inf
    table.loc[table.index[5:9], "temp"] = -np.inf


def spoil_outlier(table: pd.DataFrame) -> None:
    table.loc[table.index[-1], "temp"] = 1e300
    table.loc[table.index[0], "temp"] = -1e30


def spoil_level(table: pd.DataFrame) -> None:
    table.loc[table.index[-200:], "carrier"] = "ZZ"


def spoil_gone(table: pd.DataFrame) -> None:
    table.loc[table.index[-600:], "carrier"] = "UA"


def spoil_constant(table: pd.DataFrame) -> None:
    table.loc[table.index[-600:], "temp"] = 7.0


def spoil_one_class(table: pd.DataFrame) -> None:
    table.loc[table.index[-600:], "late"] = 1.0


def spoil_times(table: pd.DataFrame) -> None:
    table.loc[table.index[::50], "time"] = pd.NaT
    table.loc[table.index[1], "time"] = pd.Timestamp("2013-01-01", tz="UTC")


def spoil_gap(table: pd.DataFrame) -> None:
    week = pd.Timestamp("2013-06-17", tz="America/New_York")
    inside = (table["time"] >= week) & (table["time"] < week + pd.Timedelta(days=7))
    table.loc[inside, "time"] += pd.Timedelta(days=7)


def spoil_scores(table: pd.DataFrame) -> None:
    table["p_late"] = table["p_late"] * 3 - 1


def spoil_few(table: pd.DataFrame) -> None:
    table.loc[table.index[-596:], "time"] -= pd.Timedelta(days=7)


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_missing,
        spoil_nulls,
        spoil_infinite,
        spoil_outlier,
        spoil_level,
        spoil_gone,
        spoil_constant,
        spoil_one_class,
        spoil_times,
        spoil_gap,
        spoil_scores,
        spoil_few,
    ],
)
def test_what_is_wrong_with_the_data_is_said_alike(spoil: Any, tmp_path: Path) -> None:
    table = scored_table(weeks=7)
    spoil(table)
    types = {"temp": "number", "carrier": "category"}
    assert_same(*both_ways(table.reset_index(drop=True), tmp_path, types=types))


def test_a_type_that_changed(tmp_path: Path) -> None:
    table, reference = scored_table(weeks=3), scored_table(weeks=2, seed=4)
    table["temp"] = np.where(table["temp"] > 15, "warm", table["temp"].round(2).astype(str))
    table["carrier"] = table["carrier"].map({"UA": 1.0, "AA": 2.0, "DL": np.nan})
    read, scanned = both_ways(table, tmp_path, reference=reference)
    assert_same(read, scanned)
    assert sum("another type" in f.sentence for f in scanned.findings) == 2


def test_local_times_over_a_clock_change(tmp_path: Path) -> None:
    table = scored_table(weeks=3)
    start = pd.Timestamp("2013-10-21")
    table["time"] = start + pd.to_timedelta(np.arange(len(table)) * 17 * 60, unit="s")
    assert_same(*both_ways(table, tmp_path, every="day", at=datetime(2013, 11, 3, 17, tzinfo=UTC)))


def test_hours_of_local_times_over_a_clock_change(tmp_path: Path) -> None:
    table = scored_table(weeks=1)
    start = pd.Timestamp("2013-11-02 20:00")
    table["time"] = start + pd.to_timedelta(np.arange(len(table)) * 80, unit="s")
    at = datetime(2013, 11, 3, 8, 30, tzinfo=UTC)
    read, scanned = both_ways(table, tmp_path, at=at, every="hour")
    assert_same(read, scanned)
    rows = {value.name: value.number for value in scanned.values}
    assert rows["volume.rows[period=2013-11-03T01]"] == 45
    assert rows["volume.rows[period=2013-11-03T01b]"] == 0


def test_yes_and_no_beside_true_and_false(tmp_path: Path) -> None:
    table = scored_table(weeks=3)
    table["predicted"] = table["predicted"].astype(bool)
    table["late"] = table["late"].astype(int)
    assert_same(*both_ways(table, tmp_path, positive=True))


def test_without_a_prediction_the_score_is_cut(tmp_path: Path) -> None:
    assert_same(*both_ways(scored_table(weeks=3), tmp_path, prediction=None))
