"""Many comparisons: is one share different, and which differences remain when many were tried."""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np

from reportgen.measure.estimate import Estimate
from reportgen.measure.intervals import Array, normal_cdf, z_of

__all__ = ["excess_p", "fisher_p", "holm", "interval_p", "rows_needed"]


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
        return 2 * (1 - normal_cdf(abs(hits - expected) / sqrt(variance)))
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


def interval_p(gap: Estimate) -> float:
    """P-value of no difference, from the side of the interval that faces 0."""
    if gap.number is None or gap.interval is None or gap.number == 0:
        return 1.0
    reach = gap.number - gap.interval.low if gap.number > 0 else gap.interval.high - gap.number
    if reach <= 0:
        return 1.0  # an interval without width says nothing
    return 2 * (1 - normal_cdf(abs(gap.number) / reach * z_of(gap.interval.level)))


def excess_p(share: float, n: float, benchmark: float) -> float:
    """P-value of a share against a known one: the test that Wilson's interval inverts."""
    if n <= 0:
        return 1.0
    spread = sqrt(benchmark * (1 - benchmark) / n)
    if spread == 0:
        return 1.0 if share == benchmark else 0.0
    return 2 * (1 - normal_cdf(abs(share - benchmark) / spread))


def rows_needed(n: int, half_width: float, gap: float) -> int:
    """Rows at which an interval that is now `half_width` wide on a side can show a gap."""
    return max(ceil(n * (half_width / gap) ** 2), 1)
