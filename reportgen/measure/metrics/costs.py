"""What errors cost at the declared prices, and at which threshold they would cost least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from reportgen.measure.metrics.classification import FEWEST_OF_A_CLASS, BinaryRows
from reportgen.measure.statistics.bootstrap import canonical_order
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import (
    Array,
    correlation_of,
    dense_codes,
    difference,
    proportion,
    ratio,
    scaled,
    weighted_sum,
    with_weight,
)
from reportgen.report.spec import Costs

__all__ = [
    "Cheapest",
    "cheapest_cost",
    "cheapest_threshold",
    "constant_cost",
    "cost_of_counts",
    "estimate_cost",
    "threshold_by_costs",
    "threshold_grid",
]

FOLDS = 5
_SHARED = sqrt(1 + 1 / (FOLDS - 1))
"""As in Nadeau and Bengio (2003): rows judged, over rows that chose, add to the variance."""


def estimate_cost(rows: BinaryRows, costs: Costs, level: float = 0.95) -> Estimate:
    """Mean cost of a row: what false alarms and misses cost, spread over all rows.

    Notes
    -----
    A sum of two shares of the same rows, each with Wilson's interval, combined with their
    correlation: it does not break down where there are hardly any errors.

    References
    ----------
    Elkan (2001); Zou (2008) for the interval.

    Examples
    --------
    >>> truth, said = np.array([True, True, False, False]), np.array([True, False, True, False])
    >>> rows = BinaryRows(truth=truth, predicted=said)
    >>> estimate_cost(rows, Costs(false_positive=1, false_negative=10)).number
    2.75
    """
    rows = with_weight(rows)
    n = len(rows.truth)
    alarms, missed = ~rows.truth & rows.predicted, rows.truth & ~rows.predicted
    if rows.weights is None and rows.clusters is None:
        return cost_of_counts(int(alarms.sum()), int(missed.sum()), n, costs, level)
    weights = np.ones(n) if rows.weights is None else rows.weights
    parts = [
        ratio(weights * wrong, weights, level, clusters=rows.clusters)
        for wrong in (alarms, missed)
    ]
    return _summed(parts, costs, n, level, correlation_of(_residuals(rows)))


def cost_of_counts(
    alarms: int, missed: int, n: int, costs: Costs, level: float = 0.95
) -> Estimate:
    """Mean cost of n independent rows, of which so many are false alarms and misses."""
    parts = [proportion(count, n, level) for count in (alarms, missed)]
    # Shares of one table: a row that is one kind of error is not the other.
    right = (n - alarms) * (n - missed)
    together = -sqrt(alarms * missed / right) if right > 0 else 0.0
    return _summed(parts, costs, n, level, np.array([[1.0, together], [together, 1.0]]))


def _summed(
    parts: Sequence[Estimate], costs: Costs, n: int, level: float, correlation: Array
) -> Estimate:
    prices = costs.false_positive, costs.false_negative
    found = replace(weighted_sum(parts, prices, level, correlation=correlation), n=n)
    if found.interval is None:
        return found
    interval = found.interval
    interval = replace(interval, low=max(interval.low, 0.0), high=min(interval.high, max(prices)))
    return replace(found, interval=interval)


def _residuals(rows: BinaryRows, prices: tuple[float, ...] | None = None) -> Array:
    """Distance of false alarms and misses (of their sum at these prices) from the mean, per unit."""
    weights = np.ones(len(rows.truth)) if rows.weights is None else rows.weights
    wrong = np.column_stack([~rows.truth & rows.predicted, rows.truth & ~rows.predicted])
    columns = wrong.astype(float) if prices is None else (wrong @ np.array(prices))[:, None]
    total = float(weights.sum())
    mean = weights @ columns / total if total > 0 else np.zeros(columns.shape[1])
    residuals = weights[:, None] * (columns - mean)
    if rows.clusters is None:
        return np.asarray(residuals)
    codes = dense_codes(rows.clusters)
    return np.column_stack([np.bincount(codes, weights=each) for each in residuals.T])


def constant_cost(rows: BinaryRows, costs: Costs, level: float = 0.95) -> tuple[bool, Estimate]:
    """Mean cost of a row where all rows are called the same, whichever way is cheaper.

    Returns
    -------
    whether that is positive, and the cost
    """
    weights = np.ones(len(rows.truth)) if rows.weights is None else rows.weights
    found = {}
    for said, price in ((False, costs.false_negative), (True, costs.false_positive)):
        wrong = rows.truth != said
        if rows.weights is None and rows.clusters is None:
            share = proportion(int(wrong.sum()), len(wrong), level)
        else:
            share = ratio(weights * wrong, weights, level, clusters=rows.clusters)
        found[said] = scaled(share, price)
    best = min(found, key=lambda said: (found[said].number or 0.0, said))
    return best, found[best]


def threshold_by_costs(costs: Costs) -> float | None:
    """Threshold that is cheapest where scores are honest probabilities; None where all are.

    Examples
    --------
    >>> threshold_by_costs(Costs(false_positive=1, false_negative=4))
    0.2
    """
    both = costs.false_positive + costs.false_negative
    return costs.false_positive / both if both > 0 else None


def threshold_grid(scores: Array) -> Array:
    """Every score, rounded down to three digits that matter, so that a person can type it.

    Digits count from 0 or from 1, whichever is nearer: 0.00123 and 0.99877 keep three.

    Returns
    -------
    ascending, each once
    """
    return np.unique(_rounded(np.asarray(scores, dtype=float)))


def _rounded(scores: Array) -> Array:
    """Each score on the grid, in the order of the scores."""
    step = _grid_step(scores)
    # A score that is on the grid stays there, whatever its last bit says.
    return np.asarray(np.round(np.floor(scores / step + 1e-9) * step, 12))


def _grid_step(scores: Array) -> Array:
    inside = (scores > 0) & (scores < 1)
    near = np.where(inside, np.minimum(scores, 1 - scores), np.abs(scores))
    power = np.floor(np.log10(np.where(near > 0, near, 1.0)))
    return np.asarray(10.0 ** -np.clip(2 - power, 0, 12))


def _cheapest(scores: Array, rounded: Array, truth: Array, weights: Array, costs: Costs) -> float:
    """Lowest of the thresholds with the least cost; above all scores when none should be called.

    Parameters
    ----------
    scores : shape (n,), ascending
    rounded : shape (n,), the same on the grid; see `threshold_grid`
    """
    grid = rounded[np.append(True, rounded[1:] != rounded[:-1])]
    grid = np.append(grid, np.round(grid[-1] + _grid_step(grid[-1:]), 12))
    positive = np.concatenate([[0.0], np.cumsum(weights * truth)])
    negative = np.concatenate([[0.0], np.cumsum(weights * ~truth)])
    below = np.searchsorted(scores, grid, side="left")
    missed, alarms = positive[below], negative[-1] - negative[below]
    total = costs.false_negative * missed + costs.false_positive * alarms
    return float(grid[int(np.argmin(np.round(total, 9)))])


def cheapest_threshold(rows: BinaryRows, costs: Costs) -> float | None:
    """Threshold at which errors would have cost least on these rows; None without scores."""
    if rows.scores is None or len(rows.truth) == 0:
        return None
    weights = np.ones(len(rows.truth)) if rows.weights is None else rows.weights
    order = np.argsort(rows.scores, kind="stable")
    scores = rows.scores[order].astype(float)
    return _cheapest(scores, _rounded(scores), rows.truth[order], weights[order], costs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheapest:
    """What the cheapest threshold is worth on rows that did not choose it.

    Attributes
    ----------
    cost : mean cost of a row
    saving : mean cost of a row as the model decides now, minus that
    """

    cost: Estimate
    saving: Estimate


def cheapest_cost(rows: BinaryRows, costs: Costs, level: float = 0.95) -> Cheapest:
    """Estimate the cost at the cheapest threshold without the luck of having chosen it.

    Notes
    -----
    The least cost on the rows that chose the threshold is too low. So rows (or clusters) are
    dealt into five parts by their content; each part is judged at the threshold that the other
    four would choose. At a minimum the cost is flat, so that the choice itself adds next to
    nothing to the uncertainty; what it adds widens the interval.
    """
    rows = with_weight(rows)
    n, fewest = len(rows.truth), min(int(rows.truth.sum()), int((~rows.truth).sum()))
    if rows.scores is None:
        lacking = Estimate(number=None, n=n, reason="the model gives no scores")
        return Cheapest(cost=lacking, saving=lacking)
    if fewest < FEWEST_OF_A_CLASS:
        reason = f"not enough data ({fewest} rows of a class; at least {FEWEST_OF_A_CLASS} needed)"
        lacking = Estimate(number=None, n=n, reason=reason)
        return Cheapest(cost=lacking, saving=lacking)
    chosen = replace(rows, predicted=_said_by_others(rows, costs))
    now, then = (estimate_cost(each, costs, level) for each in (rows, chosen))
    prices = costs.false_positive, costs.false_negative
    both = np.column_stack([_residuals(rows, prices), _residuals(chosen, prices)])
    saving = difference(now, then, level, correlation=float(correlation_of(both)[0, 1]))
    return Cheapest(cost=_wider(then), saving=_wider(saving))


def _wider(estimate: Estimate) -> Estimate:
    """Allow for thresholds that are chosen from the rows that the other parts are judged on."""
    if estimate.number is None or estimate.interval is None:
        return estimate
    interval, number = estimate.interval, estimate.number
    interval = replace(
        interval,
        low=number - _SHARED * (number - interval.low),
        high=number + _SHARED * (interval.high - number),
        method=f"{interval.method}, cross-fitted",
    )
    return replace(estimate, interval=interval)


def _said_by_others(rows: BinaryRows, costs: Costs) -> Array:
    assert rows.scores is not None
    weights = np.ones(len(rows.truth)) if rows.weights is None else rows.weights
    order = np.argsort(rows.scores, kind="stable")
    scores, truth, weights, fold = (
        each[order] for each in (rows.scores, rows.truth, weights, _dealt(rows))
    )
    said, rounded = np.zeros(len(order), dtype=bool), _rounded(scores.astype(float))
    for part in range(FOLDS):
        own, others = fold == part, fold != part
        if own.any() and others.any():
            known = (scores[others], rounded[others], truth[others], weights[others])
            threshold = _cheapest(*known, costs)
            said[order[own]] = scores[own] >= threshold
    return said


def _dealt(rows: BinaryRows) -> Array:
    """Part of each row, from 0 to 4: by content alone, whole clusters together."""
    if rows.clusters is not None:
        codes = dense_codes(rows.clusters)
        many = int(codes.max()) + 1
        return np.asarray((np.random.default_rng(many).permutation(many) % FOLDS)[codes])
    assert rows.scores is not None
    keys = [rows.scores, rows.truth, rows.predicted]
    order = canonical_order(*keys, *(() if rows.weights is None else (rows.weights,)))
    fold = np.empty(len(order), dtype=np.intp)
    # Neighbours in the order are alike: each five of them go to five parts, shuffled.
    n = len(order)
    blocks = np.random.default_rng(n).permuted(
        np.tile(np.arange(FOLDS), (-(-n // FOLDS), 1)), axis=1
    )
    fold[order] = blocks.ravel()[:n]
    return fold
