"""Columns to groups: levels as text, crossed segments, shares in the population.

A benchmark is a table with one row for each level of a segment and its ``share`` or ``count``.
Three shapes are read: a column named like the segment; columns ``segment`` and ``level``, for
several segments in one table; and one column for each of several segments, with the counts of
their combinations, which are added up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from reportgen.collect.frame import column
from reportgen.errors import DataError

__all__ = ["known_segments", "population_shares", "population_sizes", "segment_levels"]

_CROSS = "×"


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
            levels = levels + f" {_CROSS} " + part
        name = _CROSS.join(names)
        yield name, levels.rename(name)


def known_segments(
    rows: pd.DataFrame, segments: tuple[tuple[str, ...], ...], role: str
) -> Iterator[tuple[str, pd.Series[Any]]]:
    """Give those of the segments whose columns all stand in the rows; see `segment_levels`."""
    held = tuple(names for names in segments if set(names) <= set(rows.columns))
    return segment_levels(rows, held, role)


def _as_levels(values: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_float_dtype(values):
        text = values.map(lambda number: f"{number:g}", na_action="ignore")
    else:
        text = values.map(str, na_action="ignore")
    return text.astype("str").where(values.notna())


def population_shares(
    table: pd.DataFrame, segments: tuple[str, ...]
) -> Mapping[str, Mapping[str, float]]:
    """Read the share of each level in the population, scaled to add up to 1.

    Raises
    ------
    DataError
        There is no ``share`` and no ``count``, one is negative or missing, or a level stands
        twice.
    """
    numbers = _numbers(table, segments)
    found: dict[str, Mapping[str, float]] = {}
    for segment in segments:
        levels = _levels_of(table, segment)
        if levels is None:
            continue
        own = numbers[levels.notna()]
        total = float(own.sum())
        if total > 0:
            sums = own.groupby(levels[levels.notna()], sort=False).sum()
            found[segment] = {str(level): float(sum_) / total for level, sum_ in sums.items()}
    return found


def population_sizes(table: pd.DataFrame, segments: tuple[str, ...]) -> Mapping[str, float]:
    """Read how many people a benchmark asked, where it is itself a sample.

    A column ``sampled`` (true or false) says of a ``count`` that it is of a sample; a column
    ``sample_size`` says it of a ``share``. Without either the benchmark is taken as exact.

    Raises
    ------
    DataError
        The rows of one segment disagree, or a sample has no size.
    """
    asked = {name for name in ("sampled", "sample_size") if name in table.columns}
    if not asked:
        return {}
    numbers, found = _numbers(table, segments), {}
    for segment in segments:
        levels = _levels_of(table, segment)
        own = table[levels.notna()] if levels is not None else table[:0]
        if own.empty or ("sampled" in asked and not _is_sampled(own, segment)):
            continue
        if "sample_size" in asked:
            found[segment] = _one_size(own, segment)
        elif "count" in table.columns and "share" not in table.columns:
            found[segment] = float(numbers[own.index].sum())
        else:
            raise DataError(
                f"the population pin says that '{segment}' is sampled, and gives shares: it needs "
                "a column 'sample_size' too, or counts instead of shares"
            )
    return found


def _numbers(table: pd.DataFrame, segments: tuple[str, ...]) -> pd.Series[Any]:
    weight = next((name for name in ("share", "count") if name in table.columns), None)
    if weight is None:
        raise DataError("the population pin needs a column 'share' or 'count'")
    numbers = pd.to_numeric(table[weight], errors="coerce").astype(float)
    if numbers.isna().any() or (numbers < 0).any() or numbers.sum() <= 0:
        raise DataError(f"the population pin's '{weight}' must be numbers, none negative")
    parts = {part for segment in segments for part in (segment, *segment.split(_CROSS))}
    named = [name for name in table.columns if name in parts | {"segment", "level"}]
    twice = table.duplicated(subset=named) & table[named].notna().any(axis=1)
    if named and twice.any():
        shown = ", ".join(f"{name} {table.loc[twice, name].iloc[0]}" for name in named[:3])
        raise DataError(f"the population pin has {shown} twice: which one is it?")
    return numbers


def _levels_of(table: pd.DataFrame, segment: str) -> pd.Series[Any] | None:
    """The level of each row of the table, null where the row is of another segment."""
    if {"segment", "level"} <= set(table.columns):
        return _as_levels(table["level"]).where(table["segment"] == segment)
    if segment in table.columns:
        return _as_levels(table[segment])
    names = tuple(segment.split(_CROSS))
    if not set(names) <= set(table.columns):
        return None
    return next(iter(segment_levels(table, (names,), "population")))[1]


def _is_sampled(own: pd.DataFrame, segment: str) -> bool:
    said = {str(flag).strip().lower() in ("true", "1", "1.0", "yes") for flag in own["sampled"]}
    if len(said) > 1:
        raise DataError(f"the population pin calls only some rows of '{segment}' sampled")
    return said.pop()


def _one_size(own: pd.DataFrame, segment: str) -> float:
    sizes = set(pd.to_numeric(own["sample_size"], errors="coerce"))
    size = sizes.pop() if len(sizes) == 1 else float("nan")
    if not size > 0:
        raise DataError(
            f"the population pin's 'sample_size' of '{segment}' must be one number above 0"
        )
    return float(size)
