"""Shares of the same rows under two models: only the rows on which they disagree can tell."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, normal_cdf, p_of_t, quantile_t, z_of
from reportgen.report.value import Interval

__all__ = ["Discordance", "discordance", "mcnemar_p", "paired_share", "tango"]

_STEPS = 60  # of bisection: beyond the digits of a float
_EXACT = 1_000  # discordant rows up to which the binomial is summed


@dataclass(frozen=True, slots=True, kw_only=True)
class Discordance:
    """Rows that one of two models gets right and the other does not.

    Attributes
    ----------
    gained, lost : rows that only the new model, or only the old one, gets right; weighted or
        clustered rows count as many as independent ones would
    n : rows in all, counted likewise
    """

    gained: float
    lost: float
    n: float

    @property
    def change(self) -> float:
        """Share of the new model minus that of the old one."""
        return (self.gained - self.lost) / self.n


def discordance(
    new: Array, old: Array, *, weights: Array | None = None, clusters: Array | None = None
) -> Discordance:
    """Count on how many rows two models differ.

    Parameters
    ----------
    new, old : shape (n,), bool: a hit under either model, n >= 1
    weights : shape (n,), not negative, their sum above 0; None: one each
    clusters : shape (n,), codes from 0; None: every row by itself

    Notes
    -----
    Weighted or clustered rows are scaled to the number of independent rows whose difference
    would be as uncertain, by the linearised variance over units. Where that is 0, each unit
    counts as one row at most.
    """
    step = new.astype(float) - old.astype(float)
    if weights is None and clusters is None:
        return Discordance(
            gained=float((step > 0).sum()), lost=float((step < 0).sum()), n=float(len(step))
        )
    heavy = np.ones(len(step)) if weights is None else weights.astype(float)
    total = float(heavy.sum())
    gained, lost = (float((heavy * side).sum()) / total for side in (step > 0, step < 0))
    change = gained - lost
    units, sizes = heavy * (step - change), heavy
    if clusters is not None:
        codes = np.unique(clusters, return_inverse=True)[1]
        units, sizes = np.bincount(codes, weights=units), np.bincount(codes, weights=heavy)
    m = int((sizes > 0).sum())
    variance = m / (m - 1) * float((units**2).sum()) / total**2 if m > 1 else 0.0
    spread = gained + lost - change**2
    alike = variance <= 0 or spread <= 0
    rows = total**2 / float((sizes**2).sum()) if alike else spread / variance
    return Discordance(gained=gained * rows, lost=lost * rows, n=rows)


def tango(counts: Discordance, level: float = 0.95, *, df: float | None = None) -> Interval:
    """Score interval of a difference of two shares of the same rows.

    It excludes 0 where McNemar's test does, keeps its level with few rows that differ, and has a
    width where none does.

    Parameters
    ----------
    df : degrees of freedom of the variance, where few units leave few

    References
    ----------
    Tango (1998), with his closed form of the nuisance share.

    Examples
    --------
    >>> interval = tango(Discordance(gained=12, lost=2, n=50))
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.061, 0.345)
    """
    z = z_of(level) if df is None else quantile_t(level, df)
    change = counts.change
    low = _bound(counts, z, change, -1.0)
    high = _bound(counts, z, change, 1.0)
    return Interval(low=low, high=high, level=level, method="tango")


def _bound(counts: Discordance, z: float, change: float, edge: float) -> float:
    """Bisect for the difference at which the score test is just not rejected."""
    inner, outer = change, edge
    for _ in range(_STEPS):
        middle = (inner + outer) / 2
        if abs(_score(counts, middle)) > z:
            outer = middle
        else:
            inner = middle
    return inner


def _score(counts: Discordance, change: float) -> float:
    n, gained, lost = counts.n, counts.gained, counts.lost
    linear = -gained - lost + (2 * n - gained + lost) * change
    constant = -lost * change * (1 - change)
    root = sqrt(max(linear**2 - 8 * n * constant, 0.0))
    share = max((root - linear) / (4 * n), 0.0)  # likeliest share that only the old one gets right
    variance = n * (2 * share + change * (1 - change))
    gap = gained - lost - n * change
    if variance <= 0:
        return 0.0 if gap == 0 else float("inf")
    return gap / sqrt(variance)


def mcnemar_p(gained: float, lost: float, *, df: float | None = None) -> float:
    """P-value of as many rows gained as lost: McNemar's test, mid-p.

    Parameters
    ----------
    gained, lost : of independent rows, whole numbers
    df : counts are scaled, see `discordance`, and their variance has these degrees of freedom

    References
    ----------
    McNemar (1947); Fagerland, Lydersen and Laake (2013) for the mid-p.

    Examples
    --------
    >>> round(mcnemar_p(12, 2), 4)
    0.0074
    """
    differ = gained + lost
    if differ <= 0:
        return 1.0
    score = abs(gained - lost) / sqrt(differ)
    if df is not None:
        return p_of_t(score, df)
    if differ > _EXACT:
        return 2 * (1 - normal_cdf(score))
    from scipy.stats import binom

    fewer = min(gained, lost)
    tail = float(binom.cdf(fewer, differ, 0.5)) - float(binom.pmf(fewer, differ, 0.5)) / 2
    return min(2 * tail, 1.0)


def paired_share(
    new: Array,
    old: Array,
    among: Array,
    level: float,
    *,
    weights: Array | None = None,
    clusters: Array | None = None,
    reason: str = "no rows",
) -> Estimate:
    """Estimate a share under the new model minus that under the old one, of the same rows.

    Parameters
    ----------
    new, old : shape (n,), bool: a hit under either model
    among : shape (n,), bool: the rows that count, the same for both
    """
    rows = among if weights is None else among & (weights > 0)
    n = int(rows.sum())
    if n == 0:
        return Estimate(number=None, n=0, reason=reason)
    heavy = None if weights is None else weights[rows]
    own = None if clusters is None else clusters[rows]
    counts = discordance(new[rows], old[rows], weights=heavy, clusters=own)
    number = min(max(counts.change, -1.0), 1.0)
    plain = heavy is None and own is None
    units = n if own is None else len(np.unique(own))
    df = None if plain else float(max(units - 1, 1))
    interval = tango(counts, level, df=df)
    if not plain:
        how = "tango on effective n" + (", clustered" if own is not None else "")
        interval = Interval(
            low=min(interval.low, number),
            high=max(interval.high, number),
            level=level,
            method=how,
        )
    return Estimate(
        number=number, n=n, interval=interval, p=mcnemar_p(counts.gained, counts.lost, df=df)
    )
