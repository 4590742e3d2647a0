"""What a place for editions must be able to do; one file per kind of place beside this one."""

from __future__ import annotations

from typing import Protocol

from reportgen.report import Document, Manifest

__all__ = ["Shelf"]


class Shelf(Protocol):
    """A place in which editions are published; readers never see half of one."""

    def find(self, report: str, edition: str) -> Manifest | None:
        """Give the newest revision of an edition, or None."""

    def put(self, document: Document, manifest: Manifest) -> Manifest:
        """Publish atomically; the manifest that comes back has its revision and folder.

        An edition of the same fingerprint that is whole is left as it is, and its own manifest
        comes back with `fresh` False.
        """

    def editions(self) -> tuple[Manifest, ...]:
        """Every revision of every edition; by report, oldest first."""

    def read(self, manifest: Manifest, name: str) -> bytes:
        """Read a file of a published edition.

        Raises
        ------
        ToolError
            The edition has no such file.
        """

    def refresh(self) -> None:
        """Rebuild what is derived: the pages that list editions, and the pointers to the newest."""
