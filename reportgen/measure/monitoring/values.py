"""From estimates to named values with their provenance, for the record of a monitoring report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from reportgen.measure.statistics.estimate import METRICS, Estimate, Metric
from reportgen.report.data import Cell
from reportgen.report.value import Provenance, Unit, Value

__all__ = ["cell", "counted", "estimated", "metric_of", "no_number", "period_name", "text"]


def metric_of(name: str) -> Metric:
    """Give the words of a metric."""
    return METRICS[name]


def period_name(path: str, key: str) -> str:
    """Name a value of one period: ``volume.rows[period=2013-W27]``; as `value_name`, but faster.

    The key of a period has no brackets that would have to be written in another way.
    """
    return f"{path}[period={key}]"


def estimated(
    name: str,
    estimate: Estimate,
    *,
    by: str,
    unit: Unit,
    label: str,
    better: Literal["higher", "lower", ""] = "",
    pins: tuple[str, ...] = ("data",),
    parameters: Mapping[str, Any] | None = None,
) -> Value:
    """Turn an estimate into a value, or into the reason why there is none."""
    return Value(
        name=name,
        number=estimate.number,
        unit=unit,
        n=estimate.n,
        interval=estimate.interval,
        reason=estimate.reason,
        label=label,
        better=better,
        provenance=Provenance(by=by, pins=pins, parameters=parameters or {}),
    )


def counted(
    name: str,
    number: float,
    *,
    by: str,
    label: str,
    unit: Unit = "rows",
    n: int | None = None,
    pins: tuple[str, ...] = ("data",),
    parameters: Mapping[str, Any] | None = None,
) -> Value:
    """Turn what was counted, and is as sure as a count, into a value."""
    return Value(
        name=name,
        number=number,
        unit=unit,
        n=n,
        label=label,
        provenance=Provenance(by=by, pins=pins, parameters=parameters or {}),
    )


def no_number(
    name: str,
    reason: str,
    *,
    by: str,
    label: str,
    unit: Unit = "ratio",
    better: Literal["higher", "lower", ""] = "",
    pins: tuple[str, ...] = ("data",),
) -> Value:
    """Say why a value has no number."""
    nothing = Estimate(number=None, n=0, reason=reason)
    return estimated(name, nothing, by=by, unit=unit, label=label, better=better, pins=pins)


def cell(name: str) -> Cell:
    """Point at a value of the same record by its name."""
    return Cell(value=name)


def text(words: str) -> Cell:
    """Hold words that are no number."""
    return Cell(text=words)
