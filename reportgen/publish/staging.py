"""The rendered files of an edition on their way to a shelf: what may be published, and what is."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from reportgen.errors import ToolError
from reportgen.report import Document, PublishedFile

__all__ = ["MANIFEST_NAME", "published_file", "rendered_files"]

MANIFEST_NAME = "manifest.json"


def rendered_files(document: Document) -> tuple[tuple[str, Path], ...]:
    """Give the published name and the place of every rendered file, by name.

    Raises
    ------
    ToolError
        A file lies outside the render's own folder, would be published outside of the edition,
        or was not made.
    """
    inside = document.folder.resolve()
    found = []
    for name, path in sorted(document.files.items()):
        source = (document.folder / path).resolve()
        if not source.is_relative_to(inside) or not _plain_name(name):
            raise ToolError(f"{name}: a render may publish only files of its own folder")
        if not source.is_file():
            raise ToolError(f"{name}: the converter ended well but did not make this file")
        found.append((name, source))
    return tuple(found)


def _plain_name(name: str) -> bool:
    parts = name.split("/")
    return "\\" not in name and name != MANIFEST_NAME and not {"", ".", ".."} & set(parts)


def published_file(name: str, content: bytes, engine: str = "") -> PublishedFile:
    """Describe a file of an edition."""
    return PublishedFile(
        name=name,
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
        engine=engine,
    )
