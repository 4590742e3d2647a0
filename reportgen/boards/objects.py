"""Boards in object stores: S3, GCS, Azure, through the file system that ``pins`` opens.

Of ``pins`` we use the constructor and its file system, with every cache of contents and of
listings switched off: a cached listing hides versions that others wrote, and a cached file is
not checked against anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

from reportgen.boards.metadata import LONGEST_METADATA
from reportgen.boards.names import METADATA_FILE, version_name
from reportgen.boards.store import Draft, Entry, Naming
from reportgen.boards.writing import describe_draft, free_second
from reportgen.errors import RetryError, UserError

__all__ = ["ObjectStore", "told"]

_BLOCK_BYTES = 8 * 1024 * 1024
_REFUSALS = ("redentials", "PermissionDenied", "Unauthenticated")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStore:
    """Keys ``<root>/<pin>/<version>/<file>`` in a bucket.

    Two writers in different processes may take the same second here, because an object store
    cannot lock a pin; such versions are in the order of their hashes.

    Attributes
    ----------
    root : bucket and prefix
    files : an fsspec file system
    failures : what the client of this store raises besides OSError
    """

    place: str
    root: str
    files: Any
    failures: tuple[type[Exception], ...] = ()

    @property
    def naming(self) -> Naming:
        """Name pins and versions as pins does in a folder."""
        return Naming()

    def names(self) -> tuple[str, ...]:
        """Give the folders right below the root."""
        with self._told():
            try:
                found = self.files.ls(self.root, detail=True)
            except FileNotFoundError:
                return ()
        return tuple(_last(each["name"]) for each in found if each["type"] == "directory")

    def entries(self, name: str, version: str | None = None) -> Mapping[str, Entry]:
        """Give every version with its files from one listing of all keys below the pin."""
        pin = f"{self.root}/{name}"
        with self._told():
            try:
                below = pin if version is None else f"{pin}/{version}"
                found = self.files.find(below, detail=True)
            except FileNotFoundError:
                return {}
        folders: dict[str, dict[str, int | None]] = {}
        for key, details in found.items():
            parts = key.removeprefix("/").removeprefix(f"{pin.removeprefix('/')}/").split("/")
            if len(parts) == 2 and parts[1]:
                folders.setdefault(parts[0], {})[parts[1]] = details.get("size")
        return {folder: Entry(files=files) for folder, files in folders.items()}

    def descriptions(self, name: str, versions: Sequence[str]) -> Mapping[str, bytes]:
        """Read all data.txt at once, as far as the client can."""
        paths = {f"{self.root}/{name}/{version}/{METADATA_FILE}": version for version in versions}
        if not paths:
            return {}
        found: dict[str, bytes] = {}
        with self._told():
            contents = self.files.cat_ranges(list(paths), 0, LONGEST_METADATA + 1)
            for (path, version), content in zip(paths.items(), contents, strict=True):
                with suppress(FileNotFoundError):
                    if isinstance(content, Exception):  # an empty object has no range to give
                        content = self.files.cat_file(path)
                    found[version] = bytes(content)
        return found

    @contextmanager
    def open(self, name: str, version: str, file: str) -> Iterator[IO[bytes]]:
        """Stream an object with one block in memory."""
        key = f"{self.root}/{name}/{version}/{file}"
        with (
            self._told(),
            self.files.open(key, "rb", block_size=_BLOCK_BYTES, cache_type="readahead") as source,
        ):
            yield source

    def add(self, draft: Draft) -> str:
        """Put the files, and data.txt last: before it is there, the version does not count."""
        free, there = free_second(draft, self)
        version = version_name(free.created, free.pin_hash)
        if there:
            return version
        folder = f"{self.root}/{draft.name}/{version}"
        sent: list[str] = []
        try:
            with self._told():
                for file, path in free.paths.items():
                    sent.append(f"{folder}/{file}")
                    self.files.put_file(str(path), sent[-1])
                sent.append(f"{folder}/{METADATA_FILE}")
                self.files.pipe_file(sent[-1], describe_draft(free))
        except (RetryError, UserError):
            self._take_back(sent)
            raise
        return version

    def _take_back(self, sent: Sequence[str]) -> None:
        """Delete what was sent, if we can; without data.txt it does not count either way."""
        failures: tuple[type[Exception], ...] = (OSError, *self.failures)
        for key in sent:
            try:
                self.files.rm_file(key)
            except failures:
                return

    def _told(self) -> AbstractContextManager[None]:
        return told(self.place, self.failures)


def _last(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


@contextmanager
def told(place: str, failures: tuple[type[Exception], ...]) -> Iterator[None]:
    """Say of a client's failures whether to try again or to mend something."""
    anything: tuple[type[Exception], ...] = (OSError, *failures)
    try:
        yield
    except PermissionError as refused:
        raise UserError(
            f"{place}: access was refused: {refused}. Check the credentials and their rights."
        ) from refused
    except FileNotFoundError as missing:
        raise RetryError(f"{place}: {missing} is not there any more. Try again.") from missing
    except anything as failed:
        if _is_refusal(failed):
            raise UserError(
                f"{place}: {failed}. Give credentials in the environment, or as ${{ENV}} in the "
                "board's options."
            ) from failed
        raise RetryError(f"{place}: {type(failed).__name__}: {failed}. Try again.") from failed


def _is_refusal(failed: Exception) -> bool:
    """Tell a missing or wrong key, in the words of each client, from bad weather."""
    answer = getattr(failed, "response", None)
    status = getattr(answer, "status_code", None) or getattr(failed, "status", None)
    said = f"{type(failed).__name__} {failed}"
    return status in {401, 403} or any(word in said for word in _REFUSALS)
