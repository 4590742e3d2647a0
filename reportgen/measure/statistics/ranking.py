"""How well scores put positive rows above negative ones: ROC, precision and recall, and lift."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import (
    Array,
    dense_codes,
    logit_interval,
    z_of,
)
from reportgen.report.value import Interval

__all__ = [
    "FEW_OF_A_CLASS",
    "Ranked",
    "average_precision",
    "influence_error",
    "newcombe_auc",
    "precision_recall_curve",
    "rank",
    "roc_auc",
    "roc_curve",
    "roc_influence",
    "worth_of",
]


FEW_OF_A_CLASS = 20
"""Below this, a variance that is estimated from the class misleads more than one assumed."""


def worth_of(members: Array, weights: Array | None) -> float:
    """Count the rows of a class; weighted ones for what they tell (Kish 1965).

    Parameters
    ----------
    members : shape (n,), bool
    weights : shape (n,), not negative

    Examples
    --------
    >>> worth_of(np.array([True, True, False]), np.array([1.0, 3.0, 1.0]))
    1.6
    """
    if weights is None:
        return float(members.sum())
    heavy = weights[members].astype(float)
    squares = float((heavy**2).sum())
    return float(heavy.sum()) ** 2 / squares if squares > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Rows from the highest score to the lowest, and what lies at or above each.

    Attributes
    ----------
    order : shape (n,), positions of the rows as they were given; n counts rows with a weight
    scores, truth, weights : shape (n,), in that order; truth is bool
    positives, negatives : shape (n,), weight with this score or a higher one
    ends : positions of the last row of each distinct score
    """

    order: Array
    scores: Array
    truth: Array
    weights: Array
    positives: Array
    negatives: Array
    ends: Array

    @property
    def total_positive(self) -> float:
        """Weight of all positive rows."""
        return float(self.positives[-1]) if len(self.positives) else 0.0

    @property
    def total_negative(self) -> float:
        """Weight of all negative rows."""
        return float(self.negatives[-1]) if len(self.negatives) else 0.0


def rank(truth: Array, scores: Array, weights: Array | None = None) -> Ranked:
    """Sort once; every ranking measure reads from it.

    Parameters
    ----------
    truth : shape (n,), bool
    scores : shape (n,), finite
    """
    if weights is None:
        order = np.argsort(-scores, kind="stable")
        heavy = np.ones(len(scores))
    else:
        order = np.lexsort((weights, truth, -scores))
        order = order[weights[order] > 0]  # a row that weighs nothing has no place in a ranking
        heavy = weights[order].astype(float)
    ordered, hit = scores[order], truth[order]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) if len(order) else order
    sizes = np.diff(ends, prepend=-1)
    return Ranked(
        order=order,
        scores=ordered,
        truth=hit,
        weights=heavy,
        positives=np.repeat(np.cumsum(heavy * hit)[ends], sizes),
        negatives=np.repeat(np.cumsum(heavy * ~hit)[ends], sizes),
        ends=ends,
    )


def _one_class(ranked: Ranked) -> Estimate | None:
    n = len(ranked.truth)
    if ranked.total_positive > 0 and ranked.total_negative > 0:
        return None
    reason = "no rows" if n == 0 else "all rows are of one class"
    return Estimate(number=None, n=n, reason=reason)


def roc_influence(ranked: Ranked) -> tuple[float, Array]:
    """Area under the ROC curve, and how far each row moves it.

    Returns
    -------
    area, and shape (n,) in the order of `ranked`, summing to 0: DeLong's structural components
    """
    positive, negative = ranked.total_positive, ranked.total_negative
    sizes = np.diff(ranked.ends, prepend=-1)
    above_positive = np.repeat(np.concatenate([[0], ranked.positives[ranked.ends[:-1]]]), sizes)
    above_negative = np.repeat(np.concatenate([[0], ranked.negatives[ranked.ends[:-1]]]), sizes)
    won = negative - (above_negative + ranked.negatives) / 2  # by a positive row
    lost = (above_positive + ranked.positives) / 2  # by a negative row
    # Whole numbers are added before they are divided: a perfect ranking is exactly 1.
    area = float((ranked.weights * won)[ranked.truth].sum()) / (positive * negative)
    share = np.where(ranked.truth, ranked.weights / positive, ranked.weights / negative)
    components = np.where(ranked.truth, won / negative, lost / positive)
    return area, share * (components - area)


def influence_error(
    influence: Array, groups: tuple[Array, ...], clusters: Array | None
) -> tuple[float, float | None]:
    """Standard error from the influence of each row; with clusters, from that of each cluster.

    Parameters
    ----------
    groups : masks of the classes, each of whose means has its own degrees of freedom
    clusters : shape (n,), codes from 0, or None

    Returns
    -------
    error, and its degrees of freedom (Welch and Satterthwaite's, for several groups)
    """
    if clusters is not None:
        sums = np.bincount(dense_codes(clusters), weights=influence)
        m = len(sums)
        if m < 2:
            return 0.0, None
        return sqrt(m / (m - 1) * float((sums**2).sum())), m - 1
    variance = doubt = 0.0
    for mask in groups:
        m = int(mask.sum())
        if m < 2:
            return 0.0, None
        own = m / (m - 1) * float((influence[mask] ** 2).sum())
        variance += own
        doubt += own**2 / (m - 1)
    return sqrt(variance), variance**2 / doubt if doubt > 0 else None


def newcombe_auc(area: float, positives: float, negatives: float, level: float) -> Interval:
    """Interval of an AUC that leans on no estimated variance, for separated or very few rows.

    References
    ----------
    Newcombe (2006), method 5: Hanley and McNeil's variance, inverted as a score interval.
    """
    z, n = z_of(level), (positives + negatives) / 2 - 1

    def outside(theta: float) -> bool:
        spread = 1 + n * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        variance = theta * (1 - theta) * spread / (positives * negatives)
        return (area - theta) ** 2 > z**2 * variance

    def bound(edge: float) -> float:
        inner, outer = area, edge
        for _ in range(60):
            middle = (inner + outer) / 2
            inner, outer = (inner, middle) if outside(middle) else (middle, outer)
        return inner

    return Interval(low=bound(0.0), high=bound(1.0), level=level, method="newcombe")


def roc_auc(ranked: Ranked, level: float = 0.95, *, clusters: Array | None = None) -> Estimate:
    """Estimate the area under the ROC curve.

    Parameters
    ----------
    clusters : shape (n,), codes from 0 in the order of the rows as given to `rank`

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988); Sun and Xu (2014) for O(n log n); Obuchowski (1997)
    for clusters; on the logit scale as in Pepe (2003), 5.2. With few rows of a class,
    `newcombe_auc`.
    """
    lacking = _one_class(ranked)
    if lacking is not None:
        return lacking
    area, influence = roc_influence(ranked)
    area, n = min(max(area, 0.0), 1.0), len(ranked.truth)
    few = int(ranked.truth.sum()), int((~ranked.truth).sum())
    if clusters is None and min(few) < FEW_OF_A_CLASS:
        return Estimate(number=area, n=n, interval=newcombe_auc(area, *few, level))
    own = None if clusters is None else clusters[ranked.order]
    error, df = influence_error(influence, (ranked.truth, ~ranked.truth), own)
    method = "delong (logit)" if clusters is None else "delong (logit), clustered"
    interval = logit_interval(area, error, level, method=method, df=df)
    if interval is None:  # separated, or one cluster: nothing says how far the area may move
        most = max(few) if own is None else len(np.unique(own))
        interval = newcombe_auc(area, min(few[0], most), min(few[1], most), level)
    return Estimate(number=area, n=n, interval=interval)


def average_precision(
    ranked: Ranked, level: float = 0.95, *, clusters: Array | None = None
) -> Estimate:
    """Estimate precision, averaged over the positive rows' own scores.

    Notes
    -----
    The interval comes from the influence of each row (infinitesimal jackknife) on the logit
    scale: a row counts through its own precision and through that of all rows below it.
    """
    n = len(ranked.truth)
    if ranked.total_positive <= 0:
        return Estimate(number=None, n=n, reason="no row is positive" if n else "no rows")
    reached = ranked.positives + ranked.negatives
    precision = ranked.positives / reached
    hit = ranked.weights * ranked.truth
    number = float((hit * precision).sum() / ranked.total_positive)
    number = min(max(number, 0.0), 1.0)
    sizes = np.diff(ranked.ends, prepend=-1)
    below_one = _at_or_below(hit / reached, ranked.ends, sizes)
    below_precision = _at_or_below(hit * precision / reached, ranked.ends, sizes)
    pull = ranked.truth * (precision - number + below_one) - below_precision
    influence = ranked.weights * pull / ranked.total_positive
    own = None if clusters is None else clusters[ranked.order]
    error, df = influence_error(influence, (np.ones(n, dtype=bool),), own)
    method = "infinitesimal jackknife (logit)"
    positives = int(ranked.truth.sum())
    if positives < 2:
        return Estimate(number=number, n=n)
    df = min(df or positives - 1, positives - 1)  # it is the positive rows that are averaged
    interval = logit_interval(number, error, level, method=method, df=df)
    return Estimate(number=number, n=n, interval=interval)


def _at_or_below(added: Array, ends: Array, sizes: Array) -> Array:
    """Sum over rows whose score is this one or lower, shape (n,)."""
    before = np.concatenate([[0.0], np.cumsum(added)[ends[:-1]]])
    return np.repeat(added.sum() - before, sizes)


def roc_curve(ranked: Ranked, points: int = 200) -> tuple[Array, Array, Array]:
    """False positive rate, recall and threshold along the scores, thinned evenly.

    Returns
    -------
    three arrays of at most `points`; the first point is (0, 0) above all scores
    """
    ends = _thinned(ranked.ends, points - 1)
    recall = ranked.positives[ends] / ranked.total_positive
    false = ranked.negatives[ends] / ranked.total_negative
    return (
        np.concatenate([[0.0], false]),
        np.concatenate([[0.0], recall]),
        np.concatenate([[np.nan], ranked.scores[ends]]),
    )


def precision_recall_curve(ranked: Ranked, points: int = 200) -> tuple[Array, Array, Array]:
    """Recall, precision and threshold along the scores, thinned evenly."""
    ends = _thinned(ranked.ends, points)
    hits = ranked.positives[ends]
    return (
        hits / ranked.total_positive,
        hits / (hits + ranked.negatives[ends]),
        ranked.scores[ends],
    )


def _thinned(ends: Array, points: int) -> Array:
    if len(ends) <= points:
        return ends
    # Evenly over rows, first and last kept, so that crowded scores do not take all points.
    targets = np.linspace(ends[0], ends[-1], points)
    return ends[np.unique(np.searchsorted(ends, targets))]
