"""Numbers: how far off, in which direction, and how much is explained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from reportgen.measure.statistics.bootstrap import REPLICATES
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import (
    Array,
    dense_codes,
    effective_n,
    median_interval,
    with_weight,
)
from reportgen.measure.statistics.losses import (
    Explained,
    MeanOf,
    Smooth,
    estimate_sums,
    sum_columns,
)

__all__ = ["REGRESSION_METRICS", "RegressionRows", "estimate_regression"]

REGRESSION_METRICS = ("mae", "rmse", "r2", "median_absolute_error", "mape", "mean_error")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionRows:
    """Labelled rows of a model that predicts a number.

    Attributes
    ----------
    truth, predicted : shape (n,), finite
    weights, clusters : as in `reportgen.measure.metrics.classification.BinaryRows`
    """

    truth: Array
    predicted: Array
    weights: Array | None = None
    clusters: Array | None = None

    def take(self, rows: Array) -> RegressionRows:
        """Some of the rows, by position or mask."""
        return RegressionRows(
            truth=self.truth[rows],
            predicted=self.predicted[rows],
            weights=None if self.weights is None else self.weights[rows],
            clusters=None if self.clusters is None else self.clusters[rows],
        )


_ABSOLUTE, _SQUARED, _ERROR, _RELATIVE, _TRUTH, _TRUTH_SQUARED = range(6)


_STATISTICS: dict[str, Smooth] = {
    "mae": MeanOf(column=_ABSOLUTE),
    "rmse": MeanOf(column=_SQUARED, root=True),
    "r2": Explained(squared=_SQUARED, truth=_TRUTH, truth_squared=_TRUTH_SQUARED),
    "mape": MeanOf(column=_RELATIVE),
    "mean_error": MeanOf(column=_ERROR, floor=None),
}


def estimate_regression(
    rows: RegressionRows,
    metrics: Iterable[str] = REGRESSION_METRICS,
    level: float = 0.95,
    *,
    replicates: int = REPLICATES,
) -> dict[str, Estimate]:
    """Estimate metrics of a model that predicts a number.

    Notes
    -----
    The percentage error is refused where a truth is 0: scikit-learn divides by 2e-16 there. What
    is left without these rows is ``mape_nonzero``, which is another question. Rows that weigh
    nothing are not there: not in n, nor in whether the target varies.
    """
    asked, rows = list(metrics), with_weight(rows)
    n = len(rows.truth)
    if n == 0:
        return {name: Estimate(number=None, n=0, reason="no rows") for name in asked}
    lacking = _lacking(rows.truth)
    statistics = {
        name: _STATISTICS[name] for name in asked if name in _STATISTICS and name not in lacking
    }
    found = estimate_sums(
        _columns(rows), statistics, level, clusters=rows.clusters, replicates=replicates
    )
    if "median_absolute_error" in asked:
        found["median_absolute_error"] = _median(rows, level)
    for name, reason in lacking.items():
        found[name] = Estimate(number=None, n=n, reason=reason)
    if "mape_nonzero" in asked:
        rest = estimate_regression(rows.take(rows.truth != 0), ("mape",), level)
        found["mape_nonzero"] = rest["mape"]
    return {name: found[name] for name in asked}


def _lacking(truth: Array) -> dict[str, str]:
    lacking = {}
    zeros = int((truth == 0).sum())
    if zeros:
        rows = "row" if len(truth) == 1 else "rows"
        lacking["mape"] = f"not defined: the target is 0 in {zeros:,} of {len(truth):,} {rows}"
    if len(truth) < 2:
        lacking["r2"] = "not enough data (n = 1)"
    elif truth.min() == truth.max():
        lacking["r2"] = "the target does not vary"
    return lacking


def _columns(rows: RegressionRows) -> Array:
    error = rows.predicted - rows.truth
    # Around its mean, or the squares of a large target would drown its variance.
    truth = rows.truth - np.sort(rows.truth).mean()
    size = np.where(rows.truth == 0, 1.0, np.abs(rows.truth))
    return sum_columns(
        np.abs(error),
        error**2,
        error,
        np.abs(error) / size,
        truth,
        truth**2,
        weights=rows.weights,
    )


def _median(rows: RegressionRows, level: float) -> Estimate:
    """Median absolute error; weighted, the first error that half of the weight reaches."""
    error = np.abs(rows.predicted - rows.truth)
    n = len(error)
    if rows.weights is None and rows.clusters is None:
        ordered = np.sort(error)
        return Estimate(
            number=float(np.median(ordered)), n=n, interval=median_interval(ordered, level)
        )
    weights = np.ones(n) if rows.weights is None else rows.weights
    order = np.lexsort((weights, error))
    ordered, heavy = error[order], weights[order]
    reached = np.cumsum(heavy)
    at = int(np.searchsorted(reached, reached[-1] / 2))
    number = float(np.median(error)) if rows.weights is None else float(ordered[at])
    below = (error <= number).astype(float)
    top, bottom = weights * below, weights.astype(float)
    if rows.clusters is not None:
        codes = dense_codes(rows.clusters)
        top, bottom = np.bincount(codes, weights=top), np.bincount(codes, weights=bottom)
    effect = n / max(effective_n(top, bottom, len(top)), 1.0)
    quantiles = ordered[np.minimum(np.searchsorted(reached, _steps(n) * reached[-1]), n - 1)]
    interval = median_interval(quantiles, level, design_effect=effect)
    if interval is not None:
        low, high = min(interval.low, number), max(interval.high, number)
        interval = replace(interval, low=low, high=high, method="woodruff")
    return Estimate(number=number, n=n, interval=interval)


def _steps(n: int) -> Array:
    """Where the n order statistics of equally heavy rows lie in the distribution."""
    return (np.arange(n) + 0.5) / n
