"""Which rows are used for importance, how they are shuffled, and how sure that leaves us.

Each of the rows is given the value of another one, `repeats` times over. The rows stand in one
random order and the donor of each is a fixed number of places away, a number that differs from
repeat to repeat: no row is its own donor, no pair occurs twice, and every value is used equally
often. The mean over the repeats is an incomplete U-statistic of order two; a row moves it as the
one whose value is replaced and as the one whose value is taken, and its variance counts both.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, quantile_t, wilson_bounds
from reportgen.report.spec import ImportanceSpec
from reportgen.report.value import Interval

__all__ = [
    "Draw",
    "Plan",
    "content_keys",
    "draw_rows",
    "estimate_loss",
    "no_loss",
    "plan_work",
]

METHOD = "linearised, over rows and shuffles"
FEWEST_ROWS = 10
FEWEST_REPEATS = 3
FEWEST_SAMPLED = 200
LEAST_OF_A_CLASS = 200
"""Of a rare class, so many rows are used where there are as many; weights restore its share."""
MANY_FEATURES = 100
"""From here on, more features mean fewer repeats and then fewer rows, not more work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many rows and repeats; a function of sizes alone, so that it can be repeated."""

    rows: int
    repeats: int


def plan_work(spec: ImportanceSpec, rows: int, features: int) -> Plan:
    """Fit the work that was asked for to the data.

    Examples
    --------
    >>> plan_work(ImportanceSpec(), 21_104, 15)
    Plan(rows=2000, repeats=10)
    >>> plan_work(ImportanceSpec(), 21_104, 1_000)
    Plan(rows=666, repeats=3)
    """
    used, repeats = min(spec.rows, rows), spec.repeats
    budget = MANY_FEATURES * used * repeats
    if features > MANY_FEATURES:
        repeats = max(budget // (features * used), min(FEWEST_REPEATS, repeats)) if used else 0
        used = min(max(budget // max(features * repeats, 1), FEWEST_SAMPLED), used)
    return Plan(rows=used, repeats=max(min(repeats, used - 1), 0))


def content_keys(features: pd.DataFrame, *columns: Array) -> Array:
    """Give each row a key of its content, shape (n,), that no order of rows changes."""
    key = np.zeros(len(features), dtype=np.uint64)
    for place in range(features.shape[1]):
        key = _mixed(key, _hashed(features.iloc[:, place]))
    for column in columns:
        key = _mixed(key, pd.util.hash_array(np.asarray(column, dtype=float) + 0.0))
    return key


def _mixed(key: Array, more: Array) -> Array:
    mixed: Array = key * np.uint64(0x9E3779B97F4A7C15) + more
    return np.asarray(mixed ^ (mixed >> np.uint64(29)))


def _hashed(column: pd.Series[Any]) -> Array:
    try:
        return pd.util.hash_pandas_object(column, index=False).to_numpy(np.uint64)
    except TypeError:  # lists, arrays and other things without a hash
        written = column.map(str, na_action="ignore")
        return pd.util.hash_pandas_object(written, index=False).to_numpy(np.uint64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Rows that were drawn.

    Attributes
    ----------
    rows : shape (m,), positions among the rows drawn from, in random order
    of : how many there were
    weights : shape (m,), what makes up for classes drawn more often; all 1 where none was
    seed : from the content of all rows
    """

    rows: Array
    of: int
    weights: Array
    seed: int


def draw_rows(keys: Array, most: int, classes: Array | None) -> Draw:
    """Draw rows by their content, at random.

    Parameters
    ----------
    keys : shape (n,), from `content_keys`; rows with one key are alike
    most : rows to draw
    classes : shape (n,), codes from 0; of a rare class more rows are drawn than its share
    """
    order = np.argsort(keys, kind="stable")
    seed = int.from_bytes(sha256(keys[order].astype("<u8").tobytes()).digest()[:4], "big")
    random = np.random.default_rng(seed)
    shuffled = order[random.permutation(len(order))]
    n = len(keys)
    if n <= most:
        return Draw(rows=shuffled, of=n, weights=np.ones(n), seed=seed)
    if classes is None:
        return Draw(rows=shuffled[:most], of=n, weights=np.ones(most), seed=seed)
    own = classes[shuffled]
    sizes = np.bincount(own)
    quota = _quotas(sizes, most)
    places = np.zeros(n, dtype=np.intp)  # of each row among those of its class
    for code in range(len(sizes)):
        places[own == code] = np.arange(sizes[code])
    kept = np.flatnonzero(places < quota[own])
    kept = kept[random.permutation(len(kept))]  # or the rows of a rare class would stand last
    lift = np.divide(sizes / n, quota / most, out=np.ones(len(sizes)), where=quota > 0)
    weights = lift[own[kept]]
    if (quota == _proportional(sizes, most)).all():
        weights = np.ones(len(kept))  # proportional but for rounding
    return Draw(rows=shuffled[kept], of=n, weights=weights, seed=seed)


def _proportional(sizes: Array, most: int) -> Array:
    """Split `most` as `sizes`, by largest remainders."""
    exact = sizes * most / sizes.sum()
    whole = np.floor(exact).astype(int)
    rest = np.argsort(whole - exact, kind="stable")[: most - int(whole.sum())]
    whole[rest] += 1
    return np.asarray(whole)


def _quotas(sizes: Array, most: int) -> Array:
    """Rows of each class: its share, or as many as a rare one needs; at most half go to these."""
    share = _proportional(sizes, most)
    present = int((sizes > 0).sum())
    least = min(LEAST_OF_A_CLASS, most // (2 * max(present, 1)))
    short = share < np.minimum(sizes, least)
    if not short.any():
        return share
    quota = np.where(short, np.minimum(sizes, least), 0)
    quota[~short] = _proportional(sizes[~short], most - int(quota.sum()))
    return quota


def estimate_loss(
    losses: Array,
    moved: Array,
    df: int,
    level: float,
    clusters: Array | None = None,
) -> Estimate:
    """Estimate how much worse the metric is when a feature is shuffled.

    Parameters
    ----------
    losses : shape (repeats,), how much worse it was; repeat r (from 1) took the value of row i
        from row (i + r) modulo m
    moved : shape (repeats, m), how far each row, as the one whose value is replaced, moves that
    df : of Student's t
    clusters : shape (m,), codes from 0, or None

    Notes
    -----
    A row's influence is the mean of what it does as receiver and as donor. Means over few repeats
    are noisy, which would widen the interval: the spread over repeats, which is known, is taken
    off again, but for what shuffling itself adds.

    References
    ----------
    Hoeffding (1948) for the projection; Blom (1976) for incomplete U-statistics; Lee (1990), 4.3.
    """
    repeats, m = moved.shape
    given = np.stack([np.roll(row, place + 1) for place, row in enumerate(moved)])
    total = moved.mean(axis=0) + given.mean(axis=0)
    if clusters is not None:
        total = np.bincount(clusters, weights=total)
    units = len(total)
    square = float((total**2).sum()) * units / max(units - 1, 1)
    if repeats > 1:
        noise = [float(part.var(axis=0, ddof=1).sum()) / repeats for part in (moved, given)]
        square = max(square - max(noise), min(noise))
    number = float(losses.mean())
    half = quantile_t(level, df) * sqrt(square)
    interval = Interval(low=number - half, high=number + half, level=level, method=METHOD)
    return Estimate(number=number, n=m, interval=interval, replicates=repeats)


def no_loss(n: int, level: float, *, bounded: bool, same: bool) -> Estimate:
    """Estimate of a feature whose shuffling made no difference.

    Parameters
    ----------
    bounded : no row can move the metric by more than one n-th
    same : not even an answer changed, right or wrong
    """
    high = 0.0
    if bounded and not same:
        high = float(wilson_bounds(0, n, level)[1])
    interval = Interval(low=-high, high=high, level=level, method=METHOD)
    return Estimate(number=0.0, n=n, interval=interval)
