"""Hashes of a version's files, computed over the very bytes that are kept.

xxh64 is what ``pins`` writes down and finds accidents; SHA-256 is what the lock holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import IO

from reportgen.errors import RetryError

__all__ = ["BLOCK_BYTES", "FileDigest", "pin_hash_of", "read_digest", "sha256_of"]

BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """Size, xxh64 and SHA-256 of one file, the hashes as hex digits."""

    file: str
    size: int
    xxh64: str
    sha256: str


def read_digest(
    file: str, source: IO[bytes], target: IO[bytes] | None = None, *, most: int | None = None
) -> FileDigest:
    """Read a file to its end, copy it on the way if asked, and hash what was read.

    Parameters
    ----------
    target : where each block goes as well
    most : stop soon after so many bytes; the size then tells that there were more

    Raises
    ------
    RetryError
        The copy cannot be written.
    """
    from xxhash import xxh64

    fast, strong, size = xxh64(), sha256(), 0
    while block := source.read(BLOCK_BYTES):
        fast.update(block)
        strong.update(block)
        size += len(block)
        if target is not None:
            _write(target, block)
        if most is not None and size > most:
            break
    return FileDigest(file=file, size=size, xxh64=fast.hexdigest(), sha256=strong.hexdigest())


def _write(target: IO[bytes], block: bytes) -> None:
    """Write, and say so if it is the copy that fails, not the board that is read from."""
    try:
        target.write(block)
        target.flush()
    except OSError as failed:
        raise RetryError(
            f"{getattr(target, 'name', 'a copy')}: {failed.strerror or failed}. Try again."
        ) from failed


def pin_hash_of(digests: Sequence[FileDigest]) -> str:
    """Combine the files' xxh64 as ``pins`` does.

    Examples
    --------
    >>> one = FileDigest(file="a.csv", size=1, xxh64="9bfad6d1a322a904", sha256="")
    >>> pin_hash_of([one])
    '9bfad6d1a322a904'
    """
    from xxhash import xxh64

    if len(digests) == 1:
        return digests[0].xxh64
    return xxh64("".join(digest.xxh64 for digest in digests).encode()).hexdigest()


def sha256_of(digests: Iterable[FileDigest]) -> str:
    """Combine the files' SHA-256; see `reportgen.report.Pin`."""
    found = tuple(digests)
    if len(found) == 1:
        return found[0].sha256
    lines = "".join(f"{digest.sha256}  {digest.file}\n" for digest in found)
    return sha256(lines.encode()).hexdigest()
