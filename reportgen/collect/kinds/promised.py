"""Prediction intervals of models that have a method for them.

The method is ``predict_interval(rows)``, as MAPIE has it. It gives an array of shape (n, 2), or
(n, 2, levels), or a tuple of points and such an array. What the interval promises to cover
stands in the model's ``interval_level`` or ``confidence_level``, or where MAPIE keeps it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reportgen.collect.kinds.arrays import one_column, one_interval
from reportgen.collect.kinds.kind import Array

__all__ = ["promised_interval"]


def promised_interval(
    model: Any, given: Any, rows: int, level: float
) -> tuple[Array | None, Array, Array, float | None] | None:
    """Ask for prediction intervals; of several levels take the one nearest to `level`.

    Returns
    -------
    points where it gave them, lower and upper ends, and the level where it is known; None for
    a model without such a method
    """
    if not callable(getattr(model, "predict_interval", None)):
        return None
    output = model.predict_interval(given)
    points = None
    if isinstance(output, tuple):
        points, output = one_column(output[0], rows), output[1]
    levels = _levels(model)
    shape = np.shape(output)
    deep = shape[2] if len(shape) == 3 else 1
    if len(levels) != deep:
        lower, upper = one_interval(output, rows)
        return points, lower, upper, None
    place = min(range(deep), key=lambda each: abs(levels[each] - level))
    lower, upper = one_interval(output, rows, place)
    return points, lower, upper, levels[place]


def _levels(model: Any) -> tuple[float, ...]:
    for name in ("interval_level", "confidence_level", "_alphas"):  # the last: MAPIE
        stated = getattr(model, name, None)
        if stated is None or isinstance(stated, str) or callable(stated):
            continue
        levels = np.atleast_1d(np.asarray(stated, dtype=float))
        if name == "_alphas":
            levels = 1.0 - levels
        if levels.ndim == 1 and ((levels > 0) & (levels < 1)).all():
            return tuple(round(float(each), 12) for each in levels)
    return ()
