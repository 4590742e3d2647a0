"""A board over any store: which versions count, and how one is fetched without being believed.

``pins`` takes the newest folder for the newest version, whole or not, and never checks a hash.
Here a version counts only when its folder is named like one, its data.txt can be read and agrees
with that name, and every file is there in the size that data.txt says. Bytes are hashed while
they are copied.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reportgen.boards.digest import FileDigest, read_digest, sha256_of
from reportgen.boards.judge import Fault, difference, judge
from reportgen.boards.names import (
    check_name,
    is_name,
    is_version,
)
from reportgen.boards.store import Entry, Store
from reportgen.boards.version import PinVersion, Snapshot
from reportgen.boards.writing import draft_version
from reportgen.errors import (
    NotFoundError,
    PinCorruptError,
    PinError,
    PinIncompleteError,
    RetryError,
    near_miss,
)

__all__ = ["StoredBoard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBoard:
    """The `Board` for every kind of store.

    Attributes
    ----------
    address : for records and pages; see `open_board`
    """

    address: str
    store: Store

    def names(self) -> tuple[str, ...]:
        """Give the names of all pins, in alphabetical order."""
        owned = self.store.naming.owned
        return tuple(sorted(n for n in set(self.store.names()) if is_name(n, owner=owned)))

    def versions(self, name: str) -> tuple[PinVersion, ...]:
        """Give the complete versions, oldest first.

        Versions made in the same second are in the order of their names, which is that of their
        hashes and has no meaning; our own writes never share a second.

        Raises
        ------
        NotFoundError
            There is no such pin.
        """
        found = [v for v in self._survey(name).values() if isinstance(v, PinVersion)]
        return tuple(sorted(found, key=lambda v: (v.created, len(v.version), v.version)))

    def incomplete(self, name: str) -> tuple[tuple[str, str], ...]:
        """Give the folders that do not count as versions, each with the reason.

        Raises
        ------
        NotFoundError
            There is no such pin.
        """
        survey = self._survey(name)
        return tuple((key, v.why) for key, v in sorted(survey.items()) if isinstance(v, Fault))

    def version(self, name: str, version: str) -> PinVersion:
        """Describe one version.

        Raises
        ------
        NotFoundError
            There is no such pin, or no such version.
        PinIncompleteError
            It has no data.txt, or lacks a file that data.txt names.
        PinCorruptError
            Its data.txt cannot be read, or a file has another size.
        """
        check_name(name, self.store.place, owner=self.store.naming.owned)
        entries: Mapping[str, Entry] = {}
        if self.store.naming.single or is_version(version, bundles=self.store.naming.bundles):
            entries = self.store.entries(name, version)
        if version not in entries:
            raise self._no_version(name, version)
        content = self.store.descriptions(name, [version]).get(version)
        found = judge(self.store.naming, name, version, entries[version], content)
        if isinstance(found, Fault):
            raise self._error(found, name, version)
        return found

    def fetch(self, name: str, version: str, folder: Path) -> Snapshot:
        """Copy a version to ``folder/<name>/<version>`` and check every byte on the way.

        A second fetch into the same folder does not download again; it checks the copy that is
        there.

        Parameters
        ----------
        folder : private to the caller; made with mode 0700 if missing

        Raises
        ------
        NotFoundError, PinIncompleteError
            As `version`.
        PinCorruptError
            A file's size or the pin's hash is not what data.txt says.
        RetryError
            The board does not answer, or the disk is full.
        """
        found = self.version(name, version)
        target = folder.joinpath(*name.split("/"), version)
        try:
            digests = _kept(found, target) or self._download(found, target)
        except OSError as failed:  # of the folder here; the board's own are told by its store
            raise RetryError(
                f"{target}: pin '{name}' could not be copied: {failed.strerror or failed}."
            ) from failed
        return Snapshot(version=found, folder=target, sha256=sha256_of(digests))

    def write(
        self,
        name: str,
        path_or_paths: Path | Sequence[Path],
        *,
        type: str,  # noqa: A002
        created: datetime,
        title: str = "",
        description: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> PinVersion:
        """Write a version that ``pins`` and vetiver, in Python and R, read back.

        Writing the same bytes with the same `created` again gives the version that is there.
        When another version has that second already, the next free one is taken, so that a later
        write is always the newer version.

        Parameters
        ----------
        created : aware; written in UTC, to the second

        Raises
        ------
        NotFoundError
            The name cannot be a pin's.
        DataError
            A file is missing, or the metadata cannot be written as YAML.
        PinCorruptError
            What was written does not read back the same.
        """
        check_name(name, self.store.place, owner=self.store.naming.owned)
        paths = [path_or_paths] if isinstance(path_or_paths, Path) else list(path_or_paths)
        draft = draft_version(
            name,
            paths,
            type=type,
            created=created,
            title=title,
            description=description,
            metadata=metadata or {},
        )
        found = self.version(name, self.store.add(draft))
        digests = []
        for file in found.files:
            with self.store.open(name, found.version, file) as source:
                digests.append(read_digest(file, source))
        self._check(found, digests)
        if sha256_of(digests) != sha256_of(draft.digests):
            raise self._error(
                Fault(PinCorruptError, "does not read back as it was written"),
                name,
                found.version,
            )
        return found

    def _survey(self, name: str) -> Mapping[str, PinVersion | Fault]:
        check_name(name, self.store.place, owner=self.store.naming.owned)
        entries = self.store.entries(name)
        if not entries:
            raise self._no_pin(name)
        bundles = self.store.naming.bundles
        named = [v for v in entries if self.store.naming.single or is_version(v, bundles=bundles)]
        contents = self.store.descriptions(name, [v for v in named if not entries[v].fault])
        survey: dict[str, PinVersion | Fault] = {
            version: Fault(
                PinIncompleteError, "is not named like a version, 20130501T060000Z-1a2b3"
            )
            for version in entries
        }
        for version in named:
            survey[version] = judge(
                self.store.naming, name, version, entries[version], contents.get(version)
            )
        return survey

    def _download(self, found: PinVersion, target: Path) -> Sequence[FileDigest]:
        """Copy into a folder beside the target, so that a copy is never there in part."""
        _make_private(target.parent)
        shutil.rmtree(target, ignore_errors=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
        try:
            digests = [
                self._copy(found, file, size, part / file)
                for file, size in zip(found.files, found.sizes, strict=True)
            ]
            self._check(found, digests)
            part.replace(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return digests

    def _copy(self, found: PinVersion, file: str, size: int, target: Path) -> FileDigest:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with (
            os.fdopen(descriptor, "wb") as copy,
            self.store.open(found.name, found.version, file) as source,
        ):
            return read_digest(file, source, copy, most=size)

    def _check(self, found: PinVersion, digests: Sequence[FileDigest]) -> None:
        if why := difference(found, digests):
            raise self._error(Fault(PinCorruptError, why), found.name, found.version)

    def _error(self, fault: Fault, name: str, version: str) -> PinError:
        if fault.kind is PinIncompleteError:
            remedy = "Write it again, or delete this version."
        else:
            remedy = "Restore it from a copy, or delete this version and pin it again."
        return fault.kind(
            f"{self.store.place}: pin '{name}' version {version} {fault.why}. {remedy}"
        )

    def _no_pin(self, name: str) -> NotFoundError:
        return NotFoundError(
            f"{self.store.place}: there is no pin '{name}'. {near_miss(name, self.names())}"
        )

    def _no_version(self, name: str, version: str) -> NotFoundError:
        known = [found.version for found in reversed(self.versions(name))]
        return NotFoundError(
            f"{self.store.place}: pin '{name}' has no version {version!r}. "
            f"{near_miss(version, known)}"
        )


def _kept(found: PinVersion, folder: Path) -> Sequence[FileDigest]:
    """Hash the copy that an earlier fetch left here; nothing when there is none, or another."""
    if not folder.is_dir() or {path.name for path in folder.iterdir()} != set(found.files):
        return ()
    digests = []
    for file in found.files:
        with (folder / file).open("rb") as source:
            digests.append(read_digest(file, source))
    return () if difference(found, digests) else digests


def _make_private(folder: Path) -> None:
    """Make a folder and the missing ones above it, each closed to others."""
    missing = [folder, *folder.parents]
    for each in reversed([path for path in missing if not path.exists()]):
        each.mkdir(mode=0o700, exist_ok=True)
