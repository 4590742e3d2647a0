"""Windows that overlap: each row in exactly those that cover it, and of those that touch, in one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reportgen.collect.tables.slots import history
from reportgen.measure.monitoring.periods import assign_periods
from reportgen.report import DriftSpec
from reportgen.report.cadence import Cadence, window_fault
from reportgen.report.frame import MonitoringFrame
from reportgen.report.period import Every, Period, longest_history, parse_period, period_of

ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
MOMENTS = st.datetimes(
    datetime(2011, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)
)  # year ends, and clocks that change by an hour, by half an hour and not at all
WINDOWS: dict[Every, tuple[int, ...]] = {
    "hour": (1, 2, 24, 36),
    "day": (1, 2, 7, 28, 90),
    "week": (7, 8, 28, 100),
    "month": (31, 90),
    "quarter": (92, 365),
    "year": (366, 731),
}


@st.composite
def cadences(draw: st.DrawFn) -> Cadence:
    every = draw(st.sampled_from(list(WINDOWS)))
    many = draw(st.sampled_from(WINDOWS[every]))
    unit = "hours" if every == "hour" else "days"
    window = timedelta(**{unit: many})
    assert window_fault(every, window) == ""
    return Cadence(every=every, timezone=draw(st.sampled_from(ZONES)), window=window)


@given(cadences(), MOMENTS)
@example(
    Cadence(every="hour", timezone="Australia/Lord_Howe", window=timedelta(hours=24)),
    datetime(2024, 4, 6, 15, 10, tzinfo=UTC),
)
@example(
    Cadence(every="week", timezone="America/New_York", window=timedelta(days=28)),
    datetime(2013, 3, 10, 6, 59, tzinfo=UTC),
)
@settings(deadline=None, max_examples=150)
def test_a_moment_is_in_the_windows_that_cover_it_and_in_no_other(
    cadence: Cadence, moment: datetime
) -> None:
    """By going on from the step that holds it, as long as a window still reaches back to it."""
    assert cadence.many is not None
    step = period_of(moment, cadence.every, cadence.timezone)
    covering = []
    while (window := cadence.ending(step)).start <= moment:
        covering.append(window)
        step = step.next()

    before = cadence.ending(cadence.step(covering[0]).previous())
    assert before.end <= moment
    assert all(one.start <= moment < one.end for one in covering)
    assert len({one.key for one in covering}) == len(covering)
    if cadence.every in ("hour", "day"):
        assert len(covering) == cadence.many
    if cadence.every == "week" and cadence.many % 7 == 0:
        assert len(covering) == cadence.many // 7


@given(cadences(), MOMENTS)
@settings(deadline=None, max_examples=150)
def test_a_window_ends_with_its_step_and_is_as_long_as_it_says(
    cadence: Cadence, moment: datetime
) -> None:
    assert cadence.many is not None
    step = period_of(moment, cadence.every, cadence.timezone)
    window = cadence.ending(step)

    assert window.end == step.end
    assert cadence.step(window) == step
    assert parse_period(window.key, cadence.timezone) == window
    assert cadence.read(window.key) == cadence.read(step.key) == window
    zone = ZoneInfo(cadence.timezone)
    if cadence.every == "hour":
        hours, hour = 1, period_of(window.start, "hour", cadence.timezone)
        while hour.end < window.end:
            hours, hour = hours + 1, hour.next()
        assert (hour.end, hours) == (window.end, cadence.many)
    else:
        ends = [one.astimezone(zone) for one in (window.start, window.end)]
        assert [f"{one:%H:%M}" for one in ends] == ["00:00", "00:00"]
        assert (ends[1].date() - ends[0].date()).days == cadence.many
        assert (window.last_day - window.first_day).days == cadence.many - 1
    assert window.previous().end == window.start
    assert window.next().start == window.end
    assert window.previous().next() == window == window.next().previous()
    assert cadence.starting(window.start) == window


@given(cadences(), MOMENTS, st.lists(st.integers(0, 400 * 24 * 60), min_size=1, max_size=30))
@settings(deadline=None, max_examples=80)
def test_each_row_of_a_report_counts_once(
    cadence: Cadence, last: datetime, minutes: list[int]
) -> None:
    """The windows of one page touch and do not overlap, with gaps, edges and rows without a time."""
    period = cadence.ending(period_of(last, cadence.every, cadence.timezone))
    moments: list[Any] = [period.end - timedelta(minutes=ago - 300) for ago in minutes]
    moments += [period.start, period.end, period.previous().start, None]
    calendar = assign_periods(frame_of(period, moments))

    told = calendar.without_time + calendar.before + calendar.after
    assert int(calendar.rows.sum()) + told == len(moments)
    assert calendar.without_time == 1
    assert calendar.periods[-1] == period
    assert len(calendar.periods) <= longest_history(period)
    for at, one in enumerate(calendar.periods):
        inside = [m is not None and one.start <= m < one.end for m in moments]
        assert int(calendar.rows[at]) == sum(inside)
        assert [bool(slot == at) for slot in calendar.slot] == inside
    earliest = min(moment for moment in moments if moment is not None)
    assert history(period, earliest)[-len(calendar.periods) :] == calendar.periods


def frame_of(period: Period, moments: list[Any]) -> MonitoringFrame:
    times = pd.Series(pd.to_datetime(moments, utc=True)).astype("datetime64[ns, UTC]")
    return MonitoringFrame(
        task="regression",
        rows=pd.DataFrame({"x": np.zeros(len(moments))}),
        times=times,
        every=period.every,
        timezone=period.timezone,
        period=period,
        as_of=pd.Timestamp(period.end),
        drift=DriftSpec(),
    )


@pytest.mark.parametrize(
    ("every", "window", "said"),
    [
        ("week", timedelta(days=3), "shorter than a week"),
        ("month", timedelta(days=30), "at least 31d"),
        ("day", timedelta(hours=36), "whole days"),
        ("hour", timedelta(minutes=90), "whole hours"),
        ("hour", timedelta(days=30), "at most 336 hours"),
        ("day", timedelta(0), "shorter than a day"),
        ("year", timedelta(days=9999), "longer than"),
    ],
)
def test_a_window_that_would_leave_rows_out_is_refused(
    every: Every, window: timedelta, said: str
) -> None:
    assert said in window_fault(every, window)


@pytest.mark.parametrize(
    "key",
    ["2013-W27-28d", "2013-07-07-24h", "2013-07-07T10-3d", "2013-07-07-0d", "2013-02-30-7d",
     "0001-01-05-28d", "2013-07-07-28"],
)  # fmt: skip
def test_what_is_no_window_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"2013|year|day|calendar"):
        parse_period(key, "UTC")


def test_a_report_reads_its_own_periods_only() -> None:
    weekly = Cadence(every="week", timezone="UTC", window=timedelta(days=28))

    assert weekly.read("2013-W27").key == "2013-07-07-28d"
    for other in ("2013-07-06-28d", "2013-07-07-7d", "2013-07", "2013-07-07"):
        with pytest.raises(ValueError, match="this report is made every week, of 28 days"):
            weekly.read(other)
    with pytest.raises(ValueError, match="is a window; this report is made every week"):
        Cadence(every="week", timezone="UTC").read("2013-07-07-28d")
