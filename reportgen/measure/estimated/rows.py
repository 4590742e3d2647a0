"""The rows that need more than counts: a bounded number of each side, picked by their content.

Estimates without labels, the multivariate test and the importance of columns look at rows. They
see all of a side where it is small, and of a large one the rows whose content picks them, so that
neither the order of the rows nor the number of threads changes what is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.drift.drift import as_numbers
from reportgen.measure.monitoring.columns import level_codes
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.statistics.intervals import Array
from reportgen.measure.statistics.shuffling import content_keys
from reportgen.report.frame import MonitoringFrame

__all__ = [
    "LARGEST",
    "Encoded",
    "baseline_keys",
    "encode",
    "in_content_order",
    "pick",
    "picked_rows",
]

LARGEST = 1e150
MOST_LEVELS = 30
"""Levels with a code of their own, commonest first; the others share one."""


def baseline_keys(calendar: Calendar) -> tuple[str, ...]:
    """Give the keys of the periods that serve as a reference where none is pinned."""
    return tuple(calendar.keys[at] for at in calendar.baseline())


def picked_rows(
    frame: MonitoringFrame,
    calendar: Calendar,
    names: tuple[str, ...],
    groups: tuple[tuple[str, ...], ...],
    most: int,
) -> tuple[pd.DataFrame, ...]:
    """Take at most so many rows of each group, with those of the columns that there are.

    Parameters
    ----------
    groups : each some periods by their keys; none at all: the pinned reference
    """
    if frame.sample is not None:
        return frame.sample(names, groups, most)
    slots = [[at for at, key in enumerate(calendar.keys) if key in set(group)] for group in groups]
    order = np.argsort(calendar.slot.astype(np.int32), kind="stable")
    ends = np.searchsorted(calendar.slot[order], np.arange(len(calendar.keys) + 1))
    found = []
    for own in slots:
        table = frame.rows
        rows = np.concatenate([order[ends[at] : ends[at + 1]] for at in own] or [order[:0]])
        if not own and frame.reference is not None:
            table, rows = frame.reference, np.arange(len(frame.reference))
        found.append(_picked(table, np.sort(rows), names, most))
    return tuple(found)


def _picked(table: pd.DataFrame, rows: Array, names: tuple[str, ...], most: int) -> pd.DataFrame:
    if len(rows) > most:
        rows = rows[pick(content_keys(table.iloc[rows]), most)]
    held = [name for name in dict.fromkeys(names) if name in table.columns]
    return table[held].iloc[rows]


def pick(keys: Array, most: int) -> Array:
    """Pick rows by the keys of their content, shape (most,).

    Notes
    -----
    Rows that are alike have one key. Were they taken by it, all copies of one row would be taken
    before any of another; so each copy has a key of its own.
    """
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=keys[order[0]] ^ np.uint64(1)))
    copy = np.arange(len(keys)) - np.repeat(starts, np.diff(starts, append=len(keys)))
    mixed = keys[order] ^ (copy.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(order[np.argsort(mixed ^ (mixed >> np.uint64(31)), kind="stable")[:most]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """Rows of several sides as one matrix of numbers, that trees can cut.

    Attributes
    ----------
    names : shape (c,)
    matrix : shape (n, c), codes for levels, NaN where missing
    side : shape (n,), which of the sides a row is of
    levels : shape (c,), whether a column holds codes
    """

    names: tuple[str, ...]
    matrix: Array
    side: Array
    levels: tuple[bool, ...]


def encode(
    sides: tuple[pd.DataFrame, ...], kinds: dict[str, str], *, by_first: bool = False
) -> Encoded:
    """Write rows as numbers; levels are coded over all sides together, blind to the side.

    Parameters
    ----------
    kinds : column -> ``number`` or ``level``; every side has it
    by_first : code levels by what the first side holds, whatever the others do

    Notes
    -----
    To code levels by what one side holds most would tell the sides apart where nothing differs.
    """
    columns, levels = [], []
    for name, kind in kinds.items():
        parts = [_one(side, name) for side in sides]
        is_level = kind == "level"
        if is_level:
            columns.append(_codes(parts, len(sides[0]) if by_first else None))
        else:
            columns.append(np.concatenate([_numbers(part) for part in parts]))
        levels.append(is_level)
    rows = [len(side) for side in sides]
    matrix = np.column_stack(columns) if columns else np.zeros((sum(rows), 0))
    return Encoded(
        names=tuple(kinds),
        matrix=matrix,
        side=np.repeat(np.arange(len(sides)), rows),
        levels=tuple(levels),
    )


def _one(rows: pd.DataFrame, name: str) -> pd.Series[Any]:
    return rows.iloc[:, int(np.flatnonzero(rows.columns == name)[0])]  # the first of that name


def _numbers(values: pd.Series[Any]) -> Array:
    return np.clip(as_numbers(values)[0], -LARGEST, LARGEST)


def _codes(parts: list[pd.Series[Any]], deciding: int | None) -> Array:
    together = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    codes, levels = level_codes(together)
    judged = codes[:deciding]
    rows = np.bincount(judged[judged >= 0], minlength=len(levels))
    common = np.argsort(-rows, kind="stable")[: min(MOST_LEVELS, int((rows > 0).sum()))]
    place = np.full(len(levels) + 1, float(len(common)))  # a code that all rare ones share
    place[common] = np.arange(len(common))
    place[-1] = np.nan  # the code -1: missing
    return np.asarray(place[codes])


def in_content_order(*columns: Array) -> Array:
    """Positions that put rows in an order of their content, so that the file's cannot matter."""
    flat = [column[:, None] if column.ndim == 1 else column for column in columns]
    numbers = np.hstack(flat) + 0.0
    bits = np.where(np.isnan(numbers), -LARGEST, numbers)
    key = np.zeros(len(bits), dtype=np.uint64)
    for column in bits.T:
        key = key * np.uint64(0x9E3779B97F4A7C15) + pd.util.hash_array(
            np.ascontiguousarray(column)
        )
        key ^= key >> np.uint64(29)
    return np.lexsort((*bits.T, key))
