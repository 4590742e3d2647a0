"""Performance of classes before their labels are in, from the prediction and how sure it is.

For several classes, and for two without a score. Of the rows that were predicted as one class,
labelled rows tell which share was right, by the score where there is one, and what the others
were. That gives the table of truth against prediction that a period will have.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from reportgen.measure.drift.drift import quantile_edges
from reportgen.measure.estimated.calibration import DRAWS, Calibrated, Counted, calibrate
from reportgen.measure.estimated.classes import binary_numbers, ranges, sorted_rows
from reportgen.measure.monitoring.performance import Scored
from reportgen.measure.statistics.bootstrap import seed_of
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array

__all__ = ["estimate_tables", "table_numbers"]

_BINS = 30
_FEWEST_TO_CALIBRATE = 50
"""Labelled rows of a predicted class from which its share that is right may depend on the score."""
_MOST_CALIBRATED = 20
"""Classes, beyond which one share for each has to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """The rows of one period that were predicted as one class, by the score.

    Attributes
    ----------
    rows, score : shape (c,)
    """

    rows: Array
    score: Array


def estimate_tables(
    reference: Scored, periods: tuple[Scored, ...], level: float
) -> tuple[str, tuple[dict[str, Estimate], ...]]:
    """Estimate the metrics that follow from the table of truth against prediction.

    Parameters
    ----------
    reference : labelled rows; others are left out
    periods : rows whose labels are not looked at

    Returns
    -------
    the method in words, and for each period metric -> estimate

    Notes
    -----
    A class that was never predicted on labelled rows is taken to be right as often as all others
    together.
    """
    known = reference.labelled & ~np.isnan(reference.predicted)
    rows = sorted_rows(reference.take(np.flatnonzero(known)))
    periods = tuple(sorted_rows(one) for one in periods)
    many = reference.classes
    by_score = rows.score is not None and many <= _MOST_CALIBRATED
    wrong = _where_wrong(rows, many)
    classes = []
    for code in range(many):
        own = rows.take(np.flatnonzero(rows.predicted == code))
        classes.append(
            _calibrated(own if len(own.truth) else rows, code, periods, by_score=by_score)
        )
    found = tuple(
        _estimated(
            [(held[at], curves[at]) for held, curves in classes],
            wrong,
            int((~np.isnan(period.predicted)).sum()),
            level,
        )
        for at, period in enumerate(periods)
    )
    words = "how often each predicted class was right"
    return f"{words}, by its score" if by_score else words, found


def _estimated(
    classes: list[tuple[_Said, Calibrated]], wrong: Array, n: int, level: float
) -> dict[str, Estimate]:
    """Put the table of one period together, as expected and as drawn."""
    many = len(classes)
    expected, drawn = np.zeros((many, many)), np.zeros((DRAWS, many, many))
    for code, (said, curve) in enumerate(classes):
        right = float((said.rows * curve.chance).sum())
        expected[code] = (said.rows.sum() - right) * wrong[code]
        expected[code, code] += right
        drawn[:, code] = _drawn(said, curve, wrong[code], code)
    return ranges(table_numbers(expected), table_numbers(drawn), n, level)


def _where_wrong(rows: Scored, many: int) -> Array:
    """Shares of the true classes among the mistakes of each predicted class, shape (k, k)."""
    missed = rows.truth != rows.predicted
    code = rows.predicted[missed].astype(np.intp) * many + rows.truth[missed].astype(np.intp)
    counts = np.bincount(code, minlength=many**2).reshape(many, many).astype(float)
    none = counts.sum(axis=1) == 0
    counts[none] = counts.sum(axis=0) + 1.0  # no mistake yet: as those of the other classes
    np.fill_diagonal(counts, 0.0)
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300))


def _calibrated(
    own: Scored, code: int, periods: tuple[Scored, ...], *, by_score: bool
) -> tuple[list[_Said], list[Calibrated]]:
    """Calibrate one predicted class, and read the curve at the rows of every period."""
    right = (own.truth == own.predicted).astype(float)
    by_score = by_score and len(right) >= _FEWEST_TO_CALIBRATE
    score = _score(own, by_score=by_score)
    cuts = quantile_edges(score, _BINS)
    held = [_said(one, code, cuts, float(score.mean()), by_score=by_score) for one in periods]
    codes = np.searchsorted(cuts, score)
    rows = np.bincount(codes)
    filled = rows > 0
    ups = np.bincount(codes, weights=right)[filled]
    centre = np.bincount(codes, weights=score)[filled] / rows[filled]
    counted = Counted(score=centre, ups=ups, downs=rows[filled] - ups)
    asked = np.concatenate([one.score for one in held])
    curve = calibrate(counted, asked, probabilities=False)
    ends = np.cumsum([0, *(len(one.score) for one in held)])
    return held, [
        Calibrated(
            curve=curve.curve,
            chance=curve.chance[start:end],
            drawn=curve.drawn[:, start:end],
        )
        for start, end in pairwise(ends)
    ]


def _score(rows: Scored, *, by_score: bool) -> Array:
    """Give the scores, the mean where one is missing; one number for all where none are used."""
    if not by_score or rows.score is None or np.isnan(rows.score).all():
        return np.zeros(len(rows.truth))
    return np.where(np.isnan(rows.score), np.nanmean(rows.score), rows.score)


def _said(period: Scored, code: int, cuts: Array, usual: float, *, by_score: bool) -> _Said:
    own = period.predicted == code
    score = np.full(int(own.sum()), usual)
    if by_score and period.score is not None:
        score = np.where(np.isnan(period.score[own]), usual, period.score[own])
    codes = np.searchsorted(cuts, score)
    held, code_of, rows = np.unique(codes, return_inverse=True, return_counts=True)
    centre = np.bincount(code_of, weights=score, minlength=len(held)) / np.maximum(rows, 1)
    return _Said(rows=rows.astype(float), score=centre)


def _drawn(said: _Said, curve: Calibrated, wrong: Array, code: int) -> Array:
    """Draw what the rows of one predicted class turn out to be, shape (DRAWS, k)."""
    random = np.random.default_rng(seed_of(said.rows, np.array([code])))
    chance = np.clip(curve.drawn, 0.0, 1.0)
    hit = random.binomial(said.rows.astype(np.int64), chance).sum(axis=-1)
    missed = int(said.rows.sum()) - hit
    counts = random.multinomial(missed, wrong) if wrong.any() else np.zeros((DRAWS, len(wrong)))
    counts[:, code] += hit
    return np.asarray(counts)


def table_numbers(tables: Array) -> dict[str, Array]:
    """Measure tables of prediction (rows) against truth (columns), shape (..., k, k).

    Notes
    -----
    scikit-learn's averages: a class that is in neither truth nor prediction does not count. For
    two classes, the second is the positive one.
    """
    hit = np.diagonal(tables, axis1=-2, axis2=-1)
    said, true = tables.sum(axis=-1), tables.sum(axis=-2)
    if tables.shape[-1] == 2:
        tn, fn = tables[..., 0, 0], tables[..., 0, 1]
        fp, tp = tables[..., 1, 0], tables[..., 1, 1]
        return binary_numbers(tn, fp, fn, tp)
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = np.where(true > 0, hit / true, 0.0)
        precision = np.where(said > 0, hit / said, 0.0)
        f1 = np.where(true + said > 0, 2 * hit / (true + said), 0.0)
        seen = (true + said > 0).sum(axis=-1)
        return {
            "accuracy": np.asarray(hit.sum(axis=-1) / tables.sum(axis=(-2, -1))),
            "balanced_accuracy": np.asarray(recall.sum(axis=-1) / (true > 0).sum(axis=-1)),
            "precision_macro": np.asarray(precision.sum(axis=-1) / seen),
            "recall_macro": np.asarray(recall.sum(axis=-1) / seen),
            "f1_macro": np.asarray(f1.sum(axis=-1) / seen),
        }
