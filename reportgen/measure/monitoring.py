"""One period of a model in use: volume, labels, performance, drift and quality, in one part."""

from __future__ import annotations

from dataclasses import replace

from reportgen.measure.columns import watch_columns
from reportgen.measure.limits import hold_against_limits
from reportgen.measure.monitoring_drift import drift_part, measure_drift
from reportgen.measure.monitoring_groups import group_part
from reportgen.measure.monitoring_performance import (
    baseline_words,
    measure_performance,
    performance_part,
)
from reportgen.measure.monitoring_volume import label_part, volume_part
from reportgen.measure.periods import Calendar, assign_periods
from reportgen.measure.quality import check_columns, quality_part
from reportgen.measure.reference_periods import reference_periods
from reportgen.measure.verdict import performance_is_known
from reportgen.measure.wording import weight_of
from reportgen.report.data import Finding, Part
from reportgen.report.frame import MonitoringFrame

__all__ = ["measure_monitoring"]


def measure_monitoring(frame: MonitoringFrame) -> Part:
    """Measure one period and its history.

    Returns
    -------
    values, tables and series as named in docs/design/0001; findings with the heaviest first

    Notes
    -----
    Nothing a column holds stops the report: each has a status, and what cannot be computed is a
    value with the reason. Rows after the period count in ``volume.after`` and nowhere else.
    """
    calendar = assign_periods(frame)
    found = measure_performance(frame, calendar)
    columns = watch_columns(frame, calendar)
    since, note = _reference_words(frame, calendar)
    part = volume_part(frame, calendar) + label_part(frame, calendar)
    part += performance_part(frame, calendar, found)
    part += group_part(frame, calendar, found)
    moved = measure_drift(columns, reference_periods(frame, calendar, columns))
    part += drift_part(moved, frame.period.key, since, note)
    part += quality_part(check_columns(columns, frame.confidence), frame.period.key)
    limits = hold_against_limits(part.values, frame.thresholds, "performance")
    findings = _tempered(replace(part, findings=(*part.findings, *limits)))
    ordered = sorted(findings, key=lambda one: (-one.weight, one.sentence))
    return replace(part, findings=tuple(ordered))


def _tempered(part: Part) -> tuple[Finding, ...]:
    """Make drift something to watch, and no alert, where labels tell how well the model did."""
    findings = part.findings
    if not performance_is_known(part):
        return findings
    less = weight_of("drift", "alert") - weight_of("drift", "watch")
    return tuple(
        replace(finding, state="watch", weight=finding.weight - less)
        if (finding.kind, finding.state) == ("drift", "alert")
        else finding
        for finding in findings
    )


def _reference_words(frame: MonitoringFrame, calendar: Calendar) -> tuple[str, str]:
    if frame.reference is not None:
        return "the reference", ""
    since = baseline_words(calendar)
    if not calendar.baseline():
        return since, "No reference yet."
    return since, f"Reference: {since}, the earliest complete periods of the data."
