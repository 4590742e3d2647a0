"""What a model says, in the terms of the report: a class or a number, scores, an interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from reportgen.collect.kinds import Array, Nature, Question, Reply
from reportgen.collect.labels import align_labels, positive_class
from reportgen.collect.models.estimator import Estimator
from reportgen.errors import DataError
from reportgen.report import EvaluationSpec, Task
from reportgen.report.frame import Answers

__all__ = ["Answered", "Plan", "answer_rows"]

_HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How answers are read, decided once and the same for every row that is asked later.

    Attributes
    ----------
    nature : task, and the classes in the order of the model's scores
    positive : of two classes; None unless there are two
    threshold : of the score; None: the model decides
    level : of a prediction interval, for a model that gives any
    scored : whether scores are kept; None: not yet known
    """

    nature: Nature
    positive: Any = None
    threshold: float | None = None
    level: float = 0.95
    scored: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Labels and answers in the same terms, and the way to ask for more.

    Attributes
    ----------
    truth : shape (n,), aligned with the classes, or numbers
    classes : the positive one last when there are two
    read_as : how the outputs were read, where that was a choice; else empty
    ask : the model, asked about other rows with the same columns
    """

    task: Task
    truth: pd.Series[Any]
    answers: Answers
    classes: tuple[Any, ...]
    positive: Any
    threshold: float | None
    interval_level: float | None
    read_as: str
    ask: Callable[[pd.DataFrame], Answers]


def answer_rows(
    estimator: Estimator,
    inputs: pd.DataFrame,
    truth: pd.Series[Any],
    task: Task | None,
    spec: EvaluationSpec,
) -> Answered:
    """Ask the model about every row of the evaluation data.

    Parameters
    ----------
    task : as the project says; None: as the model and the data say

    Raises
    ------
    DataError
        The model fails, or labels and classes do not belong together.
    """
    nature = _nature(estimator, inputs, truth, task)
    if nature.task == "regression":
        plan = Plan(nature=nature, level=spec.confidence)
        truth = _numbers(truth, spec.target)
    else:
        truth = _labels(truth, nature, spec.target, numbered=estimator.kind.numbered)
        plan = _plan(nature, spec)
    reply = _reply(estimator, inputs, plan)
    plan = _settled(plan, reply)
    return Answered(
        task=nature.task,
        truth=truth,
        answers=_answers(reply, plan),
        classes=_ordered(plan),
        positive=plan.positive,
        threshold=plan.threshold,
        interval_level=reply.level,
        read_as=reply.read_as,
        ask=partial(_ask, estimator, plan),
    )


def _ask(estimator: Estimator, plan: Plan, rows: pd.DataFrame) -> Answers:
    return _answers(_reply(estimator, rows, plan), plan)


def _reply(estimator: Estimator, rows: pd.DataFrame, plan: Plan) -> Reply:
    decided = plan.threshold is None
    question = Question(nature=plan.nature, level=plan.level, decided=decided)
    return estimator.reply(rows, question)


def _nature(
    estimator: Estimator, inputs: pd.DataFrame, truth: pd.Series[Any], task: Task | None
) -> Nature:
    own = estimator.nature(inputs, truth, task)
    if task is None or task == own.task:
        return own
    if task == "multiclass" and own.classes:
        return replace(own, task=task)
    if task == "regression":
        return Nature(task=task)
    raise DataError(
        f"the project says task: {task}, but the model ({type(estimator.model).__name__}) is one "
        f"for {own.task}{_listed(own.classes)}"
    )


def _listed(classes: tuple[Any, ...]) -> str:
    return f" with the classes {', '.join(map(str, classes))}" if classes else ""


def _labels(
    truth: pd.Series[Any], nature: Nature, target: str, *, numbered: bool
) -> pd.Series[Any]:
    try:
        return align_labels(truth, nature.classes, target)
    except DataError as error:
        if not numbered:
            raise
        raise DataError(
            f"{error}. This kind of model knows its classes by number only: name them, in the "
            "order of its outputs, in the pin's metadata: classes: [...]"
        ) from error


def _plan(nature: Nature, spec: EvaluationSpec) -> Plan:
    if nature.task == "multiclass":
        return Plan(nature=nature)
    positive = positive_class(nature.classes, spec.positive)
    return Plan(nature=nature, positive=positive, threshold=spec.threshold)


def _settled(plan: Plan, reply: Reply) -> Plan:
    """Fix what only a first answer shows, so that later answers are read in the same way."""
    if plan.nature.task == "regression":
        return replace(plan, scored=False)
    scored = reply.scores is not None
    if reply.scores is not None and not reply.probabilities:
        own = _column(reply.scores, plan)
        scored = not ((own >= 0) & (own <= 1)).all()  # else they would pass for probabilities
    half = reply.predicted is None and plan.threshold is None
    if plan.nature.task == "classification" and half:
        return replace(plan, scored=scored, threshold=_HALF)
    if reply.scores is None and plan.threshold is not None:
        raise DataError(
            f"the project sets a threshold of {plan.threshold:g}, but the model gives no scores, "
            "only classes"
        )
    return replace(plan, scored=scored)


def _answers(reply: Reply, plan: Plan) -> Answers:
    if plan.nature.task == "regression":
        assert reply.predicted is not None
        try:
            predicted = np.asarray(reply.predicted, dtype=float)
        except ValueError as error:
            raise DataError(f"a regression needs numbers, and the model gives {error}") from error
        return Answers(predicted=predicted, lower=reply.lower, upper=reply.upper)
    return Answers(predicted=_decided(reply, plan), scores=_kept(reply, plan))


def _decided(reply: Reply, plan: Plan) -> Array:
    if reply.scores is not None and plan.threshold is not None:
        return _above(_column(reply.scores, plan), plan)
    if reply.predicted is None:
        assert reply.scores is not None
        return _highest(reply.scores, plan.nature.classes)
    return reply.predicted


def _kept(reply: Reply, plan: Plan) -> Array | None:
    if reply.scores is None or not plan.scored:
        return None
    return reply.scores if plan.nature.task == "multiclass" else _column(reply.scores, plan)


def _column(scores: Array, plan: Plan) -> Array:
    return scores[:, plan.nature.classes.index(plan.positive)]


def _above(scores: Array, plan: Plan) -> Array:
    """Decide by the threshold; a row without a score gets no class."""
    negative = _ordered(plan)[0]
    predicted = np.empty(len(scores), dtype=object)
    predicted[np.isfinite(scores)] = negative
    predicted[scores >= plan.threshold] = plan.positive
    return predicted


def _highest(scores: Array, classes: tuple[Any, ...]) -> Array:
    levels = np.empty(len(classes), dtype=object)
    levels[:] = classes
    predicted = np.empty(len(scores), dtype=object)
    answered = np.isfinite(scores).all(axis=1)
    predicted[answered] = levels[scores[answered].argmax(axis=1)]
    return predicted


def _ordered(plan: Plan) -> tuple[Any, ...]:
    if plan.nature.task != "classification":
        return plan.nature.classes
    negative = next(level for level in plan.nature.classes if level != plan.positive)
    return negative, plan.positive


def _numbers(truth: pd.Series[Any], target: str) -> pd.Series[Any]:
    numbers = pd.to_numeric(truth, errors="coerce").astype(float)
    broken = truth.notna() & numbers.isna()
    if broken.any():
        raise DataError(
            f"the target '{target}' has {int(broken.sum())} values that are not numbers, such as "
            f"{truth[broken].iloc[0]!r}; a regression needs numbers"
        )
    return numbers.where(np.isfinite(numbers))
