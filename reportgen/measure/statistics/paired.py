"""Two models on the same rows: each metric under either, and the difference with its interval.

What both models share (which rows are hard) cancels, so the interval of a difference is narrower
than those of the two numbers suggest. Which method serves which metric: docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reportgen.measure.evaluation.rows import Rows
from reportgen.measure.groups.gaps import estimate_rows
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.bootstrap import REPLICATES
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, combined, correlation_of
from reportgen.measure.statistics.paired_cells import cell_change
from reportgen.measure.statistics.paired_means import (
    by_unit,
    mean_change,
    mover_change,
    nothing_differs,
    regression_changes,
)
from reportgen.measure.statistics.paired_ranking import (
    auc_change,
    average_precision_change,
    ovr_change,
)
from reportgen.measure.statistics.paired_shares import paired_share
from reportgen.measure.statistics.ranking import FEW_OF_A_CLASS, worth_of

__all__ = ["PAIRED_METRICS", "Paired", "paired_changes"]

PAIRED_METRICS: Mapping[type, tuple[str, ...]] = {
    BinaryRows: (
        "accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1",
        "matthews_corrcoef", "roc_auc", "average_precision", "brier", "log_loss",
        "selection_rate",
    ),
    MulticlassRows: (
        "accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro",
        "f1_weighted", "matthews_corrcoef", "roc_auc_ovr", "log_loss",
    ),
    RegressionRows: ("mae", "rmse", "r2", "median_absolute_error", "mape", "mean_error"),
}  # fmt: skip

_OF_CELLS: Mapping[type, frozenset[str]] = {
    BinaryRows: frozenset({"precision", "f1", "matthews_corrcoef"}),
    MulticlassRows: frozenset(PAIRED_METRICS[MulticlassRows])
    - {"accuracy", "roc_auc_ovr", "log_loss"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One metric of two models on the same rows.

    Attributes
    ----------
    now, before : of the new model and of the old one
    change : now minus before, with the interval of the difference; `p` where it was tested
    """

    now: Estimate
    before: Estimate
    change: Estimate


def paired_changes(
    new: Rows,
    old: Rows,
    names: Sequence[str],
    level: float = 0.95,
    *,
    replicates: int = REPLICATES,
) -> dict[str, Paired]:
    """Compare two models on the same rows, metric by metric.

    Parameters
    ----------
    new, old : of one kind, with the same truth, weights and clusters, row by row
    names : of `PAIRED_METRICS`

    Raises
    ------
    ValueError
        The rows are not the same.
    """
    _check(new, old)
    if new.weights is not None:  # rows that weigh nothing are not there
        heavy = np.asarray(new.weights > 0)
        new, old = new.take(heavy), old.take(heavy)
    now, before = estimate_rows(new, names, level), estimate_rows(old, names, level)
    measurable = [n for n in names if now[n].number is not None and before[n].number is not None]
    found = _changes(new, old, measurable, now, before, level, replicates)
    return {
        name: Paired(
            now=now[name],
            before=before[name],
            change=found.get(name) or _lacking(now[name], before[name]),
        )
        for name in names
    }


def _check(new: Rows, old: Rows) -> None:
    same = type(new) is type(old) and np.array_equal(new.truth, old.truth)
    for one, other in ((new.weights, old.weights), (new.clusters, old.clusters)):
        same = same and (one is None) == (other is None)
        same = same and (one is None or other is None or np.array_equal(one, other))
    if not same:
        raise ValueError("two models can only be compared on the same rows")


def _lacking(now: Estimate, before: Estimate) -> Estimate:
    if now.reason is None and before.reason is not None:
        return Estimate(number=None, n=before.n, reason=f"not before: {before.reason}")
    return Estimate(number=None, n=now.n, reason=now.reason)


def _changes(
    new: Rows,
    old: Rows,
    names: Sequence[str],
    now: Mapping[str, Estimate],
    before: Mapping[str, Estimate],
    level: float,
    replicates: int,
) -> dict[str, Estimate]:
    if not isinstance(new, RegressionRows) and not isinstance(old, RegressionRows):
        return {
            name: cell_change(name, new, old, now[name], before[name], level)
            if name in _OF_CELLS[type(new)]
            else _of_rows(name, new, old, now[name], before[name], level, replicates)
            for name in names
        }
    assert isinstance(new, RegressionRows)
    assert isinstance(old, RegressionRows)
    found = regression_changes(new, old, names, level, replicates)
    if "median_absolute_error" in names:
        name = "median_absolute_error"
        found[name] = _median(new, old, now[name], before[name], level)
    return {name: found[name] for name in names}


def _of_rows(
    name: str,
    new: Rows,
    old: Rows,
    now: Estimate,
    before: Estimate,
    level: float,
    replicates: int,
) -> Estimate:
    if name in ("brier", "log_loss"):
        return _loss(name, new, old, now, before, level, replicates)
    if isinstance(new, MulticlassRows) and isinstance(old, MulticlassRows):
        if name == "roc_auc_ovr":
            return ovr_change(new, old, now, before, level)
        return _right(new, old, level)
    assert isinstance(new, BinaryRows)
    assert isinstance(old, BinaryRows)
    if name == "balanced_accuracy":
        return _balanced(new, old, level)
    if name == "roc_auc":
        return auc_change(new, old, now, before, level)
    if name == "average_precision":
        return average_precision_change(new, old, now, before, level)
    return _share(name, new, old, level)


def _right(new: Rows, old: Rows, level: float) -> Estimate:
    """Change of the share of rows that are right."""
    now, before = (rows.predicted == rows.truth for rows in (new, old))
    among = np.ones(len(new.truth), dtype=bool)
    return paired_share(now, before, among, level, weights=new.weights, clusters=new.clusters)


def _share(name: str, new: BinaryRows, old: BinaryRows, level: float) -> Estimate:
    if name == "accuracy":
        return _right(new, old, level)
    now, before = new.predicted, old.predicted
    among = np.ones_like(new.truth)
    if name in ("recall", "specificity"):
        now, before = now == new.truth, before == new.truth
        among = new.truth if name == "recall" else ~new.truth
    return paired_share(now, before, among, level, weights=new.weights, clusters=new.clusters)


def _balanced(new: BinaryRows, old: BinaryRows, level: float) -> Estimate:
    """Average the changes of recall and specificity, which rest on different rows."""
    parts = [_share(name, new, old, level) for name in ("recall", "specificity")]
    if new.clusters is None:
        return combined(parts, level)
    weights = np.ones(len(new.truth)) if new.weights is None else new.weights
    step = (new.predicted == new.truth).astype(float) - (old.predicted == old.truth)
    codes = np.unique(new.clusters, return_inverse=True)[1]
    residuals = [
        np.bincount(codes, weights=weights * among * (step - (part.number or 0.0)))
        for part, among in zip(parts, (new.truth, ~new.truth), strict=True)
    ]
    return combined(parts, level, correlation=correlation_of(np.column_stack(residuals)))


def _loss(
    name: str,
    new: Rows,
    old: Rows,
    now: Estimate,
    before: Estimate,
    level: float,
    replicates: int,
) -> Estimate:
    """Mean of the losses' differences; with few rows of a class, the sides' careful intervals."""
    losses = np.column_stack([_losses(name, rows) for rows in (new, old)])
    if name == "brier" and np.array_equal(losses[:, 0], losses[:, 1]):
        n = len(losses)
        return Estimate(number=0.0, n=n, interval=nothing_differs(n, level))
    if isinstance(new, BinaryRows) and _fewest(new) < FEW_OF_A_CLASS:
        weights = np.ones(len(losses)) if new.weights is None else new.weights.astype(float)
        moved = weights[:, None] * (losses - np.average(losses, axis=0, weights=weights))
        return mover_change(now, before, by_unit(moved, new.clusters), level)
    return mean_change(
        losses[:, 0],
        losses[:, 1],
        level,
        weights=new.weights,
        clusters=new.clusters,
        replicates=replicates,
    )


def _fewest(rows: BinaryRows) -> float:
    """What the rows of the rarer class are worth."""
    return min(worth_of(members, rows.weights) for members in (rows.truth, ~rows.truth))


def _losses(name: str, rows: Rows) -> Array:
    assert not isinstance(rows, RegressionRows)
    assert rows.scores is not None
    if name == "brier":
        return np.asarray((rows.scores - rows.truth) ** 2)
    edge = np.finfo(float).eps
    scores = rows.scores.astype(float)
    if isinstance(rows, MulticlassRows):
        own = np.take_along_axis(scores, rows.truth[:, None], axis=1)[:, 0]
    else:
        own = np.where(rows.truth, scores, 1 - scores)
    return np.asarray(-np.log(np.clip(own, edge, 1 - edge)))


def _median(
    new: RegressionRows, old: RegressionRows, now: Estimate, before: Estimate, level: float
) -> Estimate:
    """A median moves as the share of rows below it does: that correlates the two."""
    weights = np.ones(len(new.truth)) if new.weights is None else new.weights
    below = [
        np.abs(rows.predicted - rows.truth) <= (side.number or 0.0)
        for rows, side in ((new, now), (old, before))
    ]
    shares = np.column_stack(below).astype(float)
    moved = weights[:, None] * (shares - np.average(shares, axis=0, weights=weights))
    return mover_change(now, before, by_unit(moved, new.clusters), level)
