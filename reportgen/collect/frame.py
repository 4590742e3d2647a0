"""Data pins to data frames, parsed from the very bytes that were hashed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from reportgen.boards import Snapshot
from reportgen.errors import DataError, MissingToolError, near_miss
from reportgen.report import Fact, Part, Provenance, Value

__all__ = ["column", "describe_frame", "describe_table", "read_frame"]


def read_frame(snapshot: Snapshot) -> pd.DataFrame:
    """Read a csv, parquet, arrow, feather, json or rds pin.

    A pin of type ``file`` or ``table`` is read by the ending of its file. Several files are
    read one after the other, in the order of data.txt.

    Raises
    ------
    DataError
        The pin holds something else than a table, or its bytes do not parse.
    MissingToolError
        An rds pin, and the package ``rdata`` is not installed.
    """
    frames = [_read_file(path, snapshot) for path in snapshot.paths]
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _read_file(path: Path, snapshot: Snapshot) -> pd.DataFrame:
    version = snapshot.version
    kind = version.type if version.type in _READERS else path.suffix.lstrip(".").lower()
    if kind not in _READERS:
        raise DataError(
            f"pin '{version.name}' version {version.version} is of type {version.type!r} and "
            f"holds '{path.name}', which is not a table. Tables are: {', '.join(_READERS)}."
        )
    try:
        frame = _READERS[kind](path)
    except (ValueError, KeyError, TypeError, UnicodeError, OSError) as error:
        raise DataError(
            f"pin '{version.name}' version {version.version}: '{path.name}' cannot be read as "
            f"{kind}: {error}"
        ) from error
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def _read_json(path: Path) -> pd.DataFrame:
    plain = json.loads(path.read_text("utf-8"))
    if not isinstance(plain, list | dict):
        raise ValueError("it holds a single value, not rows or columns")
    return pd.DataFrame(plain)


def _read_rds(path: Path) -> pd.DataFrame:
    try:
        import rdata
    except ImportError as error:
        raise MissingToolError(
            "Reading an rds pin needs the package rdata: pip install rdata"
        ) from error
    plain = rdata.read_rds(path)
    if not isinstance(plain, pd.DataFrame):
        raise ValueError(f"it holds a {type(plain).__name__}, not a data frame")
    return plain


_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "csv": lambda path: pd.read_csv(path, low_memory=False),
    "parquet": lambda path: pd.read_parquet(path),
    "arrow": lambda path: pd.read_feather(path),
    "feather": lambda path: pd.read_feather(path),
    "json": _read_json,
    "rds": _read_rds,
}


def column(frame: pd.DataFrame, name: str, role: str, what: str) -> pd.Series[Any]:
    """Take a column, or say which one was probably meant.

    Raises
    ------
    DataError
        The frame has no such column, or has it twice.
    """
    found = list(frame.columns).count(name)
    if found == 0:
        raise DataError(
            f"the {role} pin has no column '{name}' for the {what}. "
            f"{near_miss(name, list(frame.columns))}"
        )
    if found > 1:
        raise DataError(f"the {role} pin has {found} columns named '{name}'")
    return frame[name]


def describe_frame(frame: pd.DataFrame, snapshot: Snapshot, role: str) -> Part:
    """Count what a data pin holds: ``data.rows``, ``data.columns``, and where it is from."""
    return describe_table(len(frame), len(frame.columns), snapshot, role)


def describe_table(rows: int, columns: int, snapshot: Snapshot, role: str) -> Part:
    """Say of a table that was counted what `describe_frame` says of a frame."""
    source = Provenance(by=f"{role}.frame@1", pins=(role,))
    counts: Sequence[tuple[str, str, int]] = (
        ("rows", "rows", rows),
        ("columns", "count", columns),
    )
    return Part(
        facts=(
            Fact(name=f"{role}.name", text=snapshot.version.name, provenance=source, label="Data"),
            Fact(
                name=f"{role}.version",
                text=snapshot.version.version,
                provenance=source,
                label="Data version",
            ),
        ),
        values=tuple(
            Value(
                name=f"{role}.{name}",
                number=number,
                unit=unit,  # type: ignore[arg-type]
                provenance=source,
                label=f"{role.capitalize()} {name}",
            )
            for name, unit, number in counts
        ),
    )
