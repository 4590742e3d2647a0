"""Which versions count: what is on the board, held against what data.txt says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

from reportgen.boards.digest import FileDigest, pin_hash_of
from reportgen.boards.metadata import Description, read_description
from reportgen.boards.names import version_name
from reportgen.boards.store import Entry, Naming
from reportgen.boards.version import PinVersion
from reportgen.errors import PinCorruptError, PinError, PinIncompleteError

__all__ = ["Fault", "difference", "judge"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a version does not count, and the error that says so."""

    kind: type[PinError]
    why: str


def judge(
    naming: Naming, name: str, version: str, entry: Entry, content: bytes | None
) -> PinVersion | Fault:
    """Decide whether a version counts.

    Parameters
    ----------
    content : of data.txt; None when there is none
    """
    if entry.fault:
        return Fault(PinCorruptError, entry.fault)
    if content is None:
        return Fault(PinIncompleteError, "has no data.txt; a write was cut off")
    try:
        said = read_description(content)
    except ValueError as mistake:
        kind = PinCorruptError if content.strip() else PinIncompleteError
        return Fault(kind, f"has a data.txt that cannot be read: {mistake}")
    named = version_name(said.created, said.pin_hash)
    if not (naming.bundles or version == named):
        return Fault(PinCorruptError, f"has a data.txt that describes {named}")
    sizes = _sizes(said, entry.files)
    if isinstance(sizes, Fault):
        return sizes
    return _as_version(name, version, said, sizes)


def _sizes(said: Description, files: Mapping[str, int | None] | None) -> tuple[int, ...] | Fault:
    sizes = []
    for file, size in zip(said.files, said.sizes, strict=True):
        if files is not None and file not in files:
            return Fault(PinIncompleteError, f"lacks {file}, which its data.txt names")
        there = None if files is None else files[file]
        if size is not None and there is not None and size != there:
            why = f"has a {file} of {there:,} bytes, and data.txt says {size:,}"
            return Fault(PinCorruptError, why)
        known = size if size is not None else there
        if known is None:
            return Fault(PinCorruptError, f"has a data.txt that does not give the size of {file}")
        sizes.append(known)
    return tuple(sizes)


def difference(found: PinVersion, digests: Sequence[FileDigest]) -> str:
    """Say how the bytes differ from data.txt; empty when they do not."""
    for said, digest in zip(found.sizes, digests, strict=True):
        if digest.size > said:
            return f"has a {digest.file} of more than the {said:,} bytes that data.txt says"
        if digest.size < said:
            return f"has a {digest.file} of {digest.size:,} bytes, and data.txt says {said:,}"
    computed = pin_hash_of(digests)
    if computed == found.pin_hash:
        return ""
    files = ", ".join(found.files)
    return f"has a {files} with the hash {computed}, and data.txt says {found.pin_hash}"


def _as_version(name: str, version: str, said: Description, sizes: tuple[int, ...]) -> PinVersion:
    return PinVersion(
        name=name,
        version=version,
        created=said.created,
        type=said.type,
        files=said.files,
        sizes=sizes,
        pin_hash=said.pin_hash,
        title=said.title,
        description=said.description,
        metadata=deepcopy(said.metadata),  # the description is shared by whoever read it
        tags=said.tags,
        extra=deepcopy(said.extra),
        metadata_sha256=said.sha256,
    )
