"""Versions that were ignored: half written, or damaged, so that no name is resolved to them."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.boards import Board
from reportgen.report import Project
from reportgen.resolve.requests import project_requests

__all__ = ["IgnoredVersion", "ignored_versions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredVersion:
    """A folder on the board that does not count as a version, and why."""

    pin: str
    version: str
    why: str


def ignored_versions(project: Project, board: Board) -> tuple[IgnoredVersion, ...]:
    """Give what was ignored of the pins that a project uses.

    Raises
    ------
    NotFoundError
        There is no board, or no such pin on it.
    RetryError, UserError
        The board cannot be read.
    """
    found = []
    for name in dict.fromkeys(sorted(request.name for request in project_requests(project))):
        faults = board.incomplete(name)
        found += [IgnoredVersion(pin=name, version=version, why=why) for version, why in faults]
    return tuple(found)
