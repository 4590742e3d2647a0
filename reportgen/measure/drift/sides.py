"""Whether a linear classifier can tell the rows of now from those before, and what chance gives.

Ridge regression on a matrix of likenesses (a kernel), with all folds of its cross-validation, and
all shuffles of the labels, from one inverse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.measure.statistics.intervals import Array, normal_quantile

__all__ = ["FEWEST", "PER_SIDE", "Told", "tell_sides"]

PER_SIDE, FEWEST = 600, 40
"""Rows of a side that are looked at at most, and at least."""
FOLDS, SHUFFLES = 5, 99
_RIDGE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How well two sides can be told apart.

    Attributes
    ----------
    auc : 0.5 where nothing tells them apart
    noise : what chance exceeds with the probability that was asked for
    """

    auc: float
    noise: float


def tell_sides(likeness: Array, is_now: Array, seed: int, chance: float) -> Told:
    """Classify rows by side, each by a model that has not seen it.

    Parameters
    ----------
    likeness : shape (n, n), inner products of rows whose squared length is 1 on average, centred
    is_now : shape (n,), bool, both sides there, in an order of the content
    seed : from the content; for the folds and the shuffles
    chance : that `noise` is exceeded where the sides are alike

    Notes
    -----
    With ``M = ridge (K + ridge I)^-1`` the residual of a fold that was left out is
    ``M_FF^-1 (M y)_F``. The area under the ROC curve is that of each fold, averaged: scores of
    different models do not compare. The noise level is that of labels shuffled 99 times, as a
    normal distribution of their mean and spread.
    """
    from scipy.linalg import cho_factor, cho_solve

    n = len(is_now)
    random = np.random.default_rng(seed)
    kernel = likeness + 1.0  # a constant of its own
    inverse = cho_solve(cho_factor(kernel + _RIDGE * np.eye(n), lower=True), np.eye(n))
    apart = _RIDGE * (inverse + inverse.T) / 2
    labels = np.empty((n, 1 + SHUFFLES))
    labels[:, 0] = is_now
    for at in range(SHUFFLES):
        labels[:, at + 1] = random.permutation(is_now)
    residuals = apart @ labels
    place = random.permutation(n) % FOLDS
    areas = np.zeros((FOLDS, 1 + SHUFFLES))
    pairs = np.zeros((FOLDS, 1 + SHUFFLES))
    for fold in range(FOLDS):
        inside = np.flatnonzero(place == fold)
        off = np.linalg.solve(apart[np.ix_(inside, inside)], residuals[inside])
        areas[fold], pairs[fold] = _areas(labels[inside], labels[inside] - off)
    auc = (areas * pairs).sum(axis=0) / np.maximum(pairs.sum(axis=0), 1)
    usual = auc[1:]
    noise = float(usual.mean() + normal_quantile(1 - chance) * usual.std(ddof=1))
    return Told(auc=float(auc[0]), noise=min(max(noise, 0.5), 1.0))


def _areas(labels: Array, scores: Array) -> tuple[Array, Array]:
    """Areas under the ROC curves of columns, and the pairs behind each, shape (k,)."""
    from scipy.stats import rankdata

    ranks = rankdata(np.round(scores, 9), axis=0)
    ups = labels.sum(axis=0)
    downs = len(labels) - ups
    pairs = ups * downs
    wins = (ranks * labels).sum(axis=0) - ups * (ups + 1) / 2
    return np.where(pairs > 0, wins / np.maximum(pairs, 1), 0.5), pairs
