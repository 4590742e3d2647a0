"""Boards for tests, written by hand from the format's description, not by reportgen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from xxhash import xxh64

from reportgen.boards import Board, open_board
from reportgen.report import BoardSpec

PINS_LEAVES_FILES_OPEN = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
"""For a test in which `pins` itself writes: it does not close what it opens."""

VETIVER_USES_OLD_PYDANTIC = pytest.mark.filterwarnings(
    "ignore:Using extra keyword arguments on `Field` is deprecated:DeprecationWarning"
)
"""For a test in which vetiver itself makes a prototype."""

WRITTEN = datetime(2013, 5, 1, 6, 0, tzinfo=UTC)


def folder_board(folder: Path) -> Board:
    """Open a folder as a board."""
    return open_board(BoardSpec(type="folder", path=folder.name), folder.parent)


def hash_of(*contents: bytes) -> str:
    """xxh64 of a file; of several, of their hex digests in a row."""
    digests = [xxh64(content).hexdigest() for content in contents]
    return digests[0] if len(digests) == 1 else xxh64("".join(digests).encode()).hexdigest()


def python_data_txt(
    files: Mapping[str, bytes],
    *,
    created: str,
    type: str = "csv",  # noqa: A002
    **more: Any,
) -> str:
    """data.txt as pins for Python writes it: sorted keys, api_version 1, user always there."""
    single = len(files) == 1
    sizes = [len(content) for content in files.values()]
    return yaml.safe_dump(
        {
            "api_version": 1,
            "created": created,
            "description": None,
            "file": next(iter(files)) if single else list(files),
            "file_size": sizes[0] if single else sizes,
            "pin_hash": hash_of(*files.values()),
            "title": "a pin",
            "type": type,
            "user": {},
            **more,
        }
    )


def r_data_txt(files: Mapping[str, bytes], *, created: str, type: str = "csv") -> str:  # noqa: A002
    """data.txt as pins for R writes it: unsorted, api_version 1.0, tildes, no user."""
    sizes = [len(content) for content in files.values()]
    if len(files) == 1:
        listed = f"file: {next(iter(files))}\nfile_size: {sizes[0]}\n"
    else:
        names = "".join(f"- {name}\n" for name in files)
        listed = f"file:\n{names}file_size:\n" + "".join(f"- {size}\n" for size in sizes)
    return (
        f"{listed}pin_hash: {hash_of(*files.values())}\ntype: {type}\n"
        "title: 'x: a pinned 2 x 2 data frame'\ndescription: ~\ntags: ~\n"
        f"created: {created}\napi_version: 1.0\n"
    )


def put_version(
    board: Path,
    name: str,
    files: Mapping[str, bytes],
    *,
    created: str = "20130501T060000Z",
    data_txt: str | bytes | None = None,
    version: str | None = None,
    **more: Any,
) -> str:
    """Lay a version on a folder board and give its name; `data_txt` stands in for a right one."""
    version = version or f"{created}-{hash_of(*files.values())[:5]}"
    folder = board / name / version
    folder.mkdir(parents=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    text = data_txt if data_txt is not None else python_data_txt(files, created=created, **more)
    (folder / "data.txt").write_bytes(text.encode() if isinstance(text, str) else text)
    return version


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
