"""Frames in, values out: no files, no clock, no network; one file per family of measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportgen.measure.completeness import measure_completeness
    from reportgen.measure.evaluation.card import measure_evaluation
    from reportgen.measure.expectations import hold_expectations
    from reportgen.measure.monitoring.report import measure_monitoring
    from reportgen.measure.verdict import judge

__all__ = [
    "hold_expectations",
    "judge",
    "measure_completeness",
    "measure_evaluation",
    "measure_monitoring",
]

_HOMES = {
    "hold_expectations": "reportgen.measure.expectations",
    "judge": "reportgen.measure.verdict",
    "measure_completeness": "reportgen.measure.completeness",
    "measure_evaluation": "reportgen.measure.evaluation.card",
    "measure_monitoring": "reportgen.measure.monitoring.report",
}


def __getattr__(name: str) -> Any:
    """Import a measure when it is asked for: the command line starts without numpy and pandas."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
