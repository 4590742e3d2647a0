"""One period of a model in use: volume, labels, performance, drift and quality, in one part."""

from __future__ import annotations

from dataclasses import replace

from reportgen.measure.drift.content_columns import watch_content
from reportgen.measure.drift.content_page import content_part, measure_content
from reportgen.measure.drift.multivariate import measure_multivariate
from reportgen.measure.drift.multivariate_page import with_multivariate
from reportgen.measure.drift.ranking import rank_drift, with_ranking
from reportgen.measure.estimated.estimated import estimate_performance
from reportgen.measure.estimated.part import estimated_part
from reportgen.measure.monitoring.bands import MOST_PERIODS, USUAL, Band, band_of, with_bands
from reportgen.measure.monitoring.columns import Watched, watch_columns
from reportgen.measure.monitoring.declared_checks import measure_checks
from reportgen.measure.monitoring.drift import Moved, drift_part, measure_drift
from reportgen.measure.monitoring.environment import measure_environment
from reportgen.measure.monitoring.groups import group_part
from reportgen.measure.monitoring.performance_page import (
    baseline_words,
    headline_metrics,
    measure_performance,
    performance_part,
)
from reportgen.measure.monitoring.periods import Calendar, assign_periods
from reportgen.measure.monitoring.profiled import profiled_drift, watch_profiles
from reportgen.measure.monitoring.quality import check_columns, quality_part
from reportgen.measure.monitoring.reference_periods import reference_periods
from reportgen.measure.monitoring.retraining import suggest_retraining
from reportgen.measure.monitoring.row_quality import measure_rows
from reportgen.measure.monitoring.rules import hold_in_time
from reportgen.measure.monitoring.volume import label_part, volume_part
from reportgen.measure.operations.log import measure_log
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
    columns, moved = _columns(frame, calendar)
    since, note = _reference_words(frame, calendar)
    part = volume_part(frame, calendar) + label_part(frame, calendar)
    part += performance_part(frame, calendar, found)
    part += group_part(frame, calendar, found)
    part += _drift(frame, calendar, columns, moved, (since, note))
    content = watch_content(frame, calendar, (*frame.texts, *frame.embeddings))
    part += content_part(measure_content(frame, content), frame.period.key, since)
    part += quality_part(check_columns((*columns, *content), frame.confidence), frame.period.key)
    part += measure_rows(frame, calendar) + measure_checks(frame.checks, frame.period.key)
    baseline = tuple(calendar.keys[at] for at in calendar.baseline(MOST_PERIODS))
    bands = _bands(part, found.metrics, frame, baseline)
    part = with_bands(part, bands)
    part += estimated_part(
        frame, calendar, found, estimate_performance(frame, calendar, found), bands
    )
    part += measure_log(frame, calendar) + measure_environment(frame, calendar)
    limits = hold_in_time(part.values, frame.thresholds, baseline)
    findings = _tempered(replace(part, findings=(*part.findings, *limits)))
    spoken = headline_metrics(frame, found.metrics)
    findings += suggest_retraining(part, spoken, frame.thresholds, frame.confidence)
    ordered = sorted(findings, key=lambda one: (-one.weight, one.sentence))
    return replace(part, findings=tuple(ordered))


def _drift(
    frame: MonitoringFrame,
    calendar: Calendar,
    columns: tuple[Watched, ...],
    moved: tuple[Moved, ...],
    words: tuple[str, str],
) -> Part:
    """Say what moved, by itself and together, and what of it matters to the model."""
    since, note = words
    part = drift_part(moved, frame.period.key, since, note)
    together = measure_multivariate(frame, calendar, columns, len(moved))
    part = with_multivariate(part, together, since, pinned=frame.has_reference)
    return with_ranking(part, rank_drift(frame, calendar, moved), since)


def _columns(
    frame: MonitoringFrame, calendar: Calendar
) -> tuple[tuple[Watched, ...], tuple[Moved, ...]]:
    """Watch every column and see which moved, by their rows or by what a scan counted of them."""
    if frame.profiles is not None:
        counted = watch_profiles(frame, calendar, frame.profiles)
        return counted, profiled_drift(counted)
    columns = watch_columns(frame, calendar)
    return columns, measure_drift(columns, reference_periods(frame, calendar, columns))


def _bands(
    part: Part, metrics: tuple[str, ...], frame: MonitoringFrame, baseline: tuple[str, ...]
) -> dict[str, Band]:
    """Learn what is usual for each metric, as wide as the project asks."""
    values = {value.name: value for value in part.values}
    found = {}
    for metric in metrics:
        asked = frame.thresholds.get(metric)
        width = USUAL if asked is None or asked.band is None else asked.band
        band = band_of(metric, values, baseline, width)
        if band is not None:
            found[metric] = band
    return found


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
    if frame.has_reference:
        return "the reference", ""
    since = baseline_words(calendar)
    if not calendar.baseline():
        return since, "No reference yet."
    return since, f"Reference: {since}, the earliest complete periods of the data."
