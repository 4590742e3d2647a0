"""Intervals for a series in time, whose neighbours are alike: whole stretches are drawn."""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np

from reportgen.measure.statistics.bootstrap import REPLICATES, Statistic, seed_of
from reportgen.measure.statistics.intervals import Array, quantile_t
from reportgen.report.value import Interval

__all__ = ["block_length", "bootstrap_blocks"]

FEWEST_BLOCKS = 4
"""With fewer stretches than this, nothing can be told from how they differ."""
LONGER = 3
"""Stretches are longer than estimates the variance best: less of what ties rows together is lost,
and Student's t pays for the noise (Kiefer and Vogelsang, 2005). In a simulation of AR(1) series
with coefficients from 0 to 0.8, coverage rose from 86 to 94 % to between 93 and 95 %."""


def block_length(series: Array) -> int:
    """Choose how long a stretch must be so that one tells little about the next.

    Parameters
    ----------
    series : shape (n,), finite, in the order of time

    Returns
    -------
    between 1 and a quarter of n

    References
    ----------
    Politis and White (2004), corrected by Patton, Politis and White (2009), for the circular
    block bootstrap.

    Examples
    --------
    >>> block_length(np.tile([0.0, 1.0], 50)[:99] * 0)
    1
    """
    n = len(series)
    centred = series - series.mean()
    if n < 2 * FEWEST_BLOCKS or not (centred**2).sum() > 0:
        return 1
    reach = max(5, ceil(sqrt(np.log10(n))))
    most = min(ceil(sqrt(n)) + reach, n - 1)
    moments = np.array([float(centred[: n - lag] @ centred[lag:]) / n for lag in range(most + 1)])
    correlation = moments[1:] / moments[0]
    quiet = np.abs(correlation) < 2 * sqrt(np.log10(n) / n)
    last = _first_quiet(quiet, reach, most)
    window = min(2 * last, most)
    lags = np.arange(-window, window + 1)
    flat = np.clip(2 * (1 - np.abs(lags) / max(window, 1)), 0.0, 1.0)
    taken = flat * moments[np.abs(lags)]
    slope, long_run = float((taken * np.abs(lags)).sum()), float(taken.sum())
    if long_run <= 0:
        return 1
    best: float = float(n * 1.5 * (slope / long_run) ** 2) ** (1 / 3)
    return max(min(ceil(best), ceil(3 * sqrt(n)), n // FEWEST_BLOCKS), 1)


def _first_quiet(quiet: Array, reach: int, most: int) -> int:
    """Lag after which a run of correlations does not stand out from noise."""
    for lag in range(most - reach + 1):
        if quiet[lag : lag + reach].all():
            return lag or 1
    loud = np.flatnonzero(~quiet)
    return int(loud[-1]) + 1 if len(loud) else 1


def bootstrap_blocks(
    rows: Array,
    statistic: Statistic,
    level: float = 0.95,
    *,
    length: int | None = None,
    replicates: int = REPLICATES,
    seed: int | None = None,
) -> Interval | None:
    """Interval of a function of sums over a series, by drawing stretches of it.

    Parameters
    ----------
    rows : shape (n, k), what is summed, in the order of time
    statistic : of the sums; smooth, or its normal interval would not fit
    length : of a stretch; None: three times what `block_length` finds for how each row moves the
        statistic
    seed : None: from the rows themselves

    Returns
    -------
    None with fewer than four stretches, or where the statistic is not defined

    Notes
    -----
    The series is taken as a circle, so that its ends are drawn as often as its middle. Stretches
    of length l miss part of what ties rows together, a fraction l / n of the variance among them:
    the standard error is stretched by that, and Student's t has as many degrees of freedom as
    there are stretches, less one.

    References
    ----------
    Politis and Romano (1992); Lahiri (2003), 3.
    """
    n = len(rows)
    number = float(statistic(rows.sum(axis=0))) if n else float("nan")
    if n < 2 or not np.isfinite(number):
        return None
    long = length or min(
        LONGER * block_length(_influence(rows, statistic, number)), n // FEWEST_BLOCKS
    )
    long = max(long, 1)
    stretches = ceil(n / long)
    if stretches < FEWEST_BLOCKS:
        return None
    around = np.concatenate(
        [np.zeros((1, rows.shape[1])), np.cumsum(np.tile(rows, (2, 1)), axis=0)]
    )
    starts = np.arange(n)
    whole = around[starts + long] - around[starts]
    rest = n - (stretches - 1) * long  # the last stretch is cut, so that n rows are drawn
    cut = around[starts + rest] - around[starts]
    rng = np.random.default_rng(seed_of(rows) if seed is None else seed)
    picks = rng.integers(0, n, size=(replicates, stretches))
    drawn = whole[picks[:, :-1]].sum(axis=1) + cut[picks[:, -1]]
    replicated = np.asarray(statistic(drawn), dtype=float)
    if np.isfinite(replicated).mean() < 0.95:
        return None
    error = float(np.nanstd(replicated[np.isfinite(replicated)], ddof=1))
    if not error > 0:
        return None
    half = quantile_t(level, stretches - 1) * error * sqrt(n / (n - long))
    return Interval(low=number - half, high=number + half, level=level, method="block bootstrap")


def _influence(rows: Array, statistic: Statistic, number: float) -> Array:
    """How far each row moves the statistic: by leaving it out."""
    moved = np.asarray(statistic(rows.sum(axis=0) - rows), dtype=float)
    return np.where(np.isfinite(moved), number - moved, 0.0)
