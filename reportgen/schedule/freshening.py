"""The newest versions of what a project asks for, without reading again what has not changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from reportgen.boards import Board
from reportgen.boards.board import StoredBoard
from reportgen.boards.folder import FolderStore
from reportgen.errors import NotFoundError, PinError
from reportgen.report import Project
from reportgen.resolve import Lock, lock_project, project_requests
from reportgen.resolve.requests import BEFORE

__all__ = ["Freshened", "freshen_lock", "newer_versions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshened:
    """A lock with the newest versions, and what could not be resolved.

    Attributes
    ----------
    moved : requests whose version is another one now
    problems : model -> why its pins could not be resolved; the other models go on
    """

    lock: Lock
    moved: tuple[str, ...] = ()
    problems: Mapping[str, NotFoundError | PinError] = field(default_factory=dict)


def freshen_lock(project: Project, board: Board, lock: Lock | None) -> Freshened:
    """Move what is asked for as ``latest`` to the newest complete version on the board.

    Only what is new is fetched, to hash it. A pin that is missing or damaged stops the models
    that use it, and no other.

    Raises
    ------
    RetryError, UserError
        The board cannot be read at all.
    """
    kept = lock if lock is not None else Lock(board=board.address)
    stale = _stale(project, board, kept)
    if not stale:
        return Freshened(lock=kept)
    remaining = replace(
        kept, pins={key: pin for key, pin in kept.pins.items() if key not in stale}
    )
    absent = tuple(key for key in kept.absent if key not in stale)
    return _resolved(project, board, replace(remaining, absent=absent), stale, kept)


def newer_versions(project: Project, board: Board, lock: Lock) -> tuple[str, ...]:
    """Name the requests that mean another version now than in the lock; nothing is fetched.

    Raises
    ------
    RetryError, UserError
        The board cannot be read at all.
    """
    return tuple(sorted(_stale(project, board, lock)))


def _stale(project: Project, board: Board, lock: Lock) -> frozenset[str]:
    """Find the requests that the lock does not answer, or not with the newest version."""
    newest: dict[str, str | None] = {}
    stale: set[str] = set()
    for wanted in project_requests(project):
        key = f"{wanted.name}@{wanted.version}"
        known = lock.pins.get(key)
        if wanted.version.startswith(BEFORE):
            continue
        if known is None:
            stale.add(key)
        elif wanted.version == "latest":
            if wanted.name not in newest:
                newest[wanted.name] = _newest(board, wanted.name, known.version)
            if newest[wanted.name] not in (None, known.version):
                stale.add(key)
    for wanted in project_requests(project):
        if wanted.version.startswith(BEFORE):
            key = f"{wanted.name}@{wanted.version}"
            base = f"{wanted.name}@{wanted.version.removeprefix(BEFORE)}"
            if base in stale or (key not in lock.pins and not lock.lacks(wanted)):
                stale.add(key)
    return frozenset(stale)


def _newest(board: Board, name: str, known: str) -> str | None:
    """Give the newest complete version; None when there is none, which is no reason to move.

    Names of versions begin with their time. As long as none comes after the known one, no
    version has to be read, which is most of the cost of asking a thousand pins.
    """
    try:
        if isinstance(board, StoredBoard) and _last_name(board, name) == known:
            return known
        versions = board.versions(name)
    except NotFoundError:
        return None
    return versions[-1].version if versions else None


def _last_name(board: StoredBoard, name: str) -> str | None:
    store, naming = board.store, board.store.naming
    if naming.single or naming.bundles:  # these are not in the order of time
        return None
    if isinstance(store, FolderStore):  # whose files need not be looked at for that
        with suppress(OSError), os.scandir(store.root / name) as found:
            return max((each.name for each in found if each.is_dir()), default=None)
    return max(store.entries(name), default=None)


def _resolved(
    project: Project, board: Board, kept: Lock, stale: frozenset[str], before: Lock
) -> Freshened:
    """Resolve model by model, so that one that cannot be resolved keeps what it had."""
    lock = kept
    problems: dict[str, NotFoundError | PinError] = {}
    for name, model in project.models.items():
        alone = replace(project, models={name: model})
        keys = {f"{wanted.name}@{wanted.version}" for wanted in project_requests(alone)}
        if not keys & stale:
            continue
        try:
            found = lock_project(alone, board, lock)
        except (NotFoundError, PinError) as failed:
            problems[name] = failed
            old = {key: before.pins[key] for key in keys & stale if key in before.pins}
            lock = replace(lock, pins={**old, **lock.pins})
            continue
        absent = {*lock.absent, *found.absent}
        lock = replace(lock, pins={**lock.pins, **found.pins}, absent=tuple(absent))
    moved = tuple(
        sorted(key for key in stale if key in lock.pins and before.pins.get(key) != lock.pins[key])
    )
    return Freshened(lock=lock, moved=moved, problems=problems)
