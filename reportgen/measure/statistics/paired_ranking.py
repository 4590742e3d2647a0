"""How well two models rank the same rows: what each row adds to both areas, it adds at once."""

from __future__ import annotations

import numpy as np

from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, p_of_t, quantile_t
from reportgen.measure.statistics.paired_means import by_unit, mover_change, nothing_differs
from reportgen.measure.statistics.ranking import (
    FEW_OF_A_CLASS,
    Ranked,
    influence_error,
    rank,
    roc_influence,
    worth_of,
)
from reportgen.report.value import Interval

__all__ = ["FEW_FOR_PRECISION", "auc_change", "average_precision_change", "ovr_change"]

FEW_FOR_PRECISION = 50
"""Below so many rows of a class the variance of average precision misleads: it hardly sees that
a higher precision varies less."""

_NO_ERROR = 1e-12


def auc_change(
    new: BinaryRows, old: BinaryRows, now: Estimate, before: Estimate, level: float
) -> Estimate:
    """Estimate the area under the ROC curve of `new` minus that of `old`.

    Parameters
    ----------
    now, before : of either side, with numbers

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988): the covariance of two areas of the same rows;
    Obuchowski (1997) for clusters.
    """
    moved = np.column_stack([_roc(rows) for rows in (new, old)])
    classes = (new.truth, ~new.truth)
    return _estimate(moved, classes, new, now, before, level, "delong, paired")


def ovr_change(
    new: MulticlassRows, old: MulticlassRows, now: Estimate, before: Estimate, level: float
) -> Estimate:
    """Estimate the ROC AUC of each class against the rest, averaged, of `new` minus `old`."""
    assert new.scores is not None
    known = new.scores.shape[1]
    moved = np.zeros((len(new.truth), 2))
    for code in range(known):
        areas = [_roc(rows.against_rest(code)) for rows in (new, old)]
        moved += np.column_stack(areas) / known
    classes = tuple(new.truth == code for code in range(known))
    return _estimate(moved, classes, new, now, before, level, "delong, paired")


def average_precision_change(
    new: BinaryRows, old: BinaryRows, now: Estimate, before: Estimate, level: float
) -> Estimate:
    """Estimate average precision of `new` minus that of `old` (infinitesimal jackknife)."""
    moved = np.column_stack([_precision(rows) for rows in (new, old)])
    classes = (new.truth, ~new.truth)
    method = "infinitesimal jackknife, paired"
    return _estimate(
        moved, classes, new, now, before, level, method, few=FEW_FOR_PRECISION, pooled=True
    )


def _roc(rows: BinaryRows) -> Array:
    """How far each row moves the area, in the order of the rows."""
    assert rows.scores is not None
    ranked = rank(rows.truth, rows.scores, rows.weights)
    return _in_place(ranked, roc_influence(ranked)[1], len(rows.truth))


def _precision(rows: BinaryRows) -> Array:
    """How far each row moves average precision, through its own and through that of others."""
    assert rows.scores is not None
    ranked = rank(rows.truth, rows.scores, rows.weights)
    reached = ranked.positives + ranked.negatives
    precision = ranked.positives / reached
    hit = ranked.weights * ranked.truth
    number = float((hit * precision).sum() / ranked.total_positive)
    below_one = _at_or_below(hit / reached, ranked.ends)
    below_precision = _at_or_below(hit * precision / reached, ranked.ends)
    pull = ranked.truth * (precision - number + below_one) - below_precision
    return _in_place(ranked, ranked.weights * pull / ranked.total_positive, len(rows.truth))


def _at_or_below(added: Array, ends: Array) -> Array:
    """Sum over rows whose score is this one or lower, shape (n,)."""
    before = np.concatenate([[0.0], np.cumsum(added)[ends[:-1]]])
    return np.repeat(added.sum() - before, np.diff(ends, prepend=-1))


def _in_place(ranked: Ranked, moved: Array, n: int) -> Array:
    placed = np.zeros(n)
    placed[ranked.order] = moved
    return placed


def _estimate(
    moved: Array,
    classes: tuple[Array, ...],
    rows: BinaryRows | MulticlassRows,
    now: Estimate,
    before: Estimate,
    level: float,
    method: str,
    *,
    few: int = FEW_OF_A_CLASS,
    pooled: bool = False,
) -> Estimate:
    """Put an interval around a change of which the influence of each row is known.

    Parameters
    ----------
    moved : shape (n, 2), how far each row moves either side
    few : rows of a class below which the variance is not relied on
    pooled : the variance is one of all rows, not one of each class

    Notes
    -----
    Below `few` rows of a class the intervals of both sides, which know how to bear that, are
    combined with their correlation.
    """
    n = len(moved)
    number = (now.number or 0.0) - (before.number or 0.0)
    if rows.weights is not None:  # rows without weight are not there
        classes = tuple(members & (rows.weights > 0) for members in classes)
    fewest = min(worth_of(members, rows.weights) for members in classes)
    influence = moved[:, 0] - moved[:, 1]
    still = float(np.abs(influence).max()) < _NO_ERROR
    if still and abs(number) < _NO_ERROR:  # one ranking
        return Estimate(number=0.0, n=n, interval=nothing_differs(fewest, level, reach=2.0))
    if still or fewest < few:
        return mover_change(now, before, by_unit(moved, rows.clusters), level)
    groups = (np.logical_or.reduce(classes),) if pooled else classes
    error, df = influence_error(influence, groups, rows.clusters)
    if df is None or error <= _NO_ERROR:
        return Estimate(number=number, n=n)
    df = min(df, fewest - 1) if pooled else df
    half = quantile_t(level, df) * error
    interval = Interval(
        low=max(number - half, -1.0), high=min(number + half, 1.0), level=level, method=method
    )
    return Estimate(number=number, n=n, interval=interval, p=p_of_t(number / error, df))
