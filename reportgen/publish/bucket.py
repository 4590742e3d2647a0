"""What an object store must be able to do to hold a site; one file per kind of store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Bucket", "Held", "Listed", "kind_of_file"]

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".ipynb": "application/json",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".csv": "text/csv; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An object as it was read; `mark` changes with every write (an ETag, a generation)."""

    content: bytes
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An object as a listing shows it; `age_s` by the clock of this machine."""

    size_bytes: int
    age_s: float


class Bucket(Protocol):
    """Keys below one prefix of a bucket; all keys given and returned are relative to it.

    Every method raises `RetryError` when the network or the store fails, and `UserError` when
    access is refused. A listing shows what was written before it began, as S3, GCS and Azure
    promise.
    """

    @property
    def place(self) -> str:
        """Where it is, for people: without any secret."""

    def list(self, prefix: str) -> Mapping[str, Listed]:
        """Give every object whose key begins with `prefix`."""

    def read(self, key: str) -> Held | None:
        """Read an object; None when there is none."""

    def create(self, key: str, content: bytes) -> bool:
        """Write an object only if there is none; False when there is."""

    def swap(self, key: str, content: bytes, mark: str) -> bool:
        """Write in the place of what was read with `mark`; False when it has changed since."""

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""


def kind_of_file(key: str) -> str:
    """Say what a browser should take a file for.

    Examples
    --------
    >>> kind_of_file("a/index.html"), kind_of_file("a/latest")
    ('text/html; charset=utf-8', 'text/plain; charset=utf-8')
    """
    _, dot, ending = key.rpartition(".")
    return _KINDS.get(f"{dot}{ending}".lower(), "text/plain; charset=utf-8")
