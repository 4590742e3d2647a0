"""A ledger that is forgotten when the process ends: to look ahead, and to try things out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from reportgen.schedule.entry import Entry, Key
from reportgen.schedule.store import Attempt, Held, is_wanted

__all__ = ["MemoryStore"]


class MemoryStore:
    """Entries in memory, for one process."""

    def __init__(self) -> None:
        self._entries: dict[Key, tuple[int, Entry]] = {}
        self._attempts: list[Attempt] = []
        self._notes: dict[str, str] = {}

    def read(self, key: Key) -> Held | None:
        """Give one entry, or None."""
        found = self._entries.get(key)
        return None if found is None else Held(entry=found[1], token=str(found[0]))

    def entries(
        self, reports: Sequence[str] | None = None, *, ended_after: datetime | None = None
    ) -> Mapping[Key, Entry]:
        """Give the current state of all editions, or of those of some reports."""
        return {
            key: entry
            for key, (_, entry) in self._entries.items()
            if (reports is None or key[0] in reports) and is_wanted(entry, ended_after)
        }

    def keys(self, reports: Sequence[str] | None = None) -> frozenset[Key]:
        """Give the keys alone."""
        return frozenset(key for key in self._entries if reports is None or key[0] in reports)

    def swap(self, key: Key, token: str | None, entry: Entry, attempt: Attempt | None) -> bool:
        """Put an entry in the place of the one with this token, and add to the history."""
        version, _ = self._entries.get(key, (0, None))
        if token != (str(version) if version else None):
            return False
        self._entries[key] = (version + 1, entry)
        if attempt is not None:
            self._attempts.append(attempt)
        return True

    def attempts(self, reports: Sequence[str] | None = None) -> tuple[Attempt, ...]:
        """Give the history, oldest first."""
        return tuple(a for a in self._attempts if reports is None or a.report in reports)

    def recall(self, name: str) -> str | None:
        """Give what was noted under a name."""
        return self._notes.get(name)

    def note(self, name: str, text: str) -> None:
        """Note something."""
        self._notes[name] = text

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""
