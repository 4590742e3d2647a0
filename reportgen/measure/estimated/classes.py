"""Performance of classes before their labels are in, from what the scores were worth before.

Rows are counted in cells: bin of the score and predicted class. The calibrated chance of each
cell says how many of its rows will come true; every metric follows from these counts. Its range
is found by drawing: another draw of the labelled rows gives another curve, and with each the
labels of the period are drawn, so that the range is one for the metric that will be measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reportgen.measure.drift.drift import quantile_edges
from reportgen.measure.estimated.calibration import Calibrated, Counted, calibrate
from reportgen.measure.monitoring.performance import Scored
from reportgen.measure.statistics.bootstrap import seed_of
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array
from reportgen.report.value import Interval

__all__ = [
    "FEWEST_LABELLED",
    "FEWEST_OF_A_CLASS",
    "binary_numbers",
    "estimate_binary",
    "ranges",
    "sorted_rows",
]

FEWEST_LABELLED = 100
FEWEST_OF_A_CLASS = 10
"""Labelled rows of the reference, and of each of its classes, without which nothing is estimated."""
METHOD = "labels and calibration drawn anew"
_BINS_BEFORE, _BINS_NOW = 60, 20
_SMALLEST = float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """Rows of one period by bin of the score, then by prediction; no cell is empty.

    Attributes
    ----------
    rows, score, predicted : shape (c,); mean score; 1 or 0
    starts : shape (b,), the first cell of each bin
    losses : metric -> what a row costs on average when it comes true, and when not; shape (c,)
    """

    rows: Array
    score: Array
    predicted: Array
    starts: Array
    losses: Mapping[str, tuple[Array, Array]]


def estimate_binary(
    reference: Scored, periods: tuple[Scored, ...], level: float
) -> tuple[str, tuple[dict[str, Estimate], ...]]:
    """Estimate the metrics of two classes with a score.

    Parameters
    ----------
    reference : labelled rows; others are left out
    periods : rows whose labels are not looked at

    Returns
    -------
    the calibration in words, and for each period metric -> estimate

    Notes
    -----
    What is estimated is a metric of the expected counts, as confidence-based estimation does:
    expected true positives over rows predicted positive, and the like. The area under the ROC
    curve takes the scores of one bin as ties; bins are sixtieths of the reference and twentieths
    of the periods. What follows is right as long as a score is worth what it was: no change of
    what the outcome depends on.

    References
    ----------
    Kivimäki et al. (2025), confidence-based performance estimation.
    """
    assert reference.score is not None
    rows = sorted_rows(reference)
    assert rows.score is not None
    known = rows.labelled & ~np.isnan(rows.score)
    truth, score = rows.truth[known] == 1, rows.score[known]
    held = [one.score[~np.isnan(one.score)] for one in periods if one.score is not None]
    every = np.concatenate([score, *held])
    probabilities = bool(len(every)) and every.min() >= 0 and every.max() <= 1
    cuts = quantile_edges(score, _BINS_BEFORE)
    codes = np.searchsorted(cuts, score)
    many = np.bincount(codes, minlength=len(cuts) + 1)
    filled = many > 0
    sums = np.bincount(codes, weights=score, minlength=len(cuts) + 1)
    ups = np.bincount(codes, weights=truth, minlength=len(cuts) + 1)[filled]
    counted = Counted(
        score=sums[filled] / many[filled], ups=ups, downs=many[filled].astype(float) - ups
    )
    cells = [_cells(one, cuts, probabilities=probabilities) for one in periods]
    asked = np.concatenate([one.score for one in cells])
    curve = calibrate(counted, asked, probabilities=probabilities)
    ends = np.cumsum([len(one.score) for one in cells])
    found = []
    for one, end in zip(cells, ends, strict=True):
        own = slice(int(end) - len(one.score), int(end))
        part = Calibrated(curve=curve.curve, chance=curve.chance[own], drawn=curve.drawn[:, own])
        found.append(_estimated(one, part, level))
    return f"{curve.curve} calibration", tuple(found)


def sorted_rows(rows: Scored) -> Scored:
    """Put rows in the order of what they hold, so that sums do not depend on the file's."""
    columns = [rows.truth, rows.predicted, rows.predicted if rows.score is None else rows.score]
    return rows.take(np.lexsort([np.nan_to_num(column, nan=-1e300) for column in columns]))


def _cells(period: Scored, cuts: Array, *, probabilities: bool) -> _Cells:
    assert period.score is not None
    use = np.flatnonzero(~np.isnan(period.score) & ~np.isnan(period.predicted))
    use = use[np.argsort(period.score[use], kind="stable")]  # rows of one score add up alike
    score, predicted = period.score[use], period.predicted[use] == 1
    own = np.union1d(cuts, score[len(score) * np.arange(1, _BINS_NOW) // _BINS_NOW])
    codes = np.searchsorted(own, score) * 2 + predicted
    held, code = np.unique(codes, return_inverse=True)
    rows = np.bincount(code, minlength=len(held)).astype(float)

    def mean(column: Array) -> Array:
        return np.asarray(np.bincount(code, weights=column, minlength=len(held)) / rows)

    losses = {}
    if probabilities:
        inside = np.clip(score, _SMALLEST, 1 - _SMALLEST)
        losses = {
            "brier": (mean((1 - score) ** 2), mean(score**2)),
            "log_loss": (mean(-np.log(inside)), mean(-np.log(1 - inside))),
        }
    return _Cells(
        rows=rows,
        score=mean(score),
        predicted=held % 2,
        starts=np.flatnonzero(np.diff(held // 2, prepend=-1)),
        losses=losses,
    )


def _estimated(cells: _Cells, curve: Calibrated, level: float) -> dict[str, Estimate]:
    number = _metrics(cells, cells.rows * curve.chance)
    random = np.random.default_rng(seed_of(cells.rows))
    drawn = random.binomial(cells.rows.astype(np.int64), np.clip(curve.drawn, 0.0, 1.0))
    return ranges(number, _metrics(cells, drawn.astype(float)), int(cells.rows.sum()), level)


def ranges(
    numbers: Mapping[str, Array], drawn: Mapping[str, Array], n: int, level: float
) -> dict[str, Estimate]:
    """Put the range of the draws around each number; a reason where there is none.

    Parameters
    ----------
    numbers : metric -> shape ()
    drawn : metric -> shape (draws,), NaN where a draw leaves it undefined
    """
    ends = (1 - level) / 2, (1 + level) / 2
    every = np.array(list(drawn.values()))
    finite = np.isfinite(every)
    if finite.all():
        bounds = np.quantile(every, ends, axis=1, method="weibull")
    else:
        bounds = np.array(
            [_bounds(own[its], ends) for own, its in zip(every, finite, strict=True)]
        ).T
    defined = finite.mean(axis=1)
    found = {}
    for at, (name, number) in enumerate(numbers.items()):
        if not np.isfinite(number) or defined[at] < 0.9:
            found[name] = Estimate(number=None, n=n, reason="too few rows are expected to tell")
            continue
        low, high, middle = float(bounds[0, at]), float(bounds[1, at]), float(number)
        interval = Interval(
            low=min(low, middle), high=max(high, middle), level=level, method=METHOD
        )
        found[name] = Estimate(number=middle, n=n, interval=interval)
    return found


def _bounds(drawn: Array, ends: tuple[float, float]) -> Array:
    return np.quantile(drawn, ends, method="weibull") if len(drawn) else np.zeros(2)


def _metrics(cells: _Cells, ups: Array) -> dict[str, Array]:
    """Measure so many rows that come true in each cell, shape (..., c)."""
    downs = cells.rows - ups
    said = cells.predicted == 1
    tp, fp = ups[..., said].sum(axis=-1), downs[..., said].sum(axis=-1)
    fn, tn = ups[..., ~said].sum(axis=-1), downs[..., ~said].sum(axis=-1)
    found = binary_numbers(tn, fp, fn, tp)
    found["roc_auc"] = _area(
        np.add.reduceat(ups, cells.starts, axis=-1), np.add.reduceat(downs, cells.starts, axis=-1)
    )
    for name, (hit, missed) in cells.losses.items():
        found[name] = (ups * hit + downs * missed).sum(axis=-1) / cells.rows.sum()
    return found


def binary_numbers(tn: Array, fp: Array, fn: Array, tp: Array) -> dict[str, Array]:
    """Measure counts of two classes, NaN where a metric is not defined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        recall, specificity = tp / (tp + fn), tn / (tn + fp)
        root = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
        return {
            "accuracy": np.asarray((tp + tn) / (tn + fp + fn + tp)),
            "balanced_accuracy": np.asarray((recall + specificity) / 2),
            "precision": np.asarray(tp / (tp + fp)),
            "recall": np.asarray(recall),
            "specificity": np.asarray(specificity),
            "f1": np.asarray(2 * tp / (2 * tp + fp + fn)),
            "matthews_corrcoef": np.asarray((tp * tn - fp * fn) / root),
            "prevalence": np.asarray((tp + fn) / (tn + fp + fn + tp)),
        }


def _area(ups: Array, downs: Array) -> Array:
    """Area under the ROC curve of rows by rising bins of the score, shape (..., b)."""
    won = (np.cumsum(downs, axis=-1) - downs / 2) * ups
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(won.sum(axis=-1) / (ups.sum(axis=-1) * downs.sum(axis=-1)))
