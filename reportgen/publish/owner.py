"""Whose half-made file is this, and is that process still at work?"""

from __future__ import annotations

import os
import re
import socket
import time
from functools import cache
from hashlib import sha256
from pathlib import Path

__all__ = ["OLD_S", "OWNER", "is_abandoned", "owner_mark"]

OLD_S = 3600.0
"""After so long a half-made file is nobody's, wherever its owner runs."""

OWNER = r"(?P<host>[0-9a-f]{8})\.(?P<pid>\d+)-(?P<born>\d+)"
"""A mark in the name of a file or folder, as `owner_mark` writes it."""


@cache
def _host() -> str:
    """Tell hosts apart that share a disk, without writing their names into the site."""
    return sha256(socket.gethostname().encode()).hexdigest()[:8]


def owner_mark() -> str:
    """Name this process: its host, number and when it began."""
    return f"{_host()}.{os.getpid()}-{_born(os.getpid())}"


def is_abandoned(path: Path, owner: re.Match[str], old_s: float) -> bool:
    """Say whether the process that made a file or folder is gone, or it is older than `old_s`."""
    if owner["host"] == _host():
        pid, born = int(owner["pid"]), int(owner["born"])
        # A number is given again, often within minutes: its new owner was born at another time.
        if not _alive(pid) or _born(pid) != born:
            return True
    return _age_s(path) > old_s


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _born(pid: int) -> int:
    """Say when a process began, in the kernel's ticks since it booted; 0 where none tells."""
    try:
        about = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return int(about.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.lstat().st_mtime
    except FileNotFoundError:  # its owner was quicker
        return 0.0
