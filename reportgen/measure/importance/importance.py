"""What the model relies on: how much worse it gets when a feature is shuffled among rows."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from reportgen.measure.asking import Deadline, Refusal
from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.evaluation.leakage import measure_leakage
from reportgen.measure.importance.dependence import measure_dependence
from reportgen.measure.importance.page import importance_part
from reportgen.measure.importance.reading import Relied
from reportgen.measure.importance.sample import (
    Sample,
    Shuffled,
    ask_again,
    draw_sample,
    shuffle_features,
    unasked,
)
from reportgen.measure.statistics.association import associated_groups
from reportgen.measure.statistics.intervals import Array
from reportgen.report import Part

__all__ = ["measure_importance"]


def measure_importance(
    context: EvaluationContext, *, clock: Callable[[], float] = time.monotonic
) -> Part:
    """Measure permutation importance and partial dependence, where the project asks for them.

    Parameters
    ----------
    clock : seconds; read for the limit alone, so that it reaches no number

    Returns
    -------
    ``importance.*``; empty where the project does not ask

    Notes
    -----
    The number of a feature is the rise in loss of the model at hand when that feature is drawn
    anew from all rows, apart from all else: fall of ROC AUC or accuracy, rise of the root mean
    squared error. Its interval counts the draw of the rows and the shuffling.

    References
    ----------
    Breiman (2001); Fisher, Rudin and Dominici (2019), 3, for the estimate over pairs of rows.
    """
    spec = context.frame.importance
    if spec is None or not context.frame.features.shape[1]:
        return Part()
    sample = draw_sample(context)
    deadline = Deadline(spec.seconds, clock)
    groups = associated_groups(sample.features)
    alone = [(place,) for place in range(sample.features.shape[1])]
    units = [*alone, *(group.features for group in groups)]
    said, lacking = _said(sample, context, deadline)
    if lacking is not None:
        shuffled = unasked(units, len(sample.truth), lacking)
    else:
        shuffled = shuffle_features(sample, context.frame, units, said, deadline)
    relied = Relied(
        sample=sample,
        said=said,
        features=tuple(shuffled[: len(alone)]),
        together=tuple(zip(groups, shuffled[len(alone) :], strict=True)),
        unlike=0 if lacking is not None else _unlike(sample.said, said),
    )
    dependence = Part()
    if lacking is None:
        top = _top(relied.features, spec.top)
        dependence = measure_dependence(sample, context, top, deadline)
    part = importance_part(relied, context.parameters, deadline)
    return part + dependence + measure_leakage(sample, context)


def _said(
    sample: Sample, context: EvaluationContext, deadline: Deadline
) -> tuple[Array, str | None]:
    """Answers to the rows as they are, and why nothing can be measured, if so."""
    if context.frame.ask is not None and sample.lacking() is not None:
        return sample.said, sample.lacking()
    again = ask_again(sample, context.frame, deadline)
    if isinstance(again, Refusal):
        return sample.said, again.reason
    return again, None


def _unlike(before: Array, again: Array) -> int:
    """Rows that got another answer when the model was asked a second time."""
    if before.dtype.kind == "f":
        return int((~np.isclose(before, again, rtol=1e-6, atol=1e-9)).sum())
    return int((before != again).sum())


def _top(features: tuple[Shuffled, ...], most: int) -> tuple[int, ...]:
    """Features that matter most, those without a measurable effect left out."""
    told = [
        (-each.loss.number, each.features[0])
        for each in features
        if each.loss.number is not None
        and each.loss.interval is not None
        and each.loss.interval.low > 0
    ]
    return tuple(place for _, place in sorted(told)[:most])
