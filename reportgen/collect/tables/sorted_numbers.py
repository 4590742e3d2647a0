"""Columns of numbers that fit into memory: sorted once, they give quantiles, counts and moments.

What is added is added in rising order, so that neither the order of the rows nor the number of
threads changes the last digit of a sum.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from reportgen.collect.tables.planning import CUTS, DECILES, cuts_around
from reportgen.collect.tables.relation import LARGEST
from reportgen.collect.tables.scan_medians import middle_of
from reportgen.report.profile import ColumnPlan, ColumnProfile, Kind

__all__ = ["plan_numbers", "profile_numbers", "sorted_columns", "total"]

_Array = np.ndarray[Any, Any]
_AT_ONCE = 1 << 20
"""Numbers of which a power is in memory at once."""


def sorted_columns(columns: Sequence[_Array]) -> list[_Array]:
    """Sort columns of numbers where they stand, on as many processors as there are.

    Returns
    -------
    views of the columns without NaN, which comes last
    """
    from concurrent.futures import ThreadPoolExecutor
    from os import sched_getaffinity

    threads = min(len(sched_getaffinity(0)), len(columns), 8)
    if threads < 2 or len(columns[0]) < 50_000:
        return [_rising(column) for column in columns]
    with ThreadPoolExecutor(threads) as pool:  # sorting lets other threads run
        return list(pool.map(_rising, columns))


def _rising(column: _Array) -> _Array:
    column.sort()
    return column[: np.searchsorted(column, np.nan)]


def total(numbers: _Array) -> float:
    """Add numbers in rising order; they are sorted where they stand."""
    numbers.sort()
    return float(numbers.sum())


def plan_numbers(rising: _Array, name: str, role: str) -> ColumnPlan:
    """Cut at the quantiles of the finite numbers, as numpy's ``inverted_cdf`` gives them.

    Parameters
    ----------
    rising : shape (n,), sorted, without NaN
    """
    finite = _between(rising, -sys.float_info.max, sys.float_info.max)
    if not len(finite):
        return ColumnPlan(name=name, role=role, kind="number")
    rows = len(finite)
    places = [max(math.ceil(rows * (at / CUTS) - 1), 0) for at in range(1, CUTS)]
    quantiles = [float(x) for x in finite[places]]
    ends = float(finite[0]), float(finite[-1])
    cuts, fine, edges = cuts_around(quantiles, ends, CUTS // DECILES)
    return ColumnPlan(name=name, role=role, kind="number", cuts=cuts, fine=fine, edges=edges)


def _between(rising: _Array, low: float, high: float) -> _Array:
    first, last = np.searchsorted(rising, low, "left"), np.searchsorted(rising, high, "right")
    return rising[first:last]


def profile_numbers(
    plan: ColumnPlan, rising: _Array, rows: int, known: int, holds: Kind
) -> ColumnProfile:
    """Count numbers on a plan, and sum up the finite ones.

    Parameters
    ----------
    rising : shape (n,), sorted, without NaN
    rows, known : all rows of the column, and those with a value, be it a number or not
    holds : what the column holds by its type
    """
    finite = _between(rising, -LARGEST, LARGEST)
    mean, squares = _moments(finite)
    return ColumnProfile(
        holds=holds if known else "none",
        rows=rows,
        nulls=rows - known,
        wrong=known - len(rising) if plan.kind == "number" else 0,
        infinite=len(rising) - len(finite),
        mean=mean,
        m2=squares,
        smallest=float(finite[0]) if len(finite) else None,
        largest=float(finite[-1]) if len(finite) else None,
        median=_median(_between(rising, -sys.float_info.max, sys.float_info.max)),
        counts=_counts(plan, rising),
    )


def _moments(finite: _Array) -> tuple[float, float]:
    if not len(finite):
        return 0.0, 0.0
    mean, squares = float(finite.mean()), 0.0
    with np.errstate(over="ignore"):
        for first in range(0, len(finite), _AT_ONCE):
            off = finite[first : first + _AT_ONCE] - mean
            squares += float((off * off).sum())
    return mean, min(squares, sys.float_info.max)


def _median(rising: _Array) -> float | None:
    if not len(rising):
        return None
    return middle_of(*(float(rising[(len(rising) + at) // 2]) for at in (-1, 0)))


def _counts(plan: ColumnPlan, rising: _Array) -> tuple[int, ...]:
    if plan.kind != "number":
        return ()
    ends = np.searchsorted(rising, np.array(plan.cuts, dtype=float), "right")
    return tuple(int(n) for n in np.diff(ends, prepend=0, append=len(rising)))
