"""For whom the model is better or worse: values, tables and series of groups, and the finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reportgen.measure.evaluation.series import group_series
from reportgen.measure.evaluation.values import metric_value
from reportgen.measure.groups.groups import Compared, Group
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.wording import (
    in_sentence,
    interval_words,
    plain_number,
    segment_words,
    size_of,
)
from reportgen.report import (
    Cell,
    Column,
    Finding,
    Part,
    Provenance,
    Series,
    Table,
    Value,
    value_name,
)
from reportgen.report.rounding import write_alike

__all__ = ["measure_groups"]

_QUALITY = (
    "accuracy",
    "precision",
    "recall",
    "roc_auc",
    "f1_macro",
    "recall_macro",
    "mae",
    "mean_error",
)
"""Columns of the table; how many are selected, and what goes wrong, stands under fairness."""


def measure_groups(
    groups: Sequence[Group],
    overall: Mapping[str, Estimate],
    margins: Mapping[str, float],
    preferred: Sequence[str],
    parameters: Mapping[str, Any],
    *,
    tried: int,
    shown: Callable[[Group], bool],
) -> Part:
    """Give values, tables, series and the finding of groups that were compared with all rows.

    Parameters
    ----------
    groups : as `read_groups` read them
    overall : metrics of all rows
    margins : metric -> the gap that matters
    preferred : metrics the project watches; the first that groups have leads table and figure
    tried : comparisons made on the card, over which readings are corrected
    shown : whether a group may be named; see `suppression`
    """
    names = tuple(groups[0].metrics)
    lead = next((name for name in preferred if name in names), names[0])
    others = () if "selection_rate" in names else tuple(groups[0].rates)
    columns = tuple(name for name in (*names, *others) if name in (lead, *_QUALITY))
    values: list[Value] = []
    tables: list[Table] = []
    series: list[Series] = []
    for segment in dict.fromkeys(group.segment for group in groups):
        own = [group for group in groups if group.segment == segment]
        values += [value for group in own for value in _values(group, parameters)]
        tables.append(_table(segment, own, columns, lead, tried))
        series.append(group_series(segment, own, lead, overall[lead], parameters))
    named = [group for group in groups if shown(group)]
    finding = _finding(named, overall, margins, tried)
    return Part(values=tuple(values), tables=tuple(tables), series=tuple(series), findings=finding)


def _values(group: Group, parameters: Mapping[str, Any]) -> list[Value]:
    key = {group.segment: group.level}
    found = [
        Value(
            name=value_name("evaluation.rows", **key),
            number=group.n,
            unit="rows",
            provenance=Provenance(by="evaluation.rows@1", pins=("data",)),
            label=f"Rows of {group.level}",
        )
    ]
    for name, compared in group.metrics.items():
        words = METRICS[name].label
        label = f"{words}, {group.level}"
        found.append(metric_value(name, compared.estimate, parameters, label=label, group=key))
        label = f"{words}, {group.level} minus all rows"
        given = dict(parameters)
        if compared.p is not None:
            given["p_holm"] = compared.p
        found.append(metric_value(name, compared.gap, given, suffix="gap", label=label, group=key))
    for name, estimate in group.rates.items():
        label = f"{METRICS[name].label}, {group.level}"
        found.append(metric_value(name, estimate, parameters, label=label, group=key))
    return found


def _table(
    segment: str, groups: Sequence[Group], names: Sequence[str], lead: str, tried: int
) -> Table:
    columns = [
        Column(name="level", label=segment_words(segment)),
        Column(name="rows", label="Rows", unit="rows"),
        *(Column(name=n, label=METRICS[n].label, unit=METRICS[n].unit) for n in names),
        Column(name="gap", label=f"{METRICS[lead].label} against all", unit=METRICS[lead].unit),
        Column(name="reading", label="Reading"),
    ]
    rows = []
    for group in groups:
        key = {segment: group.level}
        paths = ["rows", *names, f"{lead}.gap"]
        cells = [Cell(value=value_name(f"evaluation.{path}", **key)) for path in paths]
        rows.append((Cell(text=group.level), *cells, Cell(text=_reading(group))))
    comparisons = "1 comparison" if tried == 1 else f"{tried:,} comparisons"
    return Table(
        name=f"evaluation.groups.{segment}",
        title=f"By {segment_words(segment)}",
        columns=tuple(columns),
        rows=tuple(rows),
        note=f"A reading other than “no clear gap” stands after correction for all {comparisons} "
        "made on this page (Holm). Intervals are for one number at a time.",
    )


def _reading(group: Group) -> str:
    """What may be said of a group, metric by metric."""
    said = []
    for word in ("worse", "better", "differs"):
        names = [
            in_sentence(METRICS[n].label) for n, c in group.metrics.items() if c.reading == word
        ]
        if names:
            said.append(f"{word}: {', '.join(names)}")
    if said:
        return "; ".join(said)
    readings = {compared.reading for compared in group.metrics.values()}
    if "no clear gap" in readings:
        return "no clear gap"
    return "not enough data" if "not enough data" in readings else ""


def _finding(
    groups: Sequence[Group],
    overall: Mapping[str, Estimate],
    margins: Mapping[str, float],
    tried: int,
) -> tuple[Finding, ...]:
    """The largest gap to the worse that stands after correction, or that there is none."""
    if not tried:
        return ()
    worse = [
        (abs(compared.gap.number) / margins[name], group, name, compared)
        for group in groups
        for name, compared in group.metrics.items()
        if compared.reading == "worse" and compared.gap.number is not None
    ]
    if not worse:
        return (_none_found(groups, margins, tried),)
    size, group, name, compared = max(worse, key=lambda found: found[0])
    key = {group.segment: group.level}
    others = len({(other.segment, other.level) for _, other, _, _ in worse}) - 1
    sentence = _sentence(group, name, compared, overall[name], margins[name], tried)
    if others:
        sentence += f" {others} more {'groups do' if others > 1 else 'group does'} worse too."
    return (
        Finding(
            kind="group",
            state="watch" if size >= 1 else "ok",
            sentence=sentence,
            because=(
                value_name(f"evaluation.{name}", **key),
                value_name(f"evaluation.{name}.gap", **key),
                f"evaluation.{name}",
            ),
            weight=size,
        ),
    )


def _none_found(groups: Sequence[Group], margins: Mapping[str, float], tried: int) -> Finding:
    thin = sum(
        all(compared.reading in ("not enough data", "") for compared in group.metrics.values())
        for group in groups
    )
    largest, because = _largest_unclear(groups, margins)
    sentence = f"No group does clearly worse than all rows ({tried:,} comparisons, corrected)"
    sentence += f"; {largest}." if largest else "."
    if thin:
        few = "1 group has" if thin == 1 else f"{thin:,} groups have"
        sentence += f" {few} too few rows to tell."
    return Finding(kind="group", state="ok", sentence=sentence, because=because)


def _largest_unclear(
    groups: Sequence[Group], margins: Mapping[str, float]
) -> tuple[str, tuple[str, ...]]:
    """Name the largest gap to the worse that may be chance, and the values it rests on."""
    found = [
        (abs(compared.gap.number) / margins[name], group, name, compared.gap)
        for group in groups
        for name, compared in group.metrics.items()
        if compared.reading == "no clear gap" and compared.gap.number
        if (compared.gap.number < 0) == (METRICS[name].better == "higher") and METRICS[name].better
    ]
    if not found:
        return "", ("evaluation.rows",)
    _, group, name, gap = max(found, key=lambda each: each[0])
    assert gap.number is not None
    size, interval = size_of(gap.number, gap.interval)
    shown = plain_number(size, interval, unit=METRICS[name].unit)
    side = "below" if gap.number < 0 else "above"
    said = (
        f"the largest gap, {in_sentence(METRICS[name].label)} {shown} {side} where "
        f"{segment_words(group.segment)} is {group.level}, may be chance"
    )
    key = {group.segment: group.level}
    return said, (value_name(f"evaluation.{name}.gap", **key), "evaluation.rows")


def _sentence(
    group: Group, name: str, compared: Compared, whole: Estimate, margin: float, tried: int
) -> str:
    estimate, gap, metric = compared.estimate, compared.gap, METRICS[name]
    assert estimate.number is not None
    assert gap.number is not None
    assert whole.number is not None
    shown, all_rows = write_alike(
        (estimate.number, estimate.interval), (whole.number, whole.interval), metric.unit
    )
    size, interval = size_of(gap.number, gap.interval)
    side = "below" if gap.number < 0 else "above"
    said = (
        f"{metric.label} is {shown} where {segment_words(group.segment)} is {group.level}, "
        f"{plain_number(size, interval, unit=metric.unit)} {side} the {all_rows} of all rows"
    )
    if interval is not None:
        said += f" ({interval_words(size, interval, metric.unit)})"
    said += f", after correction for {tried:,} comparisons." if tried > 1 else "."
    if size < margin:
        said += f" That is less than the {margin:.2g} that counts as material."
    return said
