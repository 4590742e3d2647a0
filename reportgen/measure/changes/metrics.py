"""The metrics of two models side by side: values, the table of differences, and their figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reportgen.measure.changes.cautions import cautions
from reportgen.measure.changes.rows import PairedRows
from reportgen.measure.changes.words import Step, reading_of
from reportgen.measure.statistics.estimate import Estimate, Metric
from reportgen.measure.statistics.paired import Paired
from reportgen.measure.wording import as_rows, in_sentence
from reportgen.report import Cell, Column, Part, Provenance, Series, Table, Value

__all__ = ["MetricChanges", "measure_metric_changes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChanges:
    """Every metric under both models, and what is said of it.

    Attributes
    ----------
    changes : by metric
    steps : those with a number, on the wording ladder
    metrics : the words for each, the project's own among them
    pins, parameters : of every value
    """

    changes: Mapping[str, Paired]
    steps: Sequence[Step]
    metrics: Mapping[str, Metric]
    rows: PairedRows
    level: float
    pins: tuple[str, ...]
    parameters: Mapping[str, Any]


def measure_metric_changes(asked: MetricChanges) -> Part:
    """Name the numbers of either model and their differences; put them in a table and a figure."""
    values = [
        _value(asked, name, side, estimate)
        for name, paired in asked.changes.items()
        for side, estimate in (
            ("", paired.change), (".now", paired.now), (".before", paired.before),
        )
    ]  # fmt: skip
    differing = sum(step.differs for step in asked.steps)
    source = Provenance(by="changes.material@1", pins=asked.pins, parameters=asked.parameters)
    values.append(
        Value(
            name="changes.material",
            number=differing,
            unit="count",
            provenance=source,
            label="Metrics that changed materially",
        )
    )
    return Part(values=tuple(values), tables=(_table(asked),), series=_series(asked))


def _value(asked: MetricChanges, name: str, side: str, estimate: Estimate) -> Value:
    metric, path = asked.metrics[name], f"changes.{name}{side}"
    label = {"": f"Change of {in_sentence(metric.label)}", ".now": f"{metric.label} now",
             ".before": f"{metric.label} before"}[side]  # fmt: skip
    given = dict(asked.parameters)
    if estimate.interval is not None and estimate.seed is not None:
        given |= {"seed": estimate.seed, "replicates": estimate.replicates}
    own = {".now": "model", ".before": "baseline"}
    used = tuple(pin for pin in asked.pins if pin in (own.get(side, pin), *_DATA))
    return Value(
        name=path,
        number=estimate.number,
        unit=metric.unit,
        n=estimate.n,
        interval=estimate.interval,
        provenance=Provenance(by=f"{path}@1", pins=used, parameters=given),
        reason=estimate.reason,
        label=label,
        better=metric.better,
    )


_DATA = ("data", "baseline_data")


def _table(asked: MetricChanges) -> Table:
    readings = {step.metric.name: reading_of(step) for step in asked.steps}
    return Table(
        name="changes.metrics",
        title="How good both versions are, on the same rows",
        columns=(
            Column(name="metric", label="Metric"),
            Column(name="before", label="Before", unit="number"),
            Column(name="now", label="Now", unit="number"),
            Column(name="change", label="Now minus before", unit="number"),
            Column(name="reading", label="Reading"),
        ),
        rows=tuple(
            (
                Cell(text=asked.metrics[name].label),
                Cell(value=f"changes.{name}.before"),
                Cell(value=f"changes.{name}.now"),
                Cell(value=f"changes.{name}"),
                Cell(text=readings.get(name, "–")),
            )
            for name in asked.changes
        ),
        note=_note(asked.rows, asked.level),
    )


def _note(rows: PairedRows, level: float) -> str:
    said = (
        f"Both versions were asked about the same {as_rows(rows.n)}. The interval of a difference "
        f"is its own, and holds the true one {100 * level:g} % of the time: what is hard for both "
        "versions cancels."
    )
    if rows.new.clusters is not None:
        said += " It allows for rows that belong together."
    if rows.new.weights is not None:
        said += " Metrics are weighted; n counts rows."
    return " ".join((said, *cautions(rows)))


def _series(asked: MetricChanges) -> tuple[Series, ...]:
    """Changes of shares, side by side; numbers in other units have no axis in common."""
    shown = {
        asked.metrics[name].label: paired.change
        for name, paired in asked.changes.items()
        if asked.metrics[name].unit == "ratio" and paired.change.interval is not None
    }
    if len(shown) < 2:
        return ()
    intervals = [change.interval for change in shown.values()]
    return (
        Series(
            name="changes.metrics",
            title="Change of each metric",
            mark="intervals",
            x="metric",
            y="change",
            columns={
                "metric": tuple(shown),
                "change": tuple(change.number for change in shown.values()),
                "low": tuple(each.low if each else None for each in intervals),
                "high": tuple(each.high if each else None for each in intervals),
            },
            labels={"metric": "Metric", "change": "Now minus before"},
            units={"change": "ratio"},
            lines={"no change": 0.0},
            provenance=Provenance(
                by="changes.metrics@1", pins=asked.pins, parameters=asked.parameters
            ),
            note="Each difference with its own interval, from the same rows.",
        ),
    )
