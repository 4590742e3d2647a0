"""reportgen.lock: which version of every pin a project uses, and which bytes those are."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from reportgen.errors import RetryError, UserError
from reportgen.report import Pin, PinRef, canonical_json

__all__ = ["LOCK_SCHEMA", "Lock", "LockedPin", "read_lock", "write_lock"]

LOCK_SCHEMA = 1
_AGAIN = "Make it again with `reportgen lock`, or take it from version control."


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPin:
    """The answer to one request.

    Attributes
    ----------
    name, requested : what the project asks for, ``latest`` or a version
    version, sha256, created, type, size_bytes : as in `reportgen.report.Pin`
    metadata_sha256 : hex digest of data.txt, which holds the prototype and the description
    """

    name: str
    requested: str
    version: str
    sha256: str
    metadata_sha256: str
    created: datetime
    type: str
    size_bytes: int

    def __post_init__(self) -> None:
        self.as_pin("locked", "")  # what cannot be a Pin cannot be locked either
        if "@" in self.requested or not self.requested:
            raise ValueError(f"{self.name}: {self.requested!r} is not a version")

    @property
    def key(self) -> str:
        """The request in one text, ``flights-test@latest``."""
        return f"{self.name}@{self.requested}"

    def as_pin(self, role: str, board: str) -> Pin:
        """Give the pin in a role of a report."""
        return Pin(
            role=role,
            board=board,
            name=self.name,
            version=self.version,
            sha256=self.sha256,
            created=self.created,
            type=self.type,
            size_bytes=self.size_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """All that was resolved for a project.

    Attributes
    ----------
    board : address of the board it was resolved on
    pins : by request, ``flights-test@latest``
    absent : requests that nothing on the board answers: a version before the first
    """

    board: str
    pins: Mapping[str, LockedPin] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "absent", tuple(sorted(self.absent)))
        for key, pin in self.pins.items():
            if key != pin.key:
                raise ValueError(f"{key!r} is not the request {pin.key!r}")

    def find(self, wanted: PinRef) -> LockedPin | None:
        """Give what was locked for a request."""
        return self.pins.get(f"{wanted.name}@{wanted.version}")

    def lacks(self, wanted: PinRef) -> bool:
        """Say whether it was found that nothing answers the request."""
        return f"{wanted.name}@{wanted.version}" in self.absent


def write_lock(path: Path, lock: Lock) -> None:
    """Write a lock in one step: a reader sees the old one or the new one.

    Raises
    ------
    UserError
        The folder cannot be written to.
    RetryError
        The disk is full, or failed.
    """
    plain = {
        "schema": LOCK_SCHEMA,
        "board": lock.board,
        "pins": {key: _plain(pin) for key, pin in lock.pins.items()},
        **({"absent": list(lock.absent)} if lock.absent else {}),
    }
    part = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        with part.open("x", encoding="utf-8", newline="\n") as target:
            target.write(canonical_json(plain))
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
    except PermissionError as refused:
        raise UserError(f"{path} cannot be written: {refused.strerror}.") from refused
    except OSError as failed:
        raise RetryError(f"{path} was not written: {failed.strerror}.") from failed
    finally:
        part.unlink(missing_ok=True)


def read_lock(path: Path) -> Lock | None:
    """Read a lock; None when the project has none yet.

    Raises
    ------
    UserError
        It cannot be read, or another reportgen wrote it.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as mistake:
        raise UserError(f"{path} cannot be read: {mistake}. {_AGAIN}") from mistake
    if not isinstance(plain, dict) or plain.get("schema") != LOCK_SCHEMA:
        schema = plain.get("schema") if isinstance(plain, dict) else None
        raise UserError(
            f"{path} has schema {schema!r}; this reportgen reads schema {LOCK_SCHEMA}. {_AGAIN}"
        )
    try:
        pins = {key: _locked(row) for key, row in plain["pins"].items()}
        return Lock(board=plain["board"], pins=pins, absent=_requests(plain.get("absent", [])))
    except (KeyError, TypeError, ValueError, AttributeError) as mistake:
        raise UserError(f"{path} is damaged: {mistake}. {_AGAIN}") from mistake


def _plain(pin: LockedPin) -> dict[str, Any]:
    return {**asdict(pin), "created": pin.created.isoformat().replace("+00:00", "Z")}


def _requests(said: object) -> tuple[str, ...]:
    if not isinstance(said, list) or not all(isinstance(key, str) for key in said):
        raise TypeError(f"{said!r} are not requests")
    return tuple(said)


def _locked(row: Mapping[str, Any]) -> LockedPin:
    created = datetime.fromisoformat(row["created"].replace("Z", "+00:00"))
    return LockedPin(**{**row, "created": created})
