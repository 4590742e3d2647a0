"""Looks at a board without loading any model: which pins it has, and which columns."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from reportgen.errors import ReportgenError
from reportgen.project_file import FoundPin

if TYPE_CHECKING:
    import pandas as pd

    from reportgen.boards import Board, PinVersion
    from reportgen.project_file.guess import ColumnKind

__all__ = ["look_at_board"]

_PICKLES = (".joblib", ".pkl", ".pickle")
_TABLES = (".csv", ".parquet", ".arrow", ".feather", ".json")
MAX_BYTES = 200_000_000
"""A larger table is listed, but not opened."""


def look_at_board(board: Board, columns_of: Container[str] | None = None) -> tuple[FoundPin, ...]:
    """Describe the newest version of each pin.

    Parameters
    ----------
    columns_of : names of the data pins to open; None: all
    """
    found = []
    for name in board.names():
        versions = board.versions(name)
        if versions:
            wanted = columns_of is None or name in columns_of
            found.append(_look(board, versions[-1], opened=wanted))
    return tuple(found)


def _look(board: Board, version: PinVersion, *, opened: bool) -> FoundPin:
    ends = tuple(Path(file).suffix.lower() for file in version.files)
    if _is_model(version, ends):
        return FoundPin(
            name=version.name,
            role="model",
            type=version.type,
            pickled=version.type in ("joblib", "pickle") or any(e in _PICKLES for e in ends),
            features=_features(version.metadata),
        )
    if not any(end in _TABLES for end in ends):
        return FoundPin(name=version.name, role="other", type=version.type)
    columns = _columns(board, version) if opened else {}
    if columns is None:
        return FoundPin(name=version.name, role="other", type=version.type)
    return FoundPin(name=version.name, role="data", type=version.type, columns=columns)


def _is_model(version: PinVersion, ends: tuple[str, ...]) -> bool:
    return (
        version.type in ("joblib", "pickle")
        or "vetiver_meta" in version.metadata
        or any(end in (*_PICKLES, ".skops") for end in ends)
    )


def _features(metadata: Any) -> tuple[str, ...]:
    from reportgen.collect.models.prototype import read_vetiver_meta

    meta = read_vetiver_meta(metadata)
    return tuple(feature.name for feature in meta.features) if meta else ()


def _columns(board: Board, version: PinVersion) -> dict[str, ColumnKind] | None:
    """Give the columns and their kinds; None when it is not a table after all."""
    if sum(version.sizes) > MAX_BYTES:
        return {}
    from reportgen.collect import read_frame

    try:
        with TemporaryDirectory(prefix="reportgen-look-") as folder:
            frame = read_frame(board.fetch(version.name, version.version, Path(folder)))
    except ReportgenError:
        return None
    return {str(name): _kind(frame[name]) for name in frame.columns}


def _kind(values: pd.Series[Any]) -> ColumnKind:
    from pandas.api import types

    known = values.dropna()
    if types.is_bool_dtype(known):
        return "boolean"
    if types.is_datetime64_any_dtype(known):
        return "time"
    if types.is_numeric_dtype(known):
        return "boolean" if len(known) and known.isin((0, 1)).all() else "number"
    texts = [item for item in known.head(20) if isinstance(item, str)]
    if not texts:
        return "other"
    return "time" if all(_is_moment(text) for text in texts) else "text"


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return len(text) >= 10
