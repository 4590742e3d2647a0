"""What a kind of board must be able to do; all that differs between kinds is behind this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol

from reportgen.boards.digest import FileDigest

__all__ = ["Draft", "Entry", "Naming", "Store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A version folder as it lies there, before anything in it is believed.

    Attributes
    ----------
    files : file -> bytes, or None where the kind of board does not tell the size; None when it
        does not even list the files
    fault : why the folder is not looked into, such as a symbolic link that leaves the board
    """

    files: Mapping[str, int | None] | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A version to be written.

    Attributes
    ----------
    paths : published file name -> local file
    digests : of the files, in the order of `paths`
    created : wanted; a store may take a later second when this one is taken
    """

    name: str
    paths: Mapping[str, Path]
    digests: tuple[FileDigest, ...]
    pin_hash: str
    type: str
    created: datetime
    title: str
    description: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How a kind of board names pins and versions.

    Attributes
    ----------
    owned : pins are ``<user>/<pin>``
    bundles : versions are bundle ids, not ``<created>-<hash>``
    single : every pin has exactly one version, whose folder has no name of its own
    """

    owned: bool = False
    bundles: bool = False
    single: bool = False


class Store(Protocol):
    """One kind of board. Names are checked before they come here.

    Every method raises `RetryError` when the network or the disk fails, and `UserError` when
    access is refused.

    Attributes
    ----------
    place : for error messages: the full path or address, without any secret
    naming : how pins and versions are named
    """

    @property
    def place(self) -> str:
        """Where the board is."""

    @property
    def naming(self) -> Naming:
        """How pins and versions are named."""

    def names(self) -> tuple[str, ...]:
        """Give every pin's name, in any order, unchecked."""

    def entries(self, name: str, version: str | None = None) -> Mapping[str, Entry]:
        """Give the version folders of a pin, or that one alone; none when there is no such pin."""

    def descriptions(self, name: str, versions: Sequence[str]) -> Mapping[str, bytes]:
        """Read data.txt of these versions, cut off after the longest we accept."""

    def open(self, name: str, version: str, file: str) -> AbstractContextManager[IO[bytes]]:
        """Open a file for reading from its start."""

    def add(self, draft: Draft) -> str:
        """Put a whole version or nothing on the board, data.txt last; give its name."""
