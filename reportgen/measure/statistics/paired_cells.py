"""Metrics that are functions of counts, under two models: each row counts with both answers."""

from __future__ import annotations

from math import sqrt

import numpy as np

from reportgen.measure.metrics.classification import BinaryRows, matthews_corrcoef
from reportgen.measure.metrics.multiclass import MulticlassRows, label_statistic
from reportgen.measure.statistics.bootstrap import Statistic
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, difference, p_of_t, quantile_t
from reportgen.measure.statistics.paired_means import by_unit, mover_change, nothing_differs
from reportgen.measure.statistics.ranking import FEW_OF_A_CLASS
from reportgen.report.value import Interval

__all__ = ["cell_change"]

_STEP = 1e-6  # of a numerical slope, relative to all rows
_NO_ERROR = 1e-12
_HARDLY_EVER = 5


def _precision(cells: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(cells[..., 3] / (cells[..., 3] + cells[..., 1]))


def _f1(cells: Array) -> Array:
    hits = 2 * cells[..., 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(hits / (hits + cells[..., 1] + cells[..., 2]))


_BINARY: dict[str, Statistic] = {
    "precision": _precision,
    "f1": _f1,
    "matthews_corrcoef": matthews_corrcoef,
}


def cell_change(
    name: str,
    new: BinaryRows | MulticlassRows,
    old: BinaryRows | MulticlassRows,
    now: Estimate,
    before: Estimate,
    level: float,
) -> Estimate:
    """Estimate a metric that is a function of counts, of `new` minus that of `old`.

    Parameters
    ----------
    name : precision, F1, an average over classes, or the Matthews correlation
    now, before : of either side, with numbers

    Notes
    -----
    The change is linearised in the rows (infinitesimal jackknife), which a row moves with both of
    its answers at once. Below 20 rows of a class, where that leans on a handful of rows, the
    intervals of both sides are combined with their correlation instead.
    """
    codes = [_cells(rows) for rows in (new, old)]
    statistic, adds = _statistic(name, new)
    weights = np.ones(len(new.truth)) if new.weights is None else new.weights.astype(float)
    moved = np.column_stack([_influence(statistic, adds, own, weights) for own in codes])
    n, rarest = _counted(name, new, old), int(_class_sizes(new).min())
    if np.array_equal(codes[0], codes[1]):
        interval = nothing_differs(rarest if "matthews" in name else n, level, reach=2.0)
        return Estimate(number=0.0, n=n, interval=interval)
    units = by_unit(moved, new.clusters)
    fewest = _fewest(new, old)
    if name.startswith("precision_") and fewest < _HARDLY_EVER:
        # Of a class that is hardly ever predicted, what both sides share cannot be told either.
        return _with_n(difference(now, before, level), n)
    if fewest < FEW_OF_A_CLASS:
        return _with_n(mover_change(now, before, units, level), n)
    number = (now.number or 0.0) - (before.number or 0.0)
    return _linear(number, units[:, 0] - units[:, 1], n, level, clustered=new.clusters is not None)


def _with_n(estimate: Estimate, n: int) -> Estimate:
    return Estimate(number=estimate.number, n=n, interval=estimate.interval)


def _cells(rows: BinaryRows | MulticlassRows) -> Array:
    """The cell of the confusion table that each row falls into, true class first."""
    classes = rows.classes if isinstance(rows, MulticlassRows) else 2
    return rows.truth.astype(np.intp) * classes + rows.predicted


def _statistic(name: str, rows: BinaryRows | MulticlassRows) -> tuple[Statistic, Array]:
    """The metric as a function of sums, and what a row of each cell adds to them."""
    if isinstance(rows, MulticlassRows):
        return label_statistic(name, rows.classes)
    return _BINARY[name], np.eye(4)


def _class_sizes(rows: BinaryRows | MulticlassRows) -> Array:
    """Rows of each class that occurs."""
    sizes = np.bincount(rows.truth.astype(np.intp), minlength=2)
    return sizes[sizes > 0] if isinstance(rows, MulticlassRows) else sizes


def _fewest(new: BinaryRows | MulticlassRows, old: BinaryRows | MulticlassRows) -> float:
    """Rows of the rarest class, true or as either model says; weighted ones for what they tell."""
    weights = np.ones(len(new.truth)) if new.weights is None else new.weights.astype(float)
    fewest = float("inf")
    classes = new.classes if isinstance(new, MulticlassRows) else 2
    occurs = np.bincount(new.truth.astype(np.intp), minlength=classes) > 0
    for labels in (new.truth, new.predicted, old.predicted):
        codes = labels.astype(np.intp)
        heavy = np.bincount(codes, weights=weights, minlength=classes)
        squares = np.bincount(codes, weights=weights**2, minlength=classes)
        there = squares > 0
        if (occurs & ~there).any() or (classes == 2 and not there.all()):
            return 0.0  # never predicted
        fewest = min(fewest, float((heavy[there] ** 2 / squares[there]).min()))
    return fewest


def _counted(name: str, new: BinaryRows | MulticlassRows, old: BinaryRows | MulticlassRows) -> int:
    """Rows that the metric looks at, under either model."""
    if name == "precision":
        return int((new.predicted | old.predicted).sum())
    if name == "f1":
        return int((new.truth | new.predicted | old.predicted).sum())
    return len(new.truth)


def _influence(statistic: Statistic, adds: Array, codes: Array, weights: Array) -> Array:
    """How far each row moves the statistic, shape (n,): its slope along what the row adds."""
    heavy = np.bincount(codes, weights=weights, minlength=len(adds))
    filled = np.flatnonzero(heavy)
    total = heavy @ adds
    step = _STEP * float(weights.sum())
    # All slopes at once: the sums with a little more, and a little less, of each filled cell.
    nudge = step * adds[filled]
    slope = np.zeros(len(adds))
    slope[filled] = (statistic(total + nudge) - statistic(total - nudge)) / (2 * step)
    return np.asarray(weights * slope[codes])


def _linear(number: float, influence: Array, n: int, level: float, *, clustered: bool) -> Estimate:
    m = len(influence)
    if m < 2:
        return Estimate(number=number, n=n)
    error = sqrt(m / (m - 1) * float((influence**2).sum()))
    if error <= _NO_ERROR:
        return Estimate(number=number, n=n)
    half = quantile_t(level, m - 1) * error
    method = "infinitesimal jackknife, paired" + (", clustered" if clustered else "")
    interval = Interval(low=number - half, high=number + half, level=level, method=method)
    return Estimate(number=number, n=n, interval=interval, p=p_of_t(number / error, m - 1))
