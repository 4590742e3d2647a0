"""What changed since another version of the model, measured on the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportgen.measure.changes_flips import flip_sentence, measure_flips
from reportgen.measure.changes_groups import (
    changed_groups,
    group_finding,
    measure_changed_groups,
)
from reportgen.measure.changes_rows import PairedRows, alike, pair_rows
from reportgen.measure.changes_words import Step, change_findings, margin_of, reading_of, steps_of
from reportgen.measure.estimate import METRICS, Estimate
from reportgen.measure.paired import PAIRED_METRICS, Paired, paired_changes
from reportgen.measure.small_groups import Hidden
from reportgen.measure.wording import as_rows
from reportgen.report import (
    Cell,
    Column,
    Finding,
    Part,
    Provenance,
    Series,
    Table,
    Value,
)
from reportgen.report.frame import Baseline, EvaluationFrame

__all__ = ["ALIKE", "measure_changes"]

PINS = ("model", "baseline", "data")
ALIKE = "No change:"
"""How the sentence begins that says that every answer is the same."""


def measure_changes(
    frame: EvaluationFrame, hidden: Hidden | None = None, *, pins: tuple[str, ...] = PINS
) -> Part:
    """Compare the model with the baseline of its frame, on the rows that both answered.

    Parameters
    ----------
    hidden : groups that may not be shown, and so are not named in a sentence
    pins : roles of what was compared

    Returns
    -------
    ``changes.<metric>`` with ``.now`` and ``.before``, ``changes.rows`` by what became of the
    rows, the same by group, their tables, and findings of kind ``change``; nothing when the
    frame has no baseline, and one finding with the reason when it could not be asked

    Raises
    ------
    DataError
        The columns of the frame do not fit together.
    """
    baseline = frame.baseline
    if baseline is None:
        return Part()
    since = baseline.words or f"version {baseline.version}"
    if baseline.answers is None:
        return Part(findings=(_not_compared(baseline.reason, since),))
    rows = pair_rows(frame, baseline, baseline.answers)
    parameters = _parameters(frame, baseline, rows)
    part = _counts(rows, since, pins)
    if not rows.n:
        return part + Part(findings=(_not_compared("no row was answered by both", since),))
    return part + _measured(frame, rows, since, pins, parameters, hidden)


def _measured(
    frame: EvaluationFrame,
    rows: PairedRows,
    since: str,
    pins: tuple[str, ...],
    parameters: Mapping[str, Any],
    hidden: Hidden | None,
) -> Part:
    level = frame.confidence
    changes = paired_changes(rows.new, rows.old, PAIRED_METRICS[type(rows.new)], level)
    steps = steps_of(changes, frame.thresholds)
    flips = measure_flips(rows, pins, parameters)
    groups = changed_groups(rows, level)
    said = [flip_sentence(flips, since)]
    if groups:
        margins = {
            name: margin_of(name, changes, frame.thresholds.get(name))[0] for name in changes
        }
        said.append(group_finding(groups, margins, since, hidden))
    findings = (*change_findings(steps, since), *(each for each in said if each is not None))
    if alike(rows):
        findings = (_all_alike(rows, since),)
    part = _metrics(changes, steps, rows, pins, parameters, level) + flips
    part += measure_changed_groups(groups, tuple(frame.thresholds), pins, parameters)
    return part + Part(findings=findings)


def _parameters(frame: EvaluationFrame, baseline: Baseline, rows: PairedRows) -> Mapping[str, Any]:
    found: dict[str, Any] = {"target": frame.target, "baseline": baseline.version}
    if frame.task == "classification":
        found["positive"] = str(frame.positive)
    if frame.threshold is not None:
        found["threshold"] = float(frame.threshold)
    if rows.new.weights is not None:
        found["weighted"] = True
    if rows.new.clusters is not None:
        found["clusters"] = len(set(rows.new.clusters.tolist()))
    return found


def _not_compared(reason: str, since: str) -> Finding:
    return Finding(
        kind="change",
        state="cannot tell",
        sentence=f"Could not compare with {since}: {reason}.",
        weight=160.0,
    )


def _all_alike(rows: PairedRows, since: str) -> Finding:
    told = "the one row" if rows.n == 1 else f"all {as_rows(rows.n)}"
    return Finding(
        kind="change",
        state="ok",
        sentence=f"{ALIKE} the model answers {told} exactly as {since} did.",
        because=("changes.rows",),
        weight=50.0,
    )


def _counts(rows: PairedRows, since: str, pins: tuple[str, ...]) -> Part:
    """Rows that were compared, and rows that only one of the models answered."""
    source = Provenance(by="changes.rows@1", pins=pins)
    told = [("rows", rows.n, "Rows compared")]
    if rows.only_new:
        told.append(("only_now", rows.only_new, "Rows that only this version answered"))
    if rows.only_old:
        told.append(("only_before", rows.only_old, "Rows that only the version before answered"))
    values = tuple(
        Value(name=f"changes.{name}", number=number, unit="rows", provenance=source, label=label)
        for name, number, label in told
    )
    findings = []
    for name, count, subject in (
        ("only_now", rows.only_new, "this version"),
        ("only_before", rows.only_old, since),
    ):
        if count:
            verb = "was" if count == 1 else "were"
            findings.append(
                Finding(
                    kind="completeness",
                    state="watch",
                    sentence=f"{as_rows(count)} {verb} answered by {subject} alone, and could not "
                    "be compared.",
                    because=(f"changes.{name}",),
                    weight=float(count),
                )
            )
    return Part(values=values, findings=tuple(findings))


def _metrics(
    changes: Mapping[str, Paired],
    steps: Sequence[Step],
    rows: PairedRows,
    pins: tuple[str, ...],
    parameters: Mapping[str, Any],
    level: float,
) -> Part:
    values = [
        _value(name, side, estimate, pins, parameters)
        for name, paired in changes.items()
        for side, estimate in (
            ("", paired.change), (".now", paired.now), (".before", paired.before),
        )
    ]  # fmt: skip
    differing = sum(step.differs for step in steps)
    source = Provenance(by="changes.material@1", pins=pins, parameters=parameters)
    values.append(
        Value(
            name="changes.material",
            number=differing,
            unit="count",
            provenance=source,
            label="Metrics that changed materially",
        )
    )
    series = _series(changes, pins, parameters)
    return Part(values=tuple(values), tables=(_table(changes, steps, rows, level),), series=series)


def _value(
    name: str,
    side: str,
    estimate: Estimate,
    pins: tuple[str, ...],
    parameters: Mapping[str, Any],
) -> Value:
    metric, path = METRICS[name], f"changes.{name}{side}"
    label = {"": f"Change of {metric.label}", ".now": f"{metric.label} now",
             ".before": f"{metric.label} before"}[side]  # fmt: skip
    given = dict(parameters)
    if estimate.interval is not None and estimate.seed is not None:
        given |= {"seed": estimate.seed, "replicates": estimate.replicates}
    own = {".now": "model", ".before": "baseline"}
    used = tuple(pin for pin in pins if pin in (own.get(side, pin), *_DATA))
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


def _table(
    changes: Mapping[str, Paired], steps: Sequence[Step], rows: PairedRows, level: float
) -> Table:
    readings = {step.name: reading_of(step) for step in steps}
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
                Cell(text=METRICS[name].label),
                Cell(value=f"changes.{name}.before"),
                Cell(value=f"changes.{name}.now"),
                Cell(value=f"changes.{name}"),
                Cell(text=readings.get(name, "–")),
            )
            for name in changes
        ),
        note=_note(rows, level),
    )


def _note(rows: PairedRows, level: float) -> str:
    said = (
        f"Both versions were asked about the same {as_rows(rows.n)}. The interval of a difference "
        f"is its own, and holds the true one {level:.0%} of the time: what is hard for both "
        "versions cancels."
    )
    if rows.new.clusters is not None:
        said += " It allows for rows that belong together."
    if rows.new.weights is not None:
        said += " Metrics are weighted; n counts rows."
    return said


def _series(
    changes: Mapping[str, Paired], pins: tuple[str, ...], parameters: Mapping[str, Any]
) -> tuple[Series, ...]:
    """Changes of shares, side by side; numbers in other units have no axis in common."""
    shown = {
        METRICS[name].label: paired.change
        for name, paired in changes.items()
        if METRICS[name].unit == "ratio" and paired.change.interval is not None
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
            provenance=Provenance(by="changes.metrics@1", pins=pins, parameters=parameters),
            note="Each difference with its own interval, from the same rows.",
        ),
    )
