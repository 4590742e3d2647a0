"""Columns to groups: levels as text, crossed segments, shares in the population."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from reportgen.collect.frame import column
from reportgen.errors import DataError

__all__ = ["population_shares", "segment_levels"]


def segment_levels(
    rows: pd.DataFrame, segments: tuple[tuple[str, ...], ...], role: str
) -> Iterator[tuple[str, pd.Series[Any]]]:
    """Give each segment's name and the level of each row, null where it is unknown.

    A segment of several columns is named ``origin×carrier``, its levels ``JFK × UA``.
    """
    for names in segments:
        parts = [_as_levels(column(rows, name, role, "segments")) for name in names]
        levels = parts[0]
        for part in parts[1:]:
            levels = levels + " × " + part
        yield "×".join(names), levels.rename("×".join(names))


def _as_levels(values: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_float_dtype(values):
        text = values.map(lambda number: f"{number:g}", na_action="ignore")
    else:
        text = values.map(str, na_action="ignore")
    return text.astype("str").where(values.notna())


def population_shares(
    table: pd.DataFrame, segments: tuple[str, ...]
) -> Mapping[str, Mapping[str, float]]:
    """Read a benchmark: one row per level, with a column ``share`` (or ``count``).

    Either the table has a column named like the segment, or columns ``segment`` and ``level``
    for several segments in one table. Shares are scaled to add up to 1.

    Raises
    ------
    DataError
        There is neither, or a share is negative or missing.
    """
    weight = next((name for name in ("share", "count") if name in table.columns), None)
    if weight is None:
        raise DataError("the population pin needs a column 'share' or 'count'")
    shares = pd.to_numeric(table[weight], errors="coerce")
    if shares.isna().any() or (shares < 0).any() or shares.sum() <= 0:
        raise DataError(f"the population pin's '{weight}' must be numbers, none negative")
    found: dict[str, Mapping[str, float]] = {}
    for segment in segments:
        if {"segment", "level"} <= set(table.columns):
            chosen = table["segment"] == segment
            levels = table["level"]
        elif segment in table.columns:
            chosen = table[segment].notna()
            levels = table[segment]
        else:
            continue
        total = float(shares[chosen].sum())
        if total > 0:
            found[segment] = {
                str(level): float(share) / total
                for level, share in zip(levels[chosen], shares[chosen], strict=True)
            }
    return found
