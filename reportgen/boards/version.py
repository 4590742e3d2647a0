"""A version on a board, and its bytes once they were fetched and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

__all__ = ["PinVersion", "Snapshot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PinVersion:
    """One complete version of a pin, as its data.txt describes it.

    Attributes
    ----------
    name, version : as on the board; on Posit Connect the version is a bundle id
    created : aware, UTC, whole seconds
    type : ``joblib``, ``parquet``, ``csv``, ``json``, ``arrow``, ``rds``, ``file``, ...
    files : bare file names, in the order of data.txt
    sizes : bytes of each file
    pin_hash : 16 hex digits, xxh64 of the file; of several files, of their hex digests in a row.
        Finds accidents; it is no proof against tampering, which is what the lock is for.
    metadata : what the writer put under ``user``, as plain JSON data
    tags : of the pin, as R writes them
    extra : keys of data.txt that we do not know, kept
    metadata_sha256 : hex digest of data.txt itself
    """

    name: str
    version: str
    created: datetime
    type: str
    files: tuple[str, ...]
    sizes: tuple[int, ...]
    pin_hash: str
    title: str = ""
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    api_version: int = 1
    tags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    metadata_sha256: str = ""

    def __post_init__(self) -> None:
        if self.created.tzinfo is None:
            raise ValueError(f"{self.name}: created has no time zone")
        if not self.files or len(self.files) != len(self.sizes):
            raise ValueError(f"{self.name}: {len(self.files)} files and {len(self.sizes)} sizes")

    @property
    def size_bytes(self) -> int:
        """Bytes of all files together."""
        return sum(self.sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    r"""A verified copy of a version in a folder that nobody else can read.

    Attributes
    ----------
    folder : mode 0700; holds the files of the version and nothing else
    sha256 : hex digest of the file; of several files, over ``<sha256>  <file name>\n`` of each,
        in the order of data.txt
    """

    version: PinVersion
    folder: Path
    sha256: str

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file, in the order of data.txt."""
        return tuple(self.folder / file for file in self.version.files)

    @property
    def path(self) -> Path:
        """The one file.

        Raises
        ------
        ValueError
            The version has several files; say which with `paths`.
        """
        if len(self.version.files) != 1:
            raise ValueError(
                f"pin '{self.version.name}' version {self.version.version} has "
                f"{len(self.version.files)} files, not one"
            )
        return self.folder / self.version.files[0]
