"""What every part of one evaluation is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reportgen.measure.evaluation.rows import Measured
from reportgen.measure.statistics.estimate import Estimate
from reportgen.report.frame import EvaluationFrame

__all__ = ["EvaluationContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationContext:
    """An evaluation on its way: the frame, its measurable rows, and what was estimated of all.

    Attributes
    ----------
    measured : in an order that depends on content alone; its rows are fewer than the frame's
        where labels or answers are missing
    parameters : what every value of it depends on, for provenance
    overall : metric -> estimate over all rows
    """

    frame: EvaluationFrame
    measured: Measured
    parameters: Mapping[str, Any]
    overall: Mapping[str, Estimate]
