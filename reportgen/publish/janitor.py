"""Private folders of renders: named after their process, so that a dead one's can be removed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

from reportgen.publish.owner import OWNER, is_abandoned, owner_mark

__all__ = ["sweep_temporary", "temporary_prefix"]

_TEMPORARY = re.compile(rf"^reportgen-{OWNER}-\w+$")
_OLD_S = 7 * 86_400.0


def temporary_prefix() -> str:
    """Begin the name of a temporary folder so that `sweep_temporary` knows whose it is."""
    return f"reportgen-{owner_mark()}-"


@cache
def sweep_temporary() -> tuple[str, ...]:
    """Remove the temporary folders of killed renders, once in a process.

    Only what has the name of a process of this user that is dead, or is a week old.

    Returns
    -------
    names of the folders that were removed
    """
    removed = []
    with os.scandir(tempfile.gettempdir()) as found:
        named = [(entry, _TEMPORARY.match(entry.name)) for entry in found]
    for entry, owner in named:
        if owner and _is_ours(entry) and is_abandoned(Path(entry.path), owner, _OLD_S):
            shutil.rmtree(entry.path, ignore_errors=True)
            removed.append(entry.name)
    return tuple(sorted(removed))


def _is_ours(entry: os.DirEntry[str]) -> bool:
    try:
        about = entry.stat(follow_symlinks=False)
        whose = getattr(os, "getuid", lambda: about.st_uid)()
        return entry.is_dir(follow_symlinks=False) and about.st_uid == whose
    except OSError:  # gone since
        return False
