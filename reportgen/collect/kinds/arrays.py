"""What comes out of a model, made into the shapes that are expected of it, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from reportgen.collect.kinds.kind import Array
from reportgen.errors import DataError

__all__ = ["both_sides", "class_names", "one_column", "one_interval", "softmax", "two_valued"]


def one_column(output: Any, rows: int) -> Array:
    """Give shape (n,) for (n,) or (n, 1).

    Raises
    ------
    DataError
        Several outputs for a row, or not one for every row.

    Examples
    --------
    >>> one_column([[1.0], [2.0]], 2).tolist()
    [1.0, 2.0]
    """
    array = np.asarray(output)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(
            f"the model gives {array.shape[1:]} numbers for each row; only models with one "
            "output are measured"
        )
    if len(array) != rows:
        raise DataError(f"the model gives {len(array)} answers for {rows} rows")
    return array


def both_sides(positive: Array) -> Array:
    """Give probabilities of both classes, shape (n, 2), from those of the second.

    Examples
    --------
    >>> both_sides(np.array([0.25])).tolist()
    [[0.75, 0.25]]
    """
    sure = np.asarray(positive, dtype=float)
    return np.column_stack([1.0 - sure, sure])


def softmax(margins: Array) -> Array:
    """Turn margins, shape (n, k), into probabilities; no row overflows.

    Examples
    --------
    >>> softmax(np.array([[1000.0, 1000.0]])).tolist()
    [[0.5, 0.5]]
    """
    margins = np.asarray(margins, dtype=float)
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    shares: Array = powers / powers.sum(axis=1, keepdims=True)
    return shares


def class_names(said: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """Give the names of the classes, or their numbers where nobody named them.

    Raises
    ------
    DataError
        The pin's metadata names more or fewer classes than the model has.
    """
    if not said:
        return tuple(range(count))
    if len(said) != count:
        raise DataError(
            f"the pin's metadata names {len(said)} classes ({', '.join(map(str, said))}), but "
            f"the model has {count}"
        )
    return said


def two_valued(truth: pd.Series[Any] | None) -> bool:
    """Tell whether a target can only be meant as two classes: 0 and 1, booleans or two words."""
    if truth is None:
        return False
    levels = truth.dropna().unique().tolist()
    if len(levels) == 2 and all(isinstance(level, str) for level in levels):
        return True
    return 0 < len(levels) <= 2 and all(level in (0, 1) for level in levels)


def one_interval(output: Any, rows: int, place: int = 0) -> tuple[Array, Array]:
    """Give the ends of one interval for each row, from shape (n, 2) or (n, 2, levels).

    Quantiles that were fitted one by one may cross; such ends are put in order.

    Raises
    ------
    DataError
        It has another shape.

    Examples
    --------
    >>> lower, upper = one_interval([[1.0, 3.0], [2.0, 1.0]], 2)
    >>> lower.tolist(), upper.tolist()
    ([1.0, 1.0], [3.0, 2.0])
    """
    array = np.asarray(output, dtype=float)
    if array.ndim == 3:
        array = array[:, :, place]
    if array.shape != (rows, 2):
        raise DataError(
            f"the model's prediction intervals have the shape {array.shape}, not ({rows}, 2)"
        )
    return array.min(axis=1), array.max(axis=1)
