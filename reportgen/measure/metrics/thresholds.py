"""What would change at another threshold: recall, precision, rows called positive, and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reportgen.measure.metrics.classification import BinaryRows, estimate_classification
from reportgen.measure.metrics.costs import cost_of_counts, estimate_cost, threshold_grid
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, proportion
from reportgen.report.spec import Costs

__all__ = [
    "AtThreshold",
    "along_thresholds",
    "own_threshold",
    "spread_thresholds",
    "thresholds_for",
]

_SHARES = ("selection_rate", "precision", "recall")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtThreshold:
    """Metrics of the rows when those scored at or above a threshold are called positive.

    Attributes
    ----------
    estimates : ``selection_rate``, ``precision``, ``recall`` and, with costs, ``cost``
    """

    threshold: float
    estimates: Mapping[str, Estimate]


def own_threshold(rows: BinaryRows) -> float | None:
    """Find the threshold that a model decided by, from what it said of these rows.

    Returns
    -------
    one half where that fits, else the roundest that does; None where none does, or where the
    model said the same of all rows
    """
    if rows.scores is None or rows.predicted.all() or not rows.predicted.any():
        return None
    above, below = rows.scores[rows.predicted].min(), rows.scores[~rows.predicted].max()
    if not below < above:
        return None
    if below < 0.5 <= above:
        return 0.5
    rounded = float(threshold_grid(np.array([above]))[0])
    return rounded if rounded > below else float(above)


def thresholds_for(scores: Array, rates: Sequence[float]) -> tuple[float, ...]:
    """Pick thresholds that a person can type, at or above which about so many rows lie.

    Parameters
    ----------
    scores : shape (n,), n >= 1
    rates : shares of the rows, in (0, 1)

    Returns
    -------
    ascending, each once
    """
    return _on_grid(threshold_grid(scores), np.quantile(scores, 1 - np.asarray(rates)))


def spread_thresholds(scores: Array, most: int) -> tuple[float, ...]:
    """Pick at most so many thresholds for a curve: half spread over the rows, half over scores."""
    grid, many = threshold_grid(scores), most // 2
    by_row = np.quantile(scores, (np.arange(many) + 0.5) / many)
    return _on_grid(grid, np.append(by_row, np.linspace(grid[0], grid[-1], most - many)))


def _on_grid(grid: Array, wanted: Array) -> tuple[float, ...]:
    places = np.searchsorted(grid, wanted + 1e-12, side="right") - 1
    return tuple(float(grid[place]) for place in np.unique(np.maximum(places, 0)))


def along_thresholds(
    rows: BinaryRows,
    thresholds: Sequence[float],
    level: float = 0.95,
    *,
    costs: Costs | None = None,
) -> tuple[AtThreshold, ...]:
    """Estimate metrics at each threshold.

    Parameters
    ----------
    rows : with scores
    """
    if rows.weights is None and rows.clusters is None:
        return _counted(rows, thresholds, level, costs)
    assert rows.scores is not None
    found = []
    for threshold in thresholds:
        moved = replace(rows, predicted=rows.scores >= threshold)
        estimates = estimate_classification(moved, _SHARES, level)
        if costs is not None:
            estimates["cost"] = estimate_cost(moved, costs, level)
        found.append(AtThreshold(threshold=threshold, estimates=estimates))
    return tuple(found)


def _counted(
    rows: BinaryRows, thresholds: Sequence[float], level: float, costs: Costs | None
) -> tuple[AtThreshold, ...]:
    """Sort independent rows of equal weight once; counts are all that is needed."""
    assert rows.scores is not None
    order = np.argsort(rows.scores, kind="stable")
    hits = np.concatenate([[0], np.cumsum(rows.truth[order])])
    n, positives = len(order), int(hits[-1])
    below = np.searchsorted(rows.scores[order], thresholds, side="left")
    found = []
    for threshold, under in zip(thresholds, below, strict=True):
        missed, said = int(hits[under]), n - int(under)
        held = positives - missed
        estimates = {
            "selection_rate": proportion(said, n, level),
            "precision": proportion(held, said, level, reason="no row is predicted positive"),
            "recall": proportion(held, positives, level, reason="no row is positive"),
        }
        if costs is not None:
            estimates["cost"] = cost_of_counts(said - held, missed, n, costs, level)
        found.append(AtThreshold(threshold=threshold, estimates=estimates))
    return tuple(found)
