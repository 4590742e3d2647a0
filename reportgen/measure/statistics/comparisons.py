"""Many comparisons: is one share different, and which differences remain when many were tried."""

from __future__ import annotations

from functools import cache
from math import ceil, erfc, inf, sqrt

import numpy as np

from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, normal_quantile, z_of
from reportgen.report.value import Interval

__all__ = [
    "POWER",
    "excess_p",
    "fisher_p",
    "holm",
    "interval_p",
    "range_p",
    "range_quantile",
    "rows_behind",
    "rows_for_power",
    "rows_needed",
]

POWER = 0.8
"""How often a gap is to be seen by a group of the size that a card says would be needed."""


def holm(p_values: list[float]) -> list[float]:
    """Adjust p-values so that all of them together are wrong as seldom as one.

    References
    ----------
    Holm (1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    m = len(p_values)
    adjusted, highest = [0.0] * m, 0.0
    for rank, place in enumerate(sorted(range(m), key=lambda at: (p_values[at], at))):
        highest = max(highest, min((m - rank) * p_values[place], 1.0))
        adjusted[place] = highest
    return adjusted


def fisher_p(hits: int, n: int, all_hits: int, all_n: int) -> float:
    """Chance, were the group like the rest, of so extreme a share of hits in the group.

    Parameters
    ----------
    hits, n : in the group
    all_hits, all_n : in all rows, the group included

    Notes
    -----
    Fisher's exact test with the mid-p correction; the normal score test where every expected
    count is above 50 and the two agree.

    References
    ----------
    Lancaster (1961) for the mid-p.
    """
    others = all_n - n
    if n == 0 or others == 0 or all_hits in (0, all_n):
        return 1.0
    expected = n * all_hits / all_n
    smallest = min(n, others) * min(all_hits, all_n - all_hits) / all_n
    if smallest > 50:
        variance = expected * (1 - all_hits / all_n) * others / (all_n - 1)
        return _two_sided(abs(hits - expected) / sqrt(variance))
    low, high = max(0, all_hits - others), min(n, all_hits)
    counts = np.arange(low, high + 1)
    logs = _log_factorials(all_n)
    weight = -(
        logs[counts]
        + logs[n - counts]
        + logs[all_hits - counts]
        + logs[others - all_hits + counts]
    )
    chance = np.exp(weight - weight.max())
    chance /= chance.sum()
    here = chance[hits - low]
    upper = float(chance[counts > hits].sum() + here / 2)
    lower = float(chance[counts < hits].sum() + here / 2)
    return min(2 * min(upper, lower), 1.0)


_FACTORIALS: dict[str, Array] = {"log": np.zeros(2)}


def _log_factorials(largest: int) -> Array:
    """Logarithms of 0!, 1!, ..., grown when a larger one is asked for."""
    known = _FACTORIALS["log"]
    if len(known) <= largest:
        size = max(largest + 1, 2 * len(known))
        known = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size)))])
        _FACTORIALS["log"] = known
    return known


def _two_sided(z: float) -> float:
    """Chance that a standard normal variable is so far from 0; exact in the tail, never just 0."""
    return erfc(z / sqrt(2))


def interval_p(gap: Estimate) -> float:
    """P-value of no difference, from the side of the interval that faces 0."""
    if gap.number is None or gap.interval is None or gap.number == 0:
        return 1.0
    reach = gap.number - gap.interval.low if gap.number > 0 else gap.interval.high - gap.number
    if reach <= 0:
        return 1.0  # an interval without width says nothing
    return _two_sided(abs(gap.number) / reach * z_of(gap.interval.level))


def excess_p(share: float, n: float, benchmark: float, benchmark_n: float = inf) -> float:
    """P-value of a share against another one.

    Parameters
    ----------
    n : rows behind the share
    benchmark_n : rows behind the benchmark; infinite where it is known exactly

    Notes
    -----
    The score test, with the variance of no difference: against a known share it is the test that
    Wilson's interval inverts.
    """
    if n <= 0:
        return 1.0
    own = n / (n + benchmark_n)  # 0 beside a known benchmark
    pooled = own * share + (1 - own) * benchmark
    spread = sqrt(pooled * (1 - pooled) * (1 / n + 1 / benchmark_n))
    if spread == 0:
        return 1.0 if share == benchmark else 0.0
    return _two_sided(abs(share - benchmark) / spread)


def rows_needed(n: int, half_width: float, gap: float) -> int:
    """Rows at which an interval that is now `half_width` wide on a side is as narrow as a gap."""
    return max(ceil(n * (half_width / gap) ** 2), 1)


def rows_for_power(
    error: float, error_there: float, gap: float, level: float = 0.95, power: float = POWER
) -> int:
    """Rows at which a gap is told from none as often as `power`, in a comparison by itself.

    Parameters
    ----------
    error : standard error of one row where there is no gap
    error_there : standard error of one row where there is the gap

    References
    ----------
    Fleiss, Levin and Paik (2003), 2.5, for one share against a known one.

    Examples
    --------
    >>> rows_for_power(0.4, 0.458, 0.1)  # a share of 0.7 where 0.8 is usual
    137
    """
    needed = (z_of(level) * error + normal_quantile(power) * error_there) / gap
    return max(ceil(needed**2), 1)


def rows_behind(number: float, interval: Interval | None, most: float) -> float:
    """Independent rows that a Wilson interval of this width speaks of, at most `most`."""
    if interval is None or interval.high <= interval.low:
        return most
    square, width = z_of(interval.level) ** 2, interval.high - interval.low
    spread = max(number * (1 - number), 0.0)
    # Wilson's width, solved for n + z².
    root = sqrt(spread**2 + width**2 * (0.25 - spread))
    return min(max(2 * square * (spread + root) / width**2 - square, 1.0), most)


@cache
def range_p(reach: float, groups: int) -> float:
    """Chance that the largest and smallest of standard normal variables are so far apart.

    References
    ----------
    Tukey's range, with known variances: David and Nagaraja (2003), 2.3.

    Examples
    --------
    >>> round(range_p(1.959964 * 2**0.5, 2), 4)
    0.05
    """
    if groups < 2 or reach <= 0:
        return 1.0
    from scipy.special import ndtr

    z = np.linspace(-8.5, 8.5 + reach, 1_500)
    density = np.exp(-(z**2) / 2) / sqrt(2 * np.pi)
    inside = density * (ndtr(z) - ndtr(z - reach)) ** (groups - 1)
    return min(max(1 - groups * float(inside.sum() * (z[1] - z[0])), 0.0), 1.0)


@cache
def range_quantile(level: float, groups: int) -> float:
    """Half-width, in standard errors of a difference, at which all pairs hold at once.

    Examples
    --------
    >>> round(range_quantile(0.95, 2), 3), round(range_quantile(0.95, 10), 3)
    (1.96, 3.164)
    """
    low, high = 0.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if range_p(middle, groups) > 1 - level else (low, middle)
    return (low + high) / 2 / sqrt(2)
