"""The one number that importance is told in: what it is, and how far each row moves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from reportgen.measure.evaluation.rows import Rows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.intervals import Array
from reportgen.measure.statistics.ranking import rank, roc_influence
from reportgen.report.frame import Answers

__all__ = ["LOSS_SIGN", "degrees_of_freedom", "headline_of", "influence_of", "judged"]

Influence: TypeAlias = Callable[[Array, Array, Array], tuple[float, Array]]

LOSS_SIGN: Mapping[str, int] = {"roc_auc": -1, "accuracy": -1, "rmse": 1}
"""What turns a change of the metric into a change for the worse."""


def headline_of(rows: Rows) -> str:
    """Choose the metric of a kind of model.

    Returns
    -------
    ``roc_auc`` for two classes with scores, ``rmse`` for numbers, ``accuracy`` for all else: the
    log loss of a model that gives a probability of 0 is as large as one cares to clip it.
    """
    if isinstance(rows, RegressionRows):
        return "rmse"
    if isinstance(rows, MulticlassRows) or rows.scores is None:
        return "accuracy"
    return "roc_auc"


def judged(metric: str, answers: Answers, classes: Sequence[Any], positive: Any) -> Array | None:
    """Read from the answers what the metric looks at, in the form of the measured rows' truth.

    Returns
    -------
    shape (n,): scores, numbers, codes of classes, or whether the positive class was predicted;
    None when a row has no answer
    """
    if metric == "roc_auc":
        return None if answers.scores is None else _finite(answers.scores)
    if metric == "rmse":
        return _finite(answers.predicted)
    said = np.asarray(answers.predicted, dtype=object)
    codes, levels = pd.factorize(said)
    if (codes < 0).any():
        return None
    if positive is not None:
        hits = np.array([level == positive for level in levels], dtype=bool)
        return hits[codes]
    places = {level: place for place, level in enumerate(classes)}
    known = np.array([places.get(level, -1) for level in levels], dtype=np.intp)
    return known[codes]


def _finite(numbers: Any) -> Array | None:
    found = np.asarray(numbers, dtype=float)
    return found if np.isfinite(found).all() else None


def influence_of(metric: str, truth: Array, said: Array, weights: Array) -> tuple[float, Array]:
    """Compute the metric, and how far each row moves it.

    Parameters
    ----------
    truth, said : shape (n,), as `judged` gives them
    weights : shape (n,), not negative

    Returns
    -------
    number : NaN where it is not defined
    influence : shape (n,), sums to 0; to first order, the metric of other rows of this kind lies
        this sum over them away
    """
    return _INFLUENCES[metric](truth, said, weights)


def _area(truth: Array, said: Array, weights: Array) -> tuple[float, Array]:
    alike = bool((weights == weights[:1]).all())
    ranked = rank(truth, said, None if alike else weights)
    moved = np.zeros(len(truth))
    if ranked.total_positive <= 0 or ranked.total_negative <= 0:
        return float("nan"), moved
    area, components = roc_influence(ranked)
    moved[ranked.order] = components
    return area, moved


def _share_right(truth: Array, said: Array, weights: Array) -> tuple[float, Array]:
    return _mean((truth == said).astype(float), weights)


def _root_square(truth: Array, said: Array, weights: Array) -> tuple[float, Array]:
    mean, moved = _mean((said - truth) ** 2, weights)
    root = sqrt(max(mean, 0.0)) if mean == mean else mean
    return root, moved / (2 * root) if root > 0 else moved


def _mean(losses: Array, weights: Array) -> tuple[float, Array]:
    total = float(weights.sum())
    if total <= 0:
        return float("nan"), np.zeros(len(losses))
    mean = float((weights * losses).sum()) / total
    return mean, weights / total * (losses - mean)


_INFLUENCES: Mapping[str, Influence] = {
    "roc_auc": _area,
    "accuracy": _share_right,
    "rmse": _root_square,
}


def degrees_of_freedom(metric: str, truth: Array, clusters: Array | None) -> int:
    """Count what the variance rests on: rows or clusters; for an area, of the rarer class."""
    masks = (truth, ~truth) if metric == "roc_auc" else (np.ones(len(truth), dtype=bool),)
    sizes = [
        int(mask.sum()) if clusters is None else len(np.unique(clusters[mask])) for mask in masks
    ]
    return min(sizes) - 1
