"""What there is to say about the texts of an evaluation, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import difference
from reportgen.measure.text.compared import EVALUATION, TRAINING, Compared
from reportgen.measure.wording import as_percent, estimate_words, weight_of
from reportgen.report import Finding

__all__ = ["text_findings"]

MATERIAL_RATIO = 1.5
"""A half more or less in length is worth a look."""
MANY_UNSEEN = 0.2
MANY_SEEN = 0.01


def text_findings(compared: Compared) -> tuple[Finding, ...]:
    """Say where the texts of the evaluation differ from those of training."""
    found = compared.found
    said: list[Finding] = []
    if TRAINING not in compared.corpora:
        return ()
    now, before = found["words", EVALUATION], found["words", TRAINING]
    if _differ(now, before):
        word = "longer" if (now.number or 0.0) > (before.number or 0.0) else "shorter"
        said.append(
            _finding(
                f"The evaluation texts are {word} than those of training: their median length is "
                f"{_words(now)} words, against {_words(before)}.",
                ("text.words[data=evaluation]", "text.words[data=training]"),
            )
        )
    unseen, seen = found["unseen_words", EVALUATION], found["seen_documents", EVALUATION]
    if unseen.interval is not None and unseen.interval.low > MANY_UNSEEN:
        said.append(
            _finding(
                f"{_percent(unseen)} of the words in the evaluation data do not occur in the "
                "training data.",
                ("text.unseen_words",),
            )
        )
    if seen.interval is not None and seen.interval.low > MANY_SEEN:
        said.append(
            _finding(
                f"{_percent(seen)} of the evaluation texts stand word for word in the training "
                "data: the model may know their answers by heart.",
                ("text.seen_documents",),
            )
        )
    return tuple(said)


def _words(estimate: Estimate) -> str:
    assert estimate.number is not None
    return estimate_words(estimate.number, estimate.interval)


def _percent(estimate: Estimate) -> str:
    assert estimate.number is not None
    return as_percent(estimate.number, estimate.interval)


def _differ(now: Estimate, before: Estimate) -> bool:
    """Whether two medians surely differ, and by a half or more."""
    if not (now.number and before.number):
        return False
    interval = difference(now, before).interval
    factor = max(now.number / before.number, before.number / now.number)
    return (
        interval is not None
        and not interval.low <= 0 <= interval.high
        and factor >= MATERIAL_RATIO
    )


def _finding(sentence: str, because: Sequence[str]) -> Finding:
    return Finding(
        kind="quality",
        state="watch",
        sentence=sentence,
        because=tuple(because),
        weight=weight_of("quality", "watch"),
    )
