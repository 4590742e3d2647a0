"""The hidden folder beside the editions in which they are built, and its cleaning."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reportgen.publish.owner import OLD_S, OWNER, is_abandoned, owner_mark

__all__ = ["WORKSHOP", "bench", "sweep"]

WORKSHOP = ".publishing"
_BENCH = re.compile(rf"^{OWNER}\.[0-9a-f]{{12}}$")
_HALF = re.compile(rf"^\..+\.{OWNER}\.[0-9a-f]{{12}}\.new$", re.DOTALL)


@contextmanager
def bench(site: Path) -> Iterator[Path]:
    """Give an empty folder on the site's own file system; what is left in it is removed."""
    workshop = site / WORKSHOP
    workshop.mkdir(parents=True, exist_ok=True)
    place = workshop / f"{owner_mark()}.{secrets.token_hex(6)}"
    place.mkdir(mode=0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(site: Path, *, old_s: float = OLD_S) -> tuple[str, ...]:
    """Remove what killed publishers left: theirs is dead, or it is older than an hour.

    Returns
    -------
    names of the folders and files that were removed
    """
    removed = []
    for place in sorted((site / WORKSHOP).glob("*")):
        found = _BENCH.match(place.name)
        if found and is_abandoned(place, found, old_s):
            shutil.rmtree(place, ignore_errors=True)
            removed.append(place.name)
    for folder in (site, site / WORKSHOP, *(path for path in _folders(site))):
        removed += _sweep_halves(folder, old_s)
    return tuple(removed)


def _folders(site: Path) -> list[Path]:
    found = (path for path in site.glob("*") if path.is_dir() and not path.is_symlink())
    return sorted(path for path in found if path.name != WORKSHOP)


def _sweep_halves(folder: Path, old_s: float) -> list[str]:
    """Remove pages and pointers that were written but never put in place."""
    removed = []
    for half in sorted(folder.glob(".*.new")):
        found = _HALF.match(half.name)
        if found and is_abandoned(half, found, old_s):
            with suppress(OSError):
                half.unlink()
                removed.append(half.name)
    return removed
