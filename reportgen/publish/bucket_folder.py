"""A folder that is used as an object store is: small files, written if absent or if unchanged."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from reportgen.publish.bucket import Held, Listed
from reportgen.publish.durable import (
    lock_site,
    sync_folder,
    told_apart,
    write_atomically,
    write_synced,
)

__all__ = ["FolderBucket"]

_HIDDEN = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderBucket:
    """Keys as files below a folder; what only its owner may read.

    Attributes
    ----------
    folder : made when the first object is written
    """

    folder: Path

    @property
    def place(self) -> str:
        """Where it is."""
        return str(self.folder)

    def list(self, prefix: str) -> Mapping[str, Listed]:
        """Give every object whose key begins with `prefix`."""
        found = {}
        now = time.time()
        with told_apart(self.folder):
            for path in sorted(self.folder.rglob("*")):
                key = path.relative_to(self.folder).as_posix()
                if not key.startswith(prefix) or path.name.startswith(_HIDDEN):
                    continue
                with suppress(FileNotFoundError):  # deleted since
                    about = path.stat()
                    if path.is_file():
                        age = now - about.st_mtime
                        found[key] = Listed(size_bytes=about.st_size, age_s=age)
        return found

    def read(self, key: str) -> Held | None:
        """Read an object; None when there is none."""
        with told_apart(self.folder):
            try:
                content = (self.folder / key).read_bytes()
            except FileNotFoundError:
                return None
        return Held(content=content, mark=sha256(content).hexdigest())

    def create(self, key: str, content: bytes) -> bool:
        """Write an object only if there is none; False when there is."""
        path = self.folder / key
        with told_apart(self.folder):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside = path.with_name(f"{_HIDDEN}{path.name}.{secrets.token_hex(6)}.new")
            try:
                write_synced(beside, content)
                os.link(beside, path)  # fails when there is one, unlike a rename
            except FileExistsError:
                return False
            finally:
                beside.unlink(missing_ok=True)
            sync_folder(path.parent)
        return True

    def swap(self, key: str, content: bytes, mark: str) -> bool:
        """Write in the place of what was read with `mark`; False when it has changed since."""
        with told_apart(self.folder), lock_site(self.folder / f"{_HIDDEN}lock"):
            held = self.read(key)
            if held is None or held.mark != mark:
                return False
            write_atomically(self.folder / key, content)
        return True

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        with told_apart(self.folder):
            (self.folder / key).unlink(missing_ok=True)
