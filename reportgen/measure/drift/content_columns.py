"""Columns of texts and of embeddings: what they hold now and held before, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.estimated.rows import baseline_keys, picked_rows
from reportgen.measure.monitoring.columns import Held, Watched, kind_of, path_of, status_of
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.statistics.intervals import Array
from reportgen.report.frame import MonitoringFrame

__all__ = ["MOST_ROWS", "vectors_of", "watch_content"]

MOST_ROWS = 20_000
"""Of a side, picked by their content."""


def watch_content(
    frame: MonitoringFrame, calendar: Calendar, names: tuple[str, ...]
) -> tuple[Watched, ...]:
    """Line up columns of texts or embeddings with what each held before.

    Returns
    -------
    columns that are compared as nothing else is (``none``), each with its status
    """
    if not names:
        return ()
    early = baseline_keys(calendar)
    groups: tuple[tuple[str, ...], ...] = ((frame.period.key,),)
    groups += ((),) if frame.has_reference else ()
    groups += (early,) if early else ()
    now, *before = picked_rows(frame, calendar, names, groups, MOST_ROWS)
    sides: Mapping[str, pd.DataFrame] = dict(
        zip([*(["reference"] if frame.has_reference else []), "data"], before, strict=False)
    )
    paths: list[str] = []
    found = []
    for name in names:
        paths.append(path_of(name, paths))
        found.append(_watch(frame, calendar, name, paths[-1], now, sides))
    return tuple(found)


def _watch(
    frame: MonitoringFrame,
    calendar: Calendar,
    name: str,
    path: str,
    now: pd.DataFrame,
    sides: Mapping[str, pd.DataFrame],
) -> Watched:
    held = {role: rows[name] for role, rows in sides.items() if name in rows.columns}
    # A reference of features may lack the text beside them; the earliest periods have it.
    source = "data" if "reference" not in held and "data" in held else "reference"
    if "reference" not in sides:
        source = "data"
    before = held.get(source)
    current = now[name] if name in now.columns else None
    is_vector = name in frame.embeddings
    counted = None
    if current is not None:
        kind = "level" if is_vector else kind_of(current)
        counted = Held(kind=kind, values=int(current.notna().sum()))
    was = "new" if before is None else ("level" if is_vector else kind_of(before))
    status, detail = status_of(frame, calendar, counted, was, "level", "feature")
    column = Watched(
        name=name,
        path=path,
        role="feature",
        kind="none",
        status=status,
        detail=detail,
        now=current,
        before=before,
        source="reference" if source == "reference" else "data",
    )
    return _sized(column) if is_vector and status == "ok" else column


def _sized(column: Watched) -> Watched:
    """Compare the lengths of vectors: another length is another space."""
    assert column.now is not None
    assert column.before is not None
    now, was = (vectors_of(side).shape[1] for side in (column.now, column.before))
    if not now:
        return replace(column, status="all null", detail="it holds no vectors of numbers")
    if was and now != was:
        words = f"its vectors have {now:,} numbers, but had {was:,} in the reference"
        return replace(column, status="type changed", detail=words)
    return column


def vectors_of(values: pd.Series[Any]) -> Array:
    """Give the vectors of a column, shape (n, d): those of the commonest length, all finite.

    What is missing, holds something else or has another length is left out.
    """
    read = [vector for each in values if (vector := _vector(each)) is not None]
    if not read:
        return np.zeros((0, 0))
    lengths = np.array([len(vector) for vector in read])
    sizes, many = np.unique(lengths, return_counts=True)
    size = int(sizes[np.argmax(many)])
    return np.array([vector for vector in read if len(vector) == size])


def _vector(each: Any) -> Array | None:
    if not isinstance(each, list | tuple | np.ndarray) or not len(each):
        return None
    try:
        vector = np.asarray(each, dtype=float)
    except (TypeError, ValueError):
        return None
    return vector if vector.ndim == 1 and bool(np.isfinite(vector).all()) else None
