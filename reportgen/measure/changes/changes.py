"""What changed since another version of the model, measured on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.measure.changes.flips import flip_sentence, measure_flips
from reportgen.measure.changes.groups import (
    changed_groups,
    group_finding,
    measure_changed_groups,
)
from reportgen.measure.changes.metrics import MetricChanges, measure_metric_changes
from reportgen.measure.changes.more import known_metrics, more_changes
from reportgen.measure.changes.rows import PairedRows, alike, pair_rows
from reportgen.measure.changes.words import change_findings, margin_of, steps_of
from reportgen.measure.evaluation.rows import class_text
from reportgen.measure.groups.small import Hidden
from reportgen.measure.statistics.paired import PAIRED_METRICS, paired_changes
from reportgen.measure.wording import as_rows
from reportgen.report import Finding, Part, Provenance, Value
from reportgen.report.frame import EvaluationFrame

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
    parameters = _parameters(frame, rows)
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
    changes |= more_changes(frame, rows, level)
    known = known_metrics(frame)
    steps = steps_of(changes, frame.thresholds, known)
    flips = measure_flips(rows, pins, parameters)
    groups = changed_groups(rows, level)
    said = [flip_sentence(flips, since)]
    if groups:
        margins = {
            name: margin_of(known[name], changes, frame.thresholds.get(name))[0]
            for name in changes
        }
        said.append(group_finding(groups, margins, since, hidden))
    findings = (*change_findings(steps, since), *(each for each in said if each is not None))
    if alike(rows):
        findings = (_all_alike(rows, since),)
    of_metrics = MetricChanges(
        changes=changes,
        steps=steps,
        metrics=known,
        rows=rows,
        level=level,
        pins=pins,
        parameters=parameters,
    )
    part = measure_metric_changes(of_metrics) + flips
    part += measure_changed_groups(groups, tuple(frame.thresholds), pins, parameters)
    return part + Part(findings=findings)


def _parameters(frame: EvaluationFrame, rows: PairedRows) -> Mapping[str, Any]:
    found: dict[str, Any] = {"target": frame.target}
    if frame.task == "classification":
        found["positive"] = class_text(frame.positive)
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
