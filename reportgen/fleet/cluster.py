"""Tasks on the workers of a dask.distributed cluster, each in a forked process of its worker.

::

    reportgen ── scheduler ─┬─ worker ── nursery ─┬─ work
                            │                     └─ kernel
                            └─ worker ── nursery ─── ...

A task is JSON, and so is what comes back. A worker that is lost takes what it started with it, and
the scheduler hands its tasks to another: a report may be made twice, and is published once. What a
task does to its own process never reaches the worker, which counts the deaths as `ForkedCrew` does.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from reportgen.errors import MissingToolError, ReportgenError, RetryError, ToolError
from reportgen.execute import Limits
from reportgen.fleet.forked import ForkedCrew
from reportgen.fleet.progress import Progress, quiet
from reportgen.fleet.task import MOST_DEATHS, Outcome, Task, read_outcome

__all__ = ["ClusterCrew", "do_here", "outcome_of"]

_PATIENCE_S = 30
_CREWS: dict[tuple[str, ...], ForkedCrew] = {}
_LOCK = threading.Lock()


class ClusterCrew:
    """Does tasks on a cluster; a context manager, since it is connected to the scheduler.

    Parameters
    ----------
    address : of the scheduler, ``tcp://host:8786``
    call, imports, limits, most_deaths : as of `ForkedCrew`; the workers have reportgen installed, and see the
        files that a task names under the same paths

    Raises
    ------
    MissingToolError
        The package distributed is not installed.
    RetryError
        The scheduler does not answer.
    """

    def __init__(
        self,
        call: str,
        *,
        address: str,
        imports: Sequence[str] = (),
        limits: Limits | None = None,
        most_deaths: int = MOST_DEATHS,
    ) -> None:
        self._call = call
        self._imports = tuple(imports)
        self._limits = limits or Limits(wall_clock_s=1800.0)
        self._most_deaths = most_deaths
        self._client = _connected(address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def run(
        self, tasks: Sequence[Task], told: Callable[[Progress], None] = quiet
    ) -> tuple[Outcome, ...]:
        """Do all tasks; see `reportgen.fleet.Crew`."""
        from distributed import as_completed

        started = time.monotonic()
        futures = [self.submit(task) for task in tasks]
        places = {future.key: place for place, future in enumerate(futures)}
        over: dict[int, Outcome] = {}
        try:
            for future in as_completed(futures, loop=self._client.loop):
                place = places[future.key]
                over[place] = outcome_of(tasks[place], future)
                failed = sum(each.error is not None for each in over.values())
                seconds = time.monotonic() - started
                told(Progress(done=len(over), total=len(tasks), failed=failed, seconds=seconds))
        finally:
            self._client.cancel(futures)
        return tuple(over[place] for place in range(len(tasks)))

    @property
    def connected(self) -> bool:
        """Whether the scheduler answers; what was submitted before it went is cancelled."""
        return bool(self._client.status == "running")

    def hands(self) -> int:
        """How many tasks the workers that are there now can do at the same time.

        Raises
        ------
        OSError
            The scheduler does not answer.
        """
        return sum(self._client.nthreads().values())

    def submit(self, task: Task) -> Any:
        """Hand out a task; gives dask's future of it, which `outcome_of` reads."""
        return self._client.submit(
            do_here,
            self._call,
            task.name,
            json.dumps(dict(task.argument)),
            list(self._imports),
            (self._limits.wall_clock_s, self._limits.memory_bytes),
            self._most_deaths,
            pure=False,  # the same task asked for again is done again, and finds it published
        )


def _connected(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingToolError(
            "A cluster needs the package distributed. Install it with: "
            "pip install 'reportgen[cluster]'"
        ) from error
    try:
        return Client(address, timeout=_PATIENCE_S, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise RetryError(
            f"No scheduler answers at {address}: {error}. Start one with `dask scheduler` and "
            f"workers with `dask worker {address}`."
        ) from error
    except ValueError as error:
        raise ToolError(f"{address} is no address of a scheduler: {error}.") from error


def outcome_of(task: Task, future: Any) -> Outcome:
    """Read what came of a task; a cluster that gives up on it has lost a worker each time."""
    if future.status == "finished":
        plain: Mapping[str, Any] = json.loads(future.result())
        known = {name: plain[name] for name in ("deaths", "seconds", "said")}
        return read_outcome(task, plain, **known)
    if future.status != "error":
        lost = RetryError("the cluster's scheduler was lost before it was done. Try again.")
        return Outcome(task=task, error=lost)
    cause = future.exception()
    error = ToolError(f"the cluster gave it up ({type(cause).__name__}): {cause}")
    return Outcome(task=task, error=error, deaths=MOST_DEATHS)


def do_here(
    call: str,
    name: str,
    argument: str,
    imports: Sequence[str],
    limits: tuple[float, int],
    most_deaths: int,
) -> str:
    """Do one task in a process of this worker; what the scheduler hands to workers.

    It is ended when who asked for it has taken it back, or is gone.
    """
    bounds = Limits(wall_clock_s=limits[0], memory_bytes=limits[1])
    crew = _crew(call, tuple(imports), bounds, most_deaths)
    try:
        task = Task(name=name, argument=json.loads(argument))
        (made,) = crew.run([task], stopping=_taken_back())
    except ReportgenError as error:  # of this worker, as when it is too slow to begin
        made = Outcome(task=task, error=error)
    plain: dict[str, Any] = {"deaths": made.deaths, "seconds": made.seconds, "said": made.said}
    if isinstance(made.error, ReportgenError):
        plain["error"] = {"kind": type(made.error).__name__, "message": str(made.error)}
    else:
        plain["result"] = made.result
    return json.dumps(plain)


def _taken_back() -> Callable[[], bool]:
    """Give what tells whether dask has cancelled the task that this thread does."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def taken_back() -> bool:
        state = worker.state.tasks.get(key)
        return state is None or state.state == "cancelled"

    return taken_back


def _crew(call: str, imports: tuple[str, ...], limits: Limits, most_deaths: int) -> ForkedCrew:
    """Give the crew of this worker; its threads share one process to fork from."""
    key = (call, *imports, str(limits), str(most_deaths))
    with _LOCK:
        if key not in _CREWS:
            _CREWS[key] = ForkedCrew(
                call, hands=1, imports=imports, limits=limits, most_deaths=most_deaths
            )
        return _CREWS[key]
