"""The words that a project file may use for templates and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

__all__ = ["KINDS", "METRICS", "PROFILES", "PROJECT_FILE", "Kind"]

PROJECT_FILE = "reportgen.yml"

Kind = Literal["card", "monitoring"]

KINDS: Mapping[str, Kind] = {"model_card": "card", "monitoring": "monitoring"}
"""Shipped template -> what is measured for it."""

METRICS = (
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "brier",
    "f1",
    "f1_macro",
    "f1_weighted",
    "log_loss",
    "mae",
    "mape",
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
)
"""What a threshold can be set for."""

PROFILES = ("mitchell", "annex-iv", "nist", "huggingface")
"""Which sections a complete card has: the profiles that are shipped."""
