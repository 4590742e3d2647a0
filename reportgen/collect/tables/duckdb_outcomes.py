"""Predictions against what came true, of rows that DuckDB reads in place.

Rows of many slots that fit into memory together are fetched and ranked at once. A slot of more is
ranked by itself, the scores of one class after the other, so that one column is held at a time;
one of which no column fits is ranked in SQL. All give the same ranking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reportgen.collect.tables.relation import Relation
from reportgen.collect.tables.scan import SLOT
from reportgen.collect.tables.scan_outcomes import read_outcomes, scan_outcomes
from reportgen.collect.tables.slots import NEVER
from reportgen.report.profile import Outcomes, Plan

if TYPE_CHECKING:
    import numpy as np
    from duckdb import DuckDBPyConnection

    from reportgen.collect.tables.slots import Sliced

__all__ = [
    "TOGETHER",
    "fetched",
    "outcomes_alone",
    "outcomes_by_period",
    "outcomes_by_slot",
    "outcomes_of_groups",
]

TOGETHER = 16_000_000
"""Rows of several slots that are ranked at once; they are fetched with all that is compared."""


def fetched(connection: DuckDBPyConnection, sql: str) -> dict[str, np.ndarray[Any, Any]]:
    """Fetch columns that are neither null nor of an enumeration."""
    found: Any = connection.execute(sql).fetchnumpy()
    return dict(found)


def outcomes_by_slot(
    connection: DuckDBPyConnection, rows: Relation, plan: Plan, slots: int
) -> tuple[Outcomes, ...]:
    """Compare rows that fit into memory, slot by slot."""
    from reportgen.collect.tables.ranked import outcomes_of

    return outcomes_of(_held(connection, rows, plan, f"{SLOT}::INTEGER"), plan, slots)


def outcomes_by_period(
    connection: DuckDBPyConnection,
    table: Relation,
    sliced: Sliced,
    plan: Plan,
    groups: Sequence[Sequence[int]],
) -> tuple[Outcomes, ...]:
    """Compare rows that fit into memory, by groups of periods.

    Notes
    -----
    To find each row's period here takes less than to join it to it there.
    """
    from reportgen.collect.tables.ranked import outcomes_of

    moment = f"coalesce({sliced.clock.moment}, {NEVER})"
    held = _held(connection, sliced.near(table, groups), plan, moment)
    held["slot"] = sliced.homes(held["slot"], groups)
    inside = held["slot"] >= 0
    if not inside.all():
        held = {name: column[inside] for name, column in held.items()}
    return outcomes_of(held, plan, len(groups))


def _held(
    connection: DuckDBPyConnection, rows: Relation, plan: Plan, slot: str
) -> dict[str, np.ndarray[Any, Any]]:
    """Fetch rows that can be compared with what came true, and a number that places each."""
    read = f"SELECT {slot} AS slot, {read_outcomes(rows, plan)} FROM {rows.sql}"
    match plan.task:
        case "regression":
            return fetched(connection, f"SELECT slot, e, d FROM ({read}) WHERE e IS NOT NULL")
        case "multiclass":
            return fetched(
                connection,
                f"SELECT slot, t::INTEGER AS t, p::INTEGER AS p FROM ({read}) "
                "WHERE t IS NOT NULL AND p IS NOT NULL",
            )
        case _:
            score = ", coalesce(s, 'nan'::DOUBLE) AS s" if plan.score else ""
            return fetched(
                connection,
                f"SELECT slot, t::TINYINT AS t, coalesce(p, -1)::TINYINT AS p{score} "
                f"FROM ({read}) WHERE t IS NOT NULL",
            )


def outcomes_alone(
    connection: DuckDBPyConnection, rows: Relation, plan: Plan, *, small: bool
) -> Outcomes:
    """Compare many rows, all in slot 0.

    Parameters
    ----------
    small : whether a column of them fits into memory
    """
    if small and plan.task == "regression":
        (found,) = outcomes_by_slot(connection, rows, plan, 1)
    elif small and plan.task == "classification" and plan.score is not None:
        found = _by_sides(connection, rows, plan)
    else:  # what is only counted needs no memory
        (found,) = scan_outcomes(connection, rows, plan, 1)
    return found


def _by_sides(connection: DuckDBPyConnection, rows: Relation, plan: Plan) -> Outcomes:
    import numpy as np

    from reportgen.collect.tables.ranked import sides_outcomes

    read = f"(SELECT {read_outcomes(rows, plan)} FROM {rows.sql})"
    asked = ", ".join(
        f"count(CASE WHEN t = {truth} AND p = {told} THEN 1 END)"
        for truth in (0, 1)
        for told in (0, 1)
    )
    cells = np.array(connection.execute(f"SELECT {asked} FROM {read}").fetchall()[0])
    ups, downs = (
        fetched(connection, f"SELECT s FROM {read} WHERE t = {truth} AND s IS NOT NULL")["s"]
        for truth in (1, 0)
    )
    return sides_outcomes(cells, ups, downs, plan.score_cuts)


def outcomes_of_groups(
    connection: DuckDBPyConnection,
    own: Relation,
    plan: Plan,
    many: int,
    *,
    together: bool,
    small: bool,
) -> tuple[tuple[Outcomes, ...], tuple[Outcomes, ...]]:
    """Compare the rows of each group, and all rows outside it: two of shape (many,).

    Parameters
    ----------
    own : each row in the slot of its group
    together, small : whether all rows fit into memory, and whether a column of them does
    """
    if not small:
        mine, others = (
            scan_outcomes(connection, rows, plan, many) for rows in (own, _outside(own, many))
        )
        return mine, others
    others = tuple(
        outcomes_by_slot(connection, rest, plan, 1)[0]
        if together
        else outcomes_alone(connection, rest, plan, small=True)
        for at in range(many)
        for rest in [_taken(own, f"<> {at}")]
    )
    if together:
        return outcomes_by_slot(connection, own, plan, many), others
    mine = tuple(
        outcomes_alone(connection, _taken(own, f"= {at}"), plan, small=True) for at in range(many)
    )
    return mine, others


def _taken(own: Relation, slots: str) -> Relation:
    """Take the rows of the slots that a comparison holds of, all in slot 0."""
    return replace(
        own, sql=f"(SELECT * REPLACE (0 AS {SLOT}) FROM {own.sql} WHERE {SLOT} {slots})"
    )


def _outside(own: Relation, groups: int) -> Relation:
    """Put each row in the slots of all groups but its own."""
    return replace(
        own,
        sql=f"(SELECT r.* REPLACE (g.at AS {SLOT}) FROM {own.sql} r, "
        f"(SELECT unnest(range({groups}))::INTEGER AS at) g WHERE r.{SLOT} <> g.at)",
    )
