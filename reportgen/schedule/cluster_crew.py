"""Units of work on the workers of a dask cluster; the leases stay with who handed them out.

A worker that is lost takes nothing with it: the scheduler hands its units to another, under the
same lease, and the site takes an edition once. A unit that takes its own process down comes back
as lost, so that the ledger counts the deaths and sets it aside as it does on one host.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Any

from reportgen.api.warmth import to_stderr
from reportgen.errors import LimitError, RetryError
from reportgen.execute import Limits
from reportgen.fleet.cluster import ClusterCrew, outcome_of
from reportgen.fleet.task import Outcome, Task
from reportgen.report.run_spec import FailureKind, RunResult, RunSpec, dump_run, load_result
from reportgen.schedule.crew import LONGEST_WORK

__all__ = ["DESERTED", "MAKE", "ClusterWorkers"]

MAKE = "reportgen.schedule.worker:make_one"
_ASKED_AGAIN_S = 2.0
DESERTED = timedelta(minutes=5)
"""After which a cluster without a single worker, or without its scheduler, is given up."""


class ClusterWorkers:
    """Does units of work on a cluster.

    Parameters
    ----------
    address : of the scheduler, ``tcp://host:8786``; the workers see project, board, site and ledger
        under the same paths, and have in their environment what the project file refers to
    most : units at the same time; None: as many as the workers have threads
    longest : after which a unit of work is stopped
    deserted : after which a cluster without a worker is given up
    imports : what the processes of reports are forked with
    make : ``module:function`` that takes a `RunSpec` as JSON, and gives a `RunResult`

    Raises
    ------
    MissingToolError
        The package distributed is not installed.
    RetryError
        The scheduler does not answer.
    """

    def __init__(
        self,
        address: str,
        *,
        most: int | None = None,
        longest: timedelta = LONGEST_WORK,
        deserted: timedelta = DESERTED,
        imports: Sequence[str] = (),
        make: str = MAKE,
    ) -> None:
        limits = Limits(wall_clock_s=longest.total_seconds())
        # One death is told at once: the ledger counts them, over all runs and hosts.
        self._fleet = ClusterCrew(
            make, address=address, imports=imports, limits=limits, most_deaths=1
        )
        self._most = most
        self._deserted_s = deserted.total_seconds()
        self._busy: dict[str, tuple[RunSpec, Any]] = {}
        self._over: SimpleQueue[str] = SimpleQueue()
        self._refused: list[RunSpec] = []
        self._hands = 0
        self._asked = float("-inf")
        self._peopled = time.monotonic()

    @property
    def free(self) -> int:
        """How many units can be started now; of a deserted cluster one, which then fails."""
        self._look()
        most = self._hands if self._most is None else min(self._most, self._hands)
        return max(most - len(self._busy), 1 if self._is_deserted and not self._busy else 0)

    def start(self, run: RunSpec) -> None:
        """Hand out a unit of work; without a scheduler it comes back at once."""
        if not self._fleet.connected:
            self._refused.append(run)
            return
        task = Task(name=run.report, argument=json.loads(dump_run(run)))
        future = self._fleet.submit(task)
        self._busy[future.key] = (run, future)
        future.add_done_callback(self._is_over)

    def done(self, wait_s: float) -> list[tuple[RunSpec, RunResult]]:
        """Give what has ended; all of it, as failed, when nobody is there to do it."""
        found = [(run, _nobody(run)) for run in self._refused]
        self._refused.clear()
        ends = time.monotonic() + (wait_s if self._busy else 0.0)
        with suppress(Empty):
            while True:
                wait = 0.0 if found else max(ends - time.monotonic(), 0.0)
                held = self._busy.pop(self._over.get(timeout=wait), None)
                if held is not None:
                    found.append((held[0], _result(*held)))
        self._look()
        if not found and self._is_deserted:
            found = [(run, _nobody(run)) for run, _ in self._busy.values()]
            self._cancel()
        if not self._busy and not found:
            time.sleep(min(wait_s, _ASKED_AGAIN_S))  # until a worker comes
        return found

    def drop(self, run: RunSpec) -> None:
        """Take a unit of work back; its worker ends what is begun within a second or two."""
        for key, (each, future) in list(self._busy.items()):
            if each == run:
                del self._busy[key]
                future.cancel()

    def close(self) -> None:
        """Take back what is not done, and leave."""
        self._cancel()
        self._fleet.__exit__()

    def _is_over(self, future: Any) -> None:
        self._over.put(future.key)  # in another thread

    def _cancel(self) -> None:
        for _, future in self._busy.values():
            future.cancel()
        self._busy.clear()

    def _look(self) -> None:
        """See how many hands there are, now and then."""
        now = time.monotonic()
        if now - self._asked < _ASKED_AGAIN_S:
            return
        self._asked, self._hands = now, 0
        with suppress(OSError):
            self._hands = self._fleet.hands() if self._fleet.connected else 0
        if self._hands:
            self._peopled = now

    @property
    def _is_deserted(self) -> bool:
        return not self._hands and time.monotonic() - self._peopled >= self._deserted_s


def _result(run: RunSpec, future: Any) -> RunResult:
    outcome = outcome_of(Task(name=run.report), future)
    for line in outcome.said.splitlines():
        to_stderr(line)
    if outcome.error is None:
        return load_result(json.dumps(outcome.result))
    return _failed(run, _kind(outcome), f"its work {outcome.error}", type(outcome.error).__name__)


def _kind(outcome: Outcome) -> FailureKind:
    if isinstance(outcome.error, RetryError):
        return "again"
    return "once" if isinstance(outcome.error, LimitError) else "lost"


def _nobody(run: RunSpec) -> RunResult:
    why = "the cluster has no workers, or no scheduler, any more"
    return _failed(run, "again", why, "RetryError")


def _failed(run: RunSpec, kind: FailureKind, why: str, error_type: str) -> RunResult:
    return RunResult(
        report=run.report,
        edition=run.edition,
        outcome="failed",
        kind=kind,
        error=f"{run.report} {run.edition}: {why}",
        error_type=error_type,
    )
