"""Numbers, per slot: how far off, in which direction, and how much is explained."""

from __future__ import annotations

import numpy as np

from reportgen.measure.intervals import Array
from reportgen.measure.slots import (
    Many,
    averages,
    delta,
    slot_sums,
    too_few,
    transformed,
)

__all__ = ["measure_regression"]


def measure_regression(
    truth: Array, predicted: Array, slot: Array, slots: int, level: float
) -> dict[str, Many]:
    """Measure errors with scikit-learn's definitions.

    Parameters
    ----------
    truth, predicted : shape (n,), finite

    Notes
    -----
    Means have Student's t interval, their root the root of it, R² that of its linearised
    variance.
    """
    error = predicted - truth
    n = np.bincount(slot, minlength=slots)
    few = too_few(n)

    def mean(column: Array) -> Many:
        sums, squares = (slot_sums(slot, slots, power) for power in (column, column**2))
        return averages(sums, squares, n, level, reasons=few)

    squared = mean(error**2)
    return {
        "mae": mean(np.abs(error)),
        "rmse": transformed(
            squared, lambda bound: np.sqrt(np.maximum(bound, 0)), "student t of the square"
        ),
        "r2": _explained(truth, error, slot, slots, n, level, few),
        "mean_error": mean(error),
    }


def _explained(
    truth: Array,
    error: Array,
    slot: Array,
    slots: int,
    n: Array,
    level: float,
    few: dict[int, str],
) -> Many:
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = slot_sums(slot, slots, truth) / n
        off = (truth - centre[slot]) ** 2
        missed, spread = slot_sums(slot, slots, error**2) / n, slot_sums(slot, slots, off) / n
        spread = np.where(spread > 0, spread, np.nan)
        number = 1 - missed / spread
        pull = off * (missed / spread**2)[slot] - error**2 / spread[slot]
        variance = slot_sums(slot, slots, pull**2) / n**2
    lacking = "the target does not vary"
    return delta(number, variance, n, level, lacking=lacking, reasons=few, bounds=(-np.inf, 1))
