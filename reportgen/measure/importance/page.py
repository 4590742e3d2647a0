"""Importance as values, tables, a figure and what there is to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.measure.asking import Deadline
from reportgen.measure.headline import LOSS_SIGN
from reportgen.measure.importance.findings import importance_findings
from reportgen.measure.importance.reading import PERHAPS, Relied, name_of, rank_of, readings_of
from reportgen.measure.importance.sample import Sample, Shuffled, baseline_of, words_of
from reportgen.measure.statistics.association import MOST_FEATURES, STRONG, Associated
from reportgen.measure.statistics.estimate import METRICS
from reportgen.measure.wording import as_rows, in_sentence, listed
from reportgen.report import (
    Cell,
    Column,
    Part,
    Provenance,
    Series,
    Table,
    Value,
    value_name,
)

__all__ = ["importance_part"]

MOST_DRAWN = 20
FEW_ROWS = 200
"""Below this, the interval of a rise in root mean squared error covers 92 % for 95."""
_PINS = ("model", "data")


def importance_part(relied: Relied, parameters: Mapping[str, Any], deadline: Deadline) -> Part:
    """Name what was found."""
    given = _parameters(relied, parameters)
    readings = readings_of(relied)
    values = (*_counts(relied, given), *_values(relied, given), *_group_values(relied, given))
    tables = [_table(relied, readings, deadline)]
    if relied.together:
        tables.append(_group_table(relied))
    return Part(
        values=values,
        tables=tuple(tables),
        series=(_series(relied, readings, given),) if relied.is_measured else (),
        findings=importance_findings(relied, readings, deadline),
    )


def _parameters(relied: Relied, parameters: Mapping[str, Any]) -> dict[str, Any]:
    sample = relied.sample
    return {
        **parameters,
        "metric": sample.metric,
        "rows": len(sample.truth),
        "repeats": sample.plan.repeats,
        "seed": sample.draw.seed,
    }


def _change(sample: Sample) -> str:
    """The words for what is measured: ``Fall of ROC AUC``."""
    verb = "Fall" if LOSS_SIGN[sample.metric] < 0 else "Rise"
    return f"{verb} of {in_sentence(METRICS[sample.metric].label)}"


def _value(relied: Relied, shuffled: Shuffled, parameters: Mapping[str, Any]) -> Value:
    loss, sample = shuffled.loss, relied.sample
    return Value(
        name=name_of(relied, shuffled),
        number=loss.number,
        unit=METRICS[sample.metric].unit,
        n=loss.n,
        interval=loss.interval,
        provenance=Provenance(by="importance.permutation@1", pins=_PINS, parameters=parameters),
        reason=loss.reason,
        label=f"{_change(sample)}, {words_of(sample, shuffled.features)} shuffled",
    )


def _values(relied: Relied, parameters: Mapping[str, Any]) -> tuple[Value, ...]:
    return tuple(_value(relied, shuffled, parameters) for shuffled in relied.ranked)


def _group_values(relied: Relied, parameters: Mapping[str, Any]) -> tuple[Value, ...]:
    found = []
    for group, shuffled in relied.together:
        found.append(_value(relied, shuffled, parameters))
        found.append(
            Value(
                name=_association(relied, group),
                number=group.strongest,
                unit="ratio",
                n=group.n,
                provenance=Provenance(
                    by="importance.association@1",
                    pins=("data",),
                    parameters={"pair": words_of(relied.sample, group.pair)},
                ),
                label=f"Strongest association, {words_of(relied.sample, group.features)}",
            )
        )
    return tuple(found)


def _association(relied: Relied, group: Associated) -> str:
    words = words_of(relied.sample, group.features)
    return value_name("importance.association", features=words)


def _counts(relied: Relied, parameters: Mapping[str, Any]) -> tuple[Value, ...]:
    sample = relied.sample
    used = len(sample.truth)
    found = [
        Value(
            name="importance.rows",
            number=used,
            unit="rows",
            provenance=Provenance(
                by="importance.rows@1", pins=("data",), parameters={"of": sample.draw.of}
            ),
            label="Rows used for importance",
        )
    ]
    if relied.is_measured:
        baseline = baseline_of(sample, relied.said)
        metric = METRICS[sample.metric]
        found.append(
            Value(
                name="importance.baseline",
                number=baseline.number,
                unit=metric.unit,
                n=baseline.n,
                interval=baseline.interval,
                provenance=Provenance(
                    by="importance.baseline@1", pins=_PINS, parameters=parameters
                ),
                label=f"{metric.label} on these rows",
                better=metric.better,
            )
        )
    if relied.unlike:
        found.append(
            Value(
                name="importance.unrepeatable",
                number=relied.unlike,
                unit="rows",
                provenance=Provenance(by="importance.unrepeatable@1", pins=_PINS),
                label="Rows with another answer when asked again",
            )
        )
    return tuple(found)


def _table(relied: Relied, readings: Mapping[tuple[int, ...], str], deadline: Deadline) -> Table:
    friends = {
        place: [other for other in group.features if other != place]
        for group, _ in relied.together
        for place in group.features
    }
    rows = []
    for each in relied.ranked:
        moves = friends.get(each.features[0], [])
        cells = [
            Cell(text=words_of(relied.sample, each.features)),
            Cell(value=name_of(relied, each)),
            Cell(text=readings[each.features]),
        ]
        if friends:
            cells.append(Cell(text=listed(tuple(relied.sample.names[m] for m in moves))))
        rows.append(tuple(cells))
    columns = [
        Column(name="feature", label="Shuffled feature"),
        Column(name="loss", label=_change(relied.sample), unit=METRICS[relied.sample.metric].unit),
        Column(name="reading", label="Reading"),
    ]
    if friends:
        columns.append(Column(name="together", label="Moves with"))
    return Table(
        name="importance.features",
        title="Importance of each feature",
        columns=tuple(columns),
        rows=tuple(rows),
        note=_note(relied, readings, deadline),
    )


def _note(relied: Relied, readings: Mapping[tuple[int, ...], str], deadline: Deadline) -> str:
    """How the numbers came about, and what they do not say."""
    sample = relied.sample
    if not relied.is_measured:
        return ""
    draw, used = sample.draw, len(sample.truth)
    on = as_rows(used) if used == draw.of else f"{used:,} of {as_rows(draw.of)}, chosen at random"
    metric = in_sentence(METRICS[sample.metric].label)
    lead = (
        f"How much worse {metric} gets when a feature's values are shuffled among rows, "
        f"{sample.plan.repeats} times over, on {on}. Intervals count both which rows were used "
        "and how they were shuffled, for one feature at a time."
    )
    said = [lead]
    if any(reading.startswith(PERHAPS) for reading in readings.values()):
        said.append("“Perhaps”: not after correction for looking at all features (Holm).")
    elif len(relied.features) > 1:
        said.append("Readings are corrected for looking at all features (Holm).")
    if (draw.weights != draw.weights[:1]).any():
        said.append("Rare classes were drawn more often, and weighted back to their share.")
    if sample.weighted:
        said.append("Rows are weighted.")
    if sample.metric == "rmse" and used < FEW_ROWS:
        said.append("With so few rows, intervals are somewhat too narrow.")
    if len(relied.features) > MOST_FEATURES:
        said.append(f"Of more than {MOST_FEATURES} features, none were compared with one another.")
    if relied.together:
        said.append("A feature that moves with others is understated: they stand in for it.")
    if deadline.passed:
        said.append(deadline.sentence)
    return " ".join(said)


def _group_table(relied: Relied) -> Table:
    rows = tuple(
        (
            Cell(text=words_of(relied.sample, shuffled.features)),
            Cell(value=name_of(relied, shuffled)),
            Cell(value=_association(relied, group)),
            Cell(text=words_of(relied.sample, group.pair).replace(" + ", " and ")),
        )
        for group, shuffled in sorted(relied.together, key=lambda both: rank_of(both[1]))
    )
    unit = METRICS[relied.sample.metric].unit
    return Table(
        name="importance.groups",
        title="Features that move together, shuffled together",
        columns=(
            Column(name="features", label="Shuffled features"),
            Column(name="loss", label=_change(relied.sample), unit=unit),
            Column(name="association", label="Strongest association", unit="ratio"),
            Column(name="pair", label="Between"),
        ),
        rows=rows,
        note=f"Each has an association above {STRONG:g} with another of its group: Spearman's "
        "correlation of numbers, Cramér's V of categories, the correlation ratio between the two.",
    )


def _series(
    relied: Relied, readings: Mapping[tuple[int, ...], str], parameters: Mapping[str, Any]
) -> Series:
    measured = [each for each in relied.ranked if each.loss.number is not None]
    shown = measured[:MOST_DRAWN]
    intervals = [each.loss.interval for each in shown]
    few = len(shown) < len(relied.features)
    return Series(
        name="importance.permutation",
        title=f"{_change(relied.sample)} when a feature is shuffled",
        mark="intervals",
        x="feature",
        y="loss",
        columns={
            "feature": tuple(words_of(relied.sample, each.features) for each in shown),
            "loss": tuple(each.loss.number for each in shown),
            "low": tuple(None if i is None else i.low for i in intervals),
            "high": tuple(None if i is None else i.high for i in intervals),
            "reading": tuple(readings[each.features] for each in shown),
        },
        labels={"feature": "Feature", "loss": _change(relied.sample), "reading": "Reading"},
        units={"loss": METRICS[relied.sample.metric].unit},
        lines={"no effect": 0.0},
        provenance=Provenance(by="importance.permutation@1", pins=_PINS, parameters=parameters),
        note=f"The first {len(shown)} of {len(relied.features)} features." if few else "",
    )
