"""Several classes: is the true one among the few with the highest scores?"""

from __future__ import annotations

import numpy as np

from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, proportion, ratio, with_weight

__all__ = ["top_accuracies"]


def top_accuracies(rows: MulticlassRows, level: float = 0.95) -> dict[str, Estimate]:
    """Estimate the share of rows whose class is among the k with the highest scores.

    Returns
    -------
    for k of 2 and 3, where the model knows more classes than that

    Notes
    -----
    Where the k-th place is shared, a row counts in part, as if the tie were broken by lot:
    constant scores then earn k over the number of classes, and not 1. A class that the model does
    not know is never among them.

    Examples
    --------
    >>> scores = np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]])
    >>> rows = MulticlassRows(truth=np.array([1, 0]), predicted=np.array([0, 2]), classes=3,
    ...                       scores=scores)
    >>> top_accuracies(rows)["top_2_accuracy"].number
    0.5
    """
    rows = with_weight(rows)
    if rows.scores is None or len(rows.truth) == 0:
        return {}
    known = rows.scores.shape[1]
    weights = np.ones(len(rows.truth)) if rows.weights is None else rows.weights
    strange = rows.truth >= known
    own = np.take_along_axis(rows.scores, np.where(strange, 0, rows.truth)[:, None], axis=1)
    higher, level_with = (rows.scores > own).sum(axis=1), (rows.scores == own).sum(axis=1)
    found = {}
    for k in (2, 3):
        if k < known:
            credit = np.where(strange, 0.0, np.clip((k - higher) / level_with, 0.0, 1.0))
            found[f"top_{k}_accuracy"] = _mean_credit(rows, credit, weights, level)
    return found


def _mean_credit(rows: MulticlassRows, credit: Array, weights: Array, level: float) -> Estimate:
    whole = bool(((credit == 0) | (credit == 1)).all())
    if whole and rows.weights is None and rows.clusters is None:
        return proportion(int(credit.sum()), len(credit), level)
    return ratio(weights * credit, weights, level, clusters=rows.clusters)
