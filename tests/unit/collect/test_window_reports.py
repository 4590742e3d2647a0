"""Windows that overlap: from rows, from counts and from the store, a report says the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd

from reportgen.collect.ledger import span_for
from reportgen.collect.monitoring import ScoredRows, collect_monitoring, collect_scored
from reportgen.collect.tables.profile_store import ProfileStore
from reportgen.collect.tables.scanned import ScannedRows, collect_scanned, scanned_frame
from reportgen.measure import measure_monitoring
from reportgen.measure.monitoring.windows import with_short_windows
from reportgen.report import Part, Period, parse_period, period_of
from reportgen.report.cadence import Cadence

from ..measure.mon_frames import scored_table
from .test_profile_store import AS_OF, SPEC, Asked, asked, pinned
from .test_scan_reports import assert_same

__all__ = ["asked"]  # a fixture of the tests of the store

NEW_YORK = "America/New_York"
MONTHLY = replace(SPEC, reference=None, window=timedelta(days=28))
WEEKS = Cadence(every="week", timezone=NEW_YORK, window=timedelta(days=28))


def counted(
    table: pd.DataFrame, folder: Path, kept: Path | None, period: Period, *, beside: bool = False
) -> Part:
    folder.mkdir(exist_ok=True)
    snapshots = {"data": pinned(table, folder, "scored")}
    spec = MONTHLY
    if beside:
        snapshots["reference"] = pinned(scored_table(weeks=3, seed=5), folder, "reference")
        spec = replace(MONTHLY, reference=SPEC.reference)
    scanned = collect_scanned(spec, None, NEW_YORK, snapshots, least=0, store=ProfileStore(kept))
    assert isinstance(scanned, ScannedRows)
    return measure_monitoring(scanned_frame(spec, scanned, period, {}, AS_OF))


def windows(table: pd.DataFrame) -> list[Period]:
    ends = [table["time"].min(), table["time"].max()]
    return list(WEEKS.between(*(end.floor("s").to_pydatetime() for end in ends)))


def test_rows_and_counts_say_the_same_of_a_window(tmp_path: Path) -> None:
    table = scored_table(weeks=12, per_week=300, shift=0.8)
    table["time"] = table["time"].dt.floor("s")
    period = windows(table)[-1]
    snapshots = {"data": pinned(table, tmp_path, "scored")}
    read = collect_scored(MONTHLY, None, NEW_YORK, snapshots)
    assert isinstance(read, ScoredRows)
    rows = measure_monitoring(collect_monitoring(MONTHLY, read, period, {}, AS_OF))

    found = counted(table, tmp_path / "a", None, period)

    assert_same(rows, found)
    values = {value.name: value.number for value in found.values}
    inside = (table["time"] >= period.start) & (table["time"] < period.end)
    assert values["volume.rows"] == int(inside.sum())
    assert values["volume.total"] == len(table)
    short = {one.name: one for one in with_short_windows(found, period).series}
    assert short["volume.history"].columns["period"][-1] == period.last_day.isoformat()
    assert short["volume.history"].labels["period"] == "28 days to"
    assert with_short_windows(found, parse_period("2013-W27", NEW_YORK)) is found
    before = period.previous()
    touching = (table["time"] >= before.start) & (table["time"] < before.end)
    assert values[f"volume.rows[period={before.key}]"] == int(touching.sum())


def test_windows_that_touch_are_read_from_the_store(tmp_path: Path, asked: Asked) -> None:
    table, kept = scored_table(weeks=16, per_week=200), tmp_path / "kept"
    *_, before, _, _, _, newest = windows(table)
    assert newest.previous() == before
    fresh = counted(table, tmp_path / "a", None, newest, beside=True)
    asked.take()
    counted(table, tmp_path / "b", kept, before, beside=True)
    asked.take()

    found = counted(table, tmp_path / "c", kept, newest, beside=True)

    calls = asked.take()
    assert calls["outcomes"] == 1  # of the new window; those before it are known
    assert "ends" not in calls
    assert found == fresh
    again = counted(table, tmp_path / "d", kept, newest, beside=True)
    assert asked.take() == {}
    assert again == fresh


def test_the_rows_of_a_window_are_counted_with_those_that_touch_it() -> None:
    period = parse_period("2013-07-07-28d", NEW_YORK)
    first = period.previous().previous().start + timedelta(days=1)
    later = period.next().next().start

    wanted, span = span_for(period, first, later)

    assert [one.key for one in wanted] == ["2013-05-12-28d", "2013-06-09-28d", "2013-07-07-28d"]
    assert span[-1] == period.next().next()
    assert wanted == span[: len(wanted)]
    assert span_for(period, None, None)[1] == (period,)
    far = period_of(period.end + timedelta(days=90_000), "day", NEW_YORK).start
    assert span_for(period, first, far)[1] == wanted  # a clock that was never set
