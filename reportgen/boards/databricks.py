"""Boards in a volume of Databricks' Unity Catalog.

Who and where is read from the environment by ``databricks-sdk`` (``DATABRICKS_HOST``,
``DATABRICKS_TOKEN``); ``pins`` passes no options on. Its file system gives no sizes and puts
whole folders, and it loads a file into memory before it can be read.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from reportgen.boards.metadata import LONGEST_METADATA
from reportgen.boards.names import METADATA_FILE, version_name
from reportgen.boards.objects import told
from reportgen.boards.opening import failures, need, open_files
from reportgen.boards.store import Draft, Entry, Naming
from reportgen.boards.writing import describe_draft, free_second
from reportgen.errors import UserError
from reportgen.report import BoardSpec

__all__ = ["VolumeStore", "open_databricks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeStore:
    """Folders ``<root>/<pin>/<version>`` in a volume.

    Attributes
    ----------
    files : the file system of ``pins`` for Databricks
    failures : what its client raises besides OSError
    absent : those of them that say that a path is not there
    """

    place: str
    root: str
    files: Any
    failures: tuple[type[Exception], ...] = ()
    absent: tuple[type[Exception], ...] = ()

    @property
    def naming(self) -> Naming:
        """Name pins and versions as pins does in a folder."""
        return Naming()

    def names(self) -> tuple[str, ...]:
        """Give the folders right below the root."""
        return tuple(self._below(self.root, "directory"))

    def entries(self, name: str, version: str | None = None) -> Mapping[str, Entry]:
        """List each version folder; the files' sizes are not told."""
        pin = f"{self.root}/{name}"
        folders = self._below(pin, "directory")
        wanted = [folder for folder in folders if version in {None, folder}]
        return {
            folder: Entry(files=dict.fromkeys(self._below(f"{pin}/{folder}", "file")))
            for folder in wanted
        }

    def descriptions(self, name: str, versions: Sequence[str]) -> Mapping[str, bytes]:
        """Read each data.txt."""
        found = {}
        for version in versions:
            path = f"{self.root}/{name}/{version}/{METADATA_FILE}"
            with self._told(), suppress(*self.absent), self.files.open(path, "rb") as source:
                found[version] = source.read(LONGEST_METADATA + 1)
        return found

    @contextmanager
    def open(self, name: str, version: str, file: str) -> Iterator[IO[bytes]]:
        """Open a file, which the client has in memory by then."""
        path = f"{self.root}/{name}/{version}/{file}"
        with self._told(), self.files.open(path, "rb") as source:
            yield source

    def add(self, draft: Draft) -> str:
        """Put the files, and in a second step data.txt, without which they do not count."""
        free, there = free_second(draft, self)
        version = version_name(free.created, free.pin_hash)
        if there:
            return version
        folder = f"{self.root}/{draft.name}/{version}"
        with self._told(), tempfile.TemporaryDirectory() as build:
            contents, description = Path(build) / "files", Path(build) / "description"
            contents.mkdir()
            description.mkdir()
            for file, path in free.paths.items():
                shutil.copyfile(path, contents / file)
            (description / METADATA_FILE).write_bytes(describe_draft(free))
            self.files.mkdir(folder)
            self.files.put(str(contents), folder, recursive=True)
            self.files.put(str(description), folder, recursive=True)
        return version

    def _below(self, path: str, kind: str) -> list[str]:
        with self._told():
            try:
                found = self.files.ls(path, detail=True)
            except self.absent:
                return []
        return [
            each["name"].rstrip("/").rsplit("/", 1)[-1] for each in found if each["type"] == kind
        ]

    def _told(self) -> AbstractContextManager[None]:
        return told(self.place, self.failures)


def open_databricks(spec: BoardSpec, place: str) -> VolumeStore:
    """Open a folder of a volume.

    Raises
    ------
    UserError
        Options were given, or the path is not one of a volume.
    """
    need("databricks.sdk", "databricks", "A databricks board")
    if spec.options:
        raise UserError(
            "A databricks board has no options; set DATABRICKS_HOST and DATABRICKS_TOKEN in the "
            "environment."
        )
    root = f"/{spec.path.strip('/')}"
    if not root.startswith("/Volumes/"):
        raise UserError(f"{place}: the path of a databricks board begins with /Volumes/.")
    absent = failures("pins.errors:PinsError", "databricks.sdk.errors:NotFound")
    return VolumeStore(
        place=place,
        root=root,
        files=open_files("dbc", root, {}),
        failures=(*failures("databricks.sdk.errors:DatabricksError"), *absent),
        absent=absent,
    )
