"""What a place for the ledger must be able to do; one file per kind of place beside this one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol

from reportgen.schedule.entry import Entry, Key

__all__ = [
    "ATTEMPT_COLUMNS",
    "Attempt",
    "Held",
    "Store",
    "attempt_row",
    "is_wanted",
    "read_attempts",
    "settled",
]


def settled(entry: Entry) -> datetime | None:
    """Give the end of the period of an edition that only late data can change; else None."""
    if entry.state != "published" or entry.provisional:
        return None
    return entry.end


def is_wanted(entry: Entry, ended_after: datetime | None) -> bool:
    """Tell whether `Store.entries` gives an entry."""
    end = settled(entry)
    return ended_after is None or end is None or end > ended_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An entry as it was read, and the token that a change of it must show."""

    entry: Entry
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One line of the history, which is only ever added to.

    Attributes
    ----------
    what : ``claimed``, ``published``, ``unchanged``, ``failed``, ``skipped``, ``lost``, ``freed``
    said : the verdict's sentence, or why it failed or was skipped
    """

    at: datetime
    report: str
    edition: str
    generation: int
    owner: str
    what: str
    said: str = ""


ATTEMPT_COLUMNS = tuple(field.name for field in fields(Attempt))
"""Columns of the history in a table, in their order."""


def attempt_row(attempt: Attempt) -> tuple[datetime | str | int, ...]:
    """Give the cells of a line of the history, in the order of `ATTEMPT_COLUMNS`."""
    return tuple(getattr(attempt, name) for name in ATTEMPT_COLUMNS)


def read_attempts(
    rows: Iterable[Sequence[Any]], reports: Sequence[str] | None
) -> tuple[Attempt, ...]:
    """Read lines of the history back, those of some reports or all; a time may be a text."""
    found = (dict(zip(ATTEMPT_COLUMNS, row, strict=True)) for row in rows)
    return tuple(
        Attempt(**{**plain, "at": _moment(plain["at"])})
        for plain in found
        if reports is None or plain["report"] in reports
    )


def _moment(at: datetime | str) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at


class Store(Protocol):
    """A place for entries that changes one only when it still is what the writer read."""

    def read(self, key: Key) -> Held | None:
        """Give one entry, or None."""

    def entries(
        self, reports: Sequence[str] | None = None, *, ended_after: datetime | None = None
    ) -> Mapping[Key, Entry]:
        """Give the current state of all editions, or of those of some reports.

        Parameters
        ----------
        ended_after : leave out what is `settled` and of a period that ended before
        """

    def keys(self, reports: Sequence[str] | None = None) -> frozenset[Key]:
        """Give the keys alone: of which editions anything is known."""

    def swap(self, key: Key, token: str | None, entry: Entry, attempt: Attempt | None) -> bool:
        """Put an entry in the place of the one with this token (None: of none), or do nothing.

        The attempt is added to the history in the same step, where the place can do that.
        """

    def attempts(self, reports: Sequence[str] | None = None) -> tuple[Attempt, ...]:
        """Give the history, oldest first."""

    def recall(self, name: str) -> str | None:
        """Give what was noted under a name."""

    def note(self, name: str, text: str) -> None:
        """Note something that can be found out again at any time, such as what a pin holds."""

    def close(self) -> None:
        """Let go of the place."""
