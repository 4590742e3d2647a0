"""Tables and series of performance: this period beside the reference, and all periods in a row."""

from __future__ import annotations

from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.values import cell, metric_of, period_name, text
from reportgen.measure.monitoring.volume import period_states
from reportgen.measure.statistics.estimate import Estimate
from reportgen.report.data import Column, Series, Table
from reportgen.report.frame import MonitoringFrame
from reportgen.report.value import Provenance

__all__ = ["history_series", "history_table", "metrics_table"]

_MOST_ROWS = 53


def metrics_table(key: str, metrics: tuple[str, ...], note: str) -> Table:
    """Each metric now, on the reference, and the difference."""
    return Table(
        name="performance.metrics",
        title=f"Performance in {key}",
        columns=(
            Column(name="metric", label="Metric"),
            Column(name="now", label=key, unit="number"),
            Column(name="reference", label="Reference", unit="number"),
            Column(name="change", label="Change", unit="number"),
        ),
        rows=tuple(
            (
                text(metric_of(name).label),
                cell(f"performance.{name}"),
                cell(f"performance.{name}.reference"),
                cell(f"performance.{name}.change"),
            )
            for name in metrics
        ),
        note=note,
    )


def history_table(calendar: Calendar, headlines: tuple[str, ...]) -> Table:
    """Rows, labels and the metrics the page speaks of, newest period first."""
    shown = list(zip(calendar.keys, period_states(calendar), strict=True))[::-1][:_MOST_ROWS]
    names = ("volume.rows", "labels.complete", *(f"performance.{name}" for name in headlines))
    older = len(calendar.keys) - len(shown)
    return Table(
        name="performance.history",
        title="Performance by period",
        columns=(
            Column(name="period", label="Period"),
            Column(name="rows", label="Rows", unit="rows"),
            Column(name="labels", label="Labels complete", unit="ratio"),
            *(
                Column(name=name, label=metric_of(name).label, unit=metric_of(name).unit)
                for name in headlines
            ),
        ),
        rows=tuple(
            (
                text(f"{key} ({state})" if state else key),
                *(cell(period_name(name, key)) for name in names),
            )
            for key, state in shown
        ),
        note=f"{older} older periods are in the record." if older > 0 else "",
    )


def history_series(
    frame: MonitoringFrame,
    calendar: Calendar,
    name: str,
    periods: tuple[Estimate, ...],
    reference: Estimate,
) -> Series:
    """One metric over all periods, with intervals; a period without a number stays as a gap."""
    metric, limit = metric_of(name), frame.thresholds.get(name)
    lines = {}
    if limit is not None and limit.minimum is not None:
        lines["minimum"] = limit.minimum
    if limit is not None and limit.maximum is not None:
        lines["maximum"] = limit.maximum
    if reference.number is not None:
        lines["reference"] = reference.number
    states = [
        "not enough data" if estimate.number is None and not state else state
        for estimate, state in zip(periods, period_states(calendar), strict=True)
    ]
    pins = ("data", "reference") if frame.has_reference else ("data",)
    return Series(
        name=f"performance.{name}.history",
        title=f"{metric.label} by period",
        mark="line",
        x="period",
        y="value",
        columns={
            "period": calendar.keys,
            "value": tuple(estimate.number for estimate in periods),
            "low": tuple(e.interval.low if e.interval else None for e in periods),
            "high": tuple(e.interval.high if e.interval else None for e in periods),
            "n": tuple(estimate.n for estimate in periods),
            "state": tuple(states),
        },
        labels={"period": "Period", "value": metric.label, "n": "Rows", "state": "State"},
        units={"value": metric.unit, "n": "rows"},
        lines=lines,
        provenance=Provenance(
            by="performance.history@1", pins=pins, parameters={"level": frame.confidence}
        ),
    )
