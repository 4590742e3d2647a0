"""How far runs have come, told through the ledger: `status` asks from another process.

Notes are for people: one that is lost or late makes no edition late, and the next one mends it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from reportgen.errors import RetryError
from reportgen.fleet.progress import Progress
from reportgen.schedule.ledger import Ledger

__all__ = ["Teller", "Underway", "runs_under_way"]

_RUNS, _PACE = "runs under way", "seconds for an edition"
_SELDOM = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """A run that makes editions right now.

    Attributes
    ----------
    owner : process and host, as in the leases
    alive : when it was last heard of
    done : with failures among them
    pace_s : what an edition of an earlier run took; 0: nobody knows
    """

    owner: str
    since: datetime
    alive: datetime
    done: int
    total: int
    failed: int = 0
    pace_s: float = 0.0

    def progress(self, now: datetime) -> Progress:
        """Count what is done, and how long it took until now."""
        seconds = max((now - self.since).total_seconds(), 0.0)
        return Progress(done=self.done, total=self.total, failed=self.failed, seconds=seconds)

    def seconds_left(self, now: datetime) -> float | None:
        """About how long the rest will take; before the first is done, as the last run says."""
        progress = self.progress(now)
        if self.done or not self.pace_s:
            return progress.seconds_left
        return max(self.pace_s * self.total - progress.seconds, 0.0)


class Teller:
    """Tells how far one run has come, now and then.

    Parameters
    ----------
    total : editions that it is about to make
    """

    def __init__(self, ledger: Ledger, total: int) -> None:
        now = ledger.clock()
        self._ledger = ledger
        self._last: datetime | None = None
        pace = _read(ledger, _PACE).get("seconds", 0.0)
        self._run = Underway(
            owner=ledger.owner, since=now, alive=now, done=0, total=total, pace_s=pace
        )

    def tell(self, done: int, failed: int, total: int) -> None:
        """Say how far it is, unless that was said a moment ago."""
        now = self._ledger.clock()
        if self._last is not None and self._last <= now < self._last + _SELDOM:
            return
        self._last = now
        self._run = replace(self._run, alive=now, done=done, failed=failed, total=total)
        self._write(self._run)

    def leave(self, done: int) -> None:
        """Say that it is over, and what an edition took."""
        if self._last is None:
            return
        if done:
            seconds = max((self._ledger.clock() - self._run.since).total_seconds(), 0.0)
            with suppress(RetryError):
                self._ledger.note(_PACE, json.dumps({"seconds": round(seconds / done, 3)}))
        self._write(None)

    def _write(self, run: Underway | None) -> None:
        """Put this run beside the others; of two that write at once one writes again soon."""
        with suppress(RetryError):
            told = _read(self._ledger, _RUNS)
            now = self._ledger.clock()
            kept = {
                name: row for name, row in told.items() if _lives(_run(row), now, self._ledger)
            }
            kept.pop(self._run.owner, None)
            if run is not None:
                kept[run.owner] = _plain(run)
            self._ledger.note(_RUNS, json.dumps(kept, sort_keys=True))


def runs_under_way(ledger: Ledger) -> tuple[Underway, ...]:
    """Give the runs that were heard of within the time of a lease, the oldest first."""
    now = ledger.clock()
    runs = [_run(row) for row in _read(ledger, _RUNS).values()]
    return tuple(
        sorted(
            (run for run in runs if _lives(run, now, ledger)),
            key=lambda run: (run.since, run.owner),
        )
    )


def _lives(run: Underway, now: datetime, ledger: Ledger) -> bool:
    return abs(now - run.alive) < ledger.ttl


def _read(ledger: Ledger, name: str) -> dict[str, Any]:
    found = json.loads(ledger.recall(name) or "{}")
    return found if isinstance(found, dict) else {}


def _plain(run: Underway) -> dict[str, Any]:
    return {**asdict(run), "since": run.since.isoformat(), "alive": run.alive.isoformat()}


def _run(row: dict[str, Any]) -> Underway:
    times = {name: datetime.fromisoformat(row[name]) for name in ("since", "alive")}
    return Underway(**{**row, **times})
