"""Metrics of slots (periods, groups) whose rows were counted by a scan, as of rows themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reportgen.measure.monitoring.performance import (
    area_intervals,
    label_metrics,
    metrics_of,
    no_losses,
)
from reportgen.measure.monitoring.performance_multiclass import table_metrics
from reportgen.measure.monitoring.performance_regression import error_metrics
from reportgen.measure.monitoring.slots import Many, averages, too_few
from reportgen.measure.statistics.intervals import Array
from reportgen.report.profile import Outcomes
from reportgen.report.spec import Task

__all__ = ["measure_outcomes"]


def measure_outcomes(
    outcomes: Sequence[Outcomes], task: Task, level: float, *, score: bool
) -> dict[str, Many]:
    """Measure every metric of the task in every slot.

    Parameters
    ----------
    outcomes : shape (slots,)
    score : whether there is a column of scores

    Notes
    -----
    Where rows were ranked together, the area under the ROC curve is exact; where profiles were
    added, it is that of the histograms, in which scores of one bin are ties.
    """
    if task == "regression":
        return error_metrics(
            {name: _sum(outcomes, name) for name in _names(outcomes)}, _n(outcomes), level
        )
    if task == "multiclass":
        classes = round(max((len(one.cells) for one in outcomes), default=0) ** 0.5)
        cells = np.array([one.cells for one in outcomes], dtype=float)
        return table_metrics(cells.reshape(len(outcomes), classes, classes), level)
    found = label_metrics(np.array([one.cells for one in outcomes], dtype=np.int64), level)
    if score:
        found |= _scores(outcomes, level)
    return {name: found[name] for name in metrics_of("classification", score=score)}


def _names(outcomes: Sequence[Outcomes]) -> list[str]:
    return sorted({name for one in outcomes for name in one.sums})


def _sum(outcomes: Sequence[Outcomes], name: str) -> Array:
    return np.array([one.sums.get(name, 0.0) for one in outcomes])


def _n(outcomes: Sequence[Outcomes]) -> Array:
    return np.array([one.both for one in outcomes])


def _scores(outcomes: Sequence[Outcomes], level: float) -> dict[str, Many]:
    n = np.array([one.scored for one in outcomes])
    few = too_few(n)
    areas = np.array([_area(one) for one in outcomes]).reshape(len(outcomes), 5)
    area, up, down, positives, negatives = areas.T
    found = {"roc_auc": area_intervals(area, (up, down), (positives, negatives), n, level, few)}
    lows = [one.lowest_score for one in outcomes if one.lowest_score is not None]
    highs = [one.highest_score for one in outcomes if one.highest_score is not None]
    if lows and (min(lows) < 0 or max(highs) > 1):
        return found | no_losses(n, min(lows), max(highs), level)
    for name in ("brier", "log_loss"):
        sums, squares = _sum(outcomes, name), _sum(outcomes, f"{name}_2")
        found[name] = averages(sums, squares, n, level, reasons=few)
    return found


def _area(one: Outcomes) -> tuple[float, float, float, float, float]:
    """Give area, spread of the positives' and negatives' placements, and how many there are."""
    if one.ranking is not None:
        rank = one.ranking
        area = np.nan if rank.area is None else rank.area
        return area, rank.up, rank.down, float(rank.positives), float(rank.negatives)
    ups, downs = (np.array(side, dtype=float) for side in (one.ups, one.downs))
    positives, negatives = float(ups.sum()), float(downs.sum())
    if not positives or not negatives:
        return np.nan, 0.0, 0.0, positives, negatives
    won = (np.cumsum(downs) - downs / 2) / negatives
    lost = (positives - np.cumsum(ups) + ups / 2) / positives
    area = float((ups * won).sum() / positives)
    up, down = ((ups * (won - area) ** 2).sum(), (downs * (lost - area) ** 2).sum())
    return area, float(up), float(down), positives, negatives
