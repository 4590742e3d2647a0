"""Calendar periods and windows of some days or hours: half-open, aligned in an IANA time zone, in UTC."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

__all__ = [
    "LONGEST_HISTORY",
    "Every",
    "Period",
    "longest_history",
    "parse_period",
    "period_of",
    "periods_between",
    "window_ending",
    "window_starting",
]

Every = Literal["hour", "day", "week", "month", "quarter", "year"]
_OfDays = Literal["day", "week", "month", "quarter", "year"]

LONGEST_HISTORY: Mapping[Every, int] = {
    "hour": 336,
    "day": 750,
    "week": 320,
    "month": 240,
    "quarter": 80,
    "year": 50,
}
"""Periods of history at most. A clock that was never set (1970-01-01) must not add ten thousand
empty days to a report; the rows before the history are counted in ``volume.before``."""

_KEYS: dict[Every, re.Pattern[str]] = {
    "hour": re.compile(r"^(\d{4})-(\d{2})-(\d{2})T(\d{2})(b?)$"),
    "day": re.compile(r"^(\d{4})-(\d{2})-(\d{2})$"),
    "week": re.compile(r"^(\d{4})-W(\d{2})$"),
    "month": re.compile(r"^(\d{4})-(\d{2})$"),
    "quarter": re.compile(r"^(\d{4})-Q([1-4])$"),
    "year": re.compile(r"^(\d{4})$"),
}
_WINDOW = re.compile(
    r"^(?P<last>\d{4}-\d{2}-\d{2}(T\d{2}b?)?)-(?P<many>[1-9]\d{0,4})(?P<unit>[dh])$"
)
_UNITS: Mapping[str, str] = {"day": "d", "hour": "h"}
_FEWEST_WINDOWS = 50


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Period:
    """``[start, end)``, both aware and in UTC; of those in a row, every row of data is in one.

    Attributes
    ----------
    key : ``2013-07-04T15``, ``2013-07-04``, ``2013-W27``, ``2013-07``, ``2013-Q3`` or ``2013``;
        an hour that the clock repeats is ``2013-11-03T01`` and then ``2013-11-03T01b``; a window
        is its last day or hour with its length, ``2013-07-07-28d``
    timezone : the IANA zone in which it is aligned
    window : of how many days or hours, as `every` says, it is; None: it is one of the calendar
    """

    start: datetime
    end: datetime
    key: str
    timezone: str
    every: Every
    window: int | None = None

    def __post_init__(self) -> None:
        for moment in (self.start, self.end):
            if moment.utcoffset() != timedelta(0):
                raise ValueError(f"{self.key}: {moment} is not in UTC")
        if self.end <= self.start:
            raise ValueError(f"{self.key}: ends before it starts")

    @property
    def first_day(self) -> date:
        """The first local day."""
        return self.start.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def last_day(self) -> date:
        """The last local day, which lies inside the period."""
        return _last_moment(self).astimezone(ZoneInfo(self.timezone)).date()

    def next(self) -> Period:
        """The period that starts where this one ends."""
        if self.window is not None:
            return window_starting(period_of(self.end, self.every, self.timezone), self.window)
        if self.every == "hour":
            return _hour(self.end, self.timezone)
        return _from_first_day(self.last_day + timedelta(days=1), self.every, self.timezone)

    def previous(self) -> Period:
        """The period that ends where this one starts."""
        last = period_of(self.start - timedelta(microseconds=1), self.every, self.timezone)
        return last if self.window is None else window_ending(last, self.window)


def _last_moment(period: Period) -> datetime:
    return period.end - timedelta(microseconds=1)


def _midnight(day: date, timezone: str) -> datetime:
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone))
    return local.astimezone(UTC)


def _first_day(day: date, every: _OfDays) -> date:
    match every:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)


def _day_after(first: date, every: _OfDays) -> date:
    match every:
        case "day":
            return first + timedelta(days=1)
        case "week":
            return first + timedelta(days=7)
        case "month":
            return _first_day(first + timedelta(days=31), "month")
        case "quarter":
            return _first_day(first + timedelta(days=95), "quarter")
        case "year":
            return first.replace(year=first.year + 1)


def _key(first: date, every: _OfDays) -> str:
    match every:
        case "day":
            return first.isoformat()
        case "week":
            return first.strftime("%G-W%V")
        case "month":
            return first.strftime("%Y-%m")
        case "quarter":
            return f"{first.year:04d}-Q{(first.month - 1) // 3 + 1}"
        case "year":
            return f"{first.year:04d}"


_STEP = timedelta(minutes=15)
"""Clocks differ from UTC, and change, by multiples of it."""
_MOST_STEPS = 12


def _is_full(moment: datetime, zone: ZoneInfo) -> bool:
    local = moment.astimezone(zone)
    return not (local.minute or local.second or local.microsecond)


def _hour(start: datetime, timezone: str) -> Period:
    """Give the hour that starts at a moment at which the local clock shows a full one.

    It ends when the clock shows the next one, which takes longer where a clock change of half an
    hour passes one over.
    """
    zone = ZoneInfo(timezone)
    ends = (start + step * _STEP for step in range(1, _MOST_STEPS + 1))
    end = next((end for end in ends if _is_full(end, zone)), start + timedelta(hours=1))
    local = start.astimezone(zone)
    key = f"{local:%Y-%m-%dT%H}{'b' if local.fold else ''}"
    return Period(start=start, end=end, key=key, timezone=timezone, every="hour")


def _hour_of(moment: datetime, timezone: str) -> Period:
    zone, utc = ZoneInfo(timezone), moment.astimezone(UTC)
    quarter = utc.replace(minute=utc.minute - utc.minute % 15, second=0, microsecond=0)
    starts = (quarter - step * _STEP for step in range(_MOST_STEPS))
    start = next((start for start in starts if _is_full(start, zone)), None)
    if start is None:  # before there was standard time
        local = utc.astimezone(zone)
        past = timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        start = utc - past
    return _hour(start, timezone)


def _from_first_day(first: date, every: _OfDays, timezone: str) -> Period:
    return Period(
        start=_midnight(first, timezone),
        end=_midnight(_day_after(first, every), timezone),
        key=_key(first, every),
        timezone=timezone,
        every=every,
    )


def period_of(moment: datetime, every: Every, timezone: str) -> Period:
    """Find the one period in which a moment falls.

    Parameters
    ----------
    moment : aware

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> period_of(datetime(2027, 1, 1, 12, tzinfo=UTC), "week", "Europe/Berlin").key
    '2026-W53'
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    if every == "hour":
        return _hour_of(moment, timezone)
    day = moment.astimezone(ZoneInfo(timezone)).date()
    return _from_first_day(_first_day(day, every), every, timezone)


def window_ending(last: Period, many: int) -> Period:
    """Give the window of so many days or hours that ends where a period ends.

    Parameters
    ----------
    last : of any length; a window of hours ends with an hour, any other with a day
    many : at least 1

    Examples
    --------
    >>> window_ending(parse_period("2013-W27", "America/New_York"), 28).key
    '2013-07-07-28d'
    """
    if last.every == "hour":
        return _window(_hours_on(last, 1 - many), last, many)
    zone = last.timezone
    day = _from_first_day(last.last_day, "day", zone)
    first = _from_first_day(last.last_day - timedelta(days=many - 1), "day", zone)
    return _window(first, day, many)


def window_starting(first: Period, many: int) -> Period:
    """Give the window of so many days or hours that begins with one of them."""
    if first.every == "hour":
        return _window(first, _hours_on(first, many - 1), many)
    day = first.first_day + timedelta(days=many - 1)
    return _window(first, _from_first_day(day, "day", first.timezone), many)


def _window(first: Period, last: Period, many: int) -> Period:
    return Period(
        start=first.start,
        end=last.end,
        key=f"{last.key}-{many}{_UNITS[last.every]}",
        timezone=last.timezone,
        every=last.every,
        window=many,
    )


def _hours_on(hour: Period, many: int) -> Period:
    """Go some hours of the clock on, or back; where it changes by half an hour, one by one."""
    zone, moment = ZoneInfo(hour.timezone), hour.start + timedelta(hours=many)
    offsets = [one.astimezone(zone).utcoffset() or timedelta() for one in (hour.start, moment)]
    if not (offsets[1] - offsets[0]) % timedelta(hours=1):
        return _hour_of(moment, hour.timezone)
    for _ in range(abs(many)):
        hour = hour.next() if many > 0 else hour.previous()
    return hour


def longest_history(period: Period) -> int:
    """Say how many periods of this length a report looks back at most.

    Examples
    --------
    >>> longest_history(parse_period("2013-W27", "UTC"))
    320
    >>> longest_history(parse_period("2013-07-07-28d", "UTC"))
    80
    """
    if period.window is None:
        return LONGEST_HISTORY[period.every]
    days = LONGEST_HISTORY["hour"] if period.every == "hour" else 7 * LONGEST_HISTORY["week"]
    return min(LONGEST_HISTORY[period.every], max(_FEWEST_WINDOWS, days // period.window))


def periods_between(
    first: datetime, last: datetime, every: Every, timezone: str
) -> Iterator[Period]:
    """Give every period from that of `first` to that of `last`, gaps included."""
    period = period_of(first, every, timezone)
    while period.start <= last:
        yield period
        period = period.next()


def parse_period(key: str, timezone: str) -> Period:
    """Read a key back.

    Raises
    ------
    ValueError
        The key has no known form, or names a day, week or month that does not exist.

    Examples
    --------
    >>> parse_period("2013-W27", "America/New_York").first_day
    datetime.date(2013, 7, 1)
    """
    window = _WINDOW.match(key)
    if window:
        return _read_window(window, timezone)
    for every in get_args(Every):
        found = _KEYS[every].match(key)
        if not found:
            continue
        if every == "hour":
            return _read_hour(key, timezone)
        parts = [int(part) for part in found.groups()]
        match every:
            case "week":
                first = date.fromisocalendar(parts[0], parts[1], 1)
            case "quarter":
                first = date(parts[0], 3 * parts[1] - 2, 1)
            case _:
                first = date(*[*parts, 1, 1][:3])
        return _from_first_day(first, every, timezone)
    raise ValueError(f"{key!r} is not a period such as 2013-07-04, 2013-W27, 2013-07 or 2013-Q3")


def _read_window(found: re.Match[str], timezone: str) -> Period:
    last = parse_period(found["last"], timezone)
    if _UNITS[last.every] != found["unit"]:
        raise ValueError(
            f"{found[0]!r}: a window of hours ends with an hour, such as 2013-07-04T15-24h, and "
            "one of days with a day, such as 2013-07-07-28d"
        )
    try:
        return window_ending(last, int(found["many"]))
    except OverflowError:
        raise ValueError(f"{found[0]!r} begins before the calendar does") from None


def _read_hour(key: str, timezone: str) -> Period:
    local = datetime.strptime(key.removesuffix("b"), "%Y-%m-%dT%H")  # noqa: DTZ007 - in the next line
    aware = local.replace(tzinfo=ZoneInfo(timezone), fold=int(key.endswith("b")))
    period = _hour_of(aware, timezone)
    if period.key != key:
        raise ValueError(f"{key!r}: the clock of {timezone} does not show that hour on that day")
    return period
