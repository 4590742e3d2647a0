"""Metrics of labelled rows per slot (period, group): counted once, sorted once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.monitoring.columns import level_codes
from reportgen.measure.monitoring.performance_multiclass import measure_multiclass
from reportgen.measure.monitoring.performance_regression import measure_regression
from reportgen.measure.monitoring.slots import (
    Many,
    averages,
    delta,
    shares,
    slot_sums,
    too_few,
    transformed,
)
from reportgen.measure.statistics.intervals import Array, quantile_t
from reportgen.measure.statistics.ranking import newcombe_auc
from reportgen.report.spec import Task

__all__ = [
    "Scored",
    "area_intervals",
    "label_metrics",
    "measure_slots",
    "metrics_of",
    "no_losses",
    "scored_rows",
]

CUT = 0.5
"""A score from here on predicts the positive class, when the data hold no prediction."""

_METRICS: Mapping[Task, tuple[str, ...]] = {
    "classification": (
        "accuracy",
        "balanced_accuracy",
        "precision",
        "recall",
        "specificity",
        "f1",
        "matthews_corrcoef",
        "roc_auc",
        "brier",
        "log_loss",
        "prevalence",
        "selection_rate",
    ),
    "multiclass": ("accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro"),
    "regression": ("mae", "rmse", "r2", "mean_error"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What was predicted and what came true, row by row.

    Attributes
    ----------
    truth, predicted : shape (n,); 1 and 0 for two classes, codes for several, numbers for
        regression; NaN where missing
    score : shape (n,), NaN where missing; None where there is none
    classes : how many, for multiclass
    cut : whether `predicted` was cut from the score
    """

    task: Task
    truth: Array
    predicted: Array
    score: Array | None = None
    classes: int = 2
    cut: bool = False

    @property
    def labelled(self) -> Array:
        """Rows whose truth is known, shape (n,) bool."""
        return ~np.isnan(self.truth)

    def take(self, rows: Array) -> Scored:
        """Some of the rows, by position."""
        return replace(
            self,
            truth=self.truth[rows],
            predicted=self.predicted[rows],
            score=None if self.score is None else self.score[rows],
        )


def metrics_of(task: Task, *, score: bool) -> tuple[str, ...]:
    """Names of the metrics of a task, in the order in which they are shown."""
    needs_score = {"roc_auc", "brier", "log_loss"}
    return tuple(name for name in _METRICS[task] if score or name not in needs_score)


def scored_rows(
    frame: pd.DataFrame,
    task: Task,
    target: str,
    prediction: str | None,
    score: str | None,
    positive: Any,
    levels: tuple[str, ...] = (),
) -> Scored:
    """Read the columns into numbers.

    Parameters
    ----------
    frame : has `target`, and `prediction` or `score`
    levels : of all classes as text, for multiclass
    """
    scores = _numbers(frame[score]) if score is not None else None
    if task == "regression":
        guess = _numbers(frame[prediction or score])
        return Scored(task=task, truth=_numbers(frame[target]), predicted=guess)
    if task == "multiclass":
        codes = pd.Index(levels)
        truth, guess = (_coded(frame[name], codes) for name in (target, prediction or target))
        return Scored(task=task, truth=truth, predicted=guess, classes=len(levels))
    truth = _binary(frame[target], positive)
    if prediction is not None:
        return Scored(
            task=task, truth=truth, predicted=_binary(frame[prediction], positive), score=scores
        )
    assert scores is not None
    guess = np.where(np.isnan(scores), np.nan, scores >= CUT)
    return Scored(task=task, truth=truth, predicted=guess, score=scores, cut=True)


def _numbers(values: pd.Series[Any]) -> Array:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _binary(values: pd.Series[Any], positive: Any) -> Array:
    """1 for the positive level, 0 for any other, NaN for none."""
    hit = (values == positive).to_numpy(dtype=bool, na_value=False)
    return np.where(values.isna().to_numpy(), np.nan, hit.astype(float))


def _coded(values: pd.Series[Any], levels: pd.Index[Any]) -> Array:
    codes, texts = level_codes(values)
    places = np.append(levels.get_indexer(pd.Index(texts)), -1)  # the last: a missing level
    found = places[codes]
    return np.where(found < 0, np.nan, found.astype(float))


def measure_slots(scored: Scored, slot: Array, slots: int, level: float) -> dict[str, Many]:
    """Measure every metric of the task in every slot.

    Parameters
    ----------
    slot : shape (n,), code of each row's slot, or -1 for a row that is in none
    """
    use = (slot >= 0) & scored.labelled
    both = use & ~np.isnan(scored.predicted)
    where, truth, predicted = slot[both], scored.truth[both], scored.predicted[both]
    if scored.task == "regression":
        return measure_regression(truth, predicted, where, slots, level)
    if scored.task == "multiclass":
        codes = truth.astype(np.intp), predicted.astype(np.intp)
        return measure_multiclass(*codes, scored.classes, where, slots, level)
    codes = where * 4 + (truth == 1) * 2 + (predicted == 1)
    cells = np.bincount(codes, minlength=slots * 4).reshape(slots, 4)
    found = label_metrics(cells, level)
    if scored.score is not None:
        has = use & ~np.isnan(scored.score)
        found |= _scores(scored.truth[has] == 1, scored.score[has], slot[has], slots, level)
    names = metrics_of("classification", score=scored.score is not None)
    return {name: found[name] for name in names}


def label_metrics(cells: Array, level: float) -> dict[str, Many]:
    """Measure what follows from the table of truth and prediction.

    Parameters
    ----------
    cells : shape (k, 4), rows that are true negative, false positive, false negative, true positive
    """
    tn, fp, fn, tp = cells.T
    n = cells.sum(axis=1)
    few = too_few(n)

    def share(hits: Array, among: Array, lacking: str) -> Many:
        return shares(hits, among, level, lacking=lacking, reasons=few)

    recall = share(tp, tp + fn, "no row is positive")
    specificity = share(tn, tn + fp, "no row is negative")
    # Of the rows that are positive or predicted so, TP is binomial: Wilson, then onto F1.
    jaccard = share(tp, tp + fp + fn, "no row is positive or predicted positive")
    return {
        "accuracy": share(tp + tn, n, "no labelled rows"),
        "balanced_accuracy": _balanced(recall, specificity, n),
        "precision": share(tp, tp + fp, "no row is predicted positive"),
        "recall": recall,
        "specificity": specificity,
        "f1": transformed(jaccard, lambda j: 2 * j / (1 + j), "wilson of the Jaccard index"),
        "matthews_corrcoef": _matthews(cells, level, few),
        "prevalence": share(tp + fn, n, "no labelled rows"),
        "selection_rate": share(tp + fp, n, "no labelled rows"),
    }


def _balanced(recall: Many, specificity: Many, n: Array) -> Many:
    """Average of two independent shares, their intervals combined (Zou and Donner, 2008)."""
    below = np.hypot(recall.number - recall.low, specificity.number - specificity.low) / 2
    above = np.hypot(recall.high - recall.number, specificity.high - specificity.number) / 2
    mean = (recall.number + specificity.number) / 2
    return Many(
        number=mean,
        low=mean - below,
        high=mean + above,
        n=n,
        level=recall.level,
        method="mover",
        lacking="all rows are of one class",
        reasons=recall.reasons,
    )


def _matthews(cells: Array, level: float, few: Mapping[int, str]) -> Many:
    """Matthews correlation with the interval of its linearised variance."""
    n = cells.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        d, b, c, a = (cells / n[:, None]).T  # tn, fp, fn, tp as shares
        top, spread = a * d - b * c, np.sqrt((a + b) * (a + c) * (d + b) * (d + c))
        number = top / spread
        half = top / 2
        gradient = [
            (d - half * (1 / (a + b) + 1 / (a + c))) / spread,
            (-c - half * (1 / (a + b) + 1 / (d + b))) / spread,
            (-b - half * (1 / (a + c) + 1 / (d + c))) / spread,
            (a - half * (1 / (d + b) + 1 / (d + c))) / spread,
        ]
        moments = sum(
            share * slope**2 for share, slope in zip((a, b, c, d), gradient, strict=True)
        )
        centre = sum(share * slope for share, slope in zip((a, b, c, d), gradient, strict=True))
        variance = np.maximum(moments - centre**2, 0) / n
    lacking = "truth or prediction is of one class"
    return delta(number, variance, n, level, lacking=lacking, reasons=few, bounds=(-1, 1))


def _scores(truth: Array, score: Array, slot: Array, slots: int, level: float) -> dict[str, Many]:
    n = np.bincount(slot, minlength=slots)
    found = {"roc_auc": _area(truth, score, slot, slots, level, too_few(n))}
    if len(score) and (score.min() < 0 or score.max() > 1):
        return found | no_losses(n, float(score.min()), float(score.max()), level)
    edge = np.finfo(float).eps  # as scikit-learn does, so that a sure miss costs 36 and not inf
    right = np.clip(np.where(truth, score, 1 - score), edge, 1 - edge)
    losses = (("brier", (truth - score) ** 2), ("log_loss", -np.log(right)))
    for name, loss in losses:
        sums, squares = (slot_sums(slot, slots, column) for column in (loss, loss**2))
        found[name] = averages(sums, squares, n, level, reasons=too_few(n))
    return found


def no_losses(n: Array, low: float, high: float, level: float) -> dict[str, Many]:
    """Say why scores from `low` to `high` have no loss, in each slot of n rows."""
    reason = f"the score is not a probability: it runs from {low:g} to {high:g}"
    nothing = np.full(len(n), np.nan)
    none = averages(nothing, nothing, n, level, reasons=dict.fromkeys(range(len(n)), reason))
    return {"brier": none, "log_loss": none}


def _area(
    truth: Array, score: Array, slot: Array, slots: int, level: float, few: Mapping[int, str]
) -> Many:
    """Area under the ROC curve of every slot, from one sort.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988); Sun and Xu (2014); on the logit scale.
    """
    order = np.argsort(score)
    # Few slots sort as 16-bit numbers by counting, which leaves the order of scores as it is.
    narrow = np.int16 if slots < 2**15 else np.int64
    order = order[np.argsort(slot[order].astype(narrow), kind="stable")]
    home, value, hit = slot[order], score[order], truth[order]
    starts = np.flatnonzero(
        np.diff(home, prepend=-1) | np.diff(value, prepend=np.nan).astype(bool)
    )
    block = home[starts]  # a block: the rows of one slot with one score
    ups = np.add.reduceat(hit, starts, dtype=float) if len(starts) else np.zeros(0)
    downs = np.diff(starts, append=len(home)) - ups
    positives, negatives = slot_sums(block, slots, ups), slot_sums(block, slots, downs)
    below_up = np.cumsum(ups) - ups - (np.cumsum(positives) - positives)[block]
    below_down = np.cumsum(downs) - downs - (np.cumsum(negatives) - negatives)[block]
    won = below_down + downs / 2  # by a positive row of the block, over the negative ones
    lost = positives[block] - below_up - ups / 2  # by a negative row, to the positive ones
    with np.errstate(divide="ignore", invalid="ignore"):
        # Whole numbers are added before they are divided: a perfect ranking is exactly 1.
        area = slot_sums(block, slots, ups * won) / (positives * negatives)
        up, down = (
            slot_sums(block, slots, np.nan_to_num(rows * (place - area[block]) ** 2))
            for rows, place in ((ups, won / negatives[block]), (downs, lost / positives[block]))
        )
    n = np.bincount(slot, minlength=slots)
    return area_intervals(area, (up, down), (positives, negatives), n, level, few)


def area_intervals(
    area: Array,
    spread: tuple[Array, Array],
    many: tuple[Array, Array],
    n: Array,
    level: float,
    few: Mapping[int, str],
) -> Many:
    """Put DeLong's interval, on the logit scale, around areas under the ROC curve.

    Parameters
    ----------
    area : shape (k,), NaN where the labels are of one class
    spread : sums of squared distances of the placements from the area, of positives, negatives
    many : how many positives and negatives there are
    """
    variance, doubt = np.zeros(len(area)), np.zeros(len(area))
    with np.errstate(divide="ignore", invalid="ignore"):
        for off, rows in zip(spread, many, strict=True):
            own = off / (rows * (rows - 1))
            variance += own
            doubt += own**2 / (rows - 1)
        freedom = np.nan_to_num(variance**2 / doubt, nan=1.0, posinf=1.0)
        reach = np.array([quantile_t(level, df) for df in freedom])
        low, high = _logit_bounds(area, reach * np.sqrt(variance))
    for at in np.flatnonzero(np.isfinite(area) & ~np.isfinite(low)):
        sure = newcombe_auc(float(area[at]), float(many[0][at]), float(many[1][at]), level)
        low[at], high[at] = sure.low, sure.high
    return Many(
        number=area,
        low=low,
        high=high,
        n=n,
        level=level,
        method="delong (logit)",
        lacking="the labels are of one class",
        reasons=few,
    )


def _logit_bounds(number: Array, reach: Array) -> tuple[Array, Array]:
    """Bounds on the logit scale; NaN where the reach is 0 or the number on the edge."""
    half = reach / (number * (1 - number))
    middle = np.log(number / (1 - number))
    usable = np.isfinite(middle) & np.isfinite(half) & (half > 0)
    low, high = (1 / (1 + np.exp(-np.clip(middle + side * half, -700, 700))) for side in (-1, 1))
    return np.where(usable, low, np.nan), np.where(usable, high, np.nan)
