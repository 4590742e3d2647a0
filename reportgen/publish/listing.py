"""Whether the pages that list editions still say what is there, without reading an edition."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from reportgen import __version__
from reportgen.publish.durable import write_atomically
from reportgen.publish.workshop import WORKSHOP

__all__ = ["is_listed", "remember_listing"]

_NAME = "listed"


def is_listed(site: Path, title: str) -> bool:
    """Say whether nothing came, went or changed since the pages were written.

    It looks at names, sizes and times: of each edition's manifest, of the pages and pointers.
    """
    try:
        known = (site / WORKSHOP / _NAME).read_text(encoding="ascii")
    except OSError:
        return False
    return known == _seen(site, title)


def remember_listing(site: Path, title: str) -> None:
    """Note what there is, when the pages have just been written."""
    write_atomically(site / WORKSHOP / _NAME, _seen(site, title).encode("ascii"))


def _seen(site: Path, title: str) -> str:
    state = sha256(f"{__version__}\n{title}\n".encode("utf-8", "surrogatepass"))
    for line in _lines(site):
        state.update(f"{line}\n".encode("utf-8", "surrogatepass"))
    return state.hexdigest()


def _lines(site: Path) -> Iterator[str]:
    yield _line(site, "index.html")
    for report in _entries(site):
        yield _line(site, f"{report}/index.html")
        for edition in _entries(site / report):
            if (site / report / edition).is_symlink():
                yield f"{report}/{edition} -> {(site / report / edition).readlink()}"
            else:
                yield _line(site, f"{report}/{edition}/manifest.json")


def _entries(folder: Path) -> list[str]:
    """Give the folders, and links to folders, that are no workshop of ours."""
    with os.scandir(folder) as found:
        return sorted(e.name for e in found if e.is_dir() and not e.name.startswith("."))


def _line(site: Path, name: str) -> str:
    try:
        found = (site / name).stat()
    except OSError:
        return f"{name} is not there"
    return f"{name} {found.st_size} {found.st_mtime_ns}"
