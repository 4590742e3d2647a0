"""From an estimate to a value of the record: its name, words, n, interval and provenance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.measure.statistics.estimate import METRICS, Estimate, Metric
from reportgen.report import Provenance, Value, value_name

__all__ = ["metric_value"]


def metric_value(
    name: str,
    estimate: Estimate,
    parameters: Mapping[str, Any],
    *,
    pins: tuple[str, ...] = ("model", "data"),
    suffix: str = "",
    label: str = "",
    group: Mapping[str, str] | None = None,
) -> Value:
    """Name an estimate of a metric.

    Parameters
    ----------
    suffix : behind the metric in the name: ``gap``
    label : instead of the metric's own
    group : in brackets behind the name: ``{"carrier": "UA"}``
    """
    metric: Metric = METRICS[name]
    path = f"evaluation.{name}.{suffix}" if suffix else f"evaluation.{name}"
    return Value(
        name=value_name(path, **(group or {})),
        number=estimate.number,
        unit=metric.unit,
        n=estimate.n,
        interval=estimate.interval,
        provenance=Provenance(
            by=f"{path}@1", pins=pins, parameters={**parameters, **_resampling(estimate)}
        ),
        reason=estimate.reason,
        label=label or metric.label,
        better=metric.better,
    )


def _resampling(estimate: Estimate) -> dict[str, int]:
    if estimate.seed is None or estimate.replicates is None or estimate.interval is None:
        return {}
    return {"seed": estimate.seed, "replicates": estimate.replicates}
