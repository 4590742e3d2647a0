"""At which moments a report is made, and over which time it looks back then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reportgen.report.period import (
    Every,
    Period,
    parse_period,
    period_of,
    window_ending,
    window_starting,
)

__all__ = ["Cadence", "window_fault"]

_LONGEST_STEP: dict[Every, int] = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
_MOST_HOURS = 24 * 14
_MOST_DAYS = 3660


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """The periods that a report is made for: of the calendar, or windows that end with them.

    Attributes
    ----------
    every : of the calendar; each one ends a period of the report
    window : how long a period is; None: as long as `every`. Of hours where `every` is one, else
        of days of the calendar, so that a day of 23 or 25 hours is one day
    """

    every: Every
    timezone: str
    window: timedelta | None = None

    @property
    def many(self) -> int | None:
        """Days or hours of a window; None where there is none."""
        if self.window is None:
            return None
        return self.window // timedelta(**{"hours" if self.every == "hour" else "days": 1})

    def ending(self, step: Period) -> Period:
        """Give the report's period that ends with a period of the calendar."""
        return step if self.many is None else window_ending(step, self.many)

    def step(self, period: Period) -> Period:
        """Give the period of the calendar that ends a period of the report."""
        last = period.end - timedelta(microseconds=1)
        return period_of(last, self.every, self.timezone)

    def starting(self, moment: datetime) -> Period:
        """Give the period that starts with the day or hour of a moment, or that holds it."""
        if self.many is None:
            return period_of(moment, self.every, self.timezone)
        grid = period_of(moment, "hour" if self.every == "hour" else "day", self.timezone)
        return window_starting(grid, self.many)

    def owns(self, period: Period) -> bool:
        """Whether a period is one that this report is made for."""
        return self.ending(self.step(period)) == period

    def between(self, first: datetime, last: datetime) -> Iterator[Period]:
        """Give the periods that end with the step of `first`, of `last`, and all in between.

        Notes
        -----
        The first window may begin before the first moment: it holds what there is.
        """
        step = period_of(first, self.every, self.timezone)
        while step.start <= last:
            yield self.ending(step)
            step = step.next()

    def read(self, key: str) -> Period:
        """Read the key of a period, or of the period of the calendar that ends it.

        Raises
        ------
        ValueError
            It is no key, or that of a period which this report is not made for.
        """
        found = parse_period(key, self.timezone)
        if self.many is not None and found.window is None and found.every == self.every:
            return self.ending(found)
        if not self.owns(found):
            kind = found.every if found.window is None else "window"
            raise ValueError(f"{key} is a {kind}; this report is made {self.words}")
        return found

    @property
    def words(self) -> str:
        """How it is said: ``every week``, ``every week, of 28 days``."""
        said = f"every {self.every}"
        if self.many is None:
            return said
        unit = "hour" if self.every == "hour" else "day"
        return f"{said}, of {self.many} {unit}{'' if self.many == 1 else 's'}"


def window_fault(every: Every, window: timedelta) -> str:
    """Say what is wrong with a window; empty: nothing."""
    if every == "hour":
        if window < timedelta(hours=1) or window % timedelta(hours=1):
            return "with `every: hour` a window is some whole hours, such as 24h"
        if window > timedelta(hours=_MOST_HOURS):
            return f"with `every: hour` a window is at most {_MOST_HOURS} hours; use `every: day`"
        return ""
    if window % timedelta(days=1):
        return f"with `every: {every}` a window is some whole days, such as 28d"
    least = _LONGEST_STEP[every]
    if window < timedelta(days=least):
        return (
            f"is shorter than a {every}, so that rows in between were in no report; give at least "
            f"{least}d, or a shorter `every`"
        )
    return f"is longer than {_MOST_DAYS} days" if window > timedelta(days=_MOST_DAYS) else ""
