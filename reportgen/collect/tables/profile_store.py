"""What was counted before, kept in the project so that the next report need not count it again.

A cache and nothing more: it may be deleted at any time, what does not read as it was written is
counted anew, and a report is the same, byte for byte, with and without it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from reportgen.report.profile import PROFILE_SCHEMA

__all__ = ["FOLDER", "ProfileStore"]

FOLDER = Path(".reportgen") / "profiles"
"""In the project's folder."""
REVISION = 2
"""Of the code that counts: another one reads nothing of what this one has written."""
MOST_FILES = 20_000
"""Files from which on the oldest ones are removed."""


@cache
def _code() -> str:
    tools = " ".join(f"{name} {version(name)}" for name in ("duckdb", "numpy"))
    return f"{PROFILE_SCHEMA}.{REVISION} {tools}"


class ProfileStore:
    """Plain data by kind and key, in memory and, where there is a folder, in files of its own.

    Parameters
    ----------
    folder : private to the user; None: what was counted is kept for this process alone
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._held: dict[tuple[str, str], Any] = {}
        self._swept = False

    def read(self, kind: str, key: Mapping[str, Any]) -> Any | None:
        """Give what was written under a key; None where nothing was, or it is not as it was."""
        name = _name(key)
        if (kind, name) not in self._held and self._folder is not None:
            found = _read(self._folder / kind / f"{name}.json", _plain(key))
            if found is None:
                return None
            self._held[kind, name] = found
        return self._held.get((kind, name))

    def write(
        self, kind: str, key: Mapping[str, Any], plain: Any, *, lasting: bool = True
    ) -> None:
        """Keep plain data under a key; where it cannot be written, it is for this process alone.

        Parameters
        ----------
        lasting : whether it is worth a file
        """
        name = _name(key)
        self._held[kind, name] = plain
        if self._folder is None or not lasting:
            return
        with suppress(OSError):
            self._sweep(self._folder)
            _write(self._folder / kind / f"{name}.json", _plain(key), plain)

    def _sweep(self, folder: Path) -> None:
        """Make the folder, and remove the oldest half of its files when they are too many."""
        if self._swept:
            return
        self._swept = True
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignored = folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", "utf-8")
        files = list(folder.glob("*/*.json"))
        if len(files) > MOST_FILES:
            for path in sorted(files, key=lambda path: path.stat().st_mtime)[: len(files) // 2]:
                path.unlink(missing_ok=True)


def _plain(key: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": _code(), **json.loads(json.dumps(key))}


def _name(key: Mapping[str, Any]) -> str:
    return sha256(json.dumps(_plain(key), sort_keys=True).encode()).hexdigest()[:40]


def _read(path: Path, key: Mapping[str, Any]) -> Any | None:
    """Read a file of ours, of this key, whose digest holds; None for any other."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with open(descriptor, encoding="utf-8") as file:  # noqa: PTH123 - no link is followed
            if os.fstat(file.fileno()).st_uid != os.getuid():
                return None
            digest, _, text = file.read().partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    if sha256(text.encode()).hexdigest() != digest:
        return None
    found = json.loads(text)
    return found["plain"] if found["key"] == key else None


def _write(path: Path, key: Mapping[str, Any], plain: Any) -> None:
    """Write beside, then rename: another process reads the whole file or none."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    text = json.dumps({"key": key, "plain": plain}, sort_keys=True, separators=(",", ":"))
    with NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=".", delete=False
    ) as file:  # of mode 0600
        beside = Path(file.name)
        try:
            file.write(sha256(text.encode()).hexdigest() + "\n" + text)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
    try:
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
