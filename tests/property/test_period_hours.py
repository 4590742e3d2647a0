"""Hours by the local clock: every row in one of them, also where the clock changes."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.collect.monitoring import utc_times
from reportgen.collect.tables.duckdb_place import parquet_place
from reportgen.collect.tables.slots import Clock
from reportgen.report import parse_period, period_of, periods_between

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
)
CHANGES = (
    datetime(2013, 3, 9, 20),
    datetime(2013, 3, 30, 20),
    datetime(2013, 4, 6, 8),
    datetime(2013, 10, 5, 8),
    datetime(2013, 10, 26, 20),
    datetime(2013, 11, 2, 20),
    datetime(2023, 4, 27, 20),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CHANGES), st.integers(0, 24 * 3600), st.sampled_from(ZONES), st.booleans())
def test_local_times_fall_into_the_hour_that_they_are_read_as(
    day: datetime, second: int, zone: str, fine: bool
) -> None:
    local = day + timedelta(seconds=second if fine else second // 900 * 900)
    (moment,) = utc_times(pd.Series([pd.Timestamp(local)]), zone)
    first, last = ((moment + sign * pd.Timedelta(hours=5)).to_pydatetime() for sign in (-1, 1))
    hours = list(periods_between(first, last, "hour", zone))
    edges = [Clock(column="time", local=True).edge(hour) for hour in hours]
    assert edges == sorted(edges)
    micro = (local - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    found = hours[bisect_right(edges, micro) - 1]
    assert found == period_of(moment.to_pydatetime(), "hour", zone)


@given(st.sampled_from(CHANGES), st.integers(0, 24 * 3600), st.sampled_from(ZONES))
def test_hours_are_an_hour_but_where_half_of_one_is_passed_over(
    day: datetime, second: int, zone: str
) -> None:
    hour = period_of((day + timedelta(seconds=second)).replace(tzinfo=UTC), "hour", zone)
    length = hour.end - hour.start
    assert length in {timedelta(hours=1), timedelta(minutes=90)}
    assert length == timedelta(hours=1) or zone == "Australia/Lord_Howe"
    assert parse_period(hour.key, zone) == hour


def test_an_hour_that_comes_twice_has_two_keys() -> None:
    first = parse_period("2013-11-03T01", "America/New_York")
    assert first.next().key == "2013-11-03T01b"
    assert first.next().next().key == "2013-11-03T02"
    assert first.start == datetime(2013, 11, 3, 5, tzinfo=UTC)
    with pytest.raises(ValueError, match="does not show that hour"):
        parse_period("2013-03-10T02", "America/New_York")


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe"])
def test_a_scan_puts_rows_with_and_without_an_offset_into_their_hours(
    zone: str, tmp_path: Path
) -> None:
    random = np.random.default_rng(1)
    start = pd.Timestamp("2013-11-02" if zone.startswith("America") else "2013-04-06")
    local = start + pd.to_timedelta(random.integers(0, 36 * 3600, 3_000), unit="s")
    moments = utc_times(pd.Series(local), zone)
    pd.DataFrame({"local": local, "moment": moments}).to_parquet(tmp_path / "rows.parquet")
    span = moments.min().to_pydatetime(), moments.max().to_pydatetime()
    hours = list(periods_between(*span, "hour", zone))
    edges = [pd.Timestamp(hour.start) for hour in hours]
    wanted = np.searchsorted(pd.DatetimeIndex(edges), pd.DatetimeIndex(moments), "right") - 1
    expected = {
        int(slot): int(rows)
        for slot, rows in zip(*np.unique(wanted, return_counts=True), strict=True)
    }
    place = parquet_place({"data": [tmp_path / "rows.parquet"]}, {})
    with place.opened() as tables:
        for column in ("local", "moment"):
            clock = tables["data"].clock(column)
            assert clock is not None
            found = tables["data"].in_slots(clock, hours).count(None, (), ())
            assert {slot: one.rows for slot, one in found.items()} == expected
