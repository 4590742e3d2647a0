"""What was estimated, as values, tables and figures, always beside what was measured."""

from __future__ import annotations

from reportgen.measure.estimated.estimated import Estimated, Past
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.values import (
    cell,
    counted,
    estimated,
    metric_of,
    no_number,
    period_name,
    text,
)
from reportgen.measure.monitoring.volume import period_states
from reportgen.measure.statistics.estimate import Estimate, Metric
from reportgen.measure.statistics.intervals import difference
from reportgen.report.data import Cell, Column, Series, Table
from reportgen.report.frame import MonitoringFrame
from reportgen.report.value import Provenance, Value

__all__ = [
    "ASSUMPTION",
    "change_of",
    "estimated_values",
    "estimates_series",
    "estimates_table",
    "periods_table",
]

ASSUMPTION = (
    "Estimates hold as long as what the outcome depends on has not changed: a score is then worth what "
    "it was on the reference."
)
_BY = "performance.estimated@1"
_MOST_ROWS = 26


def _pins(found: Estimated) -> tuple[str, ...]:
    return ("data",) if found.source == "data" else ("data", found.source)


def change_of(frame: MonitoringFrame, now: Estimate, before: Estimate) -> Estimate:
    """Estimate how far the metric has come from the reference."""
    return difference(now, before, frame.confidence)


def estimated_values(
    frame: MonitoringFrame,
    calendar: Calendar,
    found: Estimated,
    measured: dict[str, Estimate],
    reference: dict[str, Estimate],
) -> tuple[Value, ...]:
    """Give each metric's estimate, period by period, and how good earlier ones were."""
    values: list[Value] = []
    settled = calendar.settled[calendar.current]
    for name in found.metrics:
        metric, path = metric_of(name), f"performance.estimated.{name}"
        label = f"Estimated {metric.label}"
        more = {"method": found.method, "labelled_rows": found.labelled}
        now = found.periods[name][-1]

        def value(where: str, one: Estimate, words: str) -> Value:
            return estimated(
                where,
                one,
                by=_BY,
                unit=metric.unit,  # noqa: B023
                label=words,
                better=metric.better,  # noqa: B023
                pins=_pins(found),
                parameters=more,  # noqa: B023
            )

        values.append(value(path, now, label))
        values += [
            value(period_name(path, key), one, f"{label} in {key}")
            for key, one in zip(found.keys, found.periods[name], strict=True)
        ]
        change = change_of(frame, now, reference[name])
        values.append(value(f"{path}.change", change, f"{label}, less that of the reference"))
        values.append(_error(found, metric, path, now, measured[name], settled=settled))
        values += _past_values(found, metric, path)
    return tuple(values)


def _error(
    found: Estimated, metric: Metric, path: str, now: Estimate, real: Estimate, *, settled: bool
) -> Value:
    words = f"{metric.label} as measured, less as estimated"
    if now.number is None or real.number is None:
        reason = (real.reason if now.number is not None else now.reason) or "not measured"
        return no_number(f"{path}.error", reason, by=_BY, label=words, unit=metric.unit)
    return counted(
        f"{path}.error",
        real.number - now.number,
        by=_BY,
        label=words,
        unit=metric.unit,
        n=real.n,
        pins=_pins(found),
        parameters={"labels_complete": settled},
    )


def _past_values(found: Estimated, metric: Metric, path: str) -> list[Value]:
    past = found.past[metric.name]
    words = {
        "bias": f"Mean error of earlier estimates of {metric.label}",
        "past_error": f"Usual error of earlier estimates of {metric.label}",
        "inside": f"Periods whose {metric.label} lay in the range that was estimated",
    }
    if past is None:
        return [
            no_number(
                f"{path}.{what}",
                "fewer than 3 earlier periods can be judged",
                by=_BY,
                label=label,
                unit="ratio" if what == "inside" else metric.unit,
            )
            for what, label in words.items()
        ]
    numbers = {"bias": past.bias, "past_error": past.size, "inside": past.inside}
    return [
        counted(
            f"{path}.{what}",
            numbers[what],
            by=_BY,
            label=label,
            unit="ratio" if what == "inside" else metric.unit,
            pins=_pins(found),
            parameters={"periods": past.periods, "spread": past.spread},
        )
        for what, label in words.items()
    ]


def estimates_table(key: str, found: Estimated, note: str) -> Table:
    """Each metric as estimated, beside what was measured and how far earlier estimates missed."""
    return Table(
        name="performance.estimated",
        title=f"Performance in {key} as estimated without its labels",
        columns=(
            Column(name="metric", label="Metric"),
            Column(name="estimated", label="Estimated", unit="number"),
            Column(name="measured", label="Measured", unit="number"),
            Column(name="reference", label="Reference", unit="number"),
            Column(name="bias", label="Earlier: mean error", unit="number"),
            Column(name="past_error", label="usual error", unit="number"),
            Column(name="inside", label="in range", unit="ratio"),
            Column(name="periods", label="of periods"),
        ),
        rows=tuple(_row(name, found.past[name]) for name in found.metrics),
        note=note,
    )


def _row(name: str, past: Past | None) -> tuple[Cell, ...]:
    path = f"performance.estimated.{name}"
    return (
        text(metric_of(name).label),
        cell(path),
        cell(f"performance.{name}"),
        cell(f"performance.{name}.reference"),
        *(cell(f"{path}.{what}") for what in ("bias", "past_error", "inside")),
        text("–" if past is None else f"{past.periods}"),
    )


def periods_table(calendar: Calendar, found: Estimated, headlines: tuple[str, ...]) -> Table:
    """Estimated and measured, period by period, the newest first."""
    shown = [name for name in headlines if name in found.metrics]
    states = dict(zip(calendar.keys, period_states(calendar), strict=True))
    rows = []
    for key in found.keys[::-1][:_MOST_ROWS]:
        cells = [text(f"{key} ({states[key]})" if states[key] else key)]
        for name in shown:
            path = f"performance.{name}"
            cells.append(cell(period_name(f"performance.estimated.{name}", key)))
            cells.append(cell(period_name(path, key)))
        rows.append(tuple(cells))
    pairs = []
    for name in shown:
        metric = metric_of(name)
        label = f"{metric.label}, estimated"
        pairs.append(Column(name=f"{name}_estimated", label=label, unit=metric.unit))
        pairs.append(Column(name=name, label="measured", unit=metric.unit))
    return Table(
        name="performance.estimated.history",
        title="Estimated and measured performance by period",
        columns=(Column(name="period", label="Period"), *pairs),
        rows=tuple(rows),
    )


def estimates_series(
    calendar: Calendar, found: Estimated, name: str, measured: tuple[Estimate, ...], level: float
) -> Series:
    """Draw the estimates of one metric, each with its range, and what was measured."""
    metric = metric_of(name)
    places = {key: at for at, key in enumerate(calendar.keys)}
    both = (
        ("estimated", found.periods[name]),
        ("measured", tuple(measured[places[key]] for key in found.keys)),
    )
    points = [
        (key, one, group)
        for group, each in both
        for key, one in zip(found.keys, each, strict=True)
    ]
    bands = [one.interval if group == "estimated" else None for _, one, group in points]
    return Series(
        name=f"performance.estimated.{name}.history",
        title=f"{metric.label}: as estimated without labels, and as measured with them",
        mark="line",
        x="period",
        y="value",
        columns={
            "period": tuple(key for key, _, _ in points),
            "value": tuple(one.number for _, one, _ in points),
            "low": tuple(band.low if band else None for band in bands),
            "high": tuple(band.high if band else None for band in bands),
            "group": tuple(group for _, _, group in points),
            "n": tuple(one.n for _, one, _ in points),
            "state": tuple(
                "provisional" if group == "measured" and not calendar.settled[places[key]] else ""
                for key, _, group in points
            ),
        },
        labels={
            "period": "Period",
            "value": metric.label,
            "n": "Rows",
            "state": "State",
            "group": "",
        },
        units={"value": metric.unit, "n": "rows"},
        provenance=Provenance(by=_BY, pins=_pins(found), parameters={"level": level}),
    )
