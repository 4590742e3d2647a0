"""What there is to say about importance, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from reportgen.measure.asking import Deadline
from reportgen.measure.headline import LOSS_SIGN
from reportgen.measure.importance.reading import BETTER, RELIED, Relied, name_of, rank_of
from reportgen.measure.importance.sample import Shuffled, words_of
from reportgen.measure.statistics.estimate import METRICS
from reportgen.measure.wording import (
    as_rows,
    estimate_words,
    in_sentence,
    size_of,
    weight_of,
)
from reportgen.report import Finding
from reportgen.report.data import State

__all__ = ["importance_findings"]

MATERIAL = 0.01
"""Of ROC AUC or accuracy, or of the root mean squared error as a share: less is not news."""


def importance_findings(
    relied: Relied, readings: Mapping[tuple[int, ...], str], deadline: Deadline
) -> tuple[Finding, ...]:
    """Say what stands out.

    Parameters
    ----------
    readings : from `readings_of`
    """
    return (
        *_dominant(relied, readings),
        *_harmful(relied, readings),
        *_unrepeatable(relied, deadline),
    )


def _told(relied: Relied, shuffled: Shuffled) -> str:
    """Write the size of a loss: ``0.12 (95 % interval 0.11 to 0.13)``."""
    loss = shuffled.loss
    assert loss.number is not None
    number, interval = size_of(loss.number, loss.interval)
    return estimate_words(number, interval, METRICS[relied.sample.metric].unit)


def _dominant(relied: Relied, readings: Mapping[tuple[int, ...], str]) -> tuple[Finding, ...]:
    """Say when one feature, or one group that moves together, outweighs all the others."""
    grouped = {place for group, _ in relied.together for place in group.features}
    units = [
        *(each for each in relied.features if each.features[0] not in grouped),
        *(shuffled for _, shuffled in relied.together),
    ]
    numbers = {unit.features: unit.loss.number for unit in units}
    if len(units) < 3 or any(number is None for number in numbers.values()):
        return ()
    top, *others = sorted(units, key=rank_of)
    rest = sum(max(numbers[unit.features] or 0.0, 0.0) for unit in others)
    sure = top.loss.interval is not None and top.loss.interval.low > 0
    if (
        not sure
        or (top.loss.number or 0.0) <= rest
        or readings.get(top.features, RELIED) != RELIED
    ):
        return ()
    metric = in_sentence(METRICS[relied.sample.metric].label)
    verb = "falls" if LOSS_SIGN[relied.sample.metric] < 0 else "rises"
    words = words_of(relied.sample, top.features)
    sentence = (
        f"The model relies on {words} above all: with it shuffled, {metric} {verb} by "
        f"{_told(relied, top)}, more than for all other features added up."
    )
    return (_finding("importance", "ok", sentence, name_of(relied, top), top.loss.number or 0.0),)


def _harmful(relied: Relied, readings: Mapping[tuple[int, ...], str]) -> tuple[Finding, ...]:
    """Name the features without which the model would do materially better."""
    sample = relied.sample
    margin = MATERIAL
    if sample.metric == "rmse":
        margin *= sample.before(relied.said)[0]
    worse = [
        each
        for each in relied.features
        if readings[each.features] == BETTER and -(each.loss.number or 0.0) >= margin
    ]
    metric = in_sentence(METRICS[sample.metric].label)
    verb = "rises" if LOSS_SIGN[sample.metric] < 0 else "falls"
    return tuple(
        _finding(
            "quality",
            "watch",
            f"The model does better when {words_of(sample, each.features)} is shuffled: "
            f"{metric} {verb} by {_told(relied, each)}.",
            name_of(relied, each),
            abs(each.loss.number or 0.0),
        )
        for each in worse
    )


def _unrepeatable(relied: Relied, deadline: Deadline) -> tuple[Finding, ...]:
    found = []
    if relied.unlike:
        verb = "gets" if relied.unlike == 1 else "get"
        found.append(
            _finding(
                "quality",
                "watch",
                f"The model is not deterministic: {as_rows(relied.unlike)} of "
                f"{len(relied.said):,} {verb} another answer when asked about a second time.",
                "importance.unrepeatable",
                1.0,
            )
        )
    if deadline.passed:
        missing = sum(each.loss.number is None for each in relied.features)
        what = f"importance of {missing} of {len(relied.features)} features is missing. "
        sentence = f"Importance is not complete. {deadline.sentence}"
        if missing:
            sentence = f"The {what}{deadline.sentence}"
        found.append(_finding("completeness", "watch", sentence, "importance.rows", 1.0))
    return tuple(found)


def _finding(kind: str, state: State, sentence: str, because: str, size: float) -> Finding:
    return Finding(
        kind=kind,
        state=state,
        sentence=sentence,
        because=(because,),
        weight=weight_of(kind, state, size),
    )
