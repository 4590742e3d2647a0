"""The words that a project file may use for templates and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

__all__ = ["KINDS", "MEASURES", "METRICS", "PROFILES", "PROJECT_FILE", "Kind", "own_metric_names"]

PROJECT_FILE = "reportgen.yml"

Kind = Literal["card", "monitoring"]

KINDS: Mapping[str, Kind] = {"model_card": "card", "monitoring": "monitoring"}
"""Shipped template -> what is measured for it."""

METRICS = (
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "brier",
    "cost",
    "ece",
    "f1",
    "f1_macro",
    "f1_weighted",
    "interval_coverage",
    "interval_width",
    "log_loss",
    "mae",
    "mape",
    "mape_nonzero",
    "matthews_corrcoef",
    "mean_error",
    "median_absolute_error",
    "precision",
    "precision_macro",
    "r2",
    "recall",
    "recall_macro",
    "rmse",
    "roc_auc",
    "roc_auc_ovr",
    "specificity",
    "top_2_accuracy",
    "top_3_accuracy",
)


MEASURES = (
    *(f"operations.{what}_p{p}" for what in ("latency", "memory") for p in (50, 95, 99)),
    "operations.error_rate",
    "quality.freshness.lag",
    "quality.duplicates.rows",
    "quality.duplicates.ids",
)
"""What else a threshold can be set for in monitoring."""


def own_metric_names(evaluation: Any) -> tuple[str, ...]:
    """Name the values of a project's own metrics, as far as its file has the right shape.

    Examples
    --------
    >>> own_metric_names({"metrics": ["checks:profit", "neg_max_error"]})
    ('profit', 'max_error')
    """
    said = evaluation.get("metrics") if isinstance(evaluation, dict) else None
    names = [name for name in said if isinstance(name, str)] if isinstance(said, list) else []
    return tuple(
        name.partition(":")[2].lower().strip("_") if ":" in name else name.removeprefix("neg_")
        for name in names
    )


"""What a threshold can be set for."""

PROFILES = ("mitchell", "annex-iv", "nist", "huggingface")
"""Which sections a complete card has: the profiles that are shipped."""
