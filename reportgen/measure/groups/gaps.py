"""The gap of one group to all rows, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp, log, sqrt
from typing import TypeAlias

import numpy as np

from reportgen.measure.evaluation.rows import Rows
from reportgen.measure.metrics.classification import BinaryRows, estimate_classification
from reportgen.measure.metrics.multiclass import (
    MulticlassRows,
    class_cells,
    estimate_multiclass,
    label_statistic,
)
from reportgen.measure.metrics.regression import RegressionRows, estimate_regression
from reportgen.measure.statistics.bootstrap import (
    bootstrap_cells,
    bootstrap_sums,
    seed_of,
    units_of,
)
from reportgen.measure.statistics.comparisons import fisher_p, interval_p
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import (
    Array,
    difference,
    p_of_t,
    proportion,
    quantile_t,
)
from reportgen.measure.statistics.ranking import rank, roc_influence
from reportgen.report.value import Interval

__all__ = [
    "GROUP_METRICS",
    "RATES",
    "Counts",
    "area_influence",
    "estimate_rows",
    "gap_to_all",
    "hits_of",
    "mean_error_of",
    "pair_p",
]

Counts: TypeAlias = tuple[int, int]
"""Hits, and the rows among which they are counted."""

GROUP_METRICS: Mapping[type, tuple[str, ...]] = {
    BinaryRows: ("accuracy", "precision", "recall", "roc_auc", "selection_rate"),
    MulticlassRows: ("accuracy", "f1_macro"),
    RegressionRows: ("mae", "mean_error"),
}


RATES: Mapping[type, tuple[str, ...]] = {
    BinaryRows: (
        "selection_rate",
        "recall",
        "false_positive_rate",
        "false_negative_rate",
        "precision",
    ),
    MulticlassRows: ("accuracy", "recall_macro"),
    RegressionRows: ("mean_error",),
}
"""What is compared between the groups of a segment; see `fairness`."""

_TURNED = {"false_positive_rate": "truth", "false_negative_rate": "predicted"}


def estimate_rows(rows: Rows, metrics: Sequence[str], level: float) -> dict[str, Estimate]:
    """Estimate metrics of rows of any kind; those of `RATES` too."""
    if isinstance(rows, BinaryRows):
        found = {name: _error_rate(rows, name, level) for name in metrics if name in _TURNED}
        others = [name for name in metrics if name not in _TURNED]
        found |= estimate_classification(rows, others, level)
        return {name: found[name] for name in metrics}
    if isinstance(rows, MulticlassRows):
        return estimate_multiclass(rows, metrics, level)
    return estimate_regression(rows, metrics, level)


def _error_rate(rows: BinaryRows, name: str, level: float) -> Estimate:
    """The recall of turned rows: of the negatives, or of a model that says the opposite."""
    side = _TURNED[name]
    turned = replace(rows, **{side: ~getattr(rows, side)})
    found = estimate_classification(turned, ("recall",), level)["recall"]
    if found.number is None and name == "false_positive_rate":
        return replace(found, reason="no row is negative")
    return found


def gap_to_all(
    rows: Rows,
    positions: Array,
    name: str,
    own: Estimate,
    whole: Estimate,
    level: float,
    *,
    influence: Array | None = None,
) -> Estimate:
    """Estimate a group's number minus that of all rows.

    Parameters
    ----------
    positions : of the group among `rows`
    own, whole : the group's estimate and that of all rows, both with a number
    influence : of each row on the area under the ROC curve, from `area_influence`; None: found
    """
    if own.number is None or whole.number is None:
        return Estimate(number=None, n=own.n, reason=own.reason or whole.reason)
    inside = np.zeros(len(rows.truth), dtype=bool)
    inside[positions] = True
    number = own.number - whole.number
    if inside.all():
        return Estimate(number=None, n=own.n, reason="the group is all rows")
    if isinstance(rows, BinaryRows) and name == "roc_auc":
        moved = area_influence(rows) if influence is None else influence
        return _auc_gap(rows, inside, own, whole, level, moved)
    if isinstance(rows, MulticlassRows) and name == "f1_macro":
        return _macro_gap(rows, inside, number, level)
    return _part_gap(rows, inside, name, own, number, level)


def hits_of(rows: Rows, name: str) -> Counts | None:
    """Count a share's hits, where rows count alike and by themselves; None for all else."""
    if isinstance(rows, RegressionRows) or rows.weights is not None or rows.clusters is not None:
        return None
    if name == "accuracy":
        return int((rows.truth == rows.predicted).sum()), len(rows.truth)
    if isinstance(rows, MulticlassRows):
        return None
    truth, said = rows.truth, rows.predicted
    everything = np.ones(len(truth), dtype=bool)
    counted = {
        "selection_rate": (said, everything),
        "recall": (said, truth),
        "precision": (truth, said),
        "false_positive_rate": (said, ~truth),
        "false_negative_rate": (~said, truth),
    }.get(name)
    if counted is None:
        return None
    hit, among = counted
    return int((hit & among).sum()), int(among.sum())


def pair_p(rows: Rows, first: Array, second: Array, name: str, level: float) -> float:
    """P-value of no difference between two groups, in a comparison by itself.

    Parameters
    ----------
    first, second : positions of their rows
    """
    if isinstance(rows, RegressionRows):
        both = rows.take(np.concatenate([first, second]))
        inside = np.arange(len(both.truth)) < len(first)
        return _mean_p(both, inside, both.predicted - both.truth)
    one, other = rows.take(first), rows.take(second)
    counted, counted_there = hits_of(one, name), hits_of(other, name)
    if counted is not None and counted_there is not None:
        together = counted[0] + counted_there[0], counted[1] + counted_there[1]
        return fisher_p(*counted, *together)
    here, there = (estimate_rows(own, (name,), level)[name] for own in (one, other))
    return interval_p(difference(here, there, level))


def mean_error_of(rows: RegressionRows, level: float) -> Estimate:
    """Mean of prediction minus truth, with a t interval at any level."""
    return _mean(rows, rows.predicted - rows.truth, level)


def _part_gap(
    rows: Rows, inside: Array, name: str, own: Estimate, number: float, level: float
) -> Estimate:
    """Use that the gap of a share or mean is the gap to the rest, times the rest's weight."""
    among = _denominator(rows, name)
    heavy = among.sum()
    if not among[~inside].sum() > 0:
        return Estimate(number=None, n=own.n, reason="the group is all rows that count here")
    if isinstance(rows, RegressionRows):
        errors = rows.predicted - rows.truth
        losses = np.abs(errors) if name == "mae" else errors
        rest, p = _mean(rows.take(~inside), losses[~inside], level), _mean_p(rows, inside, losses)
    else:
        rest, p = _rest(rows, inside, name, level), None
    share = float(among[~inside].sum() / heavy)
    return replace(_scaled(difference(own, rest, level), number, share, own.n), p=p)


def _rest(rows: Rows, inside: Array, name: str, level: float) -> Estimate:
    """The share of all rows outside a group; of plain rows, by counting what is left."""
    everywhere = hits_of(rows, name)
    own = hits_of(rows.take(inside), name)
    if everywhere is None or own is None:
        return estimate_rows(rows.take(~inside), (name,), level)[name]
    return proportion(everywhere[0] - own[0], everywhere[1] - own[1], level)


def _denominator(rows: Rows, name: str) -> Array:
    among = np.ones(len(rows.truth)) if rows.weights is None else rows.weights.astype(float)
    if isinstance(rows, BinaryRows) and name in ("precision", "recall"):
        among = among * (rows.predicted if name == "precision" else rows.truth)
    return among


def _mean(rows: RegressionRows, losses: Array, level: float) -> Estimate:
    """Mean of the many rows outside a group, with a t interval: resampling would say the same."""
    mean, error, m = _mean_error(rows, losses)
    if m < 2:
        return Estimate(number=mean, n=len(losses))
    half = quantile_t(level, m - 1) * error
    interval = Interval(low=mean - half, high=mean + half, level=level, method="t")
    return Estimate(number=mean, n=len(losses), interval=interval)


def _mean_error(rows: RegressionRows, losses: Array) -> tuple[float, float, int]:
    """Mean, its standard error, and the units (rows or clusters) behind it."""
    weights = np.ones(len(losses)) if rows.weights is None else rows.weights
    top, bottom = weights * losses, weights.astype(float)
    if rows.clusters is not None:
        codes = np.unique(rows.clusters, return_inverse=True)[1]
        top, bottom = np.bincount(codes, weights=top), np.bincount(codes, weights=bottom)
    total, m = float(bottom.sum()), len(top)
    mean = float(top.sum()) / total
    squares = float(((top - mean * bottom) ** 2).sum())
    return mean, sqrt(m / max(m - 1, 1) * squares) / total, m


def _mean_p(rows: RegressionRows, inside: Array, losses: Array) -> float:
    """P-value of no gap: the more careful of Welch's test and one with the variance of all rows.

    Welch's alone is fooled by skewed errors: a group that happens to lack large ones has a small
    mean and a small variance at once, and would seem clearly better.
    """
    own, own_error, m = _mean_error(rows.take(inside), losses[inside])
    rest, rest_error, k = _mean_error(rows.take(~inside), losses[~inside])
    variance = own_error**2 + rest_error**2
    if m < 2 or k < 2 or variance <= 0:
        return 1.0
    df = variance**2 / (own_error**4 / (m - 1) + rest_error**4 / (k - 1))
    p = p_of_t((own - rest) / sqrt(variance), df)
    if rows.weights is None and rows.clusters is None:
        pooled = float(losses.var(ddof=1)) * (1 / m + 1 / k)
        p = max(p, p_of_t((own - rest) / sqrt(pooled), len(losses) - 2))
    return p


def _auc_gap(
    rows: BinaryRows, inside: Array, own: Estimate, whole: Estimate, level: float, moved: Array
) -> Estimate:
    """Use how far each row moves both areas; it moves them together.

    On the logit scale: on its own, a high area has too small an error, and of many groups the
    luckiest would always seem better.
    """
    if own.number is None or whole.number is None or rows.scores is None:
        return Estimate(number=None, n=own.n, reason=own.reason or whole.reason)
    moved_inside = np.zeros(len(moved))
    moved_inside[inside] = area_influence(rows.take(inside))
    own_share = float((moved_inside**2).sum())
    number = own.number - whole.number
    one = rows.clusters is not None and len(np.unique(rows.clusters)) < 2
    if one or own_share <= 1e-18:  # the group is perfectly separated: its own interval knows more
        return difference(own, whole, level)
    if not (0 < own.number < 1 and 0 < whole.number < 1):
        return difference(own, whole, level)
    slope, slope_all = own.number * (1 - own.number), whole.number * (1 - whole.number)
    influence: Array = moved_inside / slope - moved / slope_all
    fewest = min(int(rows.truth[inside].sum()), int((~rows.truth[inside]).sum()))
    df = max(fewest - 1, 1)
    if rows.clusters is not None:
        codes = np.unique(rows.clusters, return_inverse=True)[1]
        influence = np.bincount(codes, weights=influence)
        df = min(df, len(np.unique(rows.clusters[inside])) - 1)
    error = sqrt((df + 1) / df * float((influence**2).sum())) if df > 0 else 0.0
    if error <= 0:
        return difference(own, whole, level)
    step = _logit(own.number) - _logit(whole.number)
    half = quantile_t(level, df) * error
    low, high = (_area(_logit(whole.number) + end) for end in (step - half, step + half))
    interval = Interval(
        low=min(low - whole.number, number),
        high=max(high - whole.number, number),
        level=level,
        method="infinitesimal jackknife (logit)",
    )
    return Estimate(number=number, n=own.n, interval=interval, p=p_of_t(step / error, df))


def _logit(area: float) -> float:
    return log(area / (1 - area))


def _area(odds: float) -> float:
    return 1 / (1 + exp(-min(max(odds, -700.0), 700.0)))


def area_influence(rows: BinaryRows) -> Array:
    """How far each row moves the area under the ROC curve, shape (n,); needs scores."""
    assert rows.scores is not None
    ranked = rank(rows.truth, rows.scores, rows.weights)
    influence = np.zeros(len(rows.truth))
    influence[ranked.order] = roc_influence(ranked)[1]
    return influence


def _macro_gap(rows: MulticlassRows, inside: Array, number: float, level: float) -> Estimate:
    """Draw the cells of the group and of the rest together."""
    n = int(inside.sum())
    statistic, adds = label_statistic("f1_macro", rows.classes)
    width = adds.shape[1]

    def gap(sums: Array) -> Array:
        return np.asarray(statistic(sums[..., :width]) - statistic(sums[..., width:]))

    if rows.weights is not None or rows.clusters is not None:
        weights = np.ones(len(inside)) if rows.weights is None else rows.weights
        each = adds[rows.truth * rows.classes + rows.predicted] * weights[:, None]
        units = units_of(np.concatenate([each * inside[:, None], each], axis=1), rows.clusters)
        interval = bootstrap_sums(units, gap, level, seed=seed_of(units))
        return Estimate(number=number, n=n, interval=interval)
    own, rest = class_cells(rows.take(inside)).ravel(), class_cells(rows.take(~inside)).ravel()
    columns = np.concatenate(
        [np.concatenate([adds, adds], axis=1), np.concatenate([np.zeros_like(adds), adds], axis=1)]
    )
    interval = bootstrap_cells(np.concatenate([own, rest]), gap, level, columns=columns)
    return Estimate(number=number, n=n, interval=interval)


def _scaled(estimate: Estimate, number: float, factor: float, n: int) -> Estimate:
    """Stretch an estimate and its interval by a known factor."""
    interval = estimate.interval
    if interval is not None:
        interval = Interval(
            low=min(interval.low * factor, number),
            high=max(interval.high * factor, number),
            level=interval.level,
            method=interval.method,
        )
    return Estimate(number=number, n=n, interval=interval)
