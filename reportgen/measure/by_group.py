"""All that a card says by group, with one correction for everything that was compared."""

from __future__ import annotations

from reportgen.measure.comparisons import holm
from reportgen.measure.evaluation_context import EvaluationContext
from reportgen.measure.evaluation_groups import measure_groups
from reportgen.measure.groups import compare_groups, group_margins, raw_p_values, read_groups
from reportgen.report import Part

__all__ = ["measure_by_group"]


def measure_by_group(context: EvaluationContext) -> Part:
    """Compare the groups of every segment with all rows and with one another."""
    frame, measured = context.frame, context.measured
    level = frame.confidence
    if not measured.segments or not measured.n:
        return Part()
    material = {name: limit.material for name, limit in frame.thresholds.items() if limit.material}
    groups = compare_groups(
        measured.rows, measured.segments, context.overall, level, material=material
    )
    raw = raw_p_values(groups)
    groups = read_groups(groups, context.overall, holm(raw), 1 - level)
    margins = group_margins(measured.rows, context.overall, material)
    return measure_groups(
        groups,
        context.overall,
        margins,
        tuple(frame.thresholds),
        context.parameters,
        tried=len(raw),
        shown=lambda group: group.n > 0,
    )
