"""Names to exact versions, through the lock or past it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
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
from reportgen.resolve.requests import BEFORE, project_requests, report_requests

__all__ = ["fetch_pins", "lock_project", "resolve_pins", "resolve_requests"]


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
    kept = Lock(board=board.address) if previous is None or update else previous
    locked: dict[str, LockedPin] = {}
    absent: list[str] = []
    failures: list[NotFoundError | PinError] = []
    requests = project_requests(project)
    with _private(folder) as private:
        for wanted in _exact_first(requests):
            key = f"{wanted.name}@{wanted.version}"
            if progress is not None:
                progress(key)
            try:
                found = _answer(wanted, board, private, kept, locked)
            except (NotFoundError, PinError) as failure:
                failures.append(type(failure)(f"{', '.join(requests[wanted])}: {failure}"))
                continue
            if found is None:
                absent.append(key)
            else:
                locked[key] = found
    if failures:
        kinds = {type(failure) for failure in failures}
        kind = kinds.pop() if len(kinds) == 1 else NotFoundError
        raise kind("\n".join(str(failure) for failure in failures))
    return Lock(board=board.address, pins=locked, absent=tuple(absent))


def _exact_first(requests: Iterable[PinRef]) -> list[PinRef]:
    """Put what is asked for relative to another request behind it."""
    return sorted(requests, key=lambda wanted: wanted.version.startswith(BEFORE))


def _answer(
    wanted: PinRef, board: Board, folder: Path, kept: Lock, locked: Mapping[str, LockedPin]
) -> LockedPin | None:
    """Resolve one request of a project, or keep what is locked; None: nothing answers it.

    A version before another stays only as long as that other one does.
    """
    asked = wanted.version.removeprefix(BEFORE)
    stays = asked == wanted.version or kept.find(replace(wanted, version=asked)) is not None
    known = kept.find(wanted) if stays else None
    if known is not None:
        return _keep(known, board)
    if stays and kept.lacks(wanted):
        return None
    exact = _exact(wanted, board, locked)
    return None if exact is None else _lock(wanted, exact, board, folder)


def _exact(wanted: PinRef, board: Board, locked: Mapping[str, LockedPin]) -> str | None:
    """Give the version that a request means; None: there is none before the one it names.

    Parameters
    ----------
    locked : by request, what was resolved already
    """
    if not wanted.version.startswith(BEFORE):
        latest = wanted.version == "latest"
        return _newest(wanted.name, board).version if latest else wanted.version
    asked = replace(wanted, version=wanted.version.removeprefix(BEFORE))
    base = locked.get(f"{asked.name}@{asked.version}")
    known = base.version if base is not None else _exact(asked, board, locked)
    versions = [version.version for version in board.versions(wanted.name)]
    if known not in versions:
        raise NotFoundError(
            f"{board.address}: pin '{wanted.name}' has no complete version '{known}' that another "
            f"could come before. {near_miss(str(known), versions)}"
        )
    place = versions.index(known)
    return versions[place - 1] if place else None


def resolve_pins(
    spec: ReportSpec, board: Board, lock: Lock | None, folder: Path | None = None
) -> Mapping[str, Pin]:
    """Give the exact pin of each role of a report.

    With a lock these are its versions and hashes, and the board is not asked: `fetch_pins`
    compares. Without one the names are resolved now, which needs the bytes for their SHA-256;
    snapshots stay in `folder`, where `fetch_pins` finds them again. The first version of a model
    has no version before it, and so no ``baseline``.

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
    if lock is None:
        return resolve_requests(requests, board, None, folder)
    found = {
        role: _locked(wanted, lock) for role, wanted in requests.items() if not lock.lacks(wanted)
    }
    return {role: locked.as_pin(role, board.address) for role, locked in found.items()}


def resolve_requests(
    requests: Mapping[str, PinRef], board: Board, lock: Lock | None, folder: Path | None = None
) -> Mapping[str, Pin]:
    """Give the exact pin of each role, asking the board for what the lock does not know.

    A request that nothing answers, a version before the first, has no pin. A version that the
    lock knows under another request is the one that was locked.

    Raises
    ------
    NotFoundError
        The board has no such pin or version.
    PinError
        The version is incomplete or corrupt.
    """
    known = {} if lock is None else dict(lock.pins)
    versions = {(pin.name, pin.version): pin for pin in known.values()}
    found: dict[str, LockedPin] = {}
    with _private(folder) as private:
        for wanted in _exact_first(dict.fromkeys(requests.values())):
            key = f"{wanted.name}@{wanted.version}"
            if key in known:
                found[key] = known[key]
                continue
            exact = _exact(wanted, board, known | found)
            if exact is not None:
                there = versions.get((wanted.name, exact))
                found[key] = there or _lock(wanted, exact, board, private)
    return {
        role: found[f"{wanted.name}@{wanted.version}"].as_pin(role, board.address)
        for role, wanted in requests.items()
        if f"{wanted.name}@{wanted.version}" in found
    }


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


def _lock(wanted: PinRef, version: str, board: Board, folder: Path) -> LockedPin:
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
