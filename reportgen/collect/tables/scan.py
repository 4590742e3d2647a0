"""Rows to profiles in a few passes: numbers and levels of many slots (periods, groups) at once.

What counts is counted in parallel; what adds fractions runs on one thread, so that the same rows
make the same sums however many processors there are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reportgen.collect.tables.relation import Relation, text_of
from reportgen.collect.tables.scan_medians import find_middle, scan_medians
from reportgen.report.profile import MOST_UNSEEN, ColumnPlan, ColumnProfile, Kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "COUNTED",
    "SLOT",
    "count_levels",
    "level_profiles",
    "one_thread",
    "scan_columns",
    "scan_numbers",
    "slot_table",
]

SLOT = '"reportgen slot"'
"""Column with the slot of each row; a row of a slot below 0 is in none."""
COUNTED = "counted"
"""Table with the rows of each level of the column that was counted last."""


@contextmanager
def one_thread(connection: DuckDBPyConnection) -> Iterator[None]:
    """Add in the order of the rows, so that sums of fractions do not depend on the machine."""
    (before,) = connection.execute("SELECT current_setting('threads')").fetchall()[0]
    connection.execute("SET threads = 1")
    try:
        yield
    finally:
        connection.execute(f"SET threads = {int(before)}")


def scan_columns(
    connection: DuckDBPyConnection, table: Relation, plans: Sequence[ColumnPlan], slots: int
) -> tuple[Mapping[str, ColumnProfile], ...]:
    """Profile the planned columns that the table has, in each slot.

    Parameters
    ----------
    table : has the column `SLOT`, 0 to ``slots - 1``, or -1

    Returns
    -------
    shape (slots,), column -> profile
    """
    held = [plan for plan in plans if plan.name in table.types]
    numbers = [plan for plan in held if plan.kind != "level"]
    found: list[dict[str, ColumnProfile]] = [{} for _ in range(slots)]
    for plan, profiles in zip(
        numbers, scan_numbers(connection, table, numbers, slots), strict=True
    ):
        for slot, profile in enumerate(profiles):
            found[slot][plan.name] = profile
    for plan in held:
        if plan.kind == "level":
            count_levels(connection, table, plan.name)
            holds = table.holds(plan.name)
            for slot, profile in enumerate(level_profiles(connection, holds, plan, slots)):
                found[slot][plan.name] = profile
    return tuple(found)


def scan_numbers(
    connection: DuckDBPyConnection, table: Relation, plans: Sequence[ColumnPlan], slots: int
) -> list[list[ColumnProfile]]:
    """Count and sum columns of numbers, all of them in three passes: shape (plans, slots)."""
    if not plans:
        return []
    inner = ", ".join(
        f"{table.number(plan.name)} AS x{at}, {table.finite(plan.name)} AS f{at}, "
        f"{table.known(plan.name)} AS k{at}"
        for at, plan in enumerate(plans)
    )
    rows = f"FROM (SELECT {SLOT} AS slot, {inner} FROM {table.sql}) WHERE slot >= 0"
    counted = connection.execute(
        f"SELECT slot, {', '.join(_counts(at, plan) for at, plan in enumerate(plans))} {rows} "
        "GROUP BY slot"
    ).fetchall()
    moments = ", ".join(f"avg(f{at}), var_pop(f{at})" for at in range(len(plans)))
    with one_thread(connection):
        summed = connection.execute(f"SELECT slot, {moments} {rows} GROUP BY slot").fetchall()
    counts = {int(row[0]): row[1:] for row in counted}
    sums = {int(row[0]): row[1:] for row in summed}
    found = [
        [
            _number(table.holds(plan.name), plan, counts[slot][6 * at :], sums[slot][2 * at :])
            if slot in counts
            else _empty(plan)
            for slot in range(slots)
        ]
        for at, plan in enumerate(plans)
    ]
    middles = [
        middle
        for at, plan in enumerate(plans)
        for slot in sorted(counts)
        if 0 <= slot < slots
        for middle in [find_middle(at, slot, plan, counts[slot][6 * at :])]
        if middle is not None
    ]
    for middle, median in zip(middles, scan_medians(connection, rows, middles), strict=True):
        one = found[middle.column][middle.slot]
        found[middle.column][middle.slot] = replace(one, median=median)
    return found


def _counts(at: int, plan: ColumnPlan) -> str:
    cuts = ", ".join(f"'{cut!r}'::DOUBLE" for cut in plan.cuts)
    bins = f"histogram(x{at}, [{cuts}])" if plan.cuts else "NULL"
    lowest = f"x{at} = '-inf'::DOUBLE"
    return (
        f"count(*), {_many(f'k{at}')}, count(x{at}), count(f{at}), (min(f{at}), max(f{at}), "
        f"{_many(f'isfinite(x{at})')}, {_many(lowest)}), {bins}"
    )


def _many(condition: str) -> str:
    """SQL that counts rows; each FILTER of a grouped query costs more the more columns it has."""
    return f"count(CASE WHEN {condition} THEN 1 END)"


def _number(
    holds: Any, plan: ColumnPlan, counted: Sequence[Any], summed: Sequence[Any]
) -> ColumnProfile:
    rows, known, numbers, finite, (low, high, _, _), bins = counted[:6]
    mean, variance = summed[:2]
    return ColumnProfile(
        holds=holds if known else "none",
        rows=rows,
        nulls=rows - known,
        wrong=known - numbers if plan.kind == "number" else 0,
        infinite=numbers - finite,
        mean=float(mean or 0.0),
        m2=float(variance or 0.0) * finite,
        smallest=None if low is None else float(low),
        largest=None if high is None else float(high),
        counts=_bins(plan, numbers, bins),
    )


def _bins(plan: ColumnPlan, numbers: int, bins: Mapping[float, int] | None) -> tuple[int, ...]:
    if plan.kind != "number":
        return ()
    if not plan.cuts:
        return (numbers,)
    held = bins or {}
    inside = [int(held.get(cut, 0)) for cut in plan.cuts]
    return (*inside, numbers - sum(inside))


def _empty(plan: ColumnPlan) -> ColumnProfile:
    return ColumnProfile(counts=(0,) * plan.bins)


def count_levels(connection: DuckDBPyConnection, table: Relation, name: str) -> None:
    """Count the levels of a column in each slot, once over the rows, into `COUNTED`."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {COUNTED} AS "
        f"SELECT slot, level, count(*) AS n FROM (SELECT {SLOT} AS slot, "
        f"{table.level(name)} AS level FROM {table.sql}) WHERE slot >= 0 GROUP BY slot, level"
    )


def level_profiles(
    connection: DuckDBPyConnection, holds: Kind, plan: ColumnPlan, slots: int
) -> list[ColumnProfile]:
    """Profile the column that `count_levels` has counted, in each slot."""
    connection.execute("CREATE OR REPLACE TEMP TABLE known (level VARCHAR, place INTEGER)")
    _remember(connection, plan)
    inside = "".join(
        f"WHEN c.level >= {text_of(start)} THEN {-2 - at} "
        for at, start in reversed(list(enumerate(plan.ranges)))
    )
    place = f"coalesce(k.place, CASE {inside}ELSE -2 END)" if inside else "coalesce(k.place, -1)"
    rows = connection.execute(
        f"SELECT slot, {place} AS place, c.level IS NULL, sum(n)::BIGINT, min(c.level), "
        f"max(c.level) FROM {COUNTED} c LEFT JOIN known k ON c.level = k.level GROUP BY ALL"
    ).fetchall()
    new = connection.execute(
        "SELECT slot, level, n FROM (SELECT slot, c.level, n, row_number() OVER "
        f"(PARTITION BY slot ORDER BY n DESC, c.level) AS place FROM {COUNTED} c "
        "ANTI JOIN known k ON c.level = k.level WHERE c.level IS NOT NULL) "
        f"WHERE place <= {MOST_UNSEEN} ORDER BY slot, place"
    ).fetchall()
    connection.execute("DROP TABLE known")
    by_slot: dict[int, list[Any]] = {}
    for row in rows:
        by_slot.setdefault(int(row[0]), []).append(row[1:])
    named: dict[int, list[tuple[str, int]]] = {}
    for slot, level, n in new:
        named.setdefault(int(slot), []).append((str(level), int(n)))
    return [
        _level_profile(holds, plan, by_slot[slot], tuple(named.get(slot, ())))
        if slot in by_slot
        else _empty(plan)
        for slot in range(slots)
    ]


def _remember(connection: DuckDBPyConnection, plan: ColumnPlan) -> None:
    places = [
        at if at < plan.common else plan.common + bisect_right(plan.ranges, level) - 1
        for at, level in enumerate(plan.levels)
    ]
    if plan.levels:
        connection.execute(
            "INSERT INTO known SELECT unnest($levels::VARCHAR[]), unnest($places::INTEGER[])",
            {"levels": list(plan.levels), "places": places},
        )


def _level_profile(
    holds: Any, plan: ColumnPlan, rows: Sequence[Any], new: tuple[tuple[str, int], ...]
) -> ColumnProfile:
    counts, spread, nulls, unseen = [0] * plan.bins, [0] * len(plan.ranges), 0, 0
    for place, missing, n, _, _ in rows:
        if missing:
            nulls += n
        elif place < 0:  # -2 is the first range, -3 the second
            unseen += n
            if spread:
                spread[-2 - place] += n
        else:
            counts[place] += n
    texts = [row for row in rows if not row[1]]
    return ColumnProfile(
        holds=holds if texts else "none",
        rows=sum(row[2] for row in rows),
        nulls=nulls,
        first=min((row[3] for row in texts), default=None),
        last=max((row[4] for row in texts), default=None),
        counts=tuple(counts),
        spread=tuple(spread),
        unseen=unseen,
        new=new,
    )


def slot_table(table: Relation, slot: str) -> Relation:
    """Put a slot in front of each row of a table."""
    return Relation(
        sql=f"(SELECT {slot} AS {SLOT}, * FROM {table.sql})",
        types=table.types,
        spelling=table.spelling,
    )
