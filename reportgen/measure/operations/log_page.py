"""What was measured of a scoring log, as values, tables, figures and findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.values import cell, estimated, period_name, text
from reportgen.measure.monitoring.volume import period_states
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.wording import (
    change_sentence,
    default_material,
    rung_of,
    state_of_change,
    weight_of,
)
from reportgen.report.data import Column, Finding, Part, Series, Table
from reportgen.report.frame import MonitoringFrame
from reportgen.report.rounding import write_limit
from reportgen.report.value import Provenance, Value

if TYPE_CHECKING:
    from reportgen.measure.operations.log import LogMeasured

__all__ = ["operations_page"]

_MATERIAL_ERRORS = 0.01
_MATERIAL_SHARE = 0.2
"""Of the reference's number: how fast a call is depends on the machine's other work."""
_SPOKEN = ("operations.latency_p95", "operations.error_rate", "operations.memory_p95")


def operations_page(
    frame: MonitoringFrame,
    calendar: Calendar,
    measured: tuple[LogMeasured, ...],
    *,
    pin: str,
    sampled: int,
) -> Part:
    """Name what was measured.

    Parameters
    ----------
    pin : role of the pin that the reference is from
    sampled : rows of a period that were looked at, where there were more; else 0
    """
    since = "the reference" if pin == "reference" else "the earliest periods"
    return Part(
        values=tuple(value for one in measured for value in _values(one, pin)),
        tables=(
            _now_table(measured, frame.period.key, since, sampled),
            _history_table(measured, calendar),
        ),
        series=tuple(_series(one, frame, calendar) for one in measured),
        findings=tuple(
            finding for one in measured if (finding := _finding(one, frame, since)) is not None
        ),
    )


def _values(one: LogMeasured, pin: str) -> list[Value]:
    metric = one.metric

    def value(name: str, estimate: Estimate, words: str, pins: tuple[str, ...]) -> Value:
        return estimated(
            name,
            estimate,
            by="operations.log@1",
            unit=metric.unit,
            label=words,
            better=metric.better,
            pins=pins,
        )

    both = ("data", "reference") if pin == "reference" else ("data",)
    found = [
        value(metric.name, one.now, metric.label, ("data",)),
        value(f"{metric.name}.reference", one.reference, f"{metric.label} before", (pin,)),
        value(f"{metric.name}.change", one.change, f"Change of {metric.label}", both),
    ]
    return found + [
        value(period_name(metric.name, key), estimate, f"{metric.label} in {key}", ("data",))
        for key, estimate in one.periods.items()
    ]


def _now_table(measured: tuple[LogMeasured, ...], key: str, since: str, sampled: int) -> Table:
    note = f"From the scoring log. Compared with {since}."
    if sampled:
        note += (
            f" Of each period, at most {sampled:,} rows are looked at, picked by their content."
        )
    return Table(
        name="operations.log",
        title=f"How the model ran in {key}",
        columns=(
            Column(name="metric", label="Measure"),
            Column(name="now", label=key, unit="number"),
            Column(name="reference", label="Before", unit="number"),
            Column(name="change", label="Change", unit="number"),
            Column(name="meaning", label="What it says"),
        ),
        rows=tuple(
            (
                text(one.metric.label),
                cell(one.metric.name),
                cell(f"{one.metric.name}.reference"),
                cell(f"{one.metric.name}.change"),
                text(one.metric.meaning),
            )
            for one in measured
        ),
        note=note,
    )


def _history_table(measured: tuple[LogMeasured, ...], calendar: Calendar) -> Table:
    states = dict(zip(calendar.keys, period_states(calendar), strict=True))
    keys = list(measured[0].periods)[::-1]
    return Table(
        name="operations.history",
        title="How the model ran, by period",
        columns=(
            Column(name="period", label="Period"),
            *(
                Column(name=one.metric.name, label=one.metric.label, unit=one.metric.unit)
                for one in measured
            ),
        ),
        rows=tuple(
            (
                text(f"{key} ({states[key]})" if states[key] else key),
                *(cell(period_name(one.metric.name, key)) for one in measured),
            )
            for key in keys
        ),
    )


def _series(one: LogMeasured, frame: MonitoringFrame, calendar: Calendar) -> Series:
    metric, limit = one.metric, frame.thresholds.get(one.metric.name)
    states = dict(zip(calendar.keys, period_states(calendar), strict=True))
    lines = {} if one.reference.number is None else {"reference": one.reference.number}
    if limit is not None and limit.maximum is not None:
        lines["maximum"] = limit.maximum
    found = one.periods.values()
    return Series(
        name=f"{metric.name}.history",
        title=f"{metric.label} by period",
        mark="line",
        x="period",
        y="value",
        columns={
            "period": tuple(one.periods),
            "value": tuple(each.number for each in found),
            "low": tuple(each.interval.low if each.interval else None for each in found),
            "high": tuple(each.interval.high if each.interval else None for each in found),
            "n": tuple(each.n for each in found),
            "state": tuple(
                "not enough data" if each.number is None and not states[key] else states[key]
                for key, each in one.periods.items()
            ),
        },
        labels={"period": "Period", "value": metric.label, "n": "Calls", "state": "State"},
        units={"value": metric.unit, "n": "rows"},
        lines=lines,
        provenance=Provenance(
            by="operations.log@1", pins=("data",), parameters={"level": frame.confidence}
        ),
    )


def _finding(one: LogMeasured, frame: MonitoringFrame, since: str) -> Finding | None:
    """Word a change that is material; what a project set a limit for is worded there."""
    metric, limit = one.metric, frame.thresholds.get(one.metric.name)
    if one.now.number is None and (one.now.reason or "").startswith("there is no column"):
        return Finding(
            kind="quality",
            state="watch",
            sentence=f"{metric.label} is not known: {one.now.reason} in the scoring log.",
            because=(metric.name,),
            weight=weight_of("quality", "watch"),
        )
    is_set = limit is not None and limit.material is not None
    if metric.name not in _SPOKEN and not is_set:
        return None
    if one.now.number is None or one.reference.number is None:
        return None
    material = _material(one)
    if limit is not None and limit.material is not None:
        material = limit.material
    if rung_of(one.change, material) != "moved":
        return None
    state = state_of_change(metric, one.change, material, is_set=is_set)
    if state == "alert" and not is_set:
        state = "watch"  # nobody has said how slow is too slow
    size = one.change.number or 0.0
    return Finding(
        kind="quality",
        state=state,
        sentence=_sentence(one, material, since, is_set=is_set),
        because=(f"{metric.name}.change", metric.name, f"{metric.name}.reference"),
        weight=weight_of("quality", state, size / material if material else 0.0),
    )


def _sentence(one: LogMeasured, material: float, since: str, *, is_set: bool) -> str:
    """Word a change, its margin in the unit of the number."""
    said = change_sentence(
        one.metric, one.reference, one.now, one.change, material, since=since, is_set=is_set
    )
    plain = f"the {material:g} set" if is_set else f"the {material:.2g} taken"
    if is_set or one.metric.unit == "ratio":
        margin = f"the {write_limit(material, one.metric.unit)} {'set' if is_set else 'taken'}"
    else:
        margin = "the fifth of it that is taken"
    return said.replace(plain, margin)


def _material(one: LogMeasured) -> float:
    if one.metric.unit == "ratio":
        return _MATERIAL_ERRORS
    return _MATERIAL_SHARE / 0.1 * default_material(one.metric, one.reference)
