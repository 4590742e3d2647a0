"""Labels of the data and classes of the model, written alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from reportgen.errors import DataError

__all__ = ["align_labels", "positive_class"]


def align_labels(truth: pd.Series[Any], classes: tuple[Any, ...], target: str) -> pd.Series[Any]:
    """Write labels as the model writes its classes: True for 1, ``"1"`` for 1.

    Missing labels stay missing; a label that the model does not know stays as it is.

    Raises
    ------
    DataError
        Not one label is a class of the model.
    """
    by_text = {_as_text(level): level for level in classes}
    levels = truth.dropna().unique()
    meaning = {level: by_text.get(_as_text(level), level) for level in levels}
    if len(levels) and not any(_as_text(level) in by_text for level in levels):
        shown = ", ".join(repr(level) for level in levels[:5])
        raise DataError(
            f"no label in the target '{target}' ({shown}) is a class of the model "
            f"({', '.join(map(repr, classes))})"
        )
    aligned = np.empty(len(truth), dtype=object)
    aligned[:] = [
        None if missing else meaning[label]
        for label, missing in zip(truth, truth.isna(), strict=True)
    ]
    return pd.Series(aligned, index=truth.index, name=truth.name, dtype=object)


def _as_text(level: Any) -> str:
    if isinstance(level, bool | np.bool_):
        return str(int(level))
    if isinstance(level, str):
        return {"true": "1", "false": "0"}.get(level.strip().lower(), level)
    number = float(level) if isinstance(level, int | float | np.number) else None
    return str(level) if number is None else f"{number:g}"


def positive_class(classes: tuple[Any, ...], asked: Any) -> Any:
    """Find which of two classes counts as positive: the one asked for, else 1, True, the last.

    Raises
    ------
    DataError
        The one asked for is not a class of the model.
    """
    if asked is None:
        return classes[-1]
    for level in classes:
        if _as_text(level) == _as_text(asked):
            return level
    raise DataError(f"positive: {asked!r} is not a class of the model ({classes!r})")
