"""Fairness in words: how far groups lie apart, beside what chance alone would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportgen.measure.groups.groups import Group
from reportgen.measure.metrics.fairness import Spread
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.wording import estimate_words, in_sentence, plain_number, segment_words
from reportgen.report import Cell, Column, Finding, Part, Provenance, Table, Value, value_name

__all__ = ["fairness_finding", "measure_fairness"]

_FIELD_NAMES = {
    "selection_rate": "Selection rate",
    "recall": "Recall (true positive rate)",
    "false_positive_rate": "False positive rate",
    "false_negative_rate": "False negative rate",
    "precision": "Precision (positive predictive value)",
}
_AS_RECALL = "false_negative_rate"
"""Differs by as much as recall does, whose line in the table stands for both."""
_BY_GROUP = ("selection_rate", "false_positive_rate")
_JUDGED = ("recall", "false_positive_rate", "precision", "accuracy", "recall_macro", "mean_error")


def measure_fairness(
    spreads: Sequence[Spread],
    groups: Sequence[Group],
    parameters: Mapping[str, Any],
    *,
    tried: int,
) -> Part:
    """Give values and tables of the differences and ratios between groups.

    Parameters
    ----------
    spreads : as `read_spreads` read them
    groups : of the same segments, whose values `measure_groups` gives
    tried : comparisons made on the card, over which readings are corrected
    """
    values = [value for spread in spreads for value in _values(spread, parameters)]
    tables: list[Table] = []
    for segment in dict.fromkeys(spread.segment for spread in spreads):
        own = [spread for spread in spreads if spread.segment == segment]
        tables.append(_summary(segment, own, tried))
        members = [group for group in groups if group.segment == segment]
        if any(spread.rate == _BY_GROUP[0] for spread in own):
            tables.append(_by_group(segment, members))
    return Part(values=tuple(values), tables=tuple(tables))


def _name(spread: Spread, kind: str) -> str:
    return value_name(f"fairness.{spread.rate}.{kind}", segment=spread.segment)


def _values(spread: Spread, parameters: Mapping[str, Any]) -> list[Value]:
    words, segment = METRICS[spread.rate].label, spread.segment
    p = {} if spread.p is None else {"p_holm": spread.p}
    kinds: list[tuple[str, Estimate, str, dict[str, Any]]] = [
        (
            "difference",
            spread.difference,
            f"{words}, largest minus smallest by {segment_words(segment)}",
            p,
        ),
        (
            "by_chance",
            spread.by_chance,
            f"{words}, difference by chance by {segment_words(segment)}",
            {},
        ),
    ]
    if METRICS[spread.rate].unit == "ratio":
        label = f"{words}, smallest over largest by {segment_words(segment)}"
        kinds.append(("ratio", spread.ratio, label, {}))
    return [
        _value(spread, kind, estimate, label, {**parameters, **more})
        for kind, estimate, label, more in kinds
    ]


def _value(
    spread: Spread, kind: str, estimate: Estimate, label: str, parameters: dict[str, Any]
) -> Value:
    if estimate.seed is not None:
        parameters |= {"seed": estimate.seed, "replicates": estimate.replicates}
    return Value(
        name=_name(spread, kind),
        number=estimate.number,
        unit=METRICS[spread.rate].unit,
        n=estimate.n,
        interval=estimate.interval,
        provenance=Provenance(
            by=f"fairness.{kind}@1", pins=("model", "data"), parameters=parameters
        ),
        reason=estimate.reason,
        label=label,
        better="higher" if kind == "ratio" else "lower",
    )


def _summary(segment: str, spreads: Sequence[Spread], tried: int) -> Table:
    share = METRICS[spreads[0].rate].unit == "ratio"
    unit = METRICS[spreads[0].rate].unit
    columns = [
        Column(name="rate", label="Rate"),
        Column(name="difference", label="Difference", unit=unit),
        Column(name="by_chance", label="By chance", unit=unit),
        *((Column(name="ratio", label="Ratio", unit="ratio"),) if share else ()),
        Column(name="lowest", label="Lowest"),
        Column(name="highest", label="Highest"),
        Column(name="reading", label="Reading"),
    ]
    kinds = ("difference", "by_chance", "ratio") if share else ("difference", "by_chance")
    rows = tuple(
        (
            Cell(text=_label(spread.rate)),
            *(Cell(value=_name(spread, kind)) for kind in kinds),
            Cell(text=spread.lowest.level if spread.lowest else ""),
            Cell(text=spread.highest.level if spread.highest else ""),
            Cell(text=_reading(spread)),
        )
        for spread in spreads
        if spread.rate != _AS_RECALL
    )
    return Table(
        name=f"fairness.{segment}",
        title=f"Differences by {segment_words(segment)}",
        columns=tuple(columns),
        rows=rows,
        note=_note(segment, spreads, tried, share=share),
    )


def _label(rate: str) -> str:
    return _FIELD_NAMES.get(rate, METRICS[rate].label)


def _reading(spread: Spread) -> str:
    if spread.p is None:
        return "not enough data"
    return "clear" if spread.clear else "no clear difference"


def _note(segment: str, spreads: Sequence[Spread], tried: int, *, share: bool) -> str:
    said = ["Difference: largest minus smallest"]
    said[0] += ". Ratio: smallest over largest." if share else "."
    said.append(
        "Their intervals hold for all pairs of groups at once, as the extremes were picked; "
        "“by chance” is the difference to expect if no group differed."
    )
    said.append(_who(segment, spreads))
    said.append(f"“Clear” stands after correction for all {_comparisons(tried)} on this card.")
    if any(spread.rate == "selection_rate" for spread in spreads):
        said.append(
            "The difference of selection rates is also called demographic parity difference; the "
            "larger of those of recall and of false positive rate, equalized odds difference. The "
            "false negative rate is what recall lacks to 1, and differs by as much."
        )
    return " ".join(said)


def _who(segment: str, spreads: Sequence[Spread]) -> str:
    least, most = (pick(spread.compared for spread in spreads) for pick in (min, max))
    levels = spreads[0].compared + spreads[0].left_out
    kept = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    if least == most == levels:
        return f"Over all {levels:,} levels of {segment_words(segment)}."
    return f"Over the levels of {segment_words(segment)} with enough rows: {kept} of {levels:,}."


def _comparisons(tried: int) -> str:
    return "1 comparison" if tried == 1 else f"{tried:,} comparisons"


def _by_group(segment: str, groups: Sequence[Group]) -> Table:
    columns = [
        Column(name="level", label=segment_words(segment)),
        *(Column(name=r, label=METRICS[r].label, unit=METRICS[r].unit) for r in _BY_GROUP),
    ]
    rows = []
    for group in groups:
        key = {segment: group.level}
        cells = [Cell(value=value_name(f"evaluation.{rate}", **key)) for rate in _BY_GROUP]
        rows.append((Cell(text=group.level), *cells))
    return Table(
        name=f"rates.{segment}",
        title=f"Rates by {segment_words(segment)}",
        columns=tuple(columns),
        rows=tuple(rows),
        note="Intervals are for one number at a time. Recall, the true positive rate, stands under "
        "performance by group; the false negative rate is what it lacks to 1.",
    )


def fairness_finding(
    spreads: Sequence[Spread], margins: Mapping[str, float], spoken_of: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """Name the largest clear difference, in units of what matters.

    Parameters
    ----------
    margins : rate -> the difference that matters
    spoken_of : segments of which a finding names a group already

    Notes
    -----
    Selection rates differ for good and bad reasons, and no finding judges them.
    """
    clear = [
        (spread.difference.number / margins[spread.rate], spread)
        for spread in spreads
        if spread.clear and spread.rate in _JUDGED and spread.rate in margins
        if spread.difference.number is not None and spread.segment not in spoken_of
    ]
    if not clear:
        return ()
    size, spread = max(clear, key=lambda found: found[0])
    if size < 1 or spread.lowest is None or spread.highest is None:
        return ()
    names = [
        value_name(f"evaluation.{spread.rate}", **{spread.segment: group.level})
        for group in (spread.lowest, spread.highest)
    ]
    because = (_name(spread, "difference"), _name(spread, "by_chance"), *names)
    return (
        Finding(
            kind="group",
            state="watch",
            sentence=_sentence(spread),
            because=because,
            weight=size / 2,  # the ends lie about twice as far apart as a group from the whole
        ),
    )


def _sentence(spread: Spread) -> str:
    metric, apart = METRICS[spread.rate], spread.difference
    assert apart.number is not None
    ends = []
    for group in (spread.lowest, spread.highest):
        assert group is not None
        found = spread.estimate_of(group)
        assert found.number is not None
        ends.append(
            f"{plain_number(found.number, found.interval, unit=metric.unit)} ({group.level})"
        )
    said = (
        f"By {segment_words(spread.segment)}, {in_sentence(metric.label)} ranges from {ends[0]} to {ends[1]}: "
        f"{estimate_words(apart.number, apart.interval, metric.unit)} apart"
    )
    chance = spread.by_chance.number
    if chance is not None:
        shown = plain_number(chance, spread.by_chance.interval, unit=metric.unit)
        said += f", where chance alone would give about {shown}"
    return said + "."
