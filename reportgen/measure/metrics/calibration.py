"""Do scores mean what they say: of the rows scored 0.3, are three in ten positive?"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from reportgen.measure.metrics.classification import (
    FEWEST_OF_A_CLASS,
    NO_PROBABILITIES,
    BinaryRows,
)
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import (
    Array,
    dense_codes,
    proportion,
    quantile_t,
    ratio,
    with_weight,
)
from reportgen.report.value import Interval

__all__ = ["CALIBRATION_METRICS", "Bin", "quantile_bins", "recalibration", "reliability"]

CALIBRATION_METRICS = ("calibration_slope", "calibration_intercept")
_EDGE = 1e-6  # scores of exactly 0 and 1 have no log odds
_STEPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Rows with scores close to each other.

    Attributes
    ----------
    predicted : mean score, weighted
    observed : share of positives, with its interval
    """

    predicted: float
    observed: Estimate


def quantile_bins(numbers: Array, bins: int) -> Array:
    """Put rows into at most `bins` bins of about equal size; equal numbers share a bin.

    Returns
    -------
    shape (n,), codes from 0 in ascending order, no bin empty
    """
    if len(numbers) == 0:
        return np.zeros(0, dtype=np.intp)
    edges = np.quantile(numbers, np.linspace(0, 1, bins + 1)[1:-1])
    codes = np.searchsorted(np.unique(edges), numbers, side="left")
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.intp)


def reliability(rows: BinaryRows, bins: int = 10, level: float = 0.95) -> tuple[Bin, ...]:
    """Compare scores with outcomes, in bins of about equal size.

    Parameters
    ----------
    rows : with scores
    """
    if rows.scores is None:
        return ()
    codes = quantile_bins(rows.scores, bins)
    found = []
    for code in range(int(codes.max(initial=-1)) + 1):
        own = rows.take(codes == code)
        assert own.scores is not None
        weights = np.ones(len(own.truth)) if own.weights is None else own.weights
        if not weights.sum() > 0:
            continue
        if own.weights is None and own.clusters is None:
            observed = proportion(int(own.truth.sum()), len(own.truth), level)
        else:
            observed = ratio(weights * own.truth, weights, level, clusters=own.clusters)
        predicted = float(np.average(own.scores, weights=weights))
        found.append(Bin(predicted=predicted, observed=observed))
    return tuple(found)


def recalibration(rows: BinaryRows, level: float = 0.95) -> dict[str, Estimate]:
    """Estimate how outcomes follow the log odds of the scores: ``a + b * logit(score)``.

    Returns
    -------
    ``calibration_slope``, b, and ``calibration_intercept``, a where b is held at 1 (calibration
    in the large), each with an interval that is robust to the model's shape and to clusters

    References
    ----------
    Cox (1958); Van Calster et al. (2016) for their reading; White (1982) for the interval.
    """
    rows = with_weight(rows)
    n, lacking = len(rows.truth), _lacking(rows)
    if lacking or rows.scores is None:
        missing = Estimate(number=None, n=n, reason=lacking)
        return dict.fromkeys(CALIBRATION_METRICS, missing)
    sure = np.clip(rows.scores.astype(float), _EDGE, 1 - _EDGE)
    odds = np.log(sure / (1 - sure))
    ones = np.ones(n)
    if odds.min() == odds.max():
        slope = Estimate(number=None, n=n, reason="the scores do not vary")
    else:
        slope = _fitted(rows, np.column_stack([odds, ones]), np.zeros(n), level)
    return {
        "calibration_slope": slope,
        "calibration_intercept": _fitted(rows, ones[:, None], odds, level),
    }


def _lacking(rows: BinaryRows) -> str:
    if rows.scores is None:
        return "the model gives no scores"
    if len(rows.truth) == 0:
        return "no rows"
    if not ((rows.scores >= 0) & (rows.scores <= 1)).all():
        return NO_PROBABILITIES
    fewest = min(int(rows.truth.sum()), int((~rows.truth).sum()))
    if fewest < FEWEST_OF_A_CLASS:
        return f"not enough data ({fewest} rows of a class; at least {FEWEST_OF_A_CLASS} needed)"
    return ""


def _fitted(rows: BinaryRows, columns: Array, offset: Array, level: float) -> Estimate:
    """First coefficient of a logistic regression, by Newton's method."""
    n, weights = len(rows.truth), np.ones(len(rows.truth))
    if rows.weights is not None:
        weights = rows.weights / rows.weights.mean()
    found = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(columns @ found + offset, -700, 700)))
        spread = weights * chance * (1 - chance)
        curvature = columns.T @ (columns * spread[:, None])
        if not np.linalg.cond(curvature) < 1e12:
            return Estimate(number=None, n=n, reason="the scores separate the classes")
        step = np.linalg.solve(curvature, columns.T @ (weights * (rows.truth - chance)))
        found = found + step
        if np.abs(step).max() < 1e-10:
            break
    else:
        return Estimate(number=None, n=n, reason="the scores separate the classes")
    pulls = columns * (weights * (rows.truth - chance))[:, None]
    if rows.clusters is not None:
        codes = dense_codes(rows.clusters)
        pulls = np.stack([np.bincount(codes, weights=pull) for pull in pulls.T], axis=1)
    m = len(pulls)
    spread_out = np.linalg.solve(curvature, pulls.T)
    number = float(found[0])
    if m < 2:
        return Estimate(number=number, n=n)
    half = quantile_t(level, m - 1) * sqrt(m / (m - 1) * float((spread_out[0] ** 2).sum()))
    interval = Interval(low=number - half, high=number + half, level=level, method="sandwich")
    return Estimate(number=number, n=n, interval=interval)
