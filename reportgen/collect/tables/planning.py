"""The plan of a report's profiles, made once from the reference: cuts of numbers, known levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reportgen.collect.tables.relation import Relation
from reportgen.collect.tables.scan import COUNTED, count_levels, slot_table
from reportgen.report.profile import ColumnPlan, Kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "COMMON",
    "CUTS",
    "DECILES",
    "MOST_KNOWN",
    "RANGES",
    "cuts_around",
    "plan_column",
    "plan_levels",
    "with_twins",
]

CUTS, DECILES = 40, 10
COMMON, RANGES = 5000, 10
MOST_KNOWN = 100_000
"""Levels that a plan remembers. A column with more names things one by one; the rows of the
others count in `ColumnPlan.once`, so that as many unseen levels are expected as there will be."""
_MOST_SORTED = 4_000_000
"""Rows whose quantiles are exact; of more, those are taken that their own content picks."""


def plan_column(
    connection: DuckDBPyConnection, table: Relation, name: str, role: str, kind: Kind
) -> ColumnPlan:
    """Look at a column of the reference and decide how it is counted."""
    if name not in table.types or kind not in {"number", "level"}:
        return ColumnPlan(name=name, role=role, kind=kind)
    if kind == "number":
        cuts, fine, edges = _cuts(connection, table, name)
        return ColumnPlan(name=name, role=role, kind=kind, cuts=cuts, fine=fine, edges=edges)
    count_levels(connection, slot_table(table, "0"), name)
    return plan_levels(connection, name, role)


def _cuts(
    connection: DuckDBPyConnection, table: Relation, name: str
) -> tuple[tuple[float, ...], ...]:
    number = f"SELECT {table.number(name)} AS x FROM {table.sql}"
    finite = f"SELECT x FROM ({number}) WHERE isfinite(x)"
    rows, low, high = connection.execute(
        f"SELECT count(*), min(x), max(x) FROM ({finite})"
    ).fetchall()[0]
    if not rows:
        return (), (), ()
    share = math.ceil(rows / _MOST_SORTED)
    sample = finite if share == 1 else f"{finite} AND hash(x) % {share} = 0"
    if share > 1:
        (rows,) = connection.execute(f"SELECT count(*) FROM ({sample})").fetchall()[0]
    # The middle of a step names its row whatever rounding makes of the edge of a step.
    places = [max(math.ceil(rows * (at / CUTS) - 1), 0) for at in range(1, CUTS)]
    steps = [(place + 0.5) / max(rows, 1) for place in places]
    found = connection.execute(f"SELECT quantile_disc(x, {steps}) FROM ({sample})").fetchall()[0][
        0
    ]
    quantiles = [float(x) for x in found or [low] * len(steps)]
    return cuts_around(quantiles, (float(low), float(high)), CUTS // DECILES)


def cuts_around(
    quantiles: Sequence[float], ends: tuple[float, float], every: int
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Give all cuts, those at quantiles, and those at every so many of them.

    Parameters
    ----------
    ends : smallest and largest number; beyond them lies what is out of range
    """
    edges = with_twins(quantiles[every - 1 :: every])
    fine = tuple(sorted({*with_twins(quantiles), *edges}))
    outer = (math.nextafter(ends[0], -math.inf), ends[1])
    return tuple(sorted({*fine, *outer})), fine, edges


def with_twins(quantiles: Sequence[float]) -> tuple[float, ...]:
    """Cut at the quantiles; a value so common that it is several of them gets its own bin.

    Examples
    --------
    >>> with_twins([0.0, 0.0, 1.0])[1:]
    (0.0, 1.0)
    """
    alone = len(set(quantiles)) == 1
    common = {x for x in quantiles if alone or quantiles.count(x) > 1}
    return tuple(sorted({*quantiles, *(math.nextafter(x, -math.inf) for x in common)}))


def plan_levels(connection: DuckDBPyConnection, name: str, role: str) -> ColumnPlan:
    """Name the levels of the column that `count_levels` has counted."""
    counted = (
        f"SELECT level, sum(n) AS n FROM {COUNTED} WHERE level IS NOT NULL AND slot >= 0 "
        "GROUP BY level"
    )
    rows = connection.execute(
        f"SELECT level, n FROM ({counted}) ORDER BY n DESC, level LIMIT {MOST_KNOWN}"
    ).fetchall()
    total, once = connection.execute(
        f"SELECT coalesce(sum(n), 0), count(*) FILTER (n = 1) FROM ({counted})"
    ).fetchall()[0]
    kept = sum(int(row[1]) for row in rows)
    if len(rows) == MOST_KNOWN and total > kept:
        once = int(total) - kept
    levels = tuple(str(row[0]) for row in rows)
    rare = sorted(levels[COMMON:])
    many = min(RANGES, len(rare))
    starts = tuple(rare[len(rare) * at // many] for at in range(many)) if many else ()
    return ColumnPlan(
        name=name,
        role=role,
        kind="level",
        levels=levels,
        common=min(COMMON, len(levels)),
        ranges=starts,
        once=int(once),
    )
