"""Which features move together, so that shuffling one alone understates it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeGuard

import numpy as np
import pandas as pd

from reportgen.measure.monitoring.columns import kind_of, level_codes
from reportgen.measure.statistics.intervals import Array

__all__ = [
    "MOST_FEATURES",
    "STRONG",
    "Associated",
    "associated_groups",
    "associations",
    "ranks_of",
]

STRONG = 0.7
MOST_LEVELS = 30
MOST_FEATURES = 100
MOST_ROWS = 1_000
FEWEST_ROWS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Associated:
    """Features of which each moves with another of them.

    Attributes
    ----------
    features : positions, ascending
    strongest : of their associations, in [0, 1]
    pair : the positions of the strongest
    n : rows of that pair
    """

    features: tuple[int, ...]
    strongest: float
    pair: tuple[int, int]
    n: int


@dataclass(frozen=True, slots=True)
class _Column:
    """A feature as codes of levels, or as numbers with NaN where missing."""

    codes: Array | None = None
    numbers: Array | None = None

    def present(self) -> Array:
        if self.codes is not None:
            return np.asarray(self.codes >= 0)
        assert self.numbers is not None
        return np.isfinite(self.numbers)


def associations(features: pd.DataFrame) -> tuple[Array, Array]:
    """Measure how strongly each two features move together.

    Returns
    -------
    strength : shape (p, p), in [0, 1], 0 where it cannot be told; the diagonal is 1.
        Spearman's correlation (its size) of two numbers; Cramér's V of two categories and the
        correlation ratio of a number's ranks in a category, both corrected for their bias
    n : shape (p, p), rows that hold both

    Notes
    -----
    Levels beyond the thirty commonest count as one. A category with more levels than half of its
    rows, such as a text or an id, moves with nothing.

    References
    ----------
    Bergsma (2013) for Cramér's V; Kelley (1935) for the correlation ratio.
    """
    p = features.shape[1]
    columns = [_column(features.iloc[:, place]) for place in range(p)]
    strength, n, done = _complete(columns, len(features))
    for first, second in combinations(range(p), 2):
        one, two = columns[first], columns[second]
        if one is None or two is None or (first in done and second in done):
            continue
        both = one.present() & two.present()
        rows = int(both.sum())
        if rows < FEWEST_ROWS:
            continue
        strength[first, second] = strength[second, first] = _strength(one, two, both)
        n[first, second] = n[second, first] = rows
    return strength, n


def _complete(columns: Sequence[_Column | None], rows: int) -> tuple[Array, Array, set[int]]:
    """Compare all numbers without a missing value at once, for that is most of the work."""
    p = len(columns)
    strength, n = np.eye(p), np.zeros((p, p), dtype=int)
    done = [
        place
        for place, column in enumerate(columns)
        if column is not None and _is_complete(column.numbers)
    ]
    if rows >= FEWEST_ROWS and done:
        numbers = [column.numbers for column in columns if column is not None]
        ranks = np.stack([ranks_of(each) for each in numbers if _is_complete(each)])
        centred = ranks - ranks.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred**2).sum(axis=1))
        scale = np.outer(spread, spread)
        found = np.divide(np.abs(centred @ centred.T), scale, out=np.zeros_like(scale),
                          where=scale > 0)  # fmt: skip
        np.fill_diagonal(found, 1.0)
        strength[np.ix_(done, done)] = np.minimum(found, 1.0)
        n[np.ix_(done, done)] = rows
    return strength, n, set(done)


def _is_complete(numbers: Array | None) -> TypeGuard[Array]:
    return numbers is not None and bool(np.isfinite(numbers).all())


def associated_groups(features: pd.DataFrame, strong: float = STRONG) -> tuple[Associated, ...]:
    """Find groups of features that are linked by associations above `strong`.

    Returns
    -------
    in the order of their first feature; none where there are more than a hundred features; a thousand rows tell enough
    """
    p = features.shape[1]
    if p > MOST_FEATURES:
        return ()
    strength, n = associations(features.iloc[:MOST_ROWS])
    leader = list(range(p))
    for first, second in combinations(range(p), 2):
        if strength[first, second] > strong:
            old, new = sorted((leader[first], leader[second]), reverse=True)
            leader = [new if each == old else each for each in leader]
    found = []
    for each in sorted(set(leader)):
        members = tuple(place for place in range(p) if leader[place] == each)
        if len(members) > 1:
            pair = max(combinations(members, 2), key=lambda two: (strength[two], -two[0]))
            found.append(
                Associated(
                    features=members,
                    strongest=float(strength[pair]),
                    pair=pair,
                    n=int(n[pair]),
                )
            )
    return tuple(found)


def _column(values: pd.Series[Any]) -> _Column | None:
    kind = kind_of(values)
    if kind in ("number", "time"):
        return _Column(numbers=_numbers(values, kind))
    if kind != "level":
        return None
    codes, levels = level_codes(values)
    present = int((codes >= 0).sum())
    if 2 * len(levels) > present:
        return None
    if len(levels) > MOST_LEVELS:
        sizes = np.bincount(codes[codes >= 0], minlength=len(levels))
        ranked = np.argsort(-sizes, kind="stable")
        place = np.full(len(levels) + 1, MOST_LEVELS - 1, dtype=np.intp)
        place[ranked[: MOST_LEVELS - 1]] = np.arange(MOST_LEVELS - 1)
        place[-1] = -1
        codes = place[codes]
    return _Column(codes=codes)


def _numbers(values: pd.Series[Any], kind: str) -> Array:
    if kind == "time":
        times = pd.to_datetime(values, utc=True, errors="coerce")
        seconds = (times - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
        return np.asarray(seconds.to_numpy(float, na_value=np.nan))
    if pd.api.types.is_timedelta64_dtype(values.dtype):
        return np.asarray(values.dt.total_seconds().to_numpy(float, na_value=np.nan))
    return pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)


def _strength(one: _Column, two: _Column, both: Array) -> float:
    if one.numbers is not None and two.numbers is not None:
        return abs(_correlation(ranks_of(one.numbers[both]), ranks_of(two.numbers[both])))
    if one.codes is not None and two.codes is not None:
        return cramers_v(one.codes[both], two.codes[both])
    codes, numbers = (
        (one.codes, two.numbers) if one.codes is not None else (two.codes, one.numbers)
    )
    assert codes is not None
    assert numbers is not None
    return correlation_ratio(codes[both], ranks_of(numbers[both]))


def ranks_of(numbers: Array) -> Array:
    """Ranks, the mean rank where numbers are tied."""
    _, places, sizes = np.unique(numbers, return_inverse=True, return_counts=True)
    ends = np.cumsum(sizes)
    return np.asarray((ends - (sizes - 1) / 2)[places])


def _correlation(x: Array, y: Array) -> float:
    x, y = x - x.mean(), y - y.mean()
    spread = float((x**2).sum() * (y**2).sum())
    return float((x * y).sum()) / spread**0.5 if spread > 0 else 0.0


def cramers_v(x: Array, y: Array) -> float:
    """Association of two categories, corrected for the bias of many levels; in [0, 1].

    Parameters
    ----------
    x, y : shape (n,), codes, not negative
    """
    _, x = np.unique(x, return_inverse=True)
    _, y = np.unique(y, return_inverse=True)
    n, rows, columns = len(x), int(x.max()) + 1, int(y.max()) + 1
    if min(rows, columns) < 2 or n < 2:
        return 0.0
    counts = np.bincount(x * columns + y, minlength=rows * columns).reshape(rows, columns)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    square = float(((counts - expected) ** 2 / expected).sum()) / n
    square = max(square - (rows - 1) * (columns - 1) / (n - 1), 0.0)
    r, c = (k - (k - 1) ** 2 / (n - 1) for k in (rows, columns))
    most = min(r, c) - 1
    return min((square / most) ** 0.5, 1.0) if most > 0 else 0.0


def correlation_ratio(codes: Array, numbers: Array) -> float:
    """How much of the spread of numbers lies between categories, as a correlation; in [0, 1].

    Parameters
    ----------
    codes : shape (n,), not negative
    numbers : shape (n,)
    """
    _, codes = np.unique(codes, return_inverse=True)
    n, k = len(codes), int(codes.max()) + 1
    whole = float(((numbers - numbers.mean()) ** 2).sum())
    if k < 2 or n <= k or whole <= 0:
        return 0.0
    means = np.bincount(codes, weights=numbers) / np.bincount(codes)
    within = float(((numbers - means[codes]) ** 2).sum())
    return float(max(1 - (within / (n - k)) / (whole / (n - 1)), 0.0) ** 0.5)
