"""Cron lines in the words of systemd's calendar events."""

from __future__ import annotations

__all__ = ["calendar_events"]

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def calendar_events(line: str, timezone: str) -> tuple[str, ...]:
    """Write a cron line as events of systemd.

    Where cron names days of the month and of the week it means either, and systemd means both: it
    takes two events then.

    Examples
    --------
    >>> calendar_events("0 6 * * MON-FRI", "Europe/Berlin")
    ('Mon,Tue,Wed,Thu,Fri *-*-* 06:00:00 Europe/Berlin',)
    """
    minute, hour, day, month, weekday = line.split()
    time = f"{_numbers(hour, 0, 23)}:{_numbers(minute, 0, 59)}:00 {timezone}"
    months = _numbers(_without_names(month, _MONTHS, 1), 1, 12)
    days = _numbers(day, 1, 31)
    any_day, any_weekday = day.startswith("*"), weekday.startswith("*")
    of_month = f"*-{months}-{days} {time}"
    of_week = f"{_weekdays(weekday)} *-{months}-"
    if any_weekday and weekday == "*":
        return (of_month,)
    if any_day or any_weekday:
        return (f"{of_week}{days} {time}",)
    return (of_month, f"{of_week}* {time}")


def _weekdays(given: str) -> str:
    names = tuple(name.lower() for name in _DAYS[:7])
    found = _listed(_without_names(given, names, 0), 0, 7)
    return ",".join(dict.fromkeys(_DAYS[number] for number in found))


def _without_names(given: str, names: tuple[str, ...], first: int) -> str:
    low = given.lower()
    for number, name in enumerate(names, first):
        low = low.replace(name, str(number))
    return low


def _numbers(given: str, low: int, high: int) -> str:
    if given == "*":
        return "*"
    return ",".join(f"{number:02d}" for number in _listed(given, low, high))


def _listed(given: str, low: int, high: int) -> list[int]:
    """Give the numbers that a field of cron means."""
    found: set[int] = set()
    for item in given.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        if first == "*":
            ends = (low, high)
        elif last:
            ends = (int(first), int(last))
        else:
            ends = (int(first), high if step else int(first))
        found.update(range(ends[0], ends[1] + 1, int(step or 1)))
    return sorted(found)
