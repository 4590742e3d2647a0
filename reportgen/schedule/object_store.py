"""The ledger of several hosts, in a bucket: an object for each edition, changed by conditional puts.

Each object is written only in the place of the very one that was read (``If-Match``), or of none
(``If-None-Match``), so that of any number of hosts one wins. The history is a second object for
each change, which nobody writes twice.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from urllib.parse import quote, unquote

from reportgen.publish.bucket import Bucket
from reportgen.schedule.entry import Entry, Key, dump_entry, load_entry
from reportgen.schedule.store import Attempt, Held, is_wanted

__all__ = ["ObjectStore"]

_AT_ONCE = 16


class ObjectStore:
    """Entries as objects of a bucket.

    Parameters
    ----------
    bucket : with conditional writes; S3, GCS and Azure have them
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def read(self, key: Key) -> Held | None:
        """Give one entry, or None."""
        found = self._bucket.read(_path(key))
        return None if found is None else Held(entry=load_entry(found.content), token=found.mark)

    def entries(
        self, reports: Sequence[str] | None = None, *, ended_after: datetime | None = None
    ) -> Mapping[Key, Entry]:
        """Give the current state of all editions, or of those of some reports."""
        found = (load_entry(content) for content in self._contents(self._paths(reports)))
        return {entry.key: entry for entry in found if is_wanted(entry, ended_after)}

    def keys(self, reports: Sequence[str] | None = None) -> frozenset[Key]:
        """Give the keys alone, from a listing."""
        parts = (path.split("/") for path in self._paths(reports))
        return frozenset(
            (unquote(report), unquote(edition.removesuffix(".json")))
            for _, report, edition in parts
        )

    def swap(self, key: Key, token: str | None, entry: Entry, attempt: Attempt | None) -> bool:
        """Put an entry in the place of the one with this token; then add to the history."""
        content = dump_entry(entry).encode()
        path = _path(key)
        if token is None:
            done = self._bucket.create(path, content)
        else:
            done = self._bucket.swap(path, content, token)
        if done and attempt is not None:
            self._bucket.create(_line(attempt), _dump_attempt(attempt))
        return done

    def attempts(self, reports: Sequence[str] | None = None) -> tuple[Attempt, ...]:
        """Give the history, oldest first."""
        contents = self._contents(self._list("attempts/"))
        found = (_load_attempt(content) for content in contents)
        return tuple(each for each in found if reports is None or each.report in reports)

    def recall(self, name: str) -> str | None:
        """Give what was noted under a name."""
        found = self._bucket.read(f"notes/{_word(name)}")
        return None if found is None else found.content.decode()

    def note(self, name: str, text: str) -> None:
        """Note something that can be found out again at any time; of two writers one wins."""
        path, content = f"notes/{_word(name)}", text.encode()
        there = self._bucket.read(path)
        if there is None:
            self._bucket.create(path, content)
        elif there.content != content:
            self._bucket.swap(path, content, there.mark)

    def close(self) -> None:
        """Do nothing: connections belong to the client."""

    def _paths(self, reports: Sequence[str] | None) -> list[str]:
        folders = ["entries/"] if reports is None else [f"entries/{_word(r)}/" for r in reports]
        return [path for folder in folders for path in self._list(folder)]

    def _list(self, prefix: str) -> list[str]:
        return sorted(self._bucket.list(prefix))

    def _contents(self, paths: Sequence[str]) -> list[bytes]:
        """Read many small objects at once."""
        if not paths:
            return []
        with ThreadPoolExecutor(min(_AT_ONCE, len(paths))) as pool:
            found = list(pool.map(self._bucket.read, paths))
        return [each.content for each in found if each is not None]


def _word(name: str) -> str:
    """Write a name so that it is one part of a key, and never a dot alone."""
    return quote(name, safe="").replace(".", "%2E") if name.strip(".") == "" else quote(name, "")


def _path(key: Key) -> str:
    return f"entries/{_word(key[0])}/{_word(key[1])}.json"


def _line(attempt: Attempt) -> str:
    """Name a line of the history so that names are in the order of time."""
    moment = attempt.at.strftime("%Y%m%dT%H%M%S.%fZ")
    return f"attempts/{moment}-{attempt.generation:06d}-{secrets.token_hex(6)}.json"


def _dump_attempt(attempt: Attempt) -> bytes:
    return json.dumps({**asdict(attempt), "at": attempt.at.isoformat()}, sort_keys=True).encode()


def _load_attempt(content: bytes) -> Attempt:
    plain = json.loads(content)
    return Attempt(**{**plain, "at": datetime.fromisoformat(plain["at"])})
