"""How far two sets of counts lie apart, by six measures, and how far chance alone would put them.

All are of counts in common bins, so that profiles say as much as rows. The levels that chance
exceeds are laws of large samples: exact for PSI and chi-square where bins are full, and bounds on
the safe side for the others (Gaussian concentration about the mean).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from math import log, pi, sqrt

import numpy as np

from reportgen.measure.statistics.intervals import Array

__all__ = [
    "Shape",
    "by_chance",
    "chi_square",
    "chi_square_quantile",
    "jensen_shannon",
    "kolmogorov_law",
    "population_stability",
    "stability",
    "stability_parts",
    "total_variation",
    "total_variation_law",
]


def population_stability(before: Array, now: Array) -> float:
    """Population stability index of two sets of counts in the same bins.

    Parameters
    ----------
    before, now : shape (..., b), counts; a count of 0 is taken as half a row

    Examples
    --------
    >>> round(population_stability(np.array([50, 50]), np.array([75, 25])), 4)
    0.2747
    """
    return float(stability(np.asarray(before), np.asarray(now)))


def stability(before: Array, now: Array) -> Array:
    """Give the PSI of many pairs of counts, shape (...)."""
    return np.asarray(stability_parts(before, now).sum(axis=-1))


def stability_parts(before: Array, now: Array) -> Array:
    """Give what each bin adds to PSI, shape (..., b)."""
    p = np.maximum(before, 0.5) / before.sum(axis=-1, keepdims=True)
    q = np.maximum(now, 0.5) / now.sum(axis=-1, keepdims=True)
    return np.asarray((q - p) * np.log(q / p))


def jensen_shannon(before: Array, now: Array) -> float:
    """Jensen–Shannon distance with logarithms to base 2; 0 is alike, 1 is disjoint."""
    p, q = before / before.sum(), now / now.sum()
    middle = (p + q) / 2
    divergence = sum(
        float((x[x > 0] * np.log2(x[x > 0] / middle[x > 0])).sum()) / 2 for x in (p, q)
    )
    return float(np.sqrt(min(max(divergence, 0.0), 1.0)))


def total_variation(before: Array, now: Array) -> float:
    """Total variation distance: the share of rows that would have to change their bin."""
    return float(np.abs(before / before.sum() - now / now.sum()).sum() / 2)


def chi_square(before: Array, now: Array) -> float:
    """Pearson's statistic that both are of one distribution; grows with the rows."""
    m, n = float(before.sum()), float(now.sum())
    pooled = before + now
    off = before * sqrt(n / m) - now * sqrt(m / n)
    used = pooled > 0
    return float((off[used] ** 2 / pooled[used]).sum())


def by_chance(before: Array, now: Array) -> float:
    """Give the PSI that two samples of the same distribution have on average."""
    return float((len(before) - 1) * doubt(before, now))


def doubt(before: Array, now: Array) -> float:
    """Give the variance of a difference of shares, in units of p (1 - p)."""
    return float(1 / before.sum() + 1 / now.sum())


@cache
def chi_square_quantile(bins: int, chance: float) -> float:
    """Give the chi-square that this many bins exceed with this chance."""
    from scipy.special import chdtri

    return float(chdtri(bins - 1, chance))


def total_variation_law(before: Array, now: Array, chance: float) -> float:
    """Bound the total variation that chance exceeds with this probability."""
    h = doubt(before, now)
    p = (before + now) / (before.sum() + now.sum())
    mean = float(np.sqrt(2 * h * p * (1 - p) / pi).sum()) / 2
    return min(mean + sqrt(h / 4) * _reach(chance), 1.0)


def kolmogorov_law(before: Array, now: Array, chance: float) -> float:
    """Bound the Kolmogorov–Smirnov distance that chance exceeds with this probability.

    References
    ----------
    Smirnov (1939); the first term of the series, which is on the safe side.
    """
    return min(sqrt(-log(chance / 2) / 2 * doubt(before, now)), 1.0)


def _reach(chance: float) -> float:
    return sqrt(2 * log(1 / chance))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Numbers of two samples counted between fine cuts, where order and distance matter.

    Attributes
    ----------
    cuts : shape (c,), rising, c >= 1; bin i holds the x with ``cuts[i - 1] < x <= cuts[i]``
    before, now : shape (c + 1,), counts of known numbers; neither is empty
    """

    cuts: Array
    before: Array
    now: Array
    _exponent: int = field(init=False, repr=False, compare=False)
    _line: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the cuts below 1 by a power of two: no square of them overflows."""
        exponent = max(int(np.frexp(np.abs(self.cuts).max())[1]), -1000)
        object.__setattr__(self, "_exponent", exponent)
        object.__setattr__(self, "_line", np.ldexp(self.cuts, -exponent))

    @property
    def kolmogorov(self) -> float:
        """Largest gap of the two cumulative shares, at the cuts."""
        return float(np.abs(_cumulative(self.before) - _cumulative(self.now)).max())

    @property
    def scale(self) -> float | None:
        """Robust standard deviation of the reference; None where it does not vary.

        Notes
        -----
        The interquartile range over 1.349; where half of the values are one, the standard
        deviation between the outer cuts. Neither is moved by wild values.
        """
        spread = self._spread()
        with np.errstate(over="ignore"):
            return None if spread is None else float(np.ldexp(spread, self._exponent))

    def _spread(self) -> float | None:
        """Give the scale in units of `_line`."""
        line = self._line
        quarter = self._quarters()
        if quarter > 0:
            return quarter / 1.349
        between = self.before[1:-1]
        if not between.sum() or self._width() <= 0:
            return None
        middles = (line[1:] + line[:-1]) / 2
        held = np.concatenate([[self.before[0]], between, [self.before[-1]]])
        places = np.concatenate([line[:1], middles, line[-1:]])
        return _deviation(places, held) or None

    def _width(self) -> float:
        """Give the distance of the outer cuts, 0 where they are one value and its neighbour."""
        line = self._line
        width = float(line[-1] - line[0])
        return width if width > 1e-9 else 0.0

    def _quarters(self) -> float:
        reached = _cumulative(self.before)
        ends = np.interp([0.25, 0.75], reached, self._line)
        width = float(ends[1] - ends[0])
        least = 1e-9 * max(float(np.abs(ends).max()), self._width())
        return width if width > max(least, 1e-20) else 0.0

    def _points(self) -> tuple[Array, Array, Array]:
        """Both cumulative shares at the cuts and at the ends that are set for the open bins."""
        line, reach = self._line, self._quarters() or (self._spread() or 0.0)
        places = np.concatenate([line[:1] - reach, line, line[-1:] + reach])
        before, now = (
            np.concatenate([[0.0], _cumulative(side), [1.0]]) for side in (self.before, self.now)
        )
        return places, before, now

    @property
    def wasserstein(self) -> float | None:
        """Mean distance that values moved, in robust standard deviations of the reference.

        Notes
        -----
        Values are spread evenly within a bin; the open bins end one interquartile range beyond
        the outer cuts, so that one wild value is as far as any other in its bin and a shift of
        several standard deviations is understated rather than overstated.
        """
        scale = self._spread()
        if scale is None:
            return None
        places, before, now = self._points()
        return _area(places, before - now) / scale

    def wasserstein_law(self, chance: float) -> float:
        """Bound the scaled distance that chance exceeds with this probability."""
        scale = self._spread()
        if scale is None:
            return 0.0
        h = doubt(self.before, self.now)
        places, before, now = self._points()
        m, n = float(self.before.sum()), float(self.now.sum())
        pooled = (before * m + now * n) / (m + n)
        mean = float(np.trapezoid(np.sqrt(2 * h * pooled * (1 - pooled) / pi), places))
        middles = (places[1:] + places[:-1]) / 2
        spread = _deviation(middles, np.diff(pooled))
        return (mean + spread * sqrt(h) * _reach(chance)) / scale


def _cumulative(counts: Array) -> Array:
    return np.asarray(np.cumsum(counts)[:-1] / counts.sum())


def _deviation(places: Array, weights: Array) -> float:
    share = weights / weights.sum()
    centre = float((share * places).sum())
    return sqrt(max(float((share * (places - centre) ** 2).sum()), 0.0))


def _area(places: Array, gap: Array) -> float:
    """Area under the absolute value of a line from point to point."""
    left, right, width = gap[:-1], gap[1:], np.diff(places)
    crosses = left * right < 0
    total = np.abs(left) + np.abs(right)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossed = (left**2 + right**2) / total / 2
    return float((np.where(crosses, crossed, total / 2) * width).sum())
