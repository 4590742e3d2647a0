"""Who does the work: worker processes that are watched, or this process itself."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Protocol

from reportgen.report.run_spec import RunResult, RunSpec, dump_run, load_result

__all__ = ["LONGEST_WORK", "Crew", "OwnHands", "Workers"]

LONGEST_WORK = timedelta(hours=1)
"""After which a worker is ended; the limits of a render end it much earlier."""
_PATIENCE_S = 10.0


class Crew(Protocol):
    """Takes units of work, and gives back what came of them."""

    @property
    def free(self) -> int:
        """How many units can be started now."""

    def start(self, run: RunSpec) -> None:
        """Start a unit of work; one must be `free`."""

    def done(self, wait_s: float) -> list[tuple[RunSpec, RunResult]]:
        """Give what has ended, waiting at most so long for something."""

    def drop(self, run: RunSpec) -> None:
        """Stop a unit of work at once, as if it had never been started."""

    def close(self) -> None:
        """End everything."""


class OwnHands:
    """Does one unit after the other in this process; for tests and for small machines."""

    def __init__(self, make: Callable[[RunSpec], RunResult]) -> None:
        self._make = make
        self._started: list[RunSpec] = []

    @property
    def free(self) -> int:
        """One, unless a unit was started and not fetched."""
        return 0 if self._started else 1

    def start(self, run: RunSpec) -> None:
        """Remember a unit of work; it is done when it is fetched."""
        self._started.append(run)

    def done(self, wait_s: float) -> list[tuple[RunSpec, RunResult]]:  # noqa: ARG002
        """Do what was started."""
        done = [(run, self._make(run)) for run in self._started]
        self._started.clear()
        return done

    def drop(self, run: RunSpec) -> None:
        """Forget a unit of work that was not begun."""
        with suppress(ValueError):
            self._started.remove(run)

    def close(self) -> None:
        """Do nothing: there is nothing to end."""


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[str]
    run: RunSpec | None = None
    since: float = 0.0
    last_report: str = ""

    @property
    def output(self) -> IO[str]:
        if self.process.stdout is None:
            raise AssertionError("a worker is started with a pipe")
        return self.process.stdout


class Workers:
    """Worker processes; one that dies is replaced, and its unit of work comes back as lost.

    Parameters
    ----------
    number : of processes, started when they are first needed
    longest : after which a unit of work is stopped
    command : of a worker
    """

    def __init__(
        self,
        number: int,
        *,
        longest: timedelta = LONGEST_WORK,
        command: tuple[str, ...] = (sys.executable, "-m", "reportgen.schedule.worker"),
    ) -> None:
        self.number = number
        self.longest = longest
        self._command = command
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()

    @property
    def free(self) -> int:
        """How many units can be started now."""
        return self.number - sum(worker.run is not None for worker in self._workers)

    def start(self, run: RunSpec) -> None:
        """Give a unit of work to an idle worker, best to the one that just did the same report."""
        idle = [worker for worker in self._workers if worker.run is None]
        idle.sort(key=lambda worker: worker.last_report != run.report)
        known = idle and idle[0].last_report == run.report
        if not known and len(self._workers) < self.number:
            idle = [self._hire()]
        worker = idle[0]
        worker.run, worker.since, worker.last_report = run, time.monotonic(), run.report
        with suppress(BrokenPipeError):  # it died while idle: `done` finds out
            if worker.process.stdin is None:
                raise AssertionError("a worker is started with a pipe")
            worker.process.stdin.write(f"{dump_run(run)}\n")
            worker.process.stdin.flush()

    def done(self, wait_s: float) -> list[tuple[RunSpec, RunResult]]:
        """Give what has ended, lost units of dead workers among them."""
        found: list[tuple[RunSpec, RunResult]] = []
        for key, _ in self._selector.select(wait_s) if self._workers else ():
            found += self._heard(key.data)
        for worker in [worker for worker in self._workers if worker.run is not None]:
            if time.monotonic() - worker.since > self.longest.total_seconds():
                found += self._overdue(worker)
        return found

    def drop(self, run: RunSpec) -> None:
        """End the worker that does a unit of work."""
        for worker in [worker for worker in self._workers if worker.run == run]:
            self._dismiss(worker, at_once=True)

    def close(self) -> None:
        """End all workers; the idle ones end by themselves when their input ends."""
        for worker in list(self._workers):
            self._dismiss(worker, at_once=worker.run is not None)
        self._selector.close()

    def _hire(self) -> _Worker:
        process = subprocess.Popen(  # noqa: S603 - our own module, with no word of anybody else
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        worker = _Worker(process=process)
        self._workers.append(worker)
        self._selector.register(worker.output, selectors.EVENT_READ, worker)
        return worker

    def _heard(self, worker: _Worker) -> list[tuple[RunSpec, RunResult]]:
        line = worker.output.readline()
        run = worker.run
        if line and run is not None:
            worker.run = None
            return [(run, load_result(line))]
        self._dismiss(worker, at_once=True)
        if run is None:
            return []
        how = _how_it_ended(worker.process.returncode)
        return [(run, _failed(run, "lost", f"its worker {how}"))]

    def _overdue(self, worker: _Worker) -> list[tuple[RunSpec, RunResult]]:
        run = worker.run
        self._dismiss(worker, at_once=True)
        if run is None:
            return []
        minutes = int(self.longest.total_seconds() // 60)
        return [(run, _failed(run, "once", f"it took longer than {minutes} minutes"))]

    def _dismiss(self, worker: _Worker, *, at_once: bool) -> None:
        self._workers.remove(worker)
        self._selector.unregister(worker.output)
        process = worker.process
        with suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        if not at_once:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE_S)
        _end_group(process)
        worker.output.close()


def _end_group(process: subprocess.Popen[str]) -> None:
    """End a worker and all that it started: kernels, converters."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _how_it_ended(status: int) -> str:
    if status < 0:
        return f"was ended by signal {-status}"
    return f"ended with exit status {status}"


def _failed(run: RunSpec, kind: str, why: str) -> RunResult:
    return RunResult(
        report=run.report,
        edition=run.edition,
        outcome="failed",
        kind="lost" if kind == "lost" else "once",
        error=f"{run.report} {run.edition}: {why}.",
        error_type="WorkerLost",
    )
