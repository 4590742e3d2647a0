"""What is to be told, kept where the site is, so that nobody is told twice and nothing is lost.

An entry is made before its edition is published, and counts from the moment in which the edition
is there: a kill in between loses nothing and tells nothing that is not so. Right before the step
that cannot be taken back the entry is swapped to ``sending``; whoever finds it so, and old, knows
that it may have arrived, and leaves it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

from reportgen.notify.letter import Letter
from reportgen.publish.bucket import Bucket

__all__ = ["Entry", "EntryState", "Outbox"]

EntryState = Literal["waiting", "sending", "sent", "unclear", "passed over", "given up"]
_FINAL = frozenset({"sent", "unclear", "passed over", "given up"})
_FOLDER = "outbox"
_LOOKED_AT_S = 14 * 86_400.0
_KEPT_S = 400 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One edition and one receiver.

    Attributes
    ----------
    channel : key of the receiver
    state : ``waiting`` for its edition or for the receiver; ``sending``; or how it ended
    tries : how often it was refused
    said : why it was refused, or passed over
    age_s : since it last changed
    """

    report: str
    edition: str
    fingerprint: str
    channel: str
    subject: str
    text: str
    state: EntryState = "waiting"
    tries: int = 0
    said: str = ""
    age_s: float = 0.0

    @property
    def is_final(self) -> bool:
        """Whether nothing more will be done."""
        return self.state in _FINAL

    @property
    def letter(self) -> Letter:
        """What is told."""
        return Letter(subject=self.subject, text=self.text)

    @property
    def name(self) -> str:
        """Its key in the outbox."""
        return f"{_FOLDER}/{self.fingerprint}/{self.channel}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Entries in a bucket, or in a folder that is used as one.

    Attributes
    ----------
    prefix : of all keys; what begins with a dot is no report
    """

    bucket: Bucket
    prefix: str = ""

    def add(self, entry: Entry) -> bool:
        """Add an entry; False when this edition and receiver have one."""
        return self.bucket.create(self._key(entry), _dump(entry))

    def entries(self, *, finished: bool = False) -> Iterator[Entry]:
        """Give the entries that something is still to be done for, or all.

        What has not changed for two weeks is not even read: it ended, or was given up.
        """
        for key, about in sorted(self.bucket.list(f"{self.prefix}{_FOLDER}/").items()):
            if finished or about.age_s <= _LOOKED_AT_S:
                held = self.bucket.read(key)
                found = _load(held.content) if held else None
                if found and (finished or not found.is_final):
                    yield replace(found, age_s=about.age_s)

    def change(self, entry: Entry, **now: object) -> Entry | None:
        """Write an entry with changes; None when somebody else changed it first."""
        held = self.bucket.read(self._key(entry))
        if held is None or _load(held.content) != replace(entry, age_s=0.0):
            return None
        changed = replace(entry, age_s=0.0, **now)  # type: ignore[arg-type]
        swapped = self.bucket.swap(self._key(entry), _dump(changed), held.mark)
        return changed if swapped else None

    def clean(self, *, old_s: float = _KEPT_S) -> None:
        """Forget what ended long ago."""
        for key, about in self.bucket.list(f"{self.prefix}{_FOLDER}/").items():
            if about.age_s > old_s:
                self.bucket.delete(key)

    def _key(self, entry: Entry) -> str:
        return f"{self.prefix}{entry.name}"


def _dump(entry: Entry) -> bytes:
    plain = {name: value for name, value in asdict(entry).items() if name != "age_s"}
    return json.dumps({"schema": 1, **plain}, sort_keys=True).encode()


def _load(content: bytes) -> Entry | None:
    """Read an entry; None when it is none that we know."""
    try:
        plain = json.loads(content)
        if plain.pop("schema") != 1 or plain["state"] not in get_args(EntryState):
            return None
        return Entry(**plain)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
