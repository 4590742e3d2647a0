"""Which editions were made, when, from which inputs, and what was skipped and why."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from reportgen.errors import RetryError
from reportgen.report.run_spec import RunResult
from reportgen.schedule.entry import (
    Entry,
    Key,
    Lease,
    claimed,
    finished,
    freed,
    renewed,
    skipped,
)
from reportgen.schedule.store import Attempt, Store

__all__ = ["TTL", "Ledger", "new_owner", "wall_clock"]

TTL = timedelta(seconds=90)
"""How long a lease holds without a heartbeat; there are three heartbeats in it."""
_CONTESTED = 50


def wall_clock() -> datetime:
    """Give the time; leases and the history know it, records and pages do not."""
    return datetime.now(UTC)


def new_owner() -> str:
    """Name this process so that no other is named alike, also after its number came round."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Ledger:
    """The state of every edition, kept in a store that several processes share.

    Parameters
    ----------
    store : SQLite, an object store or PostgreSQL
    owner : who we are
    clock : gives the time, aware
    ttl : how long a lease holds
    """

    def __init__(
        self,
        store: Store,
        *,
        owner: str = "",
        clock: Callable[[], datetime] = wall_clock,
        ttl: timedelta = TTL,
    ) -> None:
        self.store = store
        self.owner = owner or new_owner()
        self.clock = clock
        self.ttl = ttl

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.store.close()

    def entries(
        self, reports: Sequence[str] | None = None, *, ended_after: datetime | None = None
    ) -> Mapping[Key, Entry]:
        """Give the current state of all editions, or of those of some reports.

        Parameters
        ----------
        ended_after : leave out published editions of periods that ended before, unless they are
            provisional: nothing changes them any more
        """
        return self.store.entries(reports, ended_after=ended_after)

    def keys(self, reports: Sequence[str] | None = None) -> frozenset[Key]:
        """Give the keys alone: of which editions anything is known."""
        return self.store.keys(reports)

    def attempts(self, reports: Sequence[str] | None = None) -> tuple[Attempt, ...]:
        """Give the history, oldest first."""
        return self.store.attempts(reports)

    def claim(
        self,
        key: Key,
        basis: str,
        *,
        seen: int = 0,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Lease | None:
        """Claim an edition; None: somebody else is at it, was since we looked, or it is set aside.

        Parameters
        ----------
        basis : digest of what it will be made from
        seen : generation of the entry on which the claim rests; 0: there was none
        start, end : of the period
        """
        report, edition = key
        now = self.clock()
        new = Entry(
            report=report,
            edition=edition,
            state="running",
            updated=now,
            basis=basis,
            start=start,
            end=end,
        )

        def change(entry: Entry | None) -> Entry | None:
            return claimed(entry, new, self.owner, self.ttl, seen=seen)

        there = self._change(key, change, "claimed")
        if there is None or there.state != "running":
            return None
        return there.lease

    def renew(self, lease: Lease) -> None:
        """Hold on to an edition for longer; before publishing, it tells whether it is still ours.

        Raises
        ------
        LeaseLostError
            Another process has taken it over.
        """
        now = self.clock()
        self._change(lease.key, lambda entry: renewed(entry, lease, now, self.ttl), "")

    def finish(
        self,
        lease: Lease,
        result: RunResult,
        *,
        data: str = "",
        retry_at: datetime | None = None,
    ) -> Entry:
        """Write down what came of an attempt.

        Raises
        ------
        LeaseLostError
            The lease is of an older generation: what it brings does not count.
        """
        now = self.clock()

        def change(entry: Entry | None) -> Entry:
            return finished(entry, lease, result, now, data=data, retry_at=retry_at)

        said = result.error or result.sentence
        there = self._change(lease.key, change, result.outcome, said)
        if there is None:
            raise AssertionError("an attempt that is finished has an entry")
        return there

    def free(self, lease: Lease) -> None:
        """Give a claim back unused.

        Raises
        ------
        LeaseLostError
            Another process has taken it over.
        """
        now = self.clock()

        def change(entry: Entry | None) -> Entry | None:
            return None if entry is None else freed(entry, lease, now)

        self._change(lease.key, change, "freed")

    def skip(
        self, key: Key, reason: str, *, start: datetime | None = None, end: datetime | None = None
    ) -> bool:
        """Note that an edition will not be made, and why; False: it is known already."""
        new = Entry(
            report=key[0],
            edition=key[1],
            state="skipped",
            updated=self.clock(),
            start=start,
            end=end,
        )
        there = self._change(key, lambda entry: skipped(entry, new, reason), "skipped", reason)
        return there is not None

    def recall(self, name: str) -> str | None:
        """Give what was noted under a name."""
        return self.store.recall(name)

    def note(self, name: str, text: str) -> None:
        """Note something that can be found out again at any time."""
        self.store.note(name, text)

    def _change(
        self, key: Key, change: Callable[[Entry | None], Entry | None], what: str, said: str = ""
    ) -> Entry | None:
        """Read, change and write back one entry, again as long as others are quicker."""
        new: Entry | None = None
        for _ in range(_CONTESTED):
            held = self.store.read(key)
            if new is not None and held is not None and held.entry == new:
                return new  # it was written, and only the answer was lost
            new = change(held.entry if held else None)
            if new is None:
                return None
            attempt = self._attempt(new, what, said) if what else None
            if self.store.swap(key, held.token if held else None, new, attempt):
                return new
        raise RetryError(
            f"{key[0]} {key[1]}: the ledger was changed by others {_CONTESTED} times while we "
            "wrote to it. Run the same command again."
        )

    def _attempt(self, entry: Entry, what: str, said: str) -> Attempt:
        poisoned = entry.kind == "poison"
        return Attempt(
            at=entry.updated,
            report=entry.report,
            edition=entry.edition,
            generation=entry.generation,
            owner=self.owner,
            what="failed" if poisoned else what,
            said=entry.reason if poisoned else said,
        )
