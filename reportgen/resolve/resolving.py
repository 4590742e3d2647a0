"""Names to exact versions, through the lock or past it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from reportgen.boards import Board, PinVersion, Snapshot
from reportgen.errors import (
    NotFoundError,
    PinChangedError,
    PinError,
    PinIncompleteError,
    near_miss,
)
from reportgen.report import Pin, PinRef, Project, ReportSpec
from reportgen.resolve.lock import Lock, LockedPin
from reportgen.resolve.requests import project_requests, report_requests

__all__ = ["fetch_pins", "lock_project", "resolve_pins"]


def lock_project(
    project: Project,
    board: Board,
    previous: Lock | None,
    *,
    update: bool = False,
    folder: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Lock:
    """Resolve every pin that a model of the project uses.

    A pin that is locked keeps its version as long as the project asks for the same; `update`
    resolves all anew. What is not used any more leaves the lock.

    Parameters
    ----------
    folder : private, where snapshots stay for a render that follows; None: they are deleted
    progress : called with each request before it is resolved

    Raises
    ------
    NotFoundError, PinError
        Pins are missing, incomplete or corrupt: all of them, each with its use and near miss.
    """
    kept = {} if previous is None or update else dict(previous.pins)
    locked: dict[str, LockedPin] = {}
    failures: list[NotFoundError | PinError] = []
    with _private(folder) as private:
        for wanted, uses in project_requests(project).items():
            key = f"{wanted.name}@{wanted.version}"
            if progress is not None:
                progress(key)
            try:
                locked[key] = (
                    _keep(kept[key], board) if key in kept else _lock(wanted, board, private)
                )
            except (NotFoundError, PinError) as failure:
                failures.append(type(failure)(f"{', '.join(uses)}: {failure}"))
    if failures:
        kinds = {type(failure) for failure in failures}
        kind = kinds.pop() if len(kinds) == 1 else NotFoundError
        raise kind("\n".join(str(failure) for failure in failures))
    return Lock(board=board.address, pins=locked)


def resolve_pins(
    spec: ReportSpec, board: Board, lock: Lock | None, folder: Path | None = None
) -> Mapping[str, Pin]:
    """Give the exact pin of each role of a report.

    With a lock these are its versions and hashes, and the board is not asked: `fetch_pins`
    compares. Without one the names are resolved now, which needs the bytes for their SHA-256;
    snapshots stay in `folder`, where `fetch_pins` finds them again.

    Parameters
    ----------
    folder : private; None: what is fetched is deleted again

    Raises
    ------
    NotFoundError
        The lock lacks a pin, or the board has no such pin or version.
    PinError
        The version is incomplete or corrupt.
    """
    requests = report_requests(spec)
    if lock is not None:
        found = {role: _locked(wanted, lock) for role, wanted in requests.items()}
    else:
        with _private(folder) as private:
            once = {
                wanted: _lock(wanted, board, private)
                for wanted in dict.fromkeys(requests.values())
            }
        found = {role: once[wanted] for role, wanted in requests.items()}
    return {role: locked.as_pin(role, board.address) for role, locked in found.items()}


def fetch_pins(
    pins: Mapping[str, Pin], board: Board, folder: Path, lock: Lock | None = None
) -> Mapping[str, Snapshot]:
    """Fetch each pin once, and refuse what is not the bytes that it names.

    Parameters
    ----------
    folder : private; snapshots that are there already are checked, not fetched again
    lock : compares data.txt as well, which holds the prototype and the description of a model

    Raises
    ------
    PinChangedError
        The bytes on the board are others than those of the pin, or of the lock.
    PinError
        The version is incomplete or corrupt.
    NotFoundError
        The version is not on the board any more.
    """
    descriptions = (
        {}
        if lock is None
        else {(pin.name, pin.version): pin.metadata_sha256 for pin in lock.pins.values()}
    )
    fetched: dict[tuple[str, str], Snapshot] = {}
    for pin in pins.values():
        key = (pin.name, pin.version)
        if key not in fetched:
            fetched[key] = board.fetch(pin.name, pin.version, folder)
        _compare(pin, pin.sha256, fetched[key].sha256, "bytes")
        said = fetched[key].version.metadata_sha256
        _compare(pin, descriptions.get(key, said), said, "data.txt")
    return {role: fetched[pin.name, pin.version] for role, pin in pins.items()}


def _compare(pin: Pin, locked: str, found: str, what: str) -> None:
    if locked == found:
        return
    raise PinChangedError(
        f"{pin.board}: pin '{pin.name}' version {pin.version} was changed after it was locked: "
        f"its {what} had the SHA-256 {locked} and now {found}. Find out who rewrote it; restore "
        "it, or accept it with `reportgen lock --update`."
    )


def _locked(wanted: PinRef, lock: Lock) -> LockedPin:
    found = lock.find(wanted)
    if found is None:
        request = f"{wanted.name}@{wanted.version}"
        raise NotFoundError(
            f"reportgen.lock has no '{request}'. {near_miss(request, sorted(lock.pins))} "
            "Run `reportgen lock`."
        )
    return found


def _keep(locked: LockedPin, board: Board) -> LockedPin:
    """Check that a locked version is still there; its bytes are compared when they are used."""
    board.version(locked.name, locked.version)
    return locked


def _lock(wanted: PinRef, board: Board, folder: Path) -> LockedPin:
    version = wanted.version
    if version == "latest":
        version = _newest(wanted.name, board).version
    snapshot = board.fetch(wanted.name, version, folder)
    found = snapshot.version
    return LockedPin(
        name=wanted.name,
        requested=wanted.version,
        version=found.version,
        sha256=snapshot.sha256,
        metadata_sha256=found.metadata_sha256,
        created=found.created,
        type=found.type,
        size_bytes=found.size_bytes,
    )


def _newest(name: str, board: Board) -> PinVersion:
    versions = board.versions(name)
    if versions:
        return versions[-1]
    reasons = "; ".join(f"{version} {why}" for version, why in board.incomplete(name))
    raise PinIncompleteError(
        f"{board.address}: pin '{name}' has no complete version: {reasons}. Write it again."
    )


@contextmanager
def _private(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with TemporaryDirectory(prefix="reportgen-") as made:
        yield Path(made)
