"""Every row in exactly one calendar period, or counted among those that are in none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.statistics.intervals import Array
from reportgen.report.frame import MonitoringFrame
from reportgen.report.period import LONGEST_HISTORY, Period, longest_history
from reportgen.report.profile import Profiled

__all__ = ["LONGEST_HISTORY", "Calendar", "assign_periods"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The periods of a report, and where each row falls.

    Attributes
    ----------
    periods : without gaps, oldest first, the reported one last; the first one has rows
    slot : shape (n,), position in `periods`, or -1 for a row that is in none of them; (0,) where
        the rows were counted by a scan
    rows : shape (periods,), rows in each
    without_time, before, after : rows without a time, before the first and after the last period
    settled : per period, whether it has ended and its labels are no longer waited for
    ended : whether the reported period had ended
    """

    periods: tuple[Period, ...]
    slot: Array
    rows: Array
    without_time: int
    before: int
    after: int
    settled: tuple[bool, ...]
    ended: bool

    @property
    def total(self) -> int:
        """All rows: those of the periods, and those that are in none."""
        return int(self.rows.sum()) + self.without_time + self.before + self.after

    @property
    def current(self) -> int:
        """Position of the reported period."""
        return len(self.periods) - 1

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the periods."""
        return tuple(period.key for period in self.periods)

    def previous(self) -> int | None:
        """Position of the newest earlier period that has rows."""
        with_rows = np.flatnonzero(self.rows[:-1] > 0)
        return int(with_rows[-1]) if len(with_rows) else None

    def baseline(self, most: int = 4) -> tuple[int, ...]:
        """Positions of the earliest complete periods with rows, to serve as a reference."""
        complete = [
            index for index in range(self.current) if self.settled[index] and self.rows[index]
        ]
        return tuple(complete[:most])


def assign_periods(frame: MonitoringFrame) -> Calendar:
    """Give each row the one period that its time falls in.

    Notes
    -----
    Periods are half-open, so a row on a boundary belongs to the period that it starts. Every row
    counts once: ``sum(rows) + without_time + before + after == total``.
    """
    if frame.profiles is not None:
        return _counted(frame, frame.profiles)
    moments = _utc(frame.times)
    known = ~np.isnat(moments)
    end = _moment(frame.period.end)
    earlier = moments[known & (moments < end)]
    periods = _history(frame.period, earlier.min() if len(earlier) else None)
    slot, rows = _slots(moments, known, periods)
    first = min(int(np.flatnonzero(rows)[0]), len(periods) - 1) if rows.any() else len(periods) - 1
    before = int((known & (moments < _moment(periods[first].start))).sum())
    return Calendar(
        periods=periods[first:],
        slot=np.where(slot >= first, slot - first, -1),
        rows=rows[first:],
        without_time=int((~known).sum()),
        before=before,
        after=int((known & (moments >= end)).sum()),
        settled=_settled(frame, periods[first:]),
        ended=bool(pd.Timestamp(frame.period.end) <= frame.as_of),
    )


def _counted(frame: MonitoringFrame, profiles: Profiled) -> Calendar:
    """Line up the periods that a scan has counted, from the first one with rows."""
    wanted = {key for key, profile in profiles.periods.items() if profile.rows}
    found = [frame.period]
    wanted.discard(frame.period.key)
    while wanted and len(found) < longest_history(frame.period):
        found.append(found[-1].previous())
        wanted.discard(found[-1].key)
    periods = tuple(reversed(found))
    rows = [profiles.periods[p.key].rows if p.key in profiles.periods else 0 for p in periods]
    return Calendar(
        periods=periods,
        slot=np.zeros(0, dtype=np.intp),
        rows=np.array(rows, dtype=np.intp),
        without_time=profiles.without_time,
        before=profiles.before,
        after=profiles.after,
        settled=_settled(frame, periods),
        ended=bool(pd.Timestamp(frame.period.end) <= frame.as_of),
    )


def _settled(frame: MonitoringFrame, periods: tuple[Period, ...]) -> tuple[bool, ...]:
    return tuple(
        bool(pd.Timestamp(period.end) + frame.label_delay <= frame.as_of) for period in periods
    )


def _utc(times: pd.Series[Any]) -> Array:
    """Times as naive UTC, shape (n,); a tz-aware column is held in UTC by pandas already."""
    return times.to_numpy(dtype="datetime64[ns]")


def _moment(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.replace(tzinfo=None), "ns")


def _history(current: Period, earliest: np.datetime64 | None) -> tuple[Period, ...]:
    periods = [current]
    longest = longest_history(current)
    while (
        earliest is not None and len(periods) < longest and _moment(periods[-1].start) > earliest
    ):
        periods.append(periods[-1].previous())
    return tuple(reversed(periods))


def _slots(moments: Array, known: Array, periods: tuple[Period, ...]) -> tuple[Array, Array]:
    edges = np.array([_moment(p.start) for p in periods] + [_moment(periods[-1].end)])
    slot = np.searchsorted(edges, moments, side="right") - 1
    outside = ~known | (slot < 0) | (slot >= len(periods))
    slot = np.where(outside, -1, slot)
    return slot, np.bincount(slot[slot >= 0], minlength=len(periods))
