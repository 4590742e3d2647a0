"""Medians of columns that are too long to be sorted: their bins tell where to look."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from reportgen.report.profile import ColumnPlan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["Middle", "find_middle", "middle_of", "scan_medians"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Middle:
    """The bins in which the two middle numbers of a column lie, and their places there.

    Attributes
    ----------
    ends : of each bin, above the first and up to the second
    places : from 0, among as many numbers as `sizes` says
    """

    column: int
    slot: int
    ends: tuple[tuple[float, float], tuple[float, float]]
    places: tuple[int, int]
    sizes: tuple[int, int]


def find_middle(at: int, slot: int, plan: ColumnPlan, counted: Sequence[Any]) -> Middle | None:
    """Say where the median of the finite numbers lies; None where there are none."""
    numbers, (_, _, known, lowest), bins = counted[2], counted[4], counted[5]
    if not known:
        return None
    cuts = plan.cuts if bins is not None else ()
    inside = [int(bins.get(cut, 0)) for cut in cuts] if cuts else []
    sizes = [*inside, numbers - sum(inside)]
    upto = list(accumulate(sizes))
    edges = (-math.inf, *cuts, math.inf)
    # The numbers below all finite ones come first; they are in the first bin.
    ranks = [lowest + (known - 1) // 2, lowest + known // 2]
    held = [bisect_right(upto, rank) for rank in ranks]
    first, second = held
    return Middle(
        column=at,
        slot=slot,
        ends=((edges[first], edges[first + 1]), (edges[second], edges[second + 1])),
        places=(
            ranks[0] - upto[first] + sizes[first],
            ranks[1] - upto[second] + sizes[second],
        ),
        sizes=(sizes[first], sizes[second]),
    )


def scan_medians(
    connection: DuckDBPyConnection, rows: str, middles: Sequence[Middle]
) -> list[float]:
    """Find medians in one pass that holds one bin of each column: whole ones may not fit.

    Parameters
    ----------
    rows : SQL from FROM on, with ``slot`` and, of each column, ``x`` and its position
    """
    if not middles:
        return []
    asked = ", ".join(
        # The middle of a step names its row whatever rounding makes of the edge of a step.
        f"quantile_disc(CASE WHEN slot = {one.slot} AND {_within(one.column, ends)} "
        f"THEN x{one.column} END, {(place + 0.5) / size!r})"
        for one in middles
        for place, size, ends in zip(one.places, one.sizes, one.ends, strict=True)
    )
    (found,) = connection.execute(f"SELECT {asked} {rows}").fetchall()
    return [
        middle_of(float(low), float(high))
        for low, high in zip(found[::2], found[1::2], strict=True)
    ]


def _within(at: int, ends: tuple[float, float]) -> str:
    low, high = ends
    above = "true" if low == -math.inf else f"x{at} > '{low!r}'::DOUBLE"
    return f"{above} AND x{at} <= '{high!r}'::DOUBLE"


def middle_of(low: float, high: float) -> float:
    """Give the median that lies between two middle numbers."""
    middle = (low + high) / 2
    return middle if math.isfinite(middle) else low / 2 + high / 2
