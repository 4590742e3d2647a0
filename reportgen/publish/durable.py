"""Files that are there whole or not at all, also after the power went."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EFBIG, EIO, EMFILE, ENFILE, ENOSPC, ESTALE
from pathlib import Path

from reportgen.errors import ReportgenError, RetryError, UserError
from reportgen.publish.owner import owner_mark

__all__ = [
    "lock_site",
    "point_to",
    "sync_folder",
    "told_apart",
    "write_atomically",
    "write_synced",
]

_PASSING = frozenset({ENOSPC, EDQUOT, EFBIG, EIO, EMFILE, ENFILE, ESTALE})


@contextmanager
def told_apart(site: Path) -> Iterator[None]:
    """Turn what the file system refuses into an error that says whether to try again.

    Raises
    ------
    RetryError
        The disk is full or failing, or too many files are open.
    UserError
        The site cannot be written: permissions, a read-only file system, a file in the way.
    """
    try:
        yield
    except OSError as cause:
        raise _error_of(site, cause) from cause


def _error_of(site: Path, cause: OSError) -> ReportgenError:
    said = cause.strerror or str(cause)
    at = f" at {cause.filename}" if cause.filename else ""
    if cause.errno in _PASSING:
        return RetryError(
            f"{site}: could not publish: {said}{at}. The site is as it was. "
            "Make room and run the same command again."
        )
    return UserError(
        f"{site}: could not publish: {said}{at}. The site is as it was. "
        "Check that this user may write there, or set another `site:` in reportgen.yml."
    )


def write_synced(path: Path, content: bytes) -> None:
    """Write a new file and make it durable; its folder still has to be synced."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    if sys.platform == "win32":  # which cannot open a folder, and journals names by itself
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, content: bytes) -> bool:
    """Put a file in the place of another; a reader sees the old one or the new one.

    Returns
    -------
    False when the file had this content already and nothing was written
    """
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return False
    beside = _beside(path)
    try:
        write_synced(beside, content)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return True


def point_to(pointer: Path, target: str, *, links: bool = True) -> None:
    """Let a pointer name its neighbour `target`: a relative link, or a text file without links."""
    if not links:
        write_atomically(pointer, f"{target}\n".encode())
        return
    if pointer.is_symlink() and pointer.readlink() == Path(target):
        return
    beside = _beside(pointer)
    try:
        beside.symlink_to(target, target_is_directory=True)
    except OSError as refused:  # FAT, some network drives, Windows without the privilege
        if refused.errno in _PASSING:
            raise
        write_atomically(pointer, f"{target}\n".encode())
        return
    try:
        beside.replace(pointer)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(pointer.parent)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{owner_mark()}.{secrets.token_hex(6)}.new")


@contextmanager
def lock_site(path: Path, timeout_s: float = 60.0) -> Iterator[None]:
    """Hold the site for the moment in which names change; freed by the system when we die.

    Raises
    ------
    RetryError
        Someone else holds it for longer than `timeout_s`.
    """
    if sys.platform == "win32":  # renaming onto an existing folder fails there, which is enough
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        ends = time.monotonic() + timeout_s
        while not _lock_taken(handle):
            if time.monotonic() >= ends:
                raise RetryError(
                    f"{path.parent.parent}: another process has been publishing for more than "
                    f"{timeout_s:.0f} s. Nothing was changed; run the same command again."
                )
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def _lock_taken(handle: int) -> bool:
    import fcntl  # not there on Windows

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
