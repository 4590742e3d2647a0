"""How well the model did for each group in the reported period, and whether one falls behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.monitoring.columns import level_codes, path_of
from reportgen.measure.monitoring.performance import Scored, measure_slots
from reportgen.measure.monitoring.performance_outcomes import measure_outcomes
from reportgen.measure.monitoring.performance_page import Performance, headline_metrics
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.slots import Many
from reportgen.measure.monitoring.values import cell, estimated, metric_of, text
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, difference
from reportgen.measure.wording import (
    default_material,
    in_sentence,
    interval_words,
    plain_number,
    segment_words,
    size_of,
    weight_of,
)
from reportgen.report.data import Column, Finding, Part, Series, State, Table
from reportgen.report.frame import MonitoringFrame
from reportgen.report.profile import Profiled
from reportgen.report.value import Provenance, Value, value_name

__all__ = ["group_part"]

MOST_GROUPS = 20
UNKNOWN = "(unknown)"
_OTHER = "other levels"


def group_part(frame: MonitoringFrame, calendar: Calendar, found: Performance) -> Part:
    """Measure each segment's levels in the reported period.

    Notes
    -----
    The levels with most rows are shown; the rest share one group, so that no row is left out.
    A gap is worth a finding when it is material and its interval, widened for the number of
    groups (Bonferroni), excludes zero.
    """
    if found.lacking or not calendar.rows[-1]:
        return Part()
    if frame.profiles is not None:
        return _counted_groups(frame, found, frame.profiles)
    assert found.scored is not None
    rows = np.flatnonzero(calendar.slot == calendar.current)
    scored = found.scored.take(rows)
    part = Part()
    for segment, levels in frame.segments.items():
        part += _segment(frame, found, scored, segment, levels.iloc[rows])
    return part


def _segment(
    frame: MonitoringFrame,
    found: Performance,
    scored: Scored,
    segment: str,
    levels: pd.Series[Any],
) -> Part:
    slot, names = _groups(levels)
    shown = headline_metrics(frame, found.metrics)
    many = measure_slots(scored, slot, len(names), frame.confidence)
    wide = 1 - (1 - frame.confidence) / max(len(names), 1)
    pairs = _apart(scored, shown[0], slot, len(names), wide)
    return _told(frame, found, segment, names, many, pairs)


def _counted_groups(frame: MonitoringFrame, found: Performance, profiles: Profiled) -> Part:
    """Measure the groups that a scan has counted."""
    part, task, score = Part(), frame.task, frame.score is not None
    for segment, groups in profiles.groups.items():
        if not groups:
            continue
        names = tuple(group.name for group in groups)
        sides = [[group.own for group in groups], [group.others for group in groups]]
        many = measure_outcomes(sides[0], task, frame.confidence, score=score)
        wide = 1 - (1 - frame.confidence) / len(names)
        main = headline_metrics(frame, found.metrics)[0]
        own, others = (measure_outcomes(side, task, wide, score=score)[main] for side in sides)
        pairs = tuple((own.at(at), others.at(at)) for at in range(len(names)))
        part += _told(frame, found, segment, names, many, pairs)
    return part


def _told(
    frame: MonitoringFrame,
    found: Performance,
    segment: str,
    names: tuple[str, ...],
    many: Mapping[str, Many],
    pairs: tuple[tuple[Estimate, Estimate], ...],
) -> Part:
    shown = headline_metrics(frame, found.metrics)
    values = tuple(
        _value(segment, name, level, many[name].at(at))
        for at, level in enumerate(names)
        for name in shown
    )
    main = shown[0]
    findings = [_finding(frame, segment, main, names, many[main], pairs)]
    return Part(
        values=values,
        tables=(_table(segment, names, shown, frame.period.key),),
        series=(_series(frame, segment, names, main, many[main], found.periods[main]),),
        findings=tuple(one for one in findings if one is not None),
    )


def _groups(levels: pd.Series[Any]) -> tuple[Array, tuple[str, ...]]:
    """Give each row the code of its group, shape (n,), and the names of the groups."""
    codes, texts = level_codes(levels)
    rows = np.bincount(codes + 1, minlength=len(texts) + 1)
    order = np.argsort(-rows[1:], kind="stable")
    order = order[rows[1:][order] > 0]
    kept, rest = order[:MOST_GROUPS], order[MOST_GROUPS:]
    names = [texts[at] for at in kept]
    place = np.full(len(texts) + 1, -1)
    place[kept] = np.arange(len(kept))
    if len(rest):
        place[rest] = len(names)
        names.append(f"{_OTHER} ({len(rest)})")
    if rows[0]:
        place[-1] = len(names)  # code -1: no level
        names.append(UNKNOWN)
    return place[codes], tuple(names)


def _apart(
    scored: Scored, name: str, slot: Array, groups: int, level: float
) -> tuple[tuple[Estimate, Estimate], ...]:
    """One metric in each group and in all rows outside it."""
    own = measure_slots(scored, slot, groups, level)[name]
    pairs = []
    for at in range(groups):
        others = measure_slots(scored, np.where(slot == at, -1, 0), 1, level)[name]
        pairs.append((own.at(at), others.at(0)))
    return tuple(pairs)


def _value(segment: str, name: str, level: str, estimate: Estimate) -> Value:
    metric = metric_of(name)
    return estimated(
        value_name(f"performance.{name}", **{segment: level}),
        estimate,
        by=f"performance.{name}@1",
        unit=metric.unit,
        label=f"{metric.label} for {segment_words(segment)} {level}",
        better=metric.better,
    )


def _table(segment: str, names: tuple[str, ...], shown: tuple[str, ...], key: str) -> Table:
    return Table(
        name=f"performance.groups.{path_of(segment)}",
        title=f"Performance by {segment_words(segment)} in {key}",
        columns=(
            Column(name="group", label=segment_words(segment)),
            *(
                Column(name=name, label=metric_of(name).label, unit=metric_of(name).unit)
                for name in shown
            ),
        ),
        rows=tuple(
            (
                text(level),
                *(cell(value_name(f"performance.{name}", **{segment: level})) for name in shown),
            )
            for level in names
        ),
    )


def _series(
    frame: MonitoringFrame,
    segment: str,
    names: tuple[str, ...],
    name: str,
    many: Many,
    overall: Many,
) -> Series:
    metric = metric_of(name)
    estimates = [many.at(at) for at in range(len(names))]
    whole = overall.at(-1)
    return Series(
        name=f"performance.groups.{path_of(segment)}",
        title=f"{metric.label} by {segment_words(segment)} in {frame.period.key}",
        mark="intervals",
        x="level",
        y="value",
        columns={
            "level": names,
            "value": tuple(estimate.number for estimate in estimates),
            "low": tuple(e.interval.low if e.interval else None for e in estimates),
            "high": tuple(e.interval.high if e.interval else None for e in estimates),
            "n": tuple(estimate.n for estimate in estimates),
            "state": tuple("" if e.number is not None else "not enough data" for e in estimates),
        },
        labels={"level": segment, "value": metric.label, "n": "Rows", "state": "State"},
        units={"value": metric.unit, "n": "rows"},
        lines={} if whole.number is None else {"overall": whole.number},
        provenance=Provenance(by="performance.groups@1", pins=("data",)),
    )


def _finding(
    frame: MonitoringFrame,
    segment: str,
    name: str,
    names: tuple[str, ...],
    many: Many,
    pairs: tuple[tuple[Estimate, Estimate], ...],
) -> Finding | None:
    """Name the group that falls furthest behind the others, if any surely does."""
    metric, limit = metric_of(name), frame.thresholds.get(name)
    sign = -1 if metric.better == "lower" else 1
    worst: tuple[float, int, Estimate] | None = None
    for at, (own, others) in enumerate(pairs):
        gap = difference(own, others)
        if gap.number is None or gap.interval is None or not metric.better:
            continue
        material = default_material(metric, others)
        if limit is not None and limit.material is not None:
            material = limit.material
        behind = -sign * gap.number
        sure = (gap.interval.high if sign > 0 else -gap.interval.low) < 0
        if sure and behind > material and (worst is None or behind > worst[0]):
            worst = (behind, at, gap)
    if worst is None:
        return None
    behind, at, gap = worst
    assert gap.interval is not None
    assert gap.number is not None
    own = many.at(at)
    assert own.number is not None
    state: State = "watch"
    shown = plain_number(own.number, own.interval, unit=metric.unit)
    size, interval = size_of(gap.number, gap.interval)
    assert interval is not None
    apart = plain_number(size, interval, unit=metric.unit)
    side = "below" if gap.number < 0 else "above"
    return Finding(
        kind="group",
        state=state,
        sentence=(
            f"For {segment_words(segment)} {names[at]}, {in_sentence(metric.label)} is {shown}, {apart} {side} "
            f"that of all others ({interval_words(size, interval, metric.unit)}, "
            f"corrected for {len(names)} groups)."
        ),
        because=(value_name(f"performance.{name}", **{segment: names[at]}),),
        weight=weight_of("group", state, behind),
    )
