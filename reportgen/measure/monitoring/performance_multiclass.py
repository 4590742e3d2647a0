"""Several classes, per slot: metrics of the table of truth against prediction."""

from __future__ import annotations

import numpy as np

from reportgen.measure.monitoring.slots import Many, delta, shares, too_few
from reportgen.measure.statistics.intervals import Array

__all__ = ["measure_multiclass", "table_metrics"]

_MOST_CELLS = 20_000_000
_NAMES = ("balanced_accuracy", "precision_macro", "recall_macro", "f1_macro")


def measure_multiclass(
    truth: Array, predicted: Array, classes: int, slot: Array, slots: int, level: float
) -> dict[str, Many]:
    """Measure accuracy and class averages with scikit-learn's definitions.

    Parameters
    ----------
    truth, predicted : shape (n,), codes below `classes`

    Notes
    -----
    The averages are functions of the table's cells; their intervals come from the linearised
    variance (Takahashi et al., 2022). A class that is in neither truth nor prediction of a slot
    does not count in its averages.
    """
    n = np.bincount(slot, minlength=slots)
    few = too_few(n)
    right = np.bincount(slot[truth == predicted], minlength=slots)
    accuracy = shares(right, n, level, lacking="no labelled rows", reasons=few)
    if slots * classes**2 > _MOST_CELLS:
        reason = f"too many classes ({classes}) for an average over classes"
        nothing = np.full(slots, np.nan)
        none = delta(nothing, nothing, n, level, lacking=reason, reasons=None)
        return {"accuracy": accuracy} | dict.fromkeys(_NAMES, none)
    codes = (slot * classes + truth) * classes + predicted
    cells = np.bincount(codes, minlength=slots * classes**2).reshape(slots, classes, classes)
    return {"accuracy": accuracy} | _of_tables(cells, level)


def table_metrics(cells: Array, level: float) -> dict[str, Many]:
    """Measure tables of truth against prediction, shape (slots, classes, classes)."""
    n = cells.sum(axis=(1, 2))
    right = cells.diagonal(axis1=1, axis2=2).sum(axis=1)
    accuracy = shares(right, n, level, lacking="no labelled rows", reasons=too_few(n))
    return {"accuracy": accuracy} | _of_tables(cells, level)


def _of_tables(cells: Array, level: float) -> dict[str, Many]:
    n = cells.sum(axis=(1, 2))
    few = too_few(n)
    per_slot = [_averages(table) for table in cells]
    found = {}
    for at, name in enumerate(_NAMES):
        number, variance = (np.array([row[at][part] for row in per_slot]) for part in (0, 1))
        found[name] = delta(
            number, variance, n, level, lacking="no labelled rows", reasons=few, bounds=(0, 1)
        )
    return found


def _averages(table: Array) -> list[tuple[float, float]]:
    """Number and variance of each of the averages of one table, shape (classes, classes)."""
    n = table.sum()
    if n == 0:
        return [(np.nan, np.nan)] * len(_NAMES)
    p = table / n
    true, guessed, hit = p.sum(axis=1), p.sum(axis=0), np.diag(p)
    seen = (true > 0) | (guessed > 0)
    recall, over_true = _divided(hit, true)
    precision, over_guessed = _divided(hit, guessed)
    f1, over_both = _divided(2 * hit, true + guessed)
    zero = np.zeros_like(true)
    parts = (
        # on the diagonal, along the row of the truth, along the column of the prediction
        (recall, true > 0, over_true, recall * over_true, zero),
        (precision, seen, over_guessed, zero, precision * over_guessed),
        (recall, seen, over_true, recall * over_true, zero),
        (f1, seen, 2 * over_both, f1 * over_both, f1 * over_both),
    )
    found = []
    for metric, counted, diagonal, row, column in parts:
        many = counted.sum()
        slope = (np.diag(diagonal) - row[:, None] - column[None, :]) / many
        variance = ((p * slope**2).sum() - (p * slope).sum() ** 2) / n
        found.append((float(metric[counted].sum() / many), float(max(variance, 0.0))))
    return found


def _divided(top: Array, bottom: Array) -> tuple[Array, Array]:
    """Ratio and one over the bottom, 0 where the bottom is 0."""
    safe = np.where(bottom > 0, bottom, 1.0)
    return np.where(bottom > 0, top / safe, 0.0), np.where(bottom > 0, 1 / safe, 0.0)
