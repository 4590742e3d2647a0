"""Errors of a regression before the truth is in, from how far off it was on rows like these.

Trees learn, on labelled rows of the reference, how far off the prediction is for such features
and such a prediction (direct loss estimation). The labelled rows are dealt into folds and one
model is fitted without each of them: their mean is the estimate, their differences say how much
it hangs on the rows they were fitted on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from reportgen.measure.statistics.bootstrap import seed_of
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, quantile_t
from reportgen.report.value import Interval

if TYPE_CHECKING:
    from reportgen.measure.estimated.rows import Encoded

__all__ = ["FEWEST_TO_FIT", "MOST_FITTED", "Loss", "estimate_errors", "fit_losses"]

FEWEST_TO_FIT = 200
"""Labelled rows of the reference without which no errors are estimated."""
MOST_FITTED = 5_000
_FOLDS = 4
METHOD = "spread of the errors, and of models without a fold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A fitted model of a loss, in units of its mean; no trees where the loss is always 0."""

    mean: float
    trees: Any = None

    def of(self, matrix: Array) -> Array:
        """Give the loss that is expected of each row, shape (n,)."""
        if self.trees is None:
            return np.full(len(matrix), self.mean)
        return np.asarray(self.trees.predict(matrix)) * self.mean


def fit_losses(rows: Encoded, error: Array) -> tuple[tuple[Loss, Loss], ...]:
    """Fit, without each fold, how large an error and its square are.

    Parameters
    ----------
    rows : labelled ones, in an order of their content
    error : shape (n,), prediction less truth
    """
    from threadpoolctl import threadpool_limits

    fold = np.random.default_rng(seed_of(error)).permutation(len(error)) % _FOLDS
    with threadpool_limits(limits=1):
        return tuple(
            (_fitted(rows, np.abs(error), fold != at), _fitted(rows, error**2, fold != at))
            for at in range(_FOLDS)
        )


def _fitted(rows: Encoded, loss: Array, use: Array) -> Loss:
    from sklearn.ensemble import HistGradientBoostingRegressor

    mean = float(loss[use].mean())
    if not mean > 0 or not np.isfinite(mean):
        return Loss(mean=0.0)
    trees = HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=0.1,
        max_iter=40,
        max_leaf_nodes=8,
        min_samples_leaf=30,
        l2_regularization=1.0,
        categorical_features=list(rows.levels) if any(rows.levels) else None,
        early_stopping=False,
        random_state=0,
    )
    trees.fit(rows.matrix[use], loss[use] / mean)
    return Loss(mean=mean, trees=trees)


def estimate_errors(
    models: tuple[tuple[Loss, Loss], ...], matrix: Array, level: float
) -> dict[str, Estimate]:
    """Estimate mean absolute error and root mean squared error of rows without their truth.

    Parameters
    ----------
    matrix : shape (n, c), n >= 1, as the models were fitted on

    Notes
    -----
    The range is one for the metric that will be measured: the errors themselves vary about what
    is expected of them (their variance is fitted too; that of the square is taken as if errors
    were as heavy-tailed as Laplace's), and another reference would have given other models
    (jackknife over the folds).
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        size = np.array([first.of(matrix).mean() for first, _ in models])
        squares = np.array([second.of(matrix) for _, second in models])
        sizes = np.mean([first.of(matrix) for first, _ in models], axis=0)
    n, square = len(matrix), squares.mean(axis=0)
    own = np.maximum(square - sizes**2, 0.0).sum() / n**2
    mae = _estimate(float(size.mean()), float(own), _jackknife(size), n, level)
    of_square = float((5 * square**2).sum() / n**2)
    mean_square = _estimate(
        float(square.mean()), of_square, _jackknife(squares.mean(axis=1)), n, level
    )
    return {"mae": mae, "rmse": _root(mean_square)}


def _jackknife(numbers: Array) -> float:
    """Variance of an estimate, from what it is without each fold."""
    many = len(numbers)
    return float((many - 1) / many * ((numbers - numbers.mean()) ** 2).sum())


def _estimate(number: float, own: float, fitted: float, n: int, level: float) -> Estimate:
    """Put the range of both sources around a number; few folds widen it (Satterthwaite)."""
    variance = own + fitted
    freedom = (_FOLDS - 1) * (variance / fitted) ** 2 if fitted > 0 else np.inf
    half = quantile_t(level, min(freedom, 1e6)) * sqrt(variance)
    interval = Interval(
        low=max(number - half, 0.0), high=number + half, level=level, method=METHOD
    )
    return Estimate(number=number, n=n, interval=interval)


def _root(square: Estimate) -> Estimate:
    assert square.number is not None
    assert square.interval is not None
    interval = Interval(
        low=sqrt(square.interval.low),
        high=sqrt(square.interval.high),
        level=square.interval.level,
        method=square.interval.method,
    )
    return Estimate(number=sqrt(square.number), n=square.n, interval=interval)
