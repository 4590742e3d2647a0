"""Every row in one period, or counted: boundaries, gaps, clock changes, missing times."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from reportgen.measure import measure_monitoring
from reportgen.measure.monitoring.periods import LONGEST_HISTORY, assign_periods
from reportgen.report import parse_period
from tests.unit.measure.mon_frames import findings_of, frame_of, values_of


def times_frame(times: list[str | None], period: str, timezone: str = "UTC", **more: object):
    column = pd.Series(pd.to_datetime(times, utc=True, format="ISO8601")).astype(
        "datetime64[ns, UTC]"
    )
    table = pd.DataFrame({"time": column, "late": 1.0, "predicted": 1, "p_late": 0.5})
    chosen = parse_period(period, timezone)
    return frame_of(
        table, period=chosen, every=chosen.every, timezone=timezone, features=(), **more
    )


def test_a_row_on_a_boundary_belongs_to_the_period_it_starts() -> None:
    frame = times_frame(["2013-07-01", "2013-07-07T23:59:59.999999", "2013-07-08"], "2013-W28")
    calendar = assign_periods(frame)
    assert calendar.keys == ("2013-W27", "2013-W28")
    assert calendar.rows.tolist() == [2, 1]


def test_the_last_daily_batches_are_counted() -> None:
    # 29 daily batches of 1,000 rows: windows that start at the first row lose the last day.
    days = pd.date_range("2013-07-01", periods=29, freq="D", tz="UTC").repeat(1000)
    frame = times_frame([str(day) for day in days], "2013-W31")
    calendar = assign_periods(frame)
    assert calendar.rows.tolist() == [7000, 7000, 7000, 7000, 1000]


def test_a_week_without_rows_is_a_period_with_none() -> None:
    frame = times_frame(["2013-07-02", "2013-07-16"], "2013-W29")
    part = measure_monitoring(frame)
    values = values_of(part)
    assert values["volume.rows[period=2013-W28]"].number == 0
    assert values["labels.complete[period=2013-W28]"].reason == "2013-W28 has no rows"
    assert "2013-W28, has no rows" in findings_of(part, "completeness", "watch")[0].sentence


def test_rows_without_a_time_are_counted_and_said() -> None:
    frame = times_frame(["2013-07-02", None, None, "2013-07-03"], "2013-W27")
    part = measure_monitoring(frame)
    assert values_of(part)["volume.without_time"].number == 2
    assert values_of(part)["volume.total"].number == 4
    assert any("2 rows (50 %) have no time" in f.sentence for f in part.findings)


def test_rows_after_the_period_are_counted_apart() -> None:
    frame = times_frame(["2013-07-02", "2013-07-08", "2013-08-01"], "2013-W27")
    calendar = assign_periods(frame)
    assert (calendar.after, calendar.rows.tolist()) == (2, [1])


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2013-03-10", 23), ("2013-11-03", 25), ("2013-07-04", 24)],
)
def test_days_of_a_clock_change_have_23_or_25_hours(day: str, hours: int) -> None:
    zone = "America/New_York"
    around = pd.date_range("2013-01-01", "2013-12-31T23:30", freq="30min", tz=zone)
    frame = times_frame([str(moment.tz_convert("UTC")) for moment in around], day, zone)
    assert assign_periods(frame).rows[-1] == 2 * hours


def test_the_zone_decides_the_day() -> None:
    # 03:30 UTC on the 2nd is still the 1st in New York.
    at = ["2013-07-02T03:30"]
    assert assign_periods(times_frame(at, "2013-07-01", "America/New_York")).rows[-1] == 1
    assert assign_periods(times_frame(at, "2013-07-02", "America/New_York")).rows[-1] == 0
    assert assign_periods(times_frame(at, "2013-07-02", "Europe/Berlin")).rows[-1] == 1


def test_iso_weeks_run_over_the_year_end() -> None:
    frame = times_frame(["2026-12-31T12:00", "2027-01-02T12:00", "2027-01-04T00:00"], "2027-W01")
    calendar = assign_periods(frame)
    assert calendar.keys == ("2026-W53", "2027-W01")
    assert calendar.rows.tolist() == [2, 1]


def test_a_clock_that_was_never_set_adds_no_years_of_empty_weeks() -> None:
    frame = times_frame(["1970-01-01", "2013-06-25", "2013-07-02"], "2013-W27")
    calendar = assign_periods(frame)
    assert calendar.keys == ("2013-W26", "2013-W27")
    assert calendar.before == 1
    assert calendar.rows.sum() + calendar.before == calendar.total


def test_the_history_is_bounded() -> None:
    days = pd.date_range("2000-01-01", "2013-07-04", freq="D", tz="UTC")
    calendar = assign_periods(times_frame([str(day) for day in days], "2013-07-04"))
    assert len(calendar.periods) == LONGEST_HISTORY["day"]
    assert calendar.rows.sum() + calendar.before == len(days)


def test_a_period_is_provisional_until_its_labels_had_their_time() -> None:
    frame = times_frame(
        ["2013-06-25", "2013-07-02"],
        "2013-W27",
        label_delay=timedelta(days=2),
        as_of=pd.Timestamp("2013-07-08T12:00", tz="UTC"),
    )
    calendar = assign_periods(frame)
    assert calendar.settled == (True, False)
    assert calendar.ended
    part = measure_monitoring(frame)
    history = next(one for one in part.series if one.name == "volume.history")
    assert history.columns["state"] == ("", "provisional")
    said = findings_of(part, "completeness")[0].sentence
    assert said == (
        "2013-W27 is provisional: 100 % of its labels are in, more may come until "
        "2013-07-10 00:00 UTC."
    )


def test_no_rows_at_all_is_an_empty_report_and_no_traceback() -> None:
    part = measure_monitoring(times_frame([], "2013-W27"))
    values = values_of(part)
    assert values["volume.rows"].number == 0
    assert values["performance.recall"].reason == "2013-W27 has no rows"


def test_times_held_in_other_units_fall_alike() -> None:
    frame = times_frame(["2013-07-02T10:00", "2013-07-09T10:00"], "2013-W28")
    slots = [
        assign_periods(
            frame_of(
                frame.rows.assign(time=frame.times.astype(f"datetime64[{unit}, UTC]")),
                period=frame.period,
                timezone="UTC",
                features=(),
            )
        ).slot.tolist()
        for unit in ("s", "ms", "us", "ns")
    ]
    assert slots == [[0, 1]] * 4
