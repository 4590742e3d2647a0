"""The values of a feature that a curve is drawn through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.monitoring.columns import kind_of, level_codes
from reportgen.measure.statistics.intervals import Array

__all__ = ["Grid", "grid_of", "hardly_repeats"]

POINTS = 20
EDGES = (0.02, 0.98)
MOST_LEVELS = 10
MISSING = "(missing)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Values that a feature is set to.

    Attributes
    ----------
    donors : shape (g,), a row that holds each value, so that its type stays what it is
    words : shape (g,), the values as numbers or texts
    n : shape (g,), rows that hold the value, or lie nearest to it
    left : rows that hold none of them: rare levels
    thinned : the values are quantiles, not all that occur
    """

    donors: Array
    words: tuple[float | str, ...]
    n: tuple[int, ...]
    left: int = 0
    thinned: bool = False

    @property
    def is_numeric(self) -> bool:
        """Whether the values lie on an axis."""
        return not any(isinstance(word, str) for word in self.words)


def grid_of(values: pd.Series[Any], least: int | None = None) -> Grid:
    """Choose the values of a feature: quantiles of numbers and times, the commonest levels.

    Parameters
    ----------
    least : values of fewer rows are left out, where the project hides small groups

    Notes
    -----
    Twenty quantiles from 2 to 98 %, each a value that occurs; of a feature with at most twenty
    different numbers, all of them. At most ten levels, missing values being one of them.
    """
    kind = kind_of(values)
    if kind == "number" and values.nunique() > 2:
        numbers = pd.to_numeric(_plain(values), errors="coerce").to_numpy(float, na_value=np.nan)
        return _common(_numeric(numbers, least), least)
    if kind == "time":
        return _common(_times(values, least), least)
    return _common(_levels(values), least)


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    is_span = pd.api.types.is_timedelta64_dtype(values.dtype)
    return pd.Series(values.dt.total_seconds()) if is_span else values


def _numeric(numbers: Array, least: int | None) -> Grid:
    rows = np.flatnonzero(np.isfinite(numbers))
    order = rows[np.argsort(numbers[rows], kind="stable")]
    held, first, sizes = np.unique(numbers[order], return_index=True, return_counts=True)
    if len(held) <= POINTS:
        return Grid(
            donors=order[first],
            words=tuple(float(each) for each in held),
            n=tuple(int(size) for size in sizes),
        )
    points = POINTS if least is None else min(POINTS, max(len(order) // (2 * least), 2))
    at = np.ceil(np.linspace(*EDGES, points) * len(order)).astype(int) - 1
    places = np.unique(np.searchsorted(held, numbers[order[at]]))
    chosen = held[places]
    nearest = np.searchsorted((chosen[1:] + chosen[:-1]) / 2, numbers[order])
    return Grid(
        donors=order[first[places]],
        words=tuple(float(each) for each in chosen),
        n=tuple(int(size) for size in np.bincount(nearest, minlength=len(chosen))),
        thinned=True,
    )


def _times(values: pd.Series[Any], least: int | None) -> Grid:
    times = pd.to_datetime(values, utc=True, errors="coerce")
    seconds = (times - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    found = _numeric(seconds.to_numpy(float, na_value=np.nan), least)
    words = tuple(str(values.iloc[donor]) for donor in found.donors)
    return Grid(donors=found.donors, words=words, n=found.n, thinned=found.thinned)


def _levels(values: pd.Series[Any]) -> Grid:
    codes, levels = level_codes(values)
    words = [*levels, MISSING]
    codes = np.where(codes < 0, len(levels), codes)
    sizes = np.bincount(codes, minlength=len(words))
    ranked = [code for code in np.argsort(-sizes, kind="stable") if sizes[code]][:MOST_LEVELS]
    donors = np.array([int(np.flatnonzero(codes == code)[0]) for code in ranked], dtype=np.intp)
    return Grid(
        donors=donors,
        words=tuple(words[code] for code in ranked),
        n=tuple(int(sizes[code]) for code in ranked),
        left=int(len(codes) - sizes[ranked].sum()),
    )


def hardly_repeats(values: pd.Series[Any]) -> bool:
    """Whether most rows have a level of their own, as texts and ids have: no curve leads there."""
    if kind_of(values) != "level":
        return False
    codes, levels = level_codes(values)
    return 2 * len(levels) > int((codes >= 0).sum())


def _common(grid: Grid, least: int | None) -> Grid:
    if least is None:
        return grid
    kept = [place for place, n in enumerate(grid.n) if n >= least]
    return replace(
        grid,
        donors=grid.donors[kept],
        words=tuple(grid.words[place] for place in kept),
        n=tuple(grid.n[place] for place in kept),
        left=sum(grid.n) + grid.left - sum(grid.n[place] for place in kept),
    )
