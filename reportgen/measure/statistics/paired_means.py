"""Errors and losses of the same rows under two models: the difference of each row is measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.bootstrap import REPLICATES
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, correlation_of, z_of
from reportgen.measure.statistics.losses import MeanOf, Smooth, estimate_sums, sum_columns
from reportgen.report.value import Interval

__all__ = [
    "by_unit",
    "mean_change",
    "mover_change",
    "nothing_differs",
    "regression_changes",
]


_OF_SQUARES = frozenset({"rmse", "r2"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RootStep:
    """Root of the mean of one column minus that of another."""

    new: int
    old: int

    @property
    def columns(self) -> tuple[int, ...]:
        """See `reportgen.measure.statistics.losses.Smooth`."""
        return self.new, self.old, -1

    def inner(self, sums: Array) -> Array:
        """See `Smooth`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            new, old = sums[..., 0] / sums[..., 2], sums[..., 1] / sums[..., 2]
            return np.asarray(np.sqrt(new) - np.sqrt(old))

    def gradient(self, sums: Array) -> Array:
        """See `Smooth`."""
        new, old, weight = (sums[..., at] for at in range(3))
        with np.errstate(divide="ignore", invalid="ignore"):
            roots = np.sqrt(new / weight), np.sqrt(old / weight)
            slopes = [
                1 / (2 * weight * roots[0]),
                -1 / (2 * weight * roots[1]),
                (roots[1] - roots[0]) / (2 * weight),
            ]
        return np.stack(slopes, axis=-1)

    def outer(self, inner: float) -> float:
        """See `Smooth`."""
        return inner


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedStep:
    """Change of R²: what the squared errors lost, as a share of the target's variance.

    Attributes
    ----------
    squared : column of the squared error before minus that now
    truth, truth_squared : columns of the target and its square
    """

    squared: int
    truth: int
    truth_squared: int

    @property
    def columns(self) -> tuple[int, ...]:
        """See `reportgen.measure.statistics.losses.Smooth`."""
        return self.squared, self.truth_squared, self.truth, -1

    def inner(self, sums: Array) -> Array:
        """See `Smooth`."""
        won, squares, truth, weight = (sums[..., at] for at in range(4))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(won / (squares - truth**2 / weight))

    def gradient(self, sums: Array) -> Array:
        """See `Smooth`."""
        won, squares, truth, weight = (sums[..., at] for at in range(4))
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = truth / weight
            spread = squares - truth**2 / weight
            pull = won / spread**2
            slopes = [1 / spread, -pull, 2 * mean * pull, -(mean**2) * pull]
        return np.stack(slopes, axis=-1)

    def outer(self, inner: float) -> float:
        """See `Smooth`."""
        return inner


def mean_change(
    new: Array,
    old: Array,
    level: float,
    *,
    weights: Array | None = None,
    clusters: Array | None = None,
    replicates: int = REPLICATES,
) -> Estimate:
    """Estimate the mean loss of the new model minus that of the old one (studentised bootstrap).

    Parameters
    ----------
    new, old : shape (n,), the loss of each row
    """
    columns = sum_columns(new - old, weights=weights)
    mean: dict[str, Smooth] = {"mean": MeanOf(column=0, floor=None)}
    return estimate_sums(columns, mean, level, clusters=clusters, replicates=replicates)["mean"]


def regression_changes(
    new: RegressionRows,
    old: RegressionRows,
    names: Iterable[str],
    level: float,
    replicates: int = REPLICATES,
) -> dict[str, Estimate]:
    """Estimate errors of a model that predicts a number minus those of another.

    Parameters
    ----------
    names : of means of errors, of their root and of R²; both sides must have a number
    """
    errors = [rows.predicted - rows.truth for rows in (new, old)]
    size = np.where(new.truth == 0, 1.0, np.abs(new.truth))
    truth = new.truth - np.sort(new.truth).mean()
    columns = sum_columns(
        np.abs(errors[0]) - np.abs(errors[1]),
        errors[0] - errors[1],
        (np.abs(errors[0]) - np.abs(errors[1])) / size,
        errors[0] ** 2,
        errors[1] ** 2,
        errors[1] ** 2 - errors[0] ** 2,
        truth,
        truth**2,
        weights=new.weights,
    )
    smooth: dict[str, Smooth] = {
        "mae": MeanOf(column=0, floor=None),
        "mean_error": MeanOf(column=1, floor=None),
        "mape": MeanOf(column=2, floor=None),
        "rmse": RootStep(new=3, old=4),
        "r2": ExplainedStep(squared=5, truth=6, truth_squared=7),
    }
    asked = {name: smooth[name] for name in names if name in smooth}
    return estimate_sums(
        columns,
        asked,
        level,
        clusters=new.clusters,
        replicates=replicates,
        widened=_OF_SQUARES,
    )


def nothing_differs(n: float, level: float, *, reach: float = 1.0) -> Interval | None:
    """Interval of a change where not one of `n` rows differs.

    That says no more than that few rows can: no more than a share of z² / (n + z²), as in the
    score interval of a share that is 0.

    Parameters
    ----------
    reach : how far the metric moves, at most, when all rows do
    """
    if n <= 0:
        return None
    z = z_of(level)
    most = min(reach * z**2 / (n + z**2), 1.0)
    return Interval(low=-most, high=most, level=level, method="no row differs")


def by_unit(moved: Array, clusters: Array | None) -> Array:
    """Add up how far rows move a number within each cluster, shape (m, k)."""
    if clusters is None:
        return moved
    codes = np.unique(clusters, return_inverse=True)[1]
    return np.column_stack([np.bincount(codes, weights=side) for side in moved.T])


def mover_change(new: Estimate, old: Estimate, residuals: Array, level: float) -> Estimate:
    """Combine the intervals of both sides, correlated as rows move them together.

    Parameters
    ----------
    new, old : with numbers and intervals
    residuals : shape (m, 2), how far each unit moves either side, in any scale

    References
    ----------
    Zou (2008).
    """
    n = min(new.n, old.n)
    if new.number is None or old.number is None:
        return Estimate(number=None, n=n, reason=new.reason or old.reason or "no rows")
    change = new.number - old.number
    if new.interval is None or old.interval is None:
        return Estimate(number=change, n=n)
    together = float(correlation_of(residuals)[0, 1])
    ends = []
    for side in (1, -1):
        up = _reach(new.number, new.interval, side)
        down = _reach(old.number, old.interval, -side)
        ends.append(side * max(up**2 + down**2 - 2 * together * up * down, 0.0) ** 0.5)
    interval = Interval(
        low=change + min(ends), high=change + max(ends), level=level, method="mover, paired"
    )
    return replace(Estimate(number=change, n=n), interval=interval)


def _reach(number: float, interval: Interval, side: int) -> float:
    return interval.high - number if side > 0 else number - interval.low
