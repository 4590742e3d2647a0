"""From local files to a version that is ready to be put on a board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reportgen.boards.digest import FileDigest, pin_hash_of, read_digest
from reportgen.boards.metadata import write_description
from reportgen.boards.names import file_fault, is_version, version_name
from reportgen.boards.store import Draft, Entry, Store
from reportgen.errors import DataError

__all__ = ["describe_draft", "draft_version", "free_second"]


def draft_version(
    name: str,
    paths: Sequence[Path],
    *,
    type: str,  # noqa: A002
    created: datetime,
    title: str,
    description: str,
    metadata: Mapping[str, Any],
) -> Draft:
    """Hash the files and name them as ``pins`` would.

    One file becomes ``<pin>.<type>``; of type ``file``, or one of several, it keeps its name.

    Raises
    ------
    DataError
        There is no file, one is missing, has a name that no pin can hold, or occurs twice; or
        the metadata cannot be written.
    """
    if created.tzinfo is None:
        raise DataError(f"pin '{name}': created ({created}) has no time zone")
    named = _named(name, paths, type)
    digests = tuple(_digest(name, file, path) for file, path in named.items())
    draft = Draft(
        name=name,
        paths=named,
        digests=digests,
        pin_hash=pin_hash_of(digests),
        type=type,
        created=created.astimezone(UTC).replace(microsecond=0),
        title=title or f"{name}: a pinned {type} file",
        description=description,
        metadata=metadata,
    )
    describe_draft(draft)  # fails here rather than after the files were sent
    return draft


def describe_draft(draft: Draft) -> bytes:
    """Give data.txt of a draft."""
    return write_description(
        created=draft.created,
        type=draft.type,
        files=[digest.file for digest in draft.digests],
        sizes=[digest.size for digest in draft.digests],
        pin_hash=draft.pin_hash,
        title=draft.title,
        description=draft.description,
        metadata=draft.metadata,
    )


def free_second(draft: Draft, store: Store) -> tuple[Draft, bool]:
    """Find the second in which this draft can be written, and whether it is there already.

    Two versions of one second have no order, so a later write takes the next free second. The
    same bytes with the same description are not written twice.
    """
    entries = store.entries(draft.name)
    taken = {folder.split("-")[0] for folder in entries if is_version(folder)}
    same = [folder for folder in entries if folder.endswith(f"-{draft.pin_hash[:5]}")]
    whole = [folder for folder in same if _is_whole(draft, entries[folder])]
    contents = store.descriptions(draft.name, whole) if whole else {}
    while f"{draft.created:%Y%m%dT%H%M%SZ}" in taken:
        if contents.get(version_name(draft.created, draft.pin_hash)) == describe_draft(draft):
            return draft, True
        draft = replace(draft, created=draft.created + timedelta(seconds=1))
    return draft, False


def _is_whole(draft: Draft, entry: Entry) -> bool:
    files = entry.files or {}
    return not entry.fault and all(files.get(each.file) == each.size for each in draft.digests)


def _named(name: str, paths: Sequence[Path], type: str) -> dict[str, Path]:  # noqa: A002
    if not paths:
        raise DataError(f"pin '{name}': there is no file to write")
    if len(paths) == 1 and type != "file":
        return {f"{name.split('/')[-1]}.{type}": paths[0]}
    for path in paths:
        if fault := file_fault(path.name):
            raise DataError(f"pin '{name}': file {fault}")
    named = {path.name: path for path in paths}
    if len({file.casefold() for file in named}) != len(paths):
        raise DataError(f"pin '{name}': two of the files have the same name")
    return named


def _digest(name: str, file: str, path: Path) -> FileDigest:
    try:
        with path.open("rb") as source:
            return read_digest(file, source)
    except FileNotFoundError as missing:
        raise DataError(f"pin '{name}': there is no file {path}") from missing
    except (IsADirectoryError, PermissionError) as refused:
        raise DataError(f"pin '{name}': {path} cannot be read: {refused.strerror}") from refused
