"""What is to be done, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from reportgen import errors
from reportgen.errors import ProjectError, ReportgenError, ToolError
from reportgen.fleet.progress import Progress

__all__ = ["MOST_DEATHS", "Crew", "Outcome", "Task", "raise_failures", "read_outcome"]

MOST_DEATHS = 2  # of the processes of one task, after which it is set aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One piece of work.

    Attributes
    ----------
    name : for people, ``late-flights-card``
    argument : JSON, what the function of the crew is called with
    """

    name: str
    argument: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a task: a result, or an error.

    Attributes
    ----------
    result : JSON, what the function returned
    error : what it raised, or how its process ended
    deaths : processes that ended without having said anything
    said : what it wrote to its standard output and error
    """

    task: Task
    result: Any = None
    error: ReportgenError | None = None
    deaths: int = 0
    seconds: float = 0.0
    said: str = ""


class Crew(Protocol):
    """What does tasks; `reportgen.fleet.ForkedCrew` is one."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def run(
        self, tasks: Sequence[Task], told: Callable[[Progress], None] = ...
    ) -> tuple[Outcome, ...]:
        """Do all tasks, and give their outcomes in the same order; `told` hears of each."""
        ...


def read_outcome(task: Task, plain: Mapping[str, Any], **known: Any) -> Outcome:
    """Make an outcome of what `reportgen.execute.work` left."""
    if "result" in plain:
        return Outcome(task=task, result=plain["result"], **known)
    told = plain["error"]
    return Outcome(task=task, error=_rebuilt(str(told["kind"]), str(told["message"])), **known)


def _rebuilt(kind: str, message: str) -> ReportgenError:
    """Raise here what was raised there; the exit code goes with its type."""
    named = getattr(errors, kind, ToolError)
    if named is ProjectError:
        return ProjectError(message.split("\n"))
    error = named(message)
    return error if isinstance(error, ReportgenError) else ToolError(message)


def raise_failures(outcomes: Sequence[Outcome]) -> None:
    """Raise the error of the only task, or one error that names each that failed.

    Raises
    ------
    ReportgenError
        Of the type of the gravest: one to try again later is the least, a failed tool the most.
    """
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if not failed:
        return
    gravest = min((o.error for o in failed if o.error), key=lambda error: _RANK[error.exit_code])
    if len(outcomes) == 1:
        raise gravest
    lines = [f"{outcome.task.name}: {outcome.error}" for outcome in failed]
    head = f"{len(failed)} of {len(outcomes)} could not be made; the others were."
    kind = {2: errors.UserError, 4: errors.RetryError}.get(gravest.exit_code, ToolError)
    raise kind("\n".join([head, *lines])) from gravest


_RANK = {3: 0, 2: 1, 4: 2, 1: 3}
