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
from reportgen.fleet.task import Outcome, Task, read_outcome

__all__ = ["ClusterCrew", "do_here"]

_PATIENCE_S = 30
_CREWS: dict[tuple[str, ...], ForkedCrew] = {}
_LOCK = threading.Lock()


class ClusterCrew:
    """Does tasks on a cluster; a context manager, since it is connected to the scheduler.

    Parameters
    ----------
    address : of the scheduler, ``tcp://host:8786``
    call, imports, limits : as of `ForkedCrew`; the workers have reportgen installed, and see the
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
    ) -> None:
        self._call = call
        self._imports = tuple(imports)
        self._limits = limits or Limits(wall_clock_s=1800.0)
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
        futures = [self._submit(task) for task in tasks]
        places = {future.key: place for place, future in enumerate(futures)}
        over: dict[int, Outcome] = {}
        try:
            for future in as_completed(futures, loop=self._client.loop):
                place = places[future.key]
                over[place] = _outcome(tasks[place], future)
                failed = sum(each.error is not None for each in over.values())
                seconds = time.monotonic() - started
                told(Progress(done=len(over), total=len(tasks), failed=failed, seconds=seconds))
        finally:
            self._client.cancel(futures)
        return tuple(over[place] for place in range(len(tasks)))

    def _submit(self, task: Task) -> Any:
        return self._client.submit(
            do_here,
            self._call,
            task.name,
            json.dumps(dict(task.argument)),
            list(self._imports),
            (self._limits.wall_clock_s, self._limits.memory_bytes),
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


def _outcome(task: Task, future: Any) -> Outcome:
    """Read what came of a task; a cluster that gives up on it has lost a worker each time."""
    if future.status == "finished":
        plain: Mapping[str, Any] = json.loads(future.result())
        known = {name: plain[name] for name in ("deaths", "seconds", "said")}
        return read_outcome(task, plain, **known)
    cause = future.exception() if future.status == "error" else "it was cancelled"
    error = ToolError(f"the cluster gave it up ({type(cause).__name__}): {cause}")
    return Outcome(task=task, error=error)


def do_here(
    call: str,
    name: str,
    argument: str,
    imports: Sequence[str],
    limits: tuple[float, int],
) -> str:
    """Do one task in a process of this worker; what the scheduler hands to workers."""
    crew = _crew(call, tuple(imports), Limits(wall_clock_s=limits[0], memory_bytes=limits[1]))
    (made,) = crew.run([Task(name=name, argument=json.loads(argument))])
    plain: dict[str, Any] = {"deaths": made.deaths, "seconds": made.seconds, "said": made.said}
    if isinstance(made.error, ReportgenError):
        plain["error"] = {"kind": type(made.error).__name__, "message": str(made.error)}
    else:
        plain["result"] = made.result
    return json.dumps(plain)


def _crew(call: str, imports: tuple[str, ...], limits: Limits) -> ForkedCrew:
    """Give the crew of this worker; its threads share one process to fork from."""
    key = (call, *imports, str(limits))
    with _LOCK:
        if key not in _CREWS:
            _CREWS[key] = ForkedCrew(call, hands=1, imports=imports, limits=limits)
        return _CREWS[key]
