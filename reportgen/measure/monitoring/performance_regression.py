"""Numbers, per slot: how far off, in which direction, and how much is explained."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reportgen.measure.monitoring.slots import (
    Many,
    averages,
    delta,
    slot_sums,
    too_few,
    transformed,
)
from reportgen.measure.statistics.intervals import Array

__all__ = ["error_metrics", "measure_regression"]

_SUMS = (
    "absolute",
    "error",
    "squared",
    "squared_2",
    "spread",
    "spread_2",
    "spread_3",
    "spread_4",
    "squared_spread",
    "squared_spread_2",
)
_NOTHING = 1e-14
"""Share of the squares below which what is left of them is rounding: the target does not vary."""


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
    centre = float(truth.mean()) if len(truth) else 0.0
    error, off = predicted - truth, truth - centre
    columns = {
        "absolute": np.abs(error),
        "error": error,
        "squared": error**2,
        "squared_2": error**4,
        "spread": off,
        "spread_2": off**2,
        "spread_3": off**3,
        "spread_4": off**4,
        "squared_spread": error**2 * off,
        "squared_spread_2": error**2 * off**2,
    }
    sums = {name: slot_sums(slot, slots, column) for name, column in columns.items()}
    return error_metrics(sums, np.bincount(slot, minlength=slots), level)


def error_metrics(sums: Mapping[str, Array], n: Array, level: float) -> dict[str, Many]:
    """Measure errors by their sums.

    Parameters
    ----------
    sums : name -> shape (slots,): of the error (``error``, ``absolute``, ``squared``,
        ``squared_2`` for its fourth power), of the powers of the truth about any one centre
        (``spread`` to ``spread_4``), and of products of both; none: there are no rows
    n : shape (slots,), rows
    """
    few = too_few(n)
    held = dict.fromkeys(_SUMS, np.zeros(len(n))) | dict(sums)

    def mean(name: str, squares: str) -> Many:
        return averages(held[name], held[squares], n, level, reasons=few)

    return {
        "mae": mean("absolute", "squared"),
        "rmse": transformed(
            mean("squared", "squared_2"),
            lambda bound: np.sqrt(np.maximum(bound, 0)),
            "student t of the square",
        ),
        "r2": _explained(held, n, level, few),
        "mean_error": mean("error", "squared"),
    }


def _explained(sums: Mapping[str, Array], n: Array, level: float, few: Mapping[int, str]) -> Many:
    with np.errstate(divide="ignore", invalid="ignore"):
        e_2, e_4 = sums["squared"] / n, sums["squared_2"] / n
        d, d_2, d_3, d_4 = (sums[f"spread{power}"] / n for power in ("", "_2", "_3", "_4"))
        spread = d_2 - d**2
        spread = np.where(spread > _NOTHING * d_2, spread, np.nan)
        number = 1 - e_2 / spread
        # The mean of pull², pull = off² · missed / spread² - error² / spread, off from the mean.
        off_4 = d_4 - 4 * d * d_3 + 6 * d**2 * d_2 - 3 * d**4
        both = sums["squared_spread_2"] / n - 2 * d * sums["squared_spread"] / n + d**2 * e_2
        tilt = e_2 / spread**2
        pull = tilt**2 * off_4 - 2 * tilt / spread * both + e_4 / spread**2
        variance = np.maximum(pull, 0) / n
    lacking = "the target does not vary"
    return delta(number, variance, n, level, lacking=lacking, reasons=few, bounds=(-np.inf, 1))
