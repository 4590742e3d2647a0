"""Rows of metrics put into a table of metrics: each (metric, window) once, nothing else touched."""

from __future__ import annotations

from math import isnan
from typing import Any, TypeAlias

import pandas as pd

from reportgen.errors import DataError

__all__ = ["Keyed", "changes", "clash", "keyed", "table_of"]

_CLOSE = 1e-12
"""Relative; CSV and other programs may write the last digit of a number another way."""

Key: TypeAlias = tuple[pd.Timestamp, str, str]
Keyed: TypeAlias = dict[Key, tuple[int, float]]
"""(window, metric, estimator) -> rows and estimate."""


def keyed(table: pd.DataFrame, zone: Any = None) -> Keyed:
    """Read a tidy table of metrics.

    Parameters
    ----------
    table : as `reportgen.collect.metrics_pin.tidy_metrics` gives it
    zone : in which its times are meant where they have none; times that have one lose it where
        this is None, and stay what the clock showed
    """
    times = table["index"]
    held = getattr(times.dtype, "tz", None)
    if zone is None and held is not None:
        times = times.dt.tz_localize(None)
    elif zone is not None:
        times = times.dt.tz_localize(zone) if held is None else times.dt.tz_convert(zone)
    estimators = table["estimator"] if "estimator" in table else [""] * len(table)
    rows = zip(times, table["metric"], estimators, table["n"], table["estimate"], strict=True)
    return {(at, metric, kind): (int(n), float(number)) for at, metric, kind, n, number in rows}


def changes(before: Keyed, now: Keyed) -> Keyed:
    """Give the rows that are new or say something else than before."""
    return {
        key: row for key, row in now.items() if key not in before or not _same(before[key], row)
    }


def _same(one: tuple[int, float], other: tuple[int, float]) -> bool:
    if one[0] != other[0]:
        return False
    a, b = one[1], other[1]
    if isnan(a) or isnan(b):
        return isnan(a) and isnan(b)
    return abs(a - b) <= _CLOSE * max(abs(a), abs(b))


def clash(stored: Keyed, rows: Keyed, pin: str) -> DataError | None:
    """Give the error for rows that say something else than what is stored; None: they do not."""
    for key in sorted(changes(stored, rows)):
        if key in stored:
            (was_n, was), (n, number) = stored[key], rows[key]
            return DataError(
                f"pin '{pin}' holds {key[1]} of {key[0]} as {was:g} (n = {was_n:,}), and the new "
                f"one is {number:g} (n = {n:,}). Replace it with overwrite=True."
            )
    return None


def table_of(rows: Keyed, *, of_r: bool, index_name: str = "index") -> pd.DataFrame:
    """Write rows as vetiver for Python or for R names the columns, in the order of time."""
    keys = sorted(rows)
    table = pd.DataFrame(
        {
            index_name: pd.Series([key[0] for key in keys], dtype=_times(rows)),
            "n": pd.Series([rows[key][0] for key in keys], dtype="int64"),
            "metric": pd.Series([key[1] for key in keys], dtype="str"),
            "estimate": pd.Series([rows[key][1] for key in keys], dtype="float64"),
        }
    )
    if not of_r:
        return table
    table = table.rename(columns={index_name: ".index"}).rename(
        columns={name: f".{name}" for name in ("n", "metric", "estimate")}
    )
    table.insert(3, ".estimator", pd.Series([key[2] or "standard" for key in keys], dtype="str"))
    return table


def _times(rows: Keyed) -> Any:
    first = next(iter(rows), None)
    zone = None if first is None else first[0].tz
    return "datetime64[us]" if zone is None else pd.DatetimeTZDtype("us", zone)
