"""Columns of levels on an engine: their rows are counted there, and ordered here as DuckDB does."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Any

from reportgen.collect.tables.counting import Wanted
from reportgen.collect.tables.ibis_columns import melted
from reportgen.collect.tables.ibis_reading import Reading
from reportgen.collect.tables.planning import COMMON, MOST_KNOWN, RANGES
from reportgen.report.profile import MOST_UNSEEN, ColumnPlan, ColumnProfile

__all__ = ["plan_levels", "profile_levels"]

_Counts = dict[str | None, int]


def _counted(rows: Reading, names: Sequence[str], slots: int) -> dict[str, list[_Counts]]:
    """Count the rows of each level, null among them: column -> shape (slots,)."""
    found: dict[str, list[_Counts]] = {name: [Counter() for _ in range(slots)] for name in names}
    for fractional in (False, True):
        kind = [name for name in names if rows.is_fractional(name) == fractional]
        if not kind:
            continue
        long = melted(rows, [rows.raw(name) for name in kind])
        counted = long.group_by(["slot", "c", "x"]).aggregate(n=long.count())
        for row in counted.to_pyarrow().to_pylist():
            name = kind[int(row["c"])]
            counts = found[name][int(row["slot"])]
            level = rows.spelled(name, row["x"])
            counts[level] = counts.get(level, 0) + int(row["n"])
    return found


def plan_levels(rows: Reading, wanted: Sequence[Wanted]) -> dict[str, ColumnPlan]:
    """Name the levels of columns, those with most rows first."""
    if not wanted:
        return {}
    counted = _counted(rows, [one.name for one in wanted], 1)
    return {one.name: _plan(one, counted[one.name][0]) for one in wanted}


def _plan(one: Wanted, counts: _Counts) -> ColumnPlan:
    held = {level: n for level, n in counts.items() if level is not None}
    ranked = sorted(held, key=lambda level: (-held[level], level))
    levels = tuple(ranked[:MOST_KNOWN])
    once = sum(n == 1 for n in held.values())
    if len(ranked) > MOST_KNOWN:
        once = sum(held[level] for level in ranked[MOST_KNOWN:])
    rare = sorted(levels[COMMON:])
    many = min(RANGES, len(rare))
    return ColumnPlan(
        name=one.name,
        role=one.role,
        kind="level",
        levels=levels,
        common=min(COMMON, len(levels)),
        ranges=tuple(rare[len(rare) * at // many] for at in range(many)) if many else (),
        once=once,
    )


def profile_levels(
    rows: Reading, plans: Sequence[ColumnPlan], slots: int
) -> dict[str, list[ColumnProfile]]:
    """Count columns of levels on their plans in each slot: column -> shape (slots,)."""
    if not plans:
        return {}
    counted = _counted(rows, [plan.name for plan in plans], slots)
    return {
        plan.name: [_profile(rows.holds(plan.name), plan, counts) for counts in counted[plan.name]]
        for plan in plans
    }


def _profile(holds: Any, plan: ColumnPlan, found: _Counts) -> ColumnProfile:
    if not found:
        return ColumnProfile(counts=(0,) * plan.bins)
    places = {
        level: at if at < plan.common else plan.common + bisect_right(plan.ranges, level) - 1
        for at, level in enumerate(plan.levels)
    }
    held = {level: n for level, n in found.items() if level is not None}
    counts, spread = [0] * plan.bins, [0] * len(plan.ranges)
    new: list[tuple[str, int]] = []
    for level, n in held.items():
        place = places.get(level)
        if place is not None:
            counts[place] += n
            continue
        new.append((level, n))
        if spread:
            spread[max(bisect_right(plan.ranges, level) - 1, 0)] += n
    return ColumnProfile(
        holds=holds if held else "none",
        rows=sum(found.values()),
        nulls=found.get(None, 0),
        first=min(held, default=None),
        last=max(held, default=None),
        counts=tuple(counts),
        spread=tuple(spread),
        unseen=sum(n for _, n in new),
        new=tuple(sorted(new, key=lambda pair: (-pair[1], pair[0]))[:MOST_UNSEEN]),
    )
