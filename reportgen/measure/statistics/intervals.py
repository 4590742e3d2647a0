"""Intervals by formula: of shares, and of what is built from shares, means and medians.

Which metric gets which is chosen in `uncertainty`; what has no formula is resampled (`bootstrap`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from math import ceil, floor, inf, isfinite, sqrt
from statistics import NormalDist
from typing import Any, Protocol, Self, TypeAlias, TypeVar

import numpy as np

from reportgen.measure.statistics.estimate import Estimate
from reportgen.report.value import Interval

__all__ = [
    "Array",
    "combined",
    "correlation_of",
    "dense_codes",
    "difference",
    "effective_n",
    "logit_interval",
    "median_interval",
    "normal_cdf",
    "normal_quantile",
    "p_of_t",
    "proportion",
    "quantile_t",
    "quotient",
    "ratio",
    "scaled",
    "weighted_sum",
    "wilson",
    "wilson_bounds",
    "with_weight",
    "z_of",
]

Array: TypeAlias = np.ndarray[Any, Any]
_NORMAL = NormalDist()
_NO_ERROR = 1e-9  # what rounding leaves of a standard error of 0


class _Weighed(Protocol):
    @property
    def weights(self) -> Array | None: ...

    def take(self, rows: Array) -> Self: ...


_Rows = TypeVar("_Rows", bound=_Weighed)


def with_weight(rows: _Rows) -> _Rows:
    """Leave out rows that weigh nothing: they are not there, neither in n nor in what varies."""
    if rows.weights is None or bool((rows.weights > 0).all()):
        return rows
    return rows.take(rows.weights > 0)


def normal_cdf(x: float) -> float:
    """Chance that a standard normal variable lies below `x`."""
    return _NORMAL.cdf(x)


def normal_quantile(p: float) -> float:
    """Inverse of `normal_cdf`; infinite at 0 and 1."""
    if p <= 0:
        return -inf
    return inf if p >= 1 else _NORMAL.inv_cdf(p)


@cache
def z_of(level: float) -> float:
    """Half-width, in standard errors, of a normal interval of this level; 1.96 for 0.95."""
    return _NORMAL.inv_cdf((1 + level) / 2)


@cache
def quantile_t(level: float, df: float) -> float:
    """Like `z_of`, for Student's t; wider where there are few degrees of freedom."""
    if df > 1_000:
        return z_of(level)
    from scipy.special import stdtrit

    return float(stdtrit(max(df, 1.0), (1 + level) / 2))


def p_of_t(t: float, df: float) -> float:
    """Two-sided p-value of Student's t."""
    if df > 1_000:
        return 2 * (1 - normal_cdf(abs(t)))
    from scipy.special import stdtr

    return 2 * float(stdtr(max(df, 1.0), -abs(t)))


def wilson_bounds(
    successes: Array | float, n: Array | float, level: float = 0.95
) -> tuple[Array, Array]:
    """Wilson's score interval, for many proportions at once.

    Parameters
    ----------
    successes, n : broadcastable, 0 <= successes <= n; need not be whole (effective sizes)

    Returns
    -------
    low, high : NaN where n is 0

    References
    ----------
    Wilson (1927); Brown, Cai and DasGupta (2001) for its coverage.
    """
    k, rows = np.asarray(successes, dtype=float), np.asarray(n, dtype=float)
    z = z_of(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = k / rows
        centre = (p + z**2 / (2 * rows)) / (1 + z**2 / rows)
        half = z / (1 + z**2 / rows) * np.sqrt(p * (1 - p) / rows + z**2 / (4 * rows**2))
        # Rounding must not push a bound past the point that lies on the edge.
        low = np.where(k == 0, 0.0, np.minimum(np.maximum(centre - half, 0), p))
        high = np.where(k == rows, 1.0, np.maximum(np.minimum(centre + half, 1), p))
    empty = rows == 0
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def wilson(successes: float, n: float, level: float = 0.95) -> Interval | None:
    """Wilson's interval of one proportion; None when there are no rows.

    Examples
    --------
    >>> interval = wilson(81, 263)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.2553, 0.3662)
    """
    if n <= 0:
        return None
    # As `wilson_bounds`, to the last digit; for one proportion, arrays take ten times as long.
    k, rows, z = float(successes), float(n), z_of(level)
    p = k / rows
    centre = (p + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * sqrt(p * (1 - p) / rows + z**2 / (4 * (rows * rows)))
    low = 0.0 if k == 0 else min(max(centre - half, 0.0), p)
    high = 1.0 if k == rows else max(min(centre + half, 1.0), p)
    return Interval(low=low, high=high, level=level, method="wilson")


def proportion(
    successes: int, n: int, level: float = 0.95, *, reason: str = "no rows"
) -> Estimate:
    """Estimate a share of independent rows."""
    if n <= 0:
        return Estimate(number=None, n=0, reason=reason)
    return Estimate(number=successes / n, n=int(n), interval=wilson(successes, n, level))


def dense_codes(codes: Array) -> Array:
    """Number clusters anew from 0 without a gap, in the order of their codes.

    What ``np.unique(codes, return_inverse=True)`` gives, without its sort where codes are nearly
    dense already: it is asked for with every estimate of clustered rows.

    Parameters
    ----------
    codes : shape (n,), whole numbers from 0
    """
    if (
        len(codes)
        and codes.dtype.kind in "iu"
        and 0 <= codes.min() <= codes.max() < 9 * len(codes)
    ):
        present = np.bincount(codes) > 0
        return np.asarray((np.cumsum(present) - 1)[codes])
    return np.asarray(np.unique(codes, return_inverse=True)[1])


def effective_n(numerator: Array, denominator: Array, units: int) -> float:
    """Count the independent rows that would be as informative as these units.

    Parameters
    ----------
    numerator, denominator : shape (m,), sums per unit (row or cluster), weights included
    units : units that have a denominator

    Notes
    -----
    The variance of the ratio is linearised over units. Where it is 0 (a share of 0 or 1) the
    units tell nothing about their likeness, and each counts as one row at most.
    """
    total = float(denominator.sum())
    if total <= 0 or units == 0:
        return 0.0
    p = float(numerator.sum()) / total
    kish = total**2 / float((denominator**2).sum())
    if units < 2:
        return kish
    residual = numerator - p * denominator
    variance = units / (units - 1) * float((residual**2).sum()) / total**2
    if variance <= 0 or not 0 < p < 1:
        return kish
    return p * (1 - p) / variance


def ratio(
    numerator: Array,
    denominator: Array,
    level: float = 0.95,
    *,
    clusters: Array | None = None,
    reason: str = "no rows",
) -> Estimate:
    """Estimate a share of weighted or clustered rows.

    Parameters
    ----------
    numerator, denominator : shape (n,), per row, 0 <= numerator <= denominator
    clusters : shape (n,), codes from 0; None: every row by itself

    Notes
    -----
    Wilson's interval on the effective number of rows, shortened for the few degrees of freedom
    that few clusters, or few heavy rows, leave.

    References
    ----------
    Korn and Graubard (1998), with Wilson's in place of Clopper and Pearson's interval.
    """
    counted = denominator > 0
    n = int(counted.sum())
    if n == 0:
        return Estimate(number=None, n=0, reason=reason)
    top, bottom = numerator[counted].astype(float), denominator[counted].astype(float)
    if clusters is not None:
        codes = dense_codes(clusters[counted])
        top, bottom = np.bincount(codes, weights=top), np.bincount(codes, weights=bottom)
    units = len(top)
    p = min(max(float(top.sum() / bottom.sum()), 0.0), 1.0)
    # Few units, or few heavy ones, leave few degrees of freedom to their variance.
    alike = float(bottom.sum()) ** 2 / float((bottom**2).sum())
    rows = effective_n(top, bottom, units) * (z_of(level) / quantile_t(level, alike - 1)) ** 2
    interval = wilson(p * rows, rows, level)
    if interval is not None:
        how = "wilson on effective n" if clusters is None else "wilson on effective n, clustered"
        interval = Interval(low=interval.low, high=interval.high, level=level, method=how)
    return Estimate(number=p, n=n, interval=interval)


def difference(
    first: Estimate, second: Estimate, level: float = 0.95, *, correlation: float = 0.0
) -> Estimate:
    """Estimate `first` minus `second`.

    Parameters
    ----------
    correlation : of the two; 0 for two samples that share no row

    Notes
    -----
    Each side brings its own interval, of this same level, so a difference of two Wilson
    intervals is Newcombe's.

    References
    ----------
    Newcombe (1998), method 10; Zou and Donner (2008) for any pair of intervals.

    Examples
    --------
    >>> gap = difference(proportion(56, 70), proportion(48, 80))
    >>> round(gap.interval.low, 4), round(gap.interval.high, 4)
    (0.0524, 0.3339)
    """
    n = min(first.n, second.n)
    if first.number is None or second.number is None:
        return Estimate(number=None, n=n, reason=first.reason or second.reason or "no rows")
    gap = first.number - second.number
    one, two = first.interval, second.interval
    if one is None or two is None:
        return Estimate(number=gap, n=n)

    def reach(a: float, b: float) -> float:
        return sqrt(max(a**2 + b**2 - 2 * correlation * a * b, 0.0))

    low = gap - reach(first.number - one.low, two.high - second.number)
    high = gap + reach(one.high - first.number, second.number - two.low)
    alone = not correlation and one.method == two.method == "wilson"
    method = "newcombe" if alone else "mover"
    interval = Interval(low=min(low, gap), high=max(high, gap), level=level, method=method)
    return Estimate(number=gap, n=n, interval=interval)


def combined(
    parts: Sequence[Estimate], level: float = 0.95, *, correlation: Array | None = None
) -> Estimate:
    """Average estimates, each with its interval.

    Parameters
    ----------
    correlation : shape (k, k) of the parts; None: they share no row

    References
    ----------
    Zou and Donner (2008): variances recovered from the intervals of the parts; Zou (2008) for
    parts that are correlated.
    """
    share = [1 / max(len(parts), 1)] * len(parts)
    return weighted_sum(parts, share, level, correlation=correlation)


def weighted_sum(
    parts: Sequence[Estimate],
    factors: Sequence[float],
    level: float = 0.95,
    *,
    correlation: Array | None = None,
) -> Estimate:
    """Add up estimates, each times a factor that is not negative; see `combined`.

    Parameters
    ----------
    factors : one for each part, >= 0
    """
    numbers = [part.number for part in parts]
    n = sum(part.n for part in parts)
    if not parts or any(number is None for number in numbers):
        reason = next((part.reason for part in parts if part.reason), "no rows")
        return Estimate(number=None, n=n, reason=reason)
    total = sum(f * number for f, number in zip(factors, numbers, strict=True) if number)
    below, above = np.zeros(len(parts)), np.zeros(len(parts))
    for at, (part, factor) in enumerate(zip(parts, factors, strict=True)):
        if part.interval is None or part.number is None:
            return Estimate(number=total, n=n)
        below[at] = factor * (part.number - part.interval.low)
        above[at] = factor * (part.interval.high - part.number)
    together = np.eye(len(parts)) if correlation is None else correlation
    low, high = (sqrt(max(float(side @ together @ side), 0.0)) for side in (below, above))
    interval = Interval(low=total - low, high=total + high, level=level, method="mover")
    return Estimate(number=total, n=n, interval=interval)


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """Multiply an estimate and its interval by a known number that is not negative."""
    if estimate.number is None:
        return estimate
    interval = estimate.interval
    if interval is not None:
        interval = replace(interval, low=interval.low * factor, high=interval.high * factor)
    return replace(estimate, number=estimate.number * factor, interval=interval)


def quotient(
    first: Estimate, second: Estimate, level: float = 0.95, *, correlation: float = 0.0
) -> Estimate:
    """Estimate `first` divided by `second`, each with its interval, neither negative.

    References
    ----------
    Donner and Zou (2012), closed form for a ratio, with correlated parts.
    """
    x, y = first.number, second.number
    if x is None or y is None or y <= 0:
        reason = first.reason or second.reason or "not defined: divided by 0"
        return Estimate(number=None, n=first.n, reason=reason)
    one, two = first.interval, second.interval
    if one is None or two is None or two.low <= 0 or two.high >= 2 * y:
        return Estimate(number=x / y, n=first.n)

    def end(side: float, other: float, sign: int) -> float:
        joint = x * y - correlation * (x - side) * (other - y)
        inner = joint**2 - side * (2 * x - side) * other * (2 * y - other)
        return float((joint + sign * sqrt(max(inner, 0.0))) / (other * (2 * y - other)))

    low, high = max(end(one.low, two.high, -1), 0.0), end(one.high, two.low, 1)
    interval = Interval(low=min(low, x / y), high=max(high, x / y), level=level, method="mover")
    return Estimate(number=x / y, n=first.n, interval=interval)


def correlation_of(residuals: Array, weights: Array | None = None) -> Array:
    """Correlation of ratios whose linearised residuals per unit are given.

    Parameters
    ----------
    residuals : shape (m, k): numerator minus ratio times denominator, of each unit
    weights : shape (m,), how many such units there are; None: one of each
    """
    products = residuals.T @ (residuals if weights is None else residuals * weights[:, None])
    spread = np.sqrt(np.diag(products))
    scale = np.where(spread > 0, spread, 1.0)
    together = products / np.outer(scale, scale)
    np.fill_diagonal(together, 1.0)
    return np.asarray(together)


def logit_interval(
    number: float, error: float, level: float, *, method: str, df: float | None = None
) -> Interval | None:
    """Interval of a number in (0, 1) with a standard error, symmetric on the logit scale.

    The logit keeps it between 0 and 1 and, for ranking measures, near its nominal coverage.
    """
    if not (isfinite(error) and error > _NO_ERROR and 0 < number < 1):
        return None
    z = z_of(level) if df is None else quantile_t(level, df)
    middle = np.log(number / (1 - number))
    half = min(z * error / (number * (1 - number)), 700.0)
    low, high = (1 / (1 + np.exp(-(middle + step))) for step in (-half, half))
    return Interval(
        low=min(float(low), number), high=max(float(high), number), level=level, method=method
    )


def median_interval(
    ordered: Array, level: float, *, design_effect: float = 1.0
) -> Interval | None:
    """Interval of a median from order statistics, whatever the distribution.

    Parameters
    ----------
    ordered : shape (n,), sorted
    design_effect : how many times more uncertain the rows are than independent ones

    Returns
    -------
    None when not even the smallest and the largest value reach the level

    References
    ----------
    David and Nagaraja (2003), 7.1; Woodruff (1952) for the design effect.
    """
    n = len(ordered)
    rows = n / design_effect
    if rows < 1 or 2 * 0.5**rows > 1 - level:
        return None
    half = z_of(level) * sqrt(design_effect * n) / 2
    first, last = max(floor(n / 2 - half), 1), min(ceil(n / 2 + half) + 1, n)
    return Interval(
        low=float(ordered[first - 1]),
        high=float(ordered[last - 1]),
        level=level,
        method="order statistics",
    )
