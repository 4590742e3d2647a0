"""Periods are calendar-aligned, half-open and leave no moment out."""

from datetime import UTC, date, datetime, timedelta

import pytest

from reportgen.report import parse_period, period_of, periods_between

NEW_YORK = "America/New_York"


def test_a_day_of_clock_change_has_23_or_25_hours() -> None:
    spring = parse_period("2013-03-10", NEW_YORK)
    autumn = parse_period("2013-11-03", NEW_YORK)
    assert spring.end - spring.start == timedelta(hours=23)
    assert autumn.end - autumn.start == timedelta(hours=25)


def test_iso_weeks_follow_the_iso_year() -> None:
    assert period_of(datetime(2027, 1, 1, 12, tzinfo=UTC), "week", "UTC").key == "2026-W53"
    assert parse_period("2014-W01", "UTC").first_day == date(2013, 12, 30)


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("2013-07-04", date(2013, 7, 4), date(2013, 7, 4)),
        ("2013-W27", date(2013, 7, 1), date(2013, 7, 7)),
        ("2012-02", date(2012, 2, 1), date(2012, 2, 29)),
        ("2013-Q4", date(2013, 10, 1), date(2013, 12, 31)),
        ("2013", date(2013, 1, 1), date(2013, 12, 31)),
    ],
)
def test_keys_are_read_back(key: str, first: date, last: date) -> None:
    period = parse_period(key, NEW_YORK)
    assert (period.key, period.first_day, period.last_day) == (key, first, last)
    assert period.next().previous() == period


@pytest.mark.parametrize("key", ["2013-13-01", "2013-W54", "2013-W00", "W27", "", "2013-Q5"])
def test_a_period_that_does_not_exist_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_period(key, NEW_YORK)


def test_gaps_are_periods_too() -> None:
    first = datetime(2013, 12, 20, tzinfo=UTC)
    last = datetime(2014, 1, 15, tzinfo=UTC)
    keys = [period.key for period in periods_between(first, last, "week", "UTC")]
    assert keys == ["2013-W51", "2013-W52", "2014-W01", "2014-W02", "2014-W03"]


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        period_of(datetime(2013, 1, 1), "day", "UTC")
