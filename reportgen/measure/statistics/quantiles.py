"""Quantiles of what was timed, with intervals that assume no shape: each end is a timed call.

How many of n independent calls lie below the true p-quantile is binomial, so two of the sorted
calls enclose it with a confidence that can be counted. Coverage is at least the nominal one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import ceil, log

import numpy as np

from reportgen.measure.statistics.estimate import Estimate
from reportgen.report.value import Interval

__all__ = ["METHOD", "calls_needed", "quantile_of", "ranks_of"]

METHOD = "order statistics"


@cache
def ranks_of(n: int, p: float, level: float) -> tuple[int, int] | None:
    """Give the ranks, from 1, of the two of n sorted numbers that enclose the p-quantile.

    Each tail keeps its half of the error. None when even all of them do not suffice.

    Examples
    --------
    >>> ranks_of(6, 0.5, 0.95), ranks_of(5, 0.5, 0.95), ranks_of(500, 0.99, 0.95)
    ((1, 6), None, (490, 500))

    References
    ----------
    Conover (1999), Practical Nonparametric Statistics, 3.2.
    """
    from scipy.special import bdtr

    if n < calls_needed(p, level):
        return None
    tail = (1 - level) / 2
    below = bdtr(np.arange(n), n, p)  # P(at most k lie below the quantile), k from 0 to n - 1
    low = int(np.searchsorted(below, tail, side="right"))
    high = int(np.searchsorted(below, 1 - tail, side="left")) + 1
    return low, high


def calls_needed(p: float, level: float) -> int:
    """Count the calls below which the p-quantile has no interval on both sides.

    Examples
    --------
    >>> calls_needed(0.5, 0.95), calls_needed(0.95, 0.95), calls_needed(0.99, 0.95)
    (6, 72, 368)
    """
    return ceil(log((1 - level) / 2) / log(max(p, 1 - p)) - 1e-9)


def quantile_of(numbers: Sequence[float], p: float, level: float) -> Estimate:
    """Estimate the p-quantile: the smallest number that a share of p does not exceed.

    Parameters
    ----------
    numbers : shape (n,), finite; their order says nothing
    p, level : in (0, 1)

    Returns
    -------
    with no interval when there are too few numbers for one; with a reason instead of a number
    when there are none, or when p lies outside the middle and there are too few
    """
    n = len(numbers)
    if n == 0:
        return Estimate(number=None, n=0, reason="nothing was timed")
    ranks, needed = ranks_of(n, p, level), calls_needed(p, level)
    if ranks is None and p != 0.5:
        return Estimate(number=None, n=n, reason=f"not enough calls (n = {n}; {needed} needed)")
    ordered = sorted(numbers)
    number = float(ordered[ceil(n * p - 1e-9) - 1])
    if ranks is None:
        return Estimate(number=number, n=n)
    low, high = (float(ordered[rank - 1]) for rank in ranks)
    interval = Interval(low=low, high=high, level=level, method=METHOD)
    return Estimate(number=number, n=n, interval=interval)
