"""All that a card says by group, with one correction for everything that was compared."""

from __future__ import annotations

from functools import partial

from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.evaluation.fairness import fairness_finding, measure_fairness
from reportgen.measure.evaluation.groups import measure_groups
from reportgen.measure.evaluation.poststratified import measure_poststratified
from reportgen.measure.evaluation.representation import (
    Represented,
    compare_shares,
    read_shares,
    share_p_values,
)
from reportgen.measure.evaluation.representation_page import measure_representation
from reportgen.measure.groups.gaps import RATES
from reportgen.measure.groups.groups import (
    Group,
    compare_groups,
    group_margins,
    raw_p_values,
    read_groups,
)
from reportgen.measure.groups.small import Hidden
from reportgen.measure.metrics.fairness import Spread, compare_rates, read_spreads
from reportgen.measure.statistics.comparisons import holm
from reportgen.report import Part

__all__ = ["measure_by_group"]


def measure_by_group(context: EvaluationContext, hidden: Hidden | None = None) -> Part:
    """Compare groups with all rows, with one another, and with the population.

    Parameters
    ----------
    hidden : groups that may not be shown: they are no end of a difference, and named nowhere;
        `suppress` takes out their numbers

    Notes
    -----
    Every comparison that is read, of whichever kind, takes part in one Holm correction: on a
    card where nothing differs, a reading says otherwise on at most one card in twenty.
    """
    frame = context.frame
    if not frame.segments:
        return Part()
    groups, spreads = _compared(context, hidden)
    shares = compare_shares(frame)
    raw = [
        raw_p_values(groups),
        [spread.p for spread in spreads if spread.p is not None],
        share_p_values(shares),
    ]
    adjusted = iter(holm([p for each in raw for p in each]))
    of_groups, of_spreads, of_shares = ([next(adjusted) for _ in each] for each in raw)
    alpha = 1 - frame.confidence
    return _said(
        context,
        read_groups(groups, context.overall, of_groups, alpha),
        read_spreads(spreads, of_spreads, alpha),
        read_shares(shares, of_shares, alpha),
        hidden,
        tried=sum(len(each) for each in raw),
    )


def _compared(
    context: EvaluationContext, hidden: Hidden | None
) -> tuple[tuple[Group, ...], tuple[Spread, ...]]:
    measured, level = context.measured, context.frame.confidence
    if not measured.n:
        return (), ()
    groups = compare_groups(
        measured.rows, measured.segments, context.overall, level, material=_material(context)
    )
    shown = partial(_shown, hidden)
    derived = _derived(context)
    compared = [group for group in groups if group.segment not in derived]
    return groups, compare_rates(measured.rows, compared, level, shown=shown)


def _derived(context: EvaluationContext) -> tuple[str, ...]:
    """Segments that reportgen made itself: kinds of rows, and nobody to be fair to."""
    if context.frame.text is None:
        return ()
    from reportgen.measure.text.lengths import SEGMENT

    return (SEGMENT,)


def _material(context: EvaluationContext) -> dict[str, float]:
    limits = context.frame.thresholds.items()
    return {name: limit.material for name, limit in limits if limit.material}


def _shown(hidden: Hidden | None, group: Group, metric: str) -> bool:
    return hidden is None or hidden.shows(group.segment, group.level, metric)


def _said(
    context: EvaluationContext,
    groups: tuple[Group, ...],
    spreads: tuple[Spread, ...],
    shares: tuple[Represented, ...],
    hidden: Hidden | None,
    *,
    tried: int,
) -> Part:
    part = Part()
    if groups:
        material = _material(context)
        margins = group_margins(context.measured.rows, context.overall, material)
        part += measure_groups(
            groups,
            context.overall,
            margins,
            tuple(context.frame.thresholds),
            context.parameters,
            tried=tried,
            shown=lambda group: _shown(hidden, group, "outcomes"),
        )
        part += measure_fairness(spreads, groups, context.parameters, tried=tried)
        margins |= {
            rate: material.get(rate, 0.10)
            for rate in RATES[type(context.measured.rows)]
            if rate not in margins
        }
        spoken = [s for s in context.frame.segments if _names(part, s)]
        part += Part(findings=fairness_finding(spreads, margins, spoken))
    part += measure_poststratified(context, hidden)
    return part + measure_representation(shares, tried=tried)


def _names(part: Part, segment: str) -> bool:
    """Whether a finding already rests on a group of the segment."""
    return any(f"[{segment}=" in name for found in part.findings for name in found.because)
