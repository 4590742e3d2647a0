"""Boards in a local folder.

The layout is that of ``pins``, the file access is our own: ``pins`` neither renames a finished
version into place nor looks where a symbolic link leads, and importing it would take a tenth of
a second from every card.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import IO

from reportgen.boards.digest import BLOCK_BYTES
from reportgen.boards.metadata import LONGEST_METADATA
from reportgen.boards.names import METADATA_FILE, version_name
from reportgen.boards.store import Draft, Entry, Naming
from reportgen.boards.writing import describe_draft, free_second
from reportgen.errors import NotFoundError, RetryError, UserError
from reportgen.report import BoardSpec

__all__ = ["FolderStore", "open_folder"]

_PATIENCE_S = 30.0
_LEAVES = "is reached through a symbolic link that leaves the board"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderStore:
    """A folder with one folder per pin, and in it one per version.

    Attributes
    ----------
    root : absolute, symbolic links followed
    """

    place: str
    root: Path

    @property
    def naming(self) -> Naming:
        """Name pins and versions as pins does in a folder."""
        return Naming()

    def names(self) -> tuple[str, ...]:
        """Give the folders of the board."""
        with _told(self.place):
            try:
                with os.scandir(self.root) as found:
                    return tuple(each.name for each in found if each.is_dir())
            except FileNotFoundError as missing:
                raise NotFoundError(f"There is no board at {self.place}.") from missing

    def entries(self, name: str, version: str | None = None) -> Mapping[str, Entry]:
        """List version folders; hidden ones are writes under way and do not count."""
        pin = self.root / name
        with _told(self.place):
            if not self.root.is_dir():
                raise NotFoundError(f"There is no board at {self.place}.")
            if not pin.is_dir():
                return {}
            if version is not None:
                folder = pin / version
                return {version: self._entry(folder)} if folder.is_dir() else {}
            return {
                folder.name: self._entry(folder) for folder in pin.iterdir() if folder.is_dir()
            }

    def descriptions(self, name: str, versions: Sequence[str]) -> Mapping[str, bytes]:
        """Read each data.txt that is a plain file."""
        found = {}
        for version in versions:
            path = self.root / name / version / METADATA_FILE
            with (
                _told(self.place),
                contextlib.suppress(FileNotFoundError),
                _open_plain(path) as source,
            ):
                found[version] = source.read(LONGEST_METADATA + 1)
        return found

    @contextmanager
    def open(self, name: str, version: str, file: str) -> Iterator[IO[bytes]]:
        """Open a plain file, checking again where it really lies."""
        path = self.root / name / version / file
        with _told(self.place):
            if not self._inside(path):
                raise UserError(f"{self.place}: pin '{name}' version {version} {_LEAVES}.")
            with _open_plain(path) as source:
                yield source

    def add(self, draft: Draft) -> str:
        """Build the version in a hidden folder beside, make it durable, and rename it."""
        pin = self.root / draft.name
        with _told(self.place):
            self.root.mkdir(parents=True, exist_ok=True)
            if not self._inside(pin):
                raise UserError(f"{self.place}: pin '{draft.name}' {_LEAVES}.")
            pin.mkdir(exist_ok=True)
            part = pin / f".writing-{token_hex(8)}"
            part.mkdir()  # with the modes that the umask asks for, as a shared board needs
            try:
                for file, path in draft.paths.items():
                    _copy_durably(path, part / file)
                with _alone(pin):
                    return self._place(draft, part, pin)
            finally:
                shutil.rmtree(part, ignore_errors=True)

    def _place(self, draft: Draft, part: Path, pin: Path) -> str:
        free, there = free_second(draft, self)
        version = version_name(free.created, free.pin_hash)
        if there:
            return version
        with (part / METADATA_FILE).open("wb") as target:
            target.write(describe_draft(free))
            _make_durable(target)
        _make_folder_durable(part)
        part.rename(pin / version)
        _make_folder_durable(pin)
        _make_folder_durable(self.root)
        return version

    def _entry(self, folder: Path) -> Entry:
        if folder.name.startswith("."):
            return Entry(fault="is left from a write that did not end, or is still under way")
        if not self._inside(folder):
            return Entry(fault=_LEAVES)
        files = {}
        for path in folder.iterdir():
            if path.is_dir():
                continue
            if not self._inside(path):
                return Entry(fault=f"has a {path.name} that {_LEAVES}")
            with contextlib.suppress(FileNotFoundError):
                found = path.stat()
                if not stat.S_ISREG(found.st_mode):
                    return Entry(fault=f"has a {path.name} that is not a plain file")
                files[path.name] = found.st_size
        return Entry(files=files)

    def _inside(self, path: Path) -> bool:
        """Tell whether a path, its links followed, is still on the board."""
        try:
            return path.resolve().is_relative_to(self.root)
        except RuntimeError:  # before Python 3.13, of links that lead to themselves
            return False


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Say of the operating system's refusals what to do."""
    try:
        yield
    except PermissionError as refused:
        raise UserError(f"{place}: no permission for {refused.filename}.") from refused
    except OSError as failed:
        if failed.errno in {errno.EINVAL, errno.ENAMETOOLONG, errno.ELOOP}:
            raise UserError(f"{place}: {failed.strerror}: {failed.filename}") from failed
        raise RetryError(
            f"{place}: {failed.strerror or failed}: {failed.filename or ''}. Try again."
        ) from failed


@contextmanager
def _open_plain(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, but no pipe or device, which could keep us waiting for ever."""
    descriptor = os.open(
        path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    with os.fdopen(descriptor, "rb") as source:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(errno.ENOENT, "Not a plain file", str(path))
        yield source


def _copy_durably(source: Path, target: Path) -> None:
    with source.open("rb") as original, target.open("xb") as copy:
        shutil.copyfileobj(original, copy, BLOCK_BYTES)
        _make_durable(copy)


def _make_durable(target: IO[bytes]) -> None:
    target.flush()
    os.fsync(target.fileno())


def _make_folder_durable(folder: Path) -> None:
    if sys.platform == "win32":
        return  # a folder cannot be opened there; the rename is all there is
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone(pin: Path) -> Iterator[None]:
    """Keep other writers of this pin out while a second is chosen and the folder renamed.

    The lock is on the pin's folder itself, because ``pins`` would take a lock file for a version.
    It ends with the process, however that ends.
    """
    if sys.platform == "win32":
        yield  # no such lock there: two writers of one second may get the same second
        return
    import fcntl

    descriptor = os.open(pin, os.O_RDONLY)
    try:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as held:
                if time.monotonic() > deadline:
                    raise RetryError(f"{pin}: another write has held it for 30 s.") from held
                time.sleep(0.01)
        yield
    finally:
        os.close(descriptor)


def open_folder(spec: BoardSpec, place: str) -> FolderStore:
    """Open a folder, which need not be there before something is written.

    Raises
    ------
    UserError
        Options were given; a folder has none.
    """
    if spec.options:
        raise UserError(f"A folder board has no option {sorted(spec.options)[0]!r}. Leave it out.")
    return FolderStore(place=place, root=Path(place).resolve())
