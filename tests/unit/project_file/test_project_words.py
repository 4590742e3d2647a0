"""Durations, cron lines, time zones and dates."""

from datetime import date, timedelta

import pytest

from reportgen.project_file.words import read_cron, read_date, read_duration, read_timezone


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
        ("0", timedelta(0)),
    ],
)
def test_durations(text: str, length: timedelta) -> None:
    assert read_duration(text) == length


@pytest.mark.parametrize("text", ["", "2", "d", "2 d", "2days", "-1d", "1.5d", "999999d", "２d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        read_duration(text)


@pytest.mark.parametrize(
    "text",
    ["0 6 * * MON", "*/15 * * * *", "0 6,18 1-15 jan-jun 1-5", "0 0 1 */3 *", "59 23 31 12 7", "0-30/10 * * * SUN"],
)  # fmt: skip
def test_cron_lines(text: str) -> None:
    assert read_cron(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *", "1- * * * *", "a * * * *", "*-5 * * * *", "@dayly"],
)  # fmt: skip
def test_what_is_no_cron_line(text: str) -> None:
    with pytest.raises(ValueError, match="cron"):
        read_cron(text)


def test_dates() -> None:
    assert read_date("2012-02-29") == date(2012, 2, 29)


@pytest.mark.parametrize("text", ["2013-02-29", "2013-13-01", "13-1-1", "20130501", "1 May 2013"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|no day"):
        read_date(text)


def test_time_zones() -> None:
    assert read_timezone("Europe/Berlin") == "Europe/Berlin"
    with pytest.raises(ValueError, match="Did you mean 'Europe/Berlin'"):
        read_timezone("Europe/Belrin")
