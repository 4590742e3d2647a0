"""The small forms that settings are written in: durations, cron lines, time zones, dates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

from reportgen.errors import near_miss

__all__ = ["read_cron", "read_date", "read_duration", "read_timezone"]

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_DURATION = re.compile(r"([0-9]{1,5})([wdhm])")

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_CRON_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("weekday", 0, 7, _DAYS),
)
_CRON_WORDS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]
_CRON_ITEM = re.compile(r"(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:/([0-9]+))?")


def read_duration(text: str) -> timedelta:
    """Read ``30m``, ``12h``, ``2d`` or ``1w``.

    Raises
    ------
    ValueError
        It is written in another way.

    Examples
    --------
    >>> read_duration("12h")
    datetime.timedelta(seconds=43200)
    """
    if text == "0":
        return timedelta(0)
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a duration such as 30m, 12h, 2d or 1w.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def read_date(text: str) -> date:
    """Read ``2013-05-01``.

    Raises
    ------
    ValueError
        It is written in another way, or there is no such day.
    """
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"{text!r} is not a date such as 2013-05-01.")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"there is no day {text}.") from error


def read_timezone(text: str) -> str:
    """Give an IANA zone back, if there is one of that name.

    Raises
    ------
    ValueError
        There is none; with the near miss.
    """
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = near_miss(text, sorted(available_timezones()))
        hint = near if near.startswith("Did") else "Write it like Europe/Berlin or UTC."
        raise ValueError(f"there is no time zone {text!r}. {hint}") from error
    return text


def read_cron(text: str) -> str:
    """Give a cron line of five fields back, or a word such as ``@weekly``.

    Raises
    ------
    ValueError
        It has not five fields, a field is out of its range, or no day fits it.
    """
    if text.startswith("@"):
        if text not in _CRON_WORDS:
            raise ValueError(f"there is no cron line {text!r}. {near_miss(text, _CRON_WORDS)}")
        return text
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(
            f"{text!r} has {len(fields)} fields, but cron has five: "
            "minute hour day month weekday, as in '0 6 * * MON'."
        )
    for given, (name, low, high, words) in zip(fields, _CRON_FIELDS, strict=True):
        for item in given.lower().split(","):
            if not _is_cron_item(item, low, high, words):
                raise ValueError(f"{given!r} is not a {name} of cron ({low} to {high}).")
    try:
        CronSim(text, datetime(2024, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(f"{text!r} is not a cron line: {error}.") from error
    return text


def _is_cron_item(item: str, low: int, high: int, words: list[str]) -> bool:
    found = _CRON_ITEM.fullmatch(item)
    if not found:
        return False
    start, end, step = found.groups()
    if step is not None and not 1 <= int(step) <= high:
        return False
    if start == "*":
        return end is None
    numbers = [_cron_number(word, low, words) for word in (start, end) if word is not None]
    return all(number is not None and low <= number <= high for number in numbers)


def _cron_number(word: str, low: int, words: list[str]) -> int | None:
    if word.isdigit():
        return int(word)
    # Months are counted from 1 and weekdays from 0, each like its field.
    return words.index(word) + low if word in words else None
