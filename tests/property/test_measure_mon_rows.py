"""Rows are conserved, whatever their times; and no column stops a report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reportgen.measure import judge, measure_monitoring
from reportgen.measure.monitoring.periods import assign_periods
from reportgen.report import period_of
from tests.unit.measure.mon_frames import frame_of, values_of

ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")
MOMENTS = st.one_of(
    st.none(),
    st.datetimes(datetime(2012, 12, 20), datetime(2014, 1, 10)),
    st.datetimes(datetime(2013, 3, 9), datetime(2013, 3, 12)),  # clocks change
    st.datetimes(datetime(2013, 11, 2), datetime(2013, 11, 5)),
    st.sampled_from([datetime(1970, 1, 1), datetime(2013, 1, 1), datetime(2013, 7, 1)]),
)


def frame_at(
    moments: list[datetime | None], every: Any, zone: str, at: datetime, **columns: Any
) -> Any:
    times = pd.Series(pd.to_datetime(pd.Series(moments, dtype=object), utc=True))
    table = pd.DataFrame({"time": times.astype("datetime64[ns, UTC]"), **columns})
    if "late" not in columns:
        table = table.assign(late=1.0, predicted=1, p_late=0.5)
    period = period_of(at.replace(tzinfo=UTC), every, zone)
    more = {"features": tuple(columns.get("features", ()))} if columns else {"features": ()}
    return frame_of(table, every=every, timezone=zone, period=period, **more)


@settings(max_examples=150, deadline=None)
@given(
    moments=st.lists(MOMENTS, max_size=30),
    every=st.sampled_from(["hour", "day", "week", "month", "quarter", "year"]),
    zone=st.sampled_from(ZONES),
    at=st.datetimes(datetime(2013, 1, 1), datetime(2014, 1, 5)),
)
def test_every_row_is_in_exactly_one_period_or_counted_apart(
    moments: list[datetime | None], every: Any, zone: str, at: datetime
) -> None:
    frame = frame_at(moments, every, zone, at)
    calendar = assign_periods(frame)
    in_periods = int(calendar.rows.sum())
    assert in_periods + calendar.before + calendar.after + calendar.without_time == len(moments)
    assert calendar.total == len(moments)
    assert calendar.periods[-1] == frame.period
    for one, following in zip(calendar.periods, calendar.periods[1:], strict=False):
        assert one.end == following.start
    for moment, slot in zip(moments, calendar.slot, strict=True):
        if slot >= 0:
            assert moment is not None
            own = calendar.periods[slot]
            assert own.start <= moment.replace(tzinfo=UTC) < own.end
            assert own == period_of(moment.replace(tzinfo=UTC), every, zone)
        elif moment is not None:
            first = calendar.periods[0].start
            outside = moment.replace(tzinfo=UTC)
            assert outside < first or outside >= frame.period.end


@settings(max_examples=25, deadline=None)
@given(
    moments=st.lists(MOMENTS, max_size=25),
    every=st.sampled_from(["week", "month"]),
    zone=st.sampled_from(ZONES),
    at=st.datetimes(datetime(2013, 1, 1), datetime(2014, 1, 5)),
    order=st.randoms(use_true_random=False),
)
def test_the_values_add_up_and_the_order_of_rows_changes_nothing(
    moments: list[datetime | None], every: Any, zone: str, at: datetime, order: Any
) -> None:
    part = measure_monitoring(frame_at(moments, every, zone, at))
    values = values_of(part)
    rows = sum(v.number for name, v in values.items() if name.startswith("volume.rows[period="))
    apart = ("volume.before", "volume.after", "volume.without_time")
    assert rows + sum(values[name].number for name in apart) == values["volume.total"].number
    shuffled = list(moments)
    order.shuffle(shuffled)
    assert measure_monitoring(frame_at(shuffled, every, zone, at)) == part


CELLS: list[Any] = [
    None,
    float("nan"),
    float("inf"),
    -float("inf"),
    0,
    1,
    -1.5,
    1e300,
    True,
    "a",
    "",
    "1",
    "<b>",
    pd.NaT,
    pd.NA,
    datetime(2013, 7, 1),
    timedelta(days=1),
    (1, 2),
    [1],
    b"x",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), rows=st.integers(0, 14), older=st.integers(0, 14))
def test_no_column_stops_a_report(data: Any, rows: int, older: int) -> None:
    n = rows + older
    table = pd.DataFrame(
        {
            "time": pd.Series(
                [pd.Timestamp("2013-07-03", tz="UTC")] * rows
                + [pd.Timestamp("2013-06-26", tz="UTC")] * older,
                dtype="datetime64[ns, UTC]",
            )
        }
    )
    for name in ("temp", "carrier", "late", "predicted"):
        cells = data.draw(st.lists(st.sampled_from(CELLS), min_size=n, max_size=n))
        table[name] = pd.Series(cells, dtype=object)
    chances = st.lists(st.floats(0, 1) | st.just(np.nan), min_size=n, max_size=n)
    table["p_late"] = np.array(data.draw(chances), dtype=float)
    at = pd.Timestamp("2013-07-03", tz="UTC")
    reference = table.iloc[rows:] if data.draw(st.booleans()) else None
    part = measure_monitoring(frame_of(table, at=at, timezone="UTC", reference=reference))
    verdict = judge("monitoring", part, ())
    names = set(values_of(part))
    assert set(verdict.because) <= names
    assert all(set(finding.because) <= names for finding in part.findings)
    assert values_of(part)["volume.rows"].number == rows
