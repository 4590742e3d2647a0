"""The periods of a scored table: how many rows each has, and which rows they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from reportgen.collect.tables.counting import IN_MEMORY, Counted
from reportgen.collect.tables.slots import AFTER, BEFORE, NO_TIME, history
from reportgen.report.period import Period, longest_history, period_of

__all__ = ["Ledger", "ledger_from", "ledger_plain", "span_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Counted rows by period.

    Attributes
    ----------
    periods : that were counted, without gaps, oldest first
    counted : slot -> its rows; `NO_TIME`, `BEFORE` and `AFTER` among them
    """

    periods: tuple[Period, ...]
    counted: Mapping[int, Counted]

    def of(self, periods: Sequence[Period]) -> Mapping[int, Counted]:
        """Give the rows of some of the periods, by their position in this ledger."""
        first = self.slot(periods[0])
        slots = range(first, first + len(periods))
        return {slot: self.counted[slot] for slot in slots if slot in self.counted}

    def slot(self, period: Period) -> int:
        """Position of a period."""
        return self.periods.index(period)

    def outside(self, periods: Sequence[Period]) -> tuple[int, int, int]:
        """Count rows without a time, before and after some of the periods."""
        first, last = self.slot(periods[0]), self.slot(periods[-1])
        many = {slot: one.rows for slot, one in self.counted.items()}
        before = sum(rows for slot, rows in many.items() if 0 <= slot < first)
        after = sum(rows for slot, rows in many.items() if slot > last)
        return (
            many.get(NO_TIME, 0),
            many.get(BEFORE, 0) + before,
            many.get(AFTER, 0) + after,
        )


def span_for(
    period: Period, first: datetime | None, last: datetime | None
) -> tuple[tuple[Period, ...], tuple[Period, ...]]:
    """Give the periods of a report, and those to count so that other reports need not count.

    Parameters
    ----------
    first, last : moments of the first and of the last row
    """
    wanted = history(period, first)
    if last is None or last < period.start:
        return wanted, wanted
    newest = period_of(last, period.every, period.timezone)
    if period.window is not None:
        newest = _last_window(period, last)
    span = history(newest, first, 2 * longest_history(period))
    return wanted, span if {wanted[0], wanted[-1]} <= set(span) else wanted


def _last_window(period: Period, last: datetime) -> Period:
    """Give the window that holds the last row, of those that touch the period.

    Where it lies too far on, as by a clock that was never set, the period itself.
    """
    found = period
    for _ in range(longest_history(period)):
        if last < found.end:
            return found
        found = found.next()
    return period


def ledger_plain(counted: Mapping[int, Counted]) -> list[list[Any]]:
    """Write what was counted as plain data."""
    return [[slot, *asdict(one).values()] for slot, one in sorted(counted.items())]


def ledger_from(periods: tuple[Period, ...], plain: list[list[Any]], content: str) -> Ledger:
    """Read it back.

    Parameters
    ----------
    content : names the table's content; a period without a digest, and one that is too large for
        its sums not to depend on the order of its rows, is known by that and its key
    """
    counted = {}
    for slot, rows, labelled, held, told in plain:
        one = Counted(rows=rows, labelled=labelled, held=held, told=told)
        if content and slot >= 0 and (not held or rows > IN_MEMORY):
            name = f"{content}/{periods[slot].key}"
            one = replace(one, held=name, told=name)
        counted[slot] = one
    return Ledger(periods=periods, counted=counted)
