"""Columns that a scan has counted: their status and their drift, from profiles instead of rows."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from functools import reduce

import numpy as np

from reportgen.measure.drift.drift import Binned, level_bins, number_bins
from reportgen.measure.drift.moved import Moved, judge_column
from reportgen.measure.monitoring.columns import Held, Role, Watched, path_of, roles_of, status_of
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.statistics.intervals import Array
from reportgen.report.frame import MonitoringFrame
from reportgen.report.profile import (
    DECLARED,
    ColumnPlan,
    ColumnProfile,
    Kind,
    Profiled,
    compared_as,
    merge_columns,
)

__all__ = ["profiled_bins", "profiled_drift", "watch_profiles"]

OTHER_NEW = "other new levels"


def watch_profiles(
    frame: MonitoringFrame, calendar: Calendar, profiles: Profiled
) -> tuple[Watched, ...]:
    """Line up the columns of a report with what each held before; as `watch_columns` of rows."""
    roles = roles_of(frame, profiles.names)
    watched: list[Watched] = []
    for name in sorted(roles, key=lambda name: roles[name] != "feature"):
        path = path_of(name, [column.path for column in watched])
        watched.append(_watch(frame, calendar, profiles, name, path, roles[name]))
    return tuple(watched)


def _watch(
    frame: MonitoringFrame,
    calendar: Calendar,
    profiles: Profiled,
    name: str,
    path: str,
    role: Role,
) -> Watched:
    current = profiles.periods.get(frame.period.key)
    now = current.columns.get(name) if current is not None else None
    if now is None and name in profiles.names:
        now = ColumnProfile()
    reference = profiles.reference
    own = reference is not None and name in reference.columns
    before: tuple[ColumnProfile, ...] = ()
    if reference is not None and own:
        before = (reference.columns[name],)
    elif name in profiles.names and (reference is None or role != "feature"):
        earlier = [profiles.periods[calendar.keys[at]] for at in calendar.baseline()]
        before = tuple(one.columns[name] for one in earlier if name in one.columns)
    if role == "target":
        now = None if now is None else _without_nulls(now)
        before = tuple(_without_nulls(one) for one in before)
    held = _held(before)
    declared = DECLARED.get(frame.types.get(name, ""), "none")
    kind = compared_as(declared, held, "none" if now is None else now.holds)
    if role in {"prediction", "target"} and frame.task != "regression":
        kind = "level"
    counted = None
    if now is not None:
        levels = 1 if now.first is not None and now.first == now.last else 2
        counted = Held(kind=now.holds, values=now.rows - now.nulls, levels=levels)
    status, detail = status_of(frame, calendar, counted, held if before else "new", declared, role)
    plans = {plan.name: plan for plan in profiles.plan.columns}
    return Watched(
        name=str(name),
        path=path,
        role=role,
        kind=kind,
        status=status,
        detail=detail,
        source="reference" if own or (reference is not None and not before) else "data",
        plan=plans.get(name, ColumnPlan(name=name, kind="none")),
        profile=now,
        profiles_before=before,
    )


def _without_nulls(one: ColumnProfile) -> ColumnProfile:
    return replace(one, rows=one.rows - one.nulls, nulls=0)


def _held(before: tuple[ColumnProfile, ...]) -> Kind:
    return next((one.holds for one in before if one.holds != "none"), "none")


def profiled_drift(columns: tuple[Watched, ...]) -> tuple[Moved, ...]:
    """Compare every column with its reference, by the rules of `measure_drift`."""
    compared = [profiled_bins(column) for column in columns]
    tests = max(sum(binned is not None for binned in compared), 1)
    return tuple(
        judge_column(column, binned, tests)
        for column, binned in zip(columns, compared, strict=True)
    )


def profiled_bins(column: Watched) -> Binned | None:
    """Line up the counts of a column; None where a side has no rows, or nothing to compare."""
    now, before, plan = column.profile, column.profiles_before, column.plan
    if now is None or plan is None or not before or column.kind != plan.kind:
        return None
    if not now.rows or not sum(one.rows for one in before):
        return None
    if plan.kind == "number":
        return _numbers(plan, before, now)
    return _levels(plan, before, now) if plan.kind == "level" else None


def _numbers(plan: ColumnPlan, before: tuple[ColumnProfile, ...], now: ColumnProfile) -> Binned:
    cuts, fine = np.array(plan.cuts), np.array(plan.fine)
    starts = np.concatenate([[0], np.searchsorted(cuts, fine) + 1]).astype(np.intp)

    def counts(one: ColumnProfile) -> Array:
        inside = np.add.reduceat(np.array(one.counts), starts)
        return np.concatenate([inside, [one.nulls, one.wrong]]).astype(np.intp)

    rows = np.array([counts(one) for one in before])
    was = reduce(merge_columns, before)
    middles = _middle(fine, was, rows.sum(axis=0)), _middle(fine, now, counts(now))
    return number_bins(fine, np.array(plan.edges), rows, counts(now), middles)


def _middle(cuts: Array, one: ColumnProfile, counts: Array) -> float | None:
    """Give the median; of added profiles, by a straight line between the cuts that enclose it."""
    total = counts[:-2].sum()
    if one.median is not None or not total or not len(cuts):
        return one.median
    reached = np.cumsum(counts[:-2])
    at = int(np.searchsorted(reached, total / 2))
    ends = (one.smallest, *cuts, one.largest)  # the outer bins end where the numbers do
    low, high = ends[at], ends[at + 1]
    if low is None or high is None:
        return None
    share = (total / 2 - (reached[at] - counts[at])) / counts[at]
    return float(low + (high - low) * min(max(share, 0.0), 1.0))


def _levels(plan: ColumnPlan, before: tuple[ColumnProfile, ...], now: ColumnProfile) -> Binned:
    sides = [_named(plan, one) for one in (*before, now)]
    levels = tuple(sorted({level for side in sides for level, rows in side.items() if rows}))
    table = np.array([[side.get(level, 0) for level in levels] for side in sides], dtype=np.intp)
    nulls = np.array([[one.nulls] for one in (*before, now)], dtype=np.intp)
    counts = np.hstack([table.reshape(len(sides), len(levels)), nulls])
    return level_bins(levels, counts[:-1], counts[-1])


def _named(plan: ColumnPlan, one: ColumnProfile) -> dict[str, int]:
    """Rows by level; what a profile counts together has a name that says so."""
    common = dict(zip(plan.levels[: plan.common], one.counts, strict=False))
    rest = one.unseen - sum(rows for _, rows in one.new)
    if not plan.ranges:
        return common | dict(one.new) | ({OTHER_NEW: rest} if rest else {})
    inside = np.array(one.counts[plan.common :]) + np.array(one.spread)
    for level, rows in one.new:
        inside[max(bisect_right(plan.ranges, level) - 1, 0)] -= rows
    shared = zip(plan.ranges, inside, strict=True)
    return common | {f"rarer from {start} on": int(n) for start, n in shared} | dict(one.new)
