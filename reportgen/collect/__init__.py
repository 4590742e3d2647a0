"""Pins to facts about the model, and to checked data frames.

The public functions are loaded when first used: this room needs pandas, the command line's
help does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportgen.collect.evaluation import collect_evaluation
    from reportgen.collect.frame import describe_frame, read_frame
    from reportgen.collect.models.model import CollectedModel, collect_model
    from reportgen.collect.monitoring import collect_monitoring, collect_scored, find_periods

__all__ = [
    "CollectedModel",
    "collect_evaluation",
    "collect_model",
    "collect_monitoring",
    "collect_scored",
    "describe_frame",
    "find_periods",
    "read_frame",
]

_HOMES = {
    "CollectedModel": "models.model",
    "collect_evaluation": "evaluation",
    "collect_model": "models.model",
    "collect_monitoring": "monitoring",
    "collect_scored": "monitoring",
    "describe_frame": "frame",
    "find_periods": "monitoring",
    "read_frame": "frame",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"reportgen.collect.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'reportgen.collect' has no attribute {name!r}")
