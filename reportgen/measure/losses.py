"""Means and other functions of sums over rows: errors, losses and what is built from them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reportgen.measure.bootstrap import (
    REPLICATES,
    Statistic,
    bootstrap_sums,
    canonical_order,
    seed_of,
    units_of,
)
from reportgen.measure.estimate import Estimate
from reportgen.measure.intervals import Array

__all__ = ["estimate_sums", "mean_of", "sum_columns"]


def mean_of(column: int) -> Statistic:
    """Mean of one column of sums; the last column holds the weight of the rows."""

    def mean(sums: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(sums[..., column] / sums[..., -1])

    return mean


def sum_columns(*columns: Array, weights: Array | None = None) -> Array:
    """Put what is summed side by side, weighted, with the weights last; shape (n, k + 1)."""
    rows = np.column_stack([*columns, np.ones(len(columns[0]))]).astype(float)
    return rows if weights is None else rows * weights[:, None]


def estimate_sums(
    rows: Array,
    statistics: Mapping[str, Statistic],
    level: float = 0.95,
    *,
    clusters: Array | None = None,
    replicates: int = REPLICATES,
) -> dict[str, Estimate]:
    """Estimate functions of sums over rows; all of them share one set of draws.

    Parameters
    ----------
    rows : shape (n, k), from `sum_columns`
    statistics : from sums, shape (..., k), to the number; NaN where it is not defined
    clusters : shape (n,), codes from 0
    """
    n = len(rows)
    if n == 0 or not rows[:, -1].sum() > 0:
        return {name: Estimate(number=None, n=0, reason="no rows") for name in statistics}
    order = canonical_order(*rows.T, *(() if clusters is None else (clusters,)))
    ordered = rows[order]
    units = units_of(ordered, None if clusters is None else clusters[order])
    total, seed = ordered.sum(axis=0), seed_of(units)
    found = {}
    for name, statistic in statistics.items():
        number = float(statistic(total))
        if not np.isfinite(number):
            found[name] = Estimate(number=None, n=n, reason="not defined for these rows")
            continue
        interval = bootstrap_sums(units, statistic, level, seed=seed, replicates=replicates)
        found[name] = Estimate(
            number=number, n=n, interval=interval, seed=seed, replicates=replicates
        )
    return found
