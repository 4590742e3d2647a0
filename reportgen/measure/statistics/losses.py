"""Means and other functions of sums over rows: errors, losses and what is built from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import exp, isfinite, sqrt
from typing import Protocol

import numpy as np

from reportgen.measure.statistics.bootstrap import (
    REPLICATES,
    bootstrap_smooth,
    canonical_order,
    seed_of,
    units_of,
)
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, quantile_t, z_of
from reportgen.report.value import Interval

__all__ = ["Explained", "MeanOf", "Smooth", "estimate_sums", "sum_columns"]


class Smooth(Protocol):
    """A number whose interval is found on a scale where it is nearly normal."""

    @property
    def columns(self) -> tuple[int, ...]:
        """Those the number is a function of, the weight of the rows last."""

    def inner(self, sums: Array) -> Array:
        """From sums of `columns` to the scale of the interval."""

    def gradient(self, sums: Array) -> Array:
        """Slope of `inner` by each of the sums."""

    def outer(self, inner: float) -> float:
        """Back from the scale to the number; monotone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanOf:
    """Mean of one column of sums, or its square root.

    Attributes
    ----------
    floor : what no mean can fall below
    """

    column: int
    root: bool = False
    floor: float | None = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        """See `Smooth`."""
        return self.column, -1

    def inner(self, sums: Array) -> Array:
        """See `Smooth`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(sums[..., 0] / sums[..., 1])

    def gradient(self, sums: Array) -> Array:
        """See `Smooth`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.stack([1 / sums[..., 1], -sums[..., 0] / sums[..., 1] ** 2], axis=-1)

    def outer(self, inner: float) -> float:
        """See `Smooth`."""
        inner = inner if self.floor is None else max(inner, self.floor)
        return sqrt(inner) if self.root else inner


_FARTHEST = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Share of variance explained, with its interval on the scale of log(1 - R²).

    Attributes
    ----------
    squared, truth, truth_squared : columns of the squared errors, the target and its square
    """

    squared: int
    truth: int
    truth_squared: int

    @property
    def columns(self) -> tuple[int, ...]:
        """See `Smooth`."""
        return self.squared, self.truth_squared, self.truth, -1

    def inner(self, sums: Array) -> Array:
        """See `Smooth`."""
        errors, squares, truth, weight = (sums[..., at] for at in range(4))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(errors / (squares - truth**2 / weight)))

    def gradient(self, sums: Array) -> Array:
        """See `Smooth`."""
        errors, squares, truth, weight = (sums[..., at] for at in range(4))
        with np.errstate(divide="ignore", invalid="ignore"):
            mean, spread = truth / weight, squares - truth**2 / weight
            slopes = [1 / errors, -1 / spread, 2 * mean / spread, -(mean**2) / spread]
        return np.stack(slopes, axis=-1)

    def outer(self, inner: float) -> float:
        """See `Smooth`."""
        # Of a few rows the far end may lie anywhere: beyond this it says no more, and overflows.
        return 1 - exp(min(inner, _FARTHEST))


def sum_columns(*columns: Array, weights: Array | None = None) -> Array:
    """Put what is summed side by side, weighted, with the weights last; shape (n, k + 1)."""
    rows = np.column_stack([*columns, np.ones(len(columns[0]))]).astype(float)
    return rows if weights is None else rows * weights[:, None]


def estimate_sums(
    rows: Array,
    smooth: Mapping[str, Smooth],
    level: float = 0.95,
    *,
    clusters: Array | None = None,
    replicates: int = REPLICATES,
    widened: Collection[str] = (),
) -> dict[str, Estimate]:
    """Estimate functions of sums over rows; all of them share one set of draws.

    Parameters
    ----------
    rows : shape (n, k), from `sum_columns`
    clusters : shape (n,), codes from 0
    widened : names whose standard error a few rows decide; see `_widened`
    """
    n = len(rows)
    if n == 0 or not rows[:, -1].sum() > 0:
        return {name: Estimate(number=None, n=0, reason="no rows") for name in smooth}
    order = canonical_order(*rows.T, *(() if clusters is None else (clusters,)))
    ordered = rows[order]
    units = units_of(ordered, None if clusters is None else clusters[order])
    total, seed = ordered.sum(axis=0), seed_of(units)
    found = {}
    for name, each in smooth.items():
        columns = list(each.columns)
        with np.errstate(divide="ignore"):
            number = each.outer(float(each.inner(total[columns])))
        ends = bootstrap_smooth(
            units[:, columns], each.inner, each.gradient, level, seed=seed, replicates=replicates
        )
        if ends is not None and name in widened:
            ends = _widened(ends, units[:, columns], each, level)
        found[name] = Estimate(
            number=number,
            n=n,
            interval=_interval(number, ends, each, level),
            seed=seed,
            replicates=replicates,
        )
    return found


def _widened(
    ends: tuple[float, float], units: Array, each: Smooth, level: float
) -> tuple[float, float]:
    """Allow for a standard error that few units decide: Student's t instead of the normal.

    A variance whose units have the kurtosis k is as uncertain as one of 2 m / (k - 1) degrees of
    freedom (Satterthwaite 1946). Studentised draws from the same few units do not see all of it.
    """
    total = units.sum(axis=0)
    middle = float(each.inner(total))
    moved = units @ each.gradient(total)
    squares = (moved - moved.mean()) ** 2
    kurtosis = len(squares) * float((squares**2).sum()) / max(float(squares.sum()) ** 2, 1e-300)
    freedom = 2 * len(squares) / max(kurtosis - 1, 1e-9)
    wider = quantile_t(level, max(freedom, 1.0)) / z_of(level)
    low, high = ends
    return middle - wider * (middle - low), middle + wider * (high - middle)


def _interval(
    number: float, ends: tuple[float, float] | None, each: Smooth, level: float
) -> Interval | None:
    if ends is None:
        return None
    low, high = sorted(each.outer(end) for end in ends)
    if not (isfinite(low) and isfinite(high)):
        return None
    return Interval(
        low=min(low, number), high=max(high, number), level=level, method="bootstrap-t"
    )
