"""Tasks on this machine's cores, each in a process forked from one that has imported everything.

::

    reportgen ── nursery ─┬─ work ── Pandoc, Typst
                          ├─ work ── ...
                          ├─ kernel of the first work
                          └─ kernel of the second

What a report needs is imported once for all of them, and is in memory once.
"""

from __future__ import annotations

import json
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from reportgen.errors import LimitError, ToolError
from reportgen.execute import Limits
from reportgen.execute.process import ForkedProcess, Nursery
from reportgen.execute.work import RESULT, job_file
from reportgen.fleet.progress import Progress, quiet
from reportgen.fleet.task import MOST_DEATHS, Outcome, Task, read_outcome

__all__ = ["ForkedCrew"]

_ASKED_S = 1.0
_CARRY_OUT = "reportgen.execute.work:carry_out"


@dataclass(slots=True, kw_only=True)
class _Running:
    """A task that is being done, by a process that was forked for it."""

    place: int
    process: ForkedProcess
    started: float


@dataclass(slots=True, kw_only=True)
class _Round:
    """One `run`: what waits, what is being done, what is over."""

    tasks: Sequence[Task]
    told: Callable[[Progress], None]
    waiting: deque[int]
    stopping: Callable[[], bool] | None = None
    started: float = field(default_factory=time.monotonic)
    running: list[_Running] = field(default_factory=list)
    over: dict[int, Outcome] = field(default_factory=dict)
    deaths: dict[int, int] = field(default_factory=dict)

    def settle(self, place: int, outcome: Outcome) -> None:
        """Note what came of a task, and tell how far we are."""
        self.over[place] = outcome
        failed = sum(each.error is not None for each in self.over.values())
        seconds = time.monotonic() - self.started
        self.told(
            Progress(done=len(self.over), total=len(self.tasks), failed=failed, seconds=seconds)
        )


class ForkedCrew:
    """Does tasks in forked processes; a context manager, since it keeps one process warm.

    Parameters
    ----------
    call : ``module:function`` that does a task; takes its argument and returns JSON
    hands : tasks that are done at the same time
    imports : modules to import once for all
    limits : of each task: its wall clock; and its memory, which counts for each process of it
    most_deaths : of its processes, after which a task is set aside
    """

    def __init__(
        self,
        call: str,
        *,
        hands: int,
        imports: Sequence[str] = (),
        limits: Limits | None = None,
        most_deaths: int = MOST_DEATHS,
    ) -> None:
        self._call = call
        self._most_deaths = most_deaths
        self._hands = hands
        self._imports = tuple(imports)
        self._limits = limits or Limits(wall_clock_s=1800.0)
        self._lock = threading.Lock()
        self._nursery = Nursery(self._imports)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._nursery.close()

    def run(
        self,
        tasks: Sequence[Task],
        told: Callable[[Progress], None] = quiet,
        *,
        stopping: Callable[[], bool] | None = None,
    ) -> tuple[Outcome, ...]:
        """Do all tasks; see `reportgen.fleet.Crew`.

        Parameters
        ----------
        stopping : asked every second, where it is given; once it is true, all work is ended

        Returns
        -------
        an outcome for each, in their order; no process is left when this returns

        Raises
        ------
        LimitError
            It was told to stop.
        """
        now = _Round(tasks=tasks, told=told, waiting=deque(range(len(tasks))), stopping=stopping)
        try:
            while now.waiting or now.running:
                while now.waiting and len(now.running) < self._hands:
                    self._start(now)
                self._await(now)
                if now.stopping is not None and now.stopping():
                    raise LimitError("stopped: nobody waits for it any more.")
        finally:
            for each in now.running:
                each.process.end()
        return tuple(now.over[place] for place in range(len(tasks)))

    def _start(self, now: _Round) -> None:
        place = now.waiting.popleft()
        with self._lock:  # threads may share a crew, as those of a worker do
            if not self._nursery.alive:
                self._nursery.close()
                self._nursery = Nursery(self._imports)
        limits = {"RLIMIT_DATA": self._limits.memory_bytes, "RLIMIT_CORE": 0}
        with job_file(self._call, now.tasks[place].argument) as job:
            process = self._nursery.fork_work(_CARRY_OUT, job, limits, self._limits.wall_clock_s)
        process.guard.settimeout(0)
        now.running.append(_Running(place=place, process=process, started=time.monotonic()))

    def _await(self, now: _Round) -> None:
        """Wait for the end of one of the processes, or for the one that has had its time."""
        first = min(each.started for each in now.running) + self._limits.wall_clock_s
        guards = [each.process.guard for each in now.running]
        wait = max(first - time.monotonic(), 0.0)
        wait = wait if now.stopping is None else min(wait, _ASKED_S)
        ready = select.select(guards, [], [], wait)[0]
        late = time.monotonic() - self._limits.wall_clock_s
        for each in list(now.running):
            if each.process.guard in ready:
                now.running.remove(each)
                self._finish(now, each)
            elif each.started <= late:
                now.running.remove(each)
                self._stop(now, each)

    def _finish(self, now: _Round, each: _Running) -> None:
        task, seconds = now.tasks[each.place], time.monotonic() - each.started
        plain, said = _left(each.process.room)
        status = each.process.end()
        deaths = now.deaths.get(each.place, 0)
        if plain is not None:
            known: dict[str, Any] = {"deaths": deaths, "seconds": seconds, "said": said}
            now.settle(each.place, read_outcome(task, plain, **known))
            return
        now.deaths[each.place] = deaths = deaths + 1
        if deaths < self._most_deaths:
            now.waiting.append(each.place)  # behind all others: it may be what is wrong
            return
        error = ToolError(f"{_deaths(deaths, _manner(status))} {_last(said)}".strip())
        now.settle(
            each.place,
            Outcome(task=task, error=error, deaths=deaths, seconds=seconds, said=said),
        )

    def _stop(self, now: _Round, each: _Running) -> None:
        task = now.tasks[each.place]
        _, said = _left(each.process.room)
        each.process.end()
        limit = f"{self._limits.wall_clock_s:g} seconds"
        error = LimitError(f"stopped: it passed the limit of {limit}.")
        seconds = time.monotonic() - each.started
        now.settle(each.place, Outcome(task=task, error=error, seconds=seconds, said=said))


def _left(room: Path) -> tuple[dict[str, Any] | None, str]:
    """Read what a process left in its room: its result, if it came so far, and what it said."""
    plain, said = None, ""
    with suppress(OSError, ValueError):
        plain = json.loads((room / RESULT).read_text(encoding="utf-8"))
    with suppress(OSError):
        said = (room / "log").read_text(encoding="utf-8", errors="replace")
    return plain, said


def _deaths(deaths: int, manner: str) -> str:
    if deaths == 1:
        return f"its process ended without a result, {manner}."
    return (
        f"its process ended {deaths} times without a result, the last time {manner}, so it is "
        "set aside."
    )


def _manner(status: int | None) -> str:
    import signal

    if status is None:
        return "for no reason that is known"
    if status < 0:
        return f"by signal {signal.Signals(-status).name}"
    return f"with exit status {status}"


def _last(said: str) -> str:
    lines = [line for line in said.strip().splitlines() if line.strip()]
    return "\n".join(lines[-6:])
