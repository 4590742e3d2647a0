"""Estimates of many slots (periods, groups) at once: one pass over the rows, however many slots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, quantile_t, wilson_bounds, z_of
from reportgen.report.value import Interval

__all__ = [
    "FEWEST_ROWS",
    "Many",
    "averages",
    "delta",
    "shares",
    "slot_sums",
    "too_few",
    "transformed",
]

FEWEST_ROWS = 10
"""Labelled rows below which a slot's metrics are not stated: three rows make no AUC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """One metric in each of k slots.

    Attributes
    ----------
    number, low, high : shape (k,), NaN where there is none
    n : shape (k,), rows in the denominator that matters
    lacking : why a slot without a number has none
    reasons : slot -> a reason of its own, before `lacking`
    """

    number: Array
    low: Array
    high: Array
    n: Array
    level: float
    method: str
    lacking: str = "no rows"
    reasons: Mapping[int, str] | None = None

    def at(self, slot: int) -> Estimate:
        """Give the estimate of one slot."""
        n = int(self.n[slot])
        reason = (self.reasons or {}).get(slot)
        if reason is not None or not np.isfinite(self.number[slot]):
            return Estimate(number=None, n=n, reason=reason or self.lacking)
        low, high, number = (float(x[slot]) for x in (self.low, self.high, self.number))
        interval = None
        if np.isfinite(low) and np.isfinite(high):
            low, high = min(low, number), max(high, number)
            interval = Interval(low=low, high=high, level=self.level, method=self.method)
        return Estimate(number=number, n=n, interval=interval)


def too_few(rows: Array) -> dict[int, str]:
    """Name the slots with rows, but too few of them to state a metric."""
    few = np.flatnonzero((rows > 0) & (rows < FEWEST_ROWS))
    return {int(slot): f"not enough data (n = {rows[slot]})" for slot in few}


def slot_sums(slot: Array, slots: int, column: Array) -> Array:
    """Sum a column per slot, shape (slots,)."""
    return np.bincount(slot, weights=column, minlength=slots)


def shares(
    hits: Array,
    among: Array,
    level: float,
    *,
    lacking: str = "no rows",
    reasons: Mapping[int, str] | None = None,
) -> Many:
    """Shares of independent rows with Wilson's interval.

    Parameters
    ----------
    hits, among : shape (k,), counts
    """
    low, high = wilson_bounds(hits, among, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        number = np.asarray(hits / among, dtype=float)
    return Many(
        number=number,
        low=low,
        high=high,
        n=np.asarray(among),
        level=level,
        method="wilson",
        lacking=lacking,
        reasons=reasons,
    )


def averages(
    sums: Array, squares: Array, n: Array, level: float, *, reasons: Mapping[int, str] | None
) -> Many:
    """Means of rows with Student's t interval, from their sums and sums of squares."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums / n
        variance = np.maximum(squares / n - mean**2, 0) * n / (n - 1)
        error = np.sqrt(variance / n)
    half = error * np.array([quantile_t(level, max(int(rows) - 1, 1)) for rows in n])
    return Many(
        number=mean,
        low=mean - half,
        high=mean + half,
        n=n,
        level=level,
        method="student t",
        reasons=reasons,
    )


def transformed(many: Many, change: Callable[[Array], Array], method: str) -> Many:
    """Put a rising function over numbers and bounds; coverage stays what it was."""
    return Many(
        number=change(many.number),
        low=change(many.low),
        high=change(many.high),
        n=many.n,
        level=many.level,
        method=method,
        lacking=many.lacking,
        reasons=many.reasons,
    )


def delta(
    number: Array,
    variance: Array,
    n: Array,
    level: float,
    *,
    lacking: str,
    reasons: Mapping[int, str] | None,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Many:
    """Estimates with an interval from their linearised variance, cut to what is possible."""
    with np.errstate(invalid="ignore"):
        half = z_of(level) * np.sqrt(variance)
        low, high = np.maximum(number - half, bounds[0]), np.minimum(number + half, bounds[1])
    return Many(
        number=number,
        low=low,
        high=high,
        n=n,
        level=level,
        method="delta",
        lacking=lacking,
        reasons=reasons,
    )
