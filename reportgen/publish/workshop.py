"""The hidden folder beside the editions in which they are built, and its cleaning."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

__all__ = ["WORKSHOP", "bench", "sweep"]

WORKSHOP = ".publishing"
_OLD_S = 3600.0
_BENCH = re.compile(r"^(?P<host>[0-9a-f]{8})\.(?P<pid>\d+)(?:-(?P<born>\d+))?\.[0-9a-f]{12}$")


def _host() -> str:
    """Tell hosts apart that share a disk, without writing their names into the site."""
    return sha256(socket.gethostname().encode()).hexdigest()[:8]


@contextmanager
def bench(site: Path) -> Iterator[Path]:
    """Give an empty folder on the site's own file system; what is left in it is removed."""
    workshop = site / WORKSHOP
    workshop.mkdir(parents=True, exist_ok=True)
    owner = f"{os.getpid()}-{_born(os.getpid())}"
    place = workshop / f"{_host()}.{owner}.{secrets.token_hex(6)}"
    place.mkdir(mode=0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(site: Path, *, old_s: float = _OLD_S) -> tuple[str, ...]:
    """Remove what killed publishers left: theirs is dead, or it is older than an hour.

    Returns
    -------
    names of the folders and files that were removed
    """
    removed = []
    for place in sorted((site / WORKSHOP).glob("*")):
        found = _BENCH.match(place.name)
        if found and _abandoned(place, found, old_s):
            shutil.rmtree(place, ignore_errors=True)
            removed.append(place.name)
    for folder in (site, *(path for path in _folders(site))):
        removed += _sweep_halves(folder, old_s)
    return tuple(removed)


def _folders(site: Path) -> list[Path]:
    return sorted(path for path in site.glob("*") if path.is_dir() and not path.is_symlink())


def _abandoned(place: Path, found: re.Match[str], old_s: float) -> bool:
    if found["host"] == _host():
        pid = int(found["pid"])
        # A number is given again, often within minutes: its new owner was born at another time.
        if not _alive(pid) or _born(pid) != int(found["born"] or _born(pid)):
            return True
    return _age_s(place) > old_s


def _born(pid: int) -> int:
    """Say when a process began, in the kernel's ticks since it booted; 0 where none tells."""
    try:
        about = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return int(about.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.lstat().st_mtime
    except FileNotFoundError:  # its owner was quicker
        return 0.0


def _sweep_halves(folder: Path, old_s: float) -> list[str]:
    """Remove pages and pointers that were written but never put in place."""
    removed = []
    for half in sorted(folder.glob(".*.new")):
        if _age_s(half) > old_s:
            with suppress(OSError):
                half.unlink()
                removed.append(half.name)
    return removed
