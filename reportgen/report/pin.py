"""A pinned version: what was read, exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Pin"]

_NAME = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_./@ -]{0,254}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    r"""A board, a name, one exact version and the SHA-256 of its bytes; never "latest".

    Attributes
    ----------
    role : what it is to the report: ``model``, ``data``, ``reference``, ``population``, ...
    board : the board's address without any secret
    name, version : as on the board
    sha256 : hex digest over the bytes that were parsed; of several files, over
        ``<sha256>  <file name>\\n`` of each, in the order of data.txt
    created : when the version was written, aware
    type : of the pin: ``joblib``, ``parquet``, ``csv``, ``file``, ...
    size_bytes : of all its files together; 0 where there are none
    pinned : False for a table that was read where it lies: nobody keeps these bytes. Its `board`
        is its address, its `version` the first digits of its `sha256`, and `created` the moment
        of its latest row
    """

    role: str
    board: str
    name: str
    version: str
    sha256: str
    created: datetime
    type: str
    size_bytes: int
    pinned: bool = True

    def __post_init__(self) -> None:
        if not _NAME.match(self.name) or ".." in self.name:
            raise ValueError(f"{self.name!r} cannot be the name of a pin")
        if not self.version or self.version == "latest":
            raise ValueError(f"{self.name}: a Pin names one exact version")
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError(f"{self.name}: {self.sha256!r} is not a SHA-256")
        if self.created.tzinfo is None:
            raise ValueError(f"{self.name}: created has no time zone")
