"""For whom the new model is better or worse than the old one, corrected for all that was tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from reportgen.measure.changes.rows import PairedRows
from reportgen.measure.groups.gaps import GROUP_METRICS
from reportgen.measure.groups.groups import FEWEST_ROWS, OTHERS, split_levels
from reportgen.measure.groups.small import Hidden
from reportgen.measure.statistics.comparisons import holm, interval_p
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.statistics.paired import Paired, paired_changes
from reportgen.measure.wording import estimate_words, in_sentence, segment_words, size_of
from reportgen.report import Cell, Column, Finding, Part, Provenance, Table, Value, value_name

__all__ = ["ChangedGroup", "changed_groups", "group_finding", "measure_changed_groups"]

Reading = Literal["worse", "better", "differs", "no clear change", "not enough data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedGroup:
    """One level of a segment under both models.

    Attributes
    ----------
    metrics : by name, with the change and `p` corrected for every comparison made
    readings : by name
    """

    segment: str
    level: str
    n: int
    metrics: Mapping[str, Paired]
    readings: Mapping[str, Reading]

    @property
    def key(self) -> dict[str, str]:
        """As names of values have it."""
        return {self.segment: self.level}


def changed_groups(rows: PairedRows, level: float = 0.95) -> tuple[ChangedGroup, ...]:
    """Compare both models within each level of each segment.

    Notes
    -----
    All comparisons, over segments, levels and metrics, share one Holm correction. Levels that
    were summed because there are too many of them are shown and not tested.
    """
    names = GROUP_METRICS[type(rows.new)]
    found = [
        _group(rows, segment, word, positions, names, level)
        for segment, levels in rows.segments.items()
        for word, positions in split_levels(levels)
    ]
    places = [
        (at, name)
        for at, group in enumerate(found)
        for name, paired in group.metrics.items()
        if paired.change.p is not None
    ]
    raw = [found[at].metrics[name].change.p or 0.0 for at, name in places]
    adjusted = dict(zip(places, holm(raw), strict=True))
    return tuple(_read(at, group, adjusted, 1 - level) for at, group in enumerate(found))


def _group(
    rows: PairedRows, segment: str, word: str, positions: Any, names: Sequence[str], level: float
) -> ChangedGroup:
    n = len(positions)
    if n < FEWEST_ROWS:
        reason = f"not enough data (n = {n}; at least {FEWEST_ROWS} needed)"
        lacking = Estimate(number=None, n=n, reason=reason)
        metrics = {name: Paired(now=lacking, before=lacking, change=lacking) for name in names}
    else:
        new, old = rows.new.take(positions), rows.old.take(positions)
        metrics = {
            name: _tested(name, paired, tested=not word.startswith(OTHERS))
            for name, paired in paired_changes(new, old, names, level).items()
        }
    return ChangedGroup(segment=segment, level=word, n=n, metrics=metrics, readings={})


def _tested(name: str, paired: Paired, *, tested: bool) -> Paired:
    change = paired.change
    p = None
    if tested and METRICS[name].better and change.number is not None:
        p = change.p if change.p is not None else interval_p(change)
    return replace(paired, change=replace(change, p=p))


def _read(
    at: int, group: ChangedGroup, adjusted: Mapping[tuple[int, str], float], alpha: float
) -> ChangedGroup:
    metrics, readings = {}, {}
    for name, paired in group.metrics.items():
        p = adjusted.get((at, name))
        metrics[name] = replace(paired, change=replace(paired.change, p=p))
        readings[name] = _reading(name, paired.change, p, alpha)
    return replace(group, metrics=metrics, readings=readings)


def _reading(name: str, change: Estimate, p: float | None, alpha: float) -> Reading:
    if change.number is None:
        return "not enough data"
    if p is None or p >= alpha or change.number == 0:
        return "no clear change"
    return "better" if (change.number > 0) == (METRICS[name].better == "higher") else "worse"


def measure_changed_groups(
    groups: Sequence[ChangedGroup],
    preferred: Sequence[str],
    pins: tuple[str, ...],
    parameters: Mapping[str, Any],
) -> Part:
    """Name the changes of groups, and put them into a table for each segment."""
    values = [value for group in groups for value in _values(group, pins, parameters)]
    tried = comparisons(groups)
    tables = [
        _table([group for group in groups if group.segment == segment], preferred, tried)
        for segment in dict.fromkeys(group.segment for group in groups)
    ]
    return Part(values=tuple(values), tables=tuple(tables))


def comparisons(groups: Sequence[ChangedGroup]) -> int:
    """How many changes were tested."""
    return sum(p.change.p is not None for group in groups for p in group.metrics.values())


def _values(
    group: ChangedGroup, pins: tuple[str, ...], parameters: Mapping[str, Any]
) -> list[Value]:
    found = [
        Value(
            name=value_name("changes.rows", **group.key),
            number=group.n,
            unit="rows",
            provenance=Provenance(by="changes.rows@1", pins=pins),
            label=f"Rows of {group.level}",
        )
    ]
    for name, paired in group.metrics.items():
        change, metric = paired.change, METRICS[name]
        given = dict(parameters) if change.p is None else {**parameters, "p_holm": change.p}
        found.append(
            Value(
                name=value_name(f"changes.{name}", **group.key),
                number=change.number,
                unit=metric.unit,
                n=change.n,
                interval=change.interval,
                provenance=Provenance(by=f"changes.{name}@1", pins=pins, parameters=given),
                reason=change.reason,
                label=f"Change of {in_sentence(metric.label)}, {group.level}",
                better=metric.better,
            )
        )
    return found


def _table(groups: Sequence[ChangedGroup], preferred: Sequence[str], tried: int) -> Table:
    segment, names = groups[0].segment, tuple(groups[0].metrics)
    lead = next((name for name in preferred if name in names), names[0])
    ordered = (lead, *(name for name in names if name != lead))
    columns = (
        Column(name="level", label=segment_words(segment)),
        Column(name="rows", label="Rows", unit="rows"),
        *(Column(name=n, label=METRICS[n].label, unit=METRICS[n].unit) for n in ordered),
        Column(name="reading", label="Reading"),
    )
    body = tuple(
        (
            Cell(text=group.level),
            *(Cell(value=value_name(f"changes.{n}", **group.key)) for n in ("rows", *ordered)),
            Cell(text=_said(group)),
        )
        for group in groups
    )
    many = "1 comparison" if tried == 1 else f"{tried:,} comparisons"
    return Table(
        name=f"changes.groups.{segment}",
        title=f"Changes by {segment_words(segment)}",
        columns=columns,
        rows=body,
        note="Now minus before, on the same rows. A reading other than “no clear change” stands "
        f"after correction for all {many} between the versions (Holm). Intervals are for one "
        "number at a time.",
    )


def _said(group: ChangedGroup) -> str:
    said = []
    for word in ("worse", "better"):
        names = [
            in_sentence(METRICS[n].label)
            for n, reading in group.readings.items()
            if reading == word
        ]
        if names:
            said.append(f"{word}: {', '.join(names)}")
    if said:
        return "; ".join(said)
    return "no clear change" if "no clear change" in group.readings.values() else "not enough data"


def group_finding(
    groups: Sequence[ChangedGroup],
    margins: Mapping[str, float],
    since: str,
    hidden: Hidden | None = None,
) -> Finding | None:
    """Name the group that lost most, in units of what is material; or say that none did."""
    shown = [g for g in groups if hidden is None or hidden.shows(g.segment, g.level, "outcome")]
    tried = comparisons(groups)
    if not tried:
        return None
    worse = [
        (abs(group.metrics[name].change.number or 0.0) / (margins.get(name) or 1.0), group, name)
        for group in shown
        for name, reading in group.readings.items()
        if reading == "worse"
    ]
    many = "1 comparison" if tried == 1 else f"{tried:,} comparisons"
    if not worse:
        return Finding(
            kind="change",
            state="ok",
            sentence=f"No group became clearly worse since {since} ({many}, corrected).",
            because=("changes.rows",),
            weight=0.3,
        )
    size, group, name = max(worse, key=lambda found: found[0])
    return Finding(
        kind="change",
        state="watch" if size > 1 else "ok",
        sentence=_sentence(group, name, since, many, margins.get(name), material=size > 1),
        because=(value_name(f"changes.{name}", **group.key),),
        weight=240.0 + min(size, 9.0) if size > 1 else 1.0,
    )


def _sentence(
    group: ChangedGroup, name: str, since: str, many: str, margin: float | None, *, material: bool
) -> str:
    metric, change = METRICS[name], group.metrics[name].change
    number = change.number or 0.0
    verb = "rose" if number > 0 else "fell"
    size, interval = size_of(number, change.interval)
    said = (
        f"Where {segment_words(group.segment)} is {group.level}, {in_sentence(metric.label)} {verb} by "
        f"{estimate_words(size, interval, metric.unit)} since {since}, after correction for {many}."
    )
    if not material and margin is not None:
        said += f" That is less than the {margin:.2g} that counts as material."
    return said
