"""Intervals by resampling: seeded from the content, in a few matrix products, no loop over rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from math import isfinite, sqrt
from typing import TypeAlias

import numpy as np

from reportgen.measure.statistics.intervals import (
    Array,
    dense_codes,
    normal_cdf,
    normal_quantile,
    quantile_t,
)
from reportgen.report.value import Interval

__all__ = [
    "BATCHES",
    "REPLICATES",
    "Statistic",
    "bca",
    "bootstrap_cells",
    "bootstrap_smooth",
    "bootstrap_sums",
    "canonical_order",
    "draws_of",
    "seed_of",
    "units_of",
]

REPLICATES = 1_000
BATCHES = 1_000
"""More rows (or clusters) than this are resampled in as many random batches. Variance and skewness of a sum
are those of its rows, so the interval stays the same but for noise of 2 % in its width, and the
cost stops growing with the data."""

_NO_ERROR = 1e-7  # relative; what rounding leaves where all units are alike

Statistic: TypeAlias = Callable[[Array], Array]
"""From sums, shape (..., k), to the statistic, shape (...); NaN where it is not defined."""


def seed_of(*arrays: Array) -> int:
    """Give 32 bits from the content, so that the same data are always resampled alike."""
    hashed = sha256()
    for array in arrays:
        plain = np.ascontiguousarray(array, dtype="<f8") + 0.0  # -0 and 0 are one number
        hashed.update(plain.tobytes())
    return int.from_bytes(hashed.digest()[:4], "big")


def canonical_order(*columns: Array) -> Array:
    """Positions that sort rows by their content, so that the order of the file cannot matter."""
    return np.lexsort(columns[::-1])


def units_of(rows: Array, clusters: Array | None = None) -> Array:
    """Add rows up to the units that are drawn: rows, clusters, or batches of them.

    Parameters
    ----------
    rows : shape (n, k), what is summed, in canonical order
    clusters : shape (n,), codes from 0

    Returns
    -------
    shape (m, k)
    """
    if clusters is not None:
        codes = dense_codes(clusters)
        rows = np.stack([np.bincount(codes, weights=column) for column in rows.T], axis=1)
    n = len(rows)
    if n <= BATCHES:
        return rows
    # A fixed shuffle: neighbours in canonical order are alike and must not share a batch.
    shuffled = rows[np.random.default_rng(n).permutation(n)]
    return np.add.reduceat(shuffled, np.arange(BATCHES) * n // BATCHES, axis=0)


@lru_cache(maxsize=4)
def draws_of(units: int, replicates: int, seed: int) -> Array:
    """How often each unit is drawn in each replicate, shape (replicates, units)."""
    picks = np.random.default_rng(seed).integers(0, units, size=(replicates, units))
    picks += np.arange(replicates)[:, None] * units
    counts = np.bincount(picks.ravel(), minlength=replicates * units)
    return counts.reshape(replicates, units).astype(float)


def bootstrap_sums(
    units: Array,
    statistic: Statistic,
    level: float = 0.95,
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> Interval | None:
    """Interval of a function of sums, bias-corrected and accelerated (BCa).

    Parameters
    ----------
    units : shape (m, k), from `units_of`
    seed : one seed serves all statistics of the same rows; their draws are then shared

    Returns
    -------
    None with fewer than two units, or when too many replicates leave the statistic undefined

    References
    ----------
    Efron (1987); expanded for few units as in Hesterberg (2015).
    """
    m = len(units)
    if m < 2:
        return None
    total = units.sum(axis=0)
    estimate = float(statistic(total))
    replicated = statistic(draws_of(m, replicates, seed) @ units)
    left_out = statistic(total - units)
    return bca(estimate, replicated, left_out, np.ones(m), level, units=m)


def bootstrap_smooth(
    units: Array,
    statistic: Statistic,
    gradient: Statistic,
    level: float = 0.95,
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> tuple[float, float] | None:
    """Interval of a smooth function of sums, studentised: each replicate brings its own error.

    Parameters
    ----------
    units : shape (m, k), from `units_of`
    gradient : of the statistic by its sums, shape (..., k); weighs the units' variances

    Returns
    -------
    low and high; None with fewer than two units, or where they do not differ

    References
    ----------
    Efron and Tibshirani (1993), 12.5; Hall (1988) for why it suits skewed errors.
    """
    m, k = units.shape
    if m < 2:
        return None
    first, second = np.triu_indices(k)
    products = units[:, first] * units[:, second]
    twice = np.where(first == second, 1.0, 2.0)  # the other half of the symmetric matrix

    def error(sums: Array) -> Array:
        slope = gradient(sums[..., :k])
        with np.errstate(invalid="ignore"):
            terms = slope[..., first] * slope[..., second] * twice * sums[..., k:]
        squares = terms.sum(axis=-1)
        return np.asarray(np.sqrt(np.maximum(squares, 0) * m / (m - 1)))

    both = np.concatenate([units, products], axis=1)
    total = both.sum(axis=0)
    number, own_error = float(statistic(total[:k])), float(error(total))
    if not (isfinite(number) and own_error > _NO_ERROR * abs(number)):
        return None
    drawn = draws_of(m, replicates, seed) @ both
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = (statistic(drawn[:, :k]) - number) / error(drawn)
    steps = steps[np.isfinite(steps)]
    if len(steps) < 0.9 * replicates:
        return None
    low, high = (float(q) for q in np.quantile(steps, [(1 - level) / 2, (1 + level) / 2]))
    return min(number - high * own_error, number), max(number - low * own_error, number)


def bootstrap_cells(
    counts: Array,
    statistic: Statistic,
    level: float = 0.95,
    *,
    columns: Array | None = None,
    replicates: int = REPLICATES,
    seed: int | None = None,
) -> Interval | None:
    """Interval (BCa) of a function of the cells of a table of independent rows.

    Rows in one cell are alike, so drawing cells is the same as drawing rows, and costs nothing.

    Parameters
    ----------
    counts : shape (c,), rows per cell
    columns : shape (c, k), sums that one row of each cell adds; None: the counts themselves
    """
    n = int(counts.sum())
    if n < 2:
        return None
    adds = np.eye(len(counts)) if columns is None else columns
    filled = counts > 0
    rows, adds = counts[filled], adds[filled]
    start = seed_of(counts) if seed is None else seed
    drawn = np.random.default_rng(start).multinomial(n, rows / n, size=replicates)
    total = rows @ adds
    return bca(
        float(statistic(total)),
        statistic(drawn @ adds),
        statistic(total - adds),
        rows.astype(float),
        level,
        units=n,
    )


def bca(
    estimate: float,
    replicated: Array,
    left_out: Array,
    weights: Array,
    level: float,
    *,
    units: int,
) -> Interval | None:
    """Interval from replicates, corrected for bias and skewness.

    Parameters
    ----------
    replicated : shape (replicates,), NaN where the statistic is not defined
    left_out : shape (m,), the statistic without each unit, or each block of units
    weights : shape (m,), how many such units there are
    units : that were drawn; few of them widen the interval

    Returns
    -------
    None when one replicate in twenty is not defined, or when no unit makes a difference
    """
    defined = replicated[np.isfinite(replicated)]
    if not isfinite(estimate) or len(defined) < 0.95 * len(replicated):
        return None
    below = float((defined < estimate).mean() + (defined == estimate).mean() / 2)
    bias = normal_quantile(min(max(below, 1 / len(defined)), 1 - 1 / len(defined)))
    kept = np.isfinite(left_out)
    slope = np.average(left_out[kept], weights=weights[kept]) - left_out[kept]
    square = float((weights[kept] * slope**2).sum())
    if square <= 0:
        return None  # no row makes a difference: resampling cannot tell how sure we are
    acceleration = float((weights[kept] * slope**3).sum()) / (6 * square**1.5)
    reach = quantile_t(level, units - 1) * sqrt(units / (units - 1))
    low, high = (
        float(np.quantile(defined, _shifted(step, bias, acceleration))) for step in (-reach, reach)
    )
    return Interval(
        low=min(low, estimate), high=max(high, estimate), level=level, method="bootstrap BCa"
    )


def _shifted(step: float, bias: float, acceleration: float) -> float:
    moved = bias + step
    stretch = 1 - acceleration * moved
    if stretch <= 0:
        return 0.0 if step < 0 else 1.0
    return normal_cdf(bias + moved / stretch)
