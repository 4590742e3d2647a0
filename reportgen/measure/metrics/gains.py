"""How much is won by acting on the highest scores first: gain, lift and precision at the top."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import (
    Array,
    correlation_of,
    dense_codes,
    quantile_t,
    quotient,
    scaled,
    wilson,
    with_weight,
    z_of,
)
from reportgen.measure.statistics.ranking import Ranked, rank

__all__ = ["Top", "estimate_tops"]

NEAR = 0.02  # of the rows: the stretch of scores on either side that tells the precision at a cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """What the rows with the highest scores hold.

    Attributes
    ----------
    share : of all rows, by weight, that are at the top
    gain : share of all positive rows that are among them
    lift : how many times more positives among them than among all rows
    precision : share of them that are positive
    """

    share: float
    gain: Estimate
    lift: Estimate
    precision: Estimate


def estimate_tops(
    rows: BinaryRows, shares: Iterable[float], level: float = 0.95
) -> tuple[Top, ...]:
    """Estimate gain, lift and precision of the top shares of the scores.

    Parameters
    ----------
    shares : in (0, 1]

    Notes
    -----
    Where rows with equal scores lie on the edge, each counts in part, as if the tie were broken
    by lot, many times. Intervals are Wilson's on the number of rows that would be as informative:
    the cut is estimated from the same rows, which the influence of each row allows for.

    Examples
    --------
    >>> truth = np.array([True, True, False, True, False, False, False, False, False, False])
    >>> rows = BinaryRows(truth=truth, predicted=truth, scores=np.linspace(1, 0, 10))
    >>> top = estimate_tops(rows, [0.2])[0]
    >>> round(top.gain.number, 3), round(top.lift.number, 3), top.precision.number
    (0.667, 3.333, 1.0)
    """
    asked, rows = tuple(shares), with_weight(rows)
    n = len(rows.truth)
    reason = _lacking(rows)
    if reason or rows.scores is None:
        none = Estimate(number=None, n=n, reason=reason)
        return tuple(Top(share=s, gain=none, lift=none, precision=none) for s in asked)
    ranked = rank(rows.truth, rows.scores, rows.weights)
    clusters = None if rows.clusters is None else rows.clusters[ranked.order]
    return tuple(_top(ranked, clusters, share, level) for share in asked)


def _lacking(rows: BinaryRows) -> str:
    if rows.scores is None:
        return "the model gives no scores"
    if len(rows.truth) == 0:
        return "no rows"
    return "" if rows.truth.any() else "no row is positive"


def _top(ranked: Ranked, clusters: Array | None, share: float, level: float) -> Top:
    n = len(ranked.truth)
    if share * n < 1:
        short = Estimate(number=None, n=n, reason=f"not enough data (n = {n})")
        return Top(share=share, gain=short, lift=short, precision=short)
    inside, local = _inside(ranked, share)
    weights, truth = ranked.weights, ranked.truth
    total, positive = float(weights.sum()), ranked.total_positive
    prevalence = positive / total
    held = float((weights * truth * inside).sum())
    gain, precision = held / positive, held / (share * total)
    # How far each row moves the number: through what it is, and through the cut it shifts.
    shift = local * (inside - share)
    to_gain = weights * (truth * (inside - gain) - shift) / positive
    to_precision = weights * ((truth - precision) * inside + precision * (inside - share) - shift)
    to_precision = to_precision / (share * total)
    own = _share(precision, to_precision, clusters, ceil(share * n), level)
    if share >= prevalence:
        found = _share(gain, to_gain, clusters, int(truth.sum()), level)
    else:
        # The top is too small to hold all positives: what bounds the lift is a precision of 1.
        to_prevalence = weights * (truth - prevalence) / total
        among = _share(prevalence, to_prevalence, clusters, n, level)
        together = _together(to_precision, to_prevalence, clusters)
        found = _gain_of_few(gain, share, quotient(own, among, level, correlation=together))
        found = replace(found, n=int(truth.sum()))
    return Top(share=share, gain=found, lift=scaled(found, 1 / share), precision=own)


def _gain_of_few(gain: float, share: float, lift: Estimate) -> Estimate:
    """Share of positives at a small top, from the interval of its lift."""
    interval = scaled(lift, share).interval
    if interval is not None:
        low, high = min(interval.low, gain), max(min(interval.high, 1.0), gain)
        interval = replace(interval, low=low, high=high)
    return Estimate(number=gain, n=lift.n, interval=interval)


def _together(one: Array, two: Array, clusters: Array | None) -> float:
    """Correlation of two numbers, from the influence of each row or cluster on them."""
    both = np.column_stack([one, two])
    if clusters is not None:
        codes = dense_codes(clusters)
        both = np.column_stack([np.bincount(codes, weights=each) for each in both.T])
    return float(correlation_of(both)[0, 1])


def _inside(ranked: Ranked, share: float) -> tuple[Array, float]:
    """How much of each row is at the top, and the share of positives around the cut."""
    reached = ranked.positives + ranked.negatives
    total = float(reached[-1])
    sizes = np.diff(ranked.ends, prepend=-1)
    before = np.repeat(np.concatenate([[0.0], reached[ranked.ends[:-1]]]), sizes)
    cut = share * total
    inside = np.clip((cut - before) / (reached - before), 0.0, 1.0)
    tied = (inside > 0) & (inside < 1)
    near = tied if tied.any() else np.zeros(len(inside), dtype=bool)
    reach = max(NEAR, 10 / len(inside)) * total
    near |= (before < cut + reach) & (reached > cut - reach)
    heavy = ranked.weights * near
    return inside, float((heavy * ranked.truth).sum() / heavy.sum())


def _share(
    number: float, influence: Array, clusters: Array | None, rows: int, level: float
) -> Estimate:
    """Give a share Wilson's interval on as many rows as its variance says."""
    number = min(max(number, 0.0), 1.0)
    if clusters is not None:
        codes = dense_codes(clusters)
        influence = np.bincount(codes, weights=influence)
    units = len(influence)
    variance = float((influence**2).sum()) * units / max(units - 1, 1)
    spread = number * (1 - number)
    worth = spread / variance if variance > 0 and spread > 0 else float(min(rows, units))
    worth *= (z_of(level) / quantile_t(level, min(rows, units) - 1)) ** 2
    interval = wilson(number * worth, worth, level)
    if interval is not None:
        low, high = min(interval.low, number), max(interval.high, number)
        how = "wilson on effective n" + ("" if clusters is None else ", clustered")
        interval = replace(interval, low=low, high=high, method=how)
    return Estimate(number=number, n=rows, interval=interval)
