"""Which period of the reference each of its rows is of, where earlier periods are the reference."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reportgen.measure.monitoring.columns import Watched
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.statistics.intervals import Array
from reportgen.report.frame import MonitoringFrame

__all__ = ["reference_periods"]


def reference_periods(
    frame: MonitoringFrame, calendar: Calendar, columns: tuple[Watched, ...]
) -> Mapping[str, Array]:
    """Give the period of each row of a column's reference, as `measure_drift` takes it.

    Returns
    -------
    path of a column -> shape (rows,), codes from 0; only columns whose reference is the data's own
    earliest periods, and rows that can be told by their label
    """
    if not frame.rows.index.is_unique:
        return {}
    found = {}
    for column in columns:
        if column.source != "data" or column.before is None or not len(column.before):
            continue
        slot = calendar.slot[frame.rows.index.get_indexer(column.before.index)]
        found[column.path] = np.unique(slot, return_inverse=True)[1]
    return found
