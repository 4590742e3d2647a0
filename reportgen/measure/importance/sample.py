"""The rows that importance is measured on, and the answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reportgen.measure.asking import Ask, Change, Deadline, Refusal, ask_changed
from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.headline import (
    LOSS_SIGN,
    degrees_of_freedom,
    headline_of,
    influence_of,
    judged,
)
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.monitoring.columns import path_of
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, quantile_t
from reportgen.measure.statistics.shuffling import (
    FEWEST_ROWS,
    METHOD,
    Draw,
    Plan,
    content_keys,
    draw_rows,
    estimate_loss,
    no_loss,
    plan_work,
)
from reportgen.report.frame import Answers, EvaluationFrame
from reportgen.report.value import Interval

__all__ = [
    "NO_ANSWER",
    "Sample",
    "Shuffled",
    "ask_again",
    "baseline_of",
    "class_words",
    "draw_sample",
    "shuffle_features",
    "unasked",
    "words_of",
]

CANNOT_ASK = "the model cannot be asked about changed rows"
NO_ANSWER = "the model gives no answer for some changed rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows that were drawn, in random order, with all that is known of them.

    Attributes
    ----------
    features : shape (m, p)
    names : of the features, as in the names of values
    said : shape (m,), what the evaluation holds as the model's answers; see `judged`
    weights : shape (m,), the rows' own times what makes up for the draw
    weighted : whether the rows have weights of their own
    clusters : shape (m,), codes from 0, or None
    """

    metric: str
    features: pd.DataFrame
    names: tuple[str, ...]
    truth: Array
    said: Array
    weights: Array
    weighted: bool
    clusters: Array | None
    draw: Draw
    plan: Plan
    level: float

    @property
    def df(self) -> int:
        """Degrees of freedom of the intervals."""
        return degrees_of_freedom(self.metric, self.truth, self.clusters)

    def lacking(self) -> str | None:
        """Why nothing can be measured on these rows, if nothing can."""
        if len(self.truth) < FEWEST_ROWS:
            return f"not enough data (n = {len(self.truth)})"
        if not self.weights.sum() > 0:
            return "no row has a weight"
        if self.df < 0 or not np.isfinite(self.before(self.said)[0]):
            return "all rows are of one class"
        return "not enough data (one row of a class)" if self.df < 1 else None

    def before(self, said: Array) -> tuple[float, Array]:
        """Give the metric of answers to the rows as they are, and its influences."""
        return influence_of(self.metric, self.truth, said, self.weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shuffled:
    """What came of shuffling some features together.

    Attributes
    ----------
    features : positions of the columns
    loss : how much worse the metric got
    same : not one answer changed
    """

    features: tuple[int, ...]
    loss: Estimate
    same: bool = False


def draw_sample(context: EvaluationContext) -> Sample:
    """Draw the rows by their content; the order of the file cannot matter."""
    frame, measured = context.frame, context.measured
    assert frame.importance is not None
    rows = measured.rows
    metric = headline_of(rows)
    said = rows.scores if metric == "roc_auc" else rows.predicted  # type: ignore[union-attr]
    assert said is not None
    own = np.ones(measured.n) if rows.weights is None else rows.weights
    features = frame.features.iloc[measured.order]
    plan = plan_work(frame.importance, measured.n, features.shape[1])
    classes = None if isinstance(rows, RegressionRows) else rows.truth.astype(np.intp)
    ids = () if rows.clusters is None else (rows.clusters,)
    keys = content_keys(features, rows.truth, said, own, *ids)
    draw = draw_rows(keys, plan.rows, classes)
    clusters = None
    if rows.clusters is not None:
        clusters = np.unique(rows.clusters[draw.rows], return_inverse=True)[1]
    return Sample(
        metric=metric,
        features=features.iloc[draw.rows].set_axis(pd.RangeIndex(len(draw.rows))),
        names=_names(frame.features),
        truth=rows.truth[draw.rows],
        said=said[draw.rows],
        weights=own[draw.rows] * draw.weights,
        weighted=rows.weights is not None,
        clusters=clusters,
        draw=draw,
        plan=plan,
        level=frame.confidence,
    )


def _names(features: pd.DataFrame) -> tuple[str, ...]:
    taken: list[str] = []
    for name in features.columns:
        taken.append(path_of(name, taken))
    return tuple(taken)


def unasked(units: Sequence[tuple[int, ...]], n: int, reason: str) -> list[Shuffled]:
    """Give all features one reason."""
    missing = Estimate(number=None, n=n, reason=reason)
    return [Shuffled(features=features, loss=missing) for features in units]


def shuffle_features(
    sample: Sample,
    frame: EvaluationFrame,
    units: Sequence[tuple[int, ...]],
    said: Array,
    deadline: Deadline,
) -> list[Shuffled]:
    """Shuffle each unit of features by itself and see how much worse the model does.

    Parameters
    ----------
    units : positions of the columns that are shuffled together
    said : shape (m,), the answers to the rows as they are

    Notes
    -----
    A first repeat tells which features change any answer at all; only these are asked about
    again.
    """
    assert frame.ask is not None
    first = _repeat(sample, frame, frame.ask, [(unit, 1) for unit in units], deadline)
    moved = [at for at, one in enumerate(first) if _differs(one, said)]
    further = range(2, sample.plan.repeats + 1)
    asked = [(units[at], shift) for at in moved for shift in further]
    rest = _repeat(sample, frame, frame.ask, asked, deadline)
    found = []
    for at, unit in enumerate(units):
        answers = [first[at]]
        if at in moved:
            start = moved.index(at) * len(further)
            answers += rest[start : start + len(further)]
        found.append(_measured(sample, unit, answers, said))
    return found


def _repeat(
    sample: Sample,
    frame: EvaluationFrame,
    ask: Ask,
    asked: Sequence[tuple[tuple[int, ...], int]],
    deadline: Deadline,
) -> list[Array | Refusal]:
    own = np.arange(len(sample.truth))
    changes = [
        Change(features=unit, rows=own, donors=np.roll(own, -shift)) for unit, shift in asked
    ]
    answers = ask_changed(ask, sample.features, changes, deadline)
    return [_judged(sample, frame, each) for each in answers]


def _judged(sample: Sample, frame: EvaluationFrame, answers: Answers | Refusal) -> Array | Refusal:
    if isinstance(answers, Refusal):
        return answers
    said = judged(sample.metric, answers, frame.classes, frame.positive)
    return Refusal(NO_ANSWER) if said is None else said


def _differs(one: Array | Refusal, said: Array) -> bool:
    return not isinstance(one, Refusal) and not np.array_equal(one, said)


def _measured(
    sample: Sample, unit: tuple[int, ...], answers: Sequence[Array | Refusal], said: Array
) -> Shuffled:
    m = len(sample.truth)
    for answer in answers:
        if isinstance(answer, Refusal):
            return unasked([unit], m, answer.reason)[0]
    changed = [answer for answer in answers if not isinstance(answer, Refusal)]
    if not _differs(changed[0], said):
        loss = no_loss(m, sample.level, bounded=False, same=True)
        return Shuffled(features=unit, loss=loss, same=True)
    told = [_loss(sample, said, answer, shift) for shift, answer in enumerate(changed, start=1)]
    losses = np.array([number for number, _ in told])
    if not np.isfinite(losses).all():
        return unasked([unit], m, "all rows with a weight are of one class")[0]
    moved = np.stack([influence for _, influence in told])
    loss = estimate_loss(losses, moved, sample.df, sample.level, sample.clusters)
    if loss.number == 0 and loss.interval is not None and loss.interval.low == loss.interval.high:
        loss = no_loss(m, sample.level, bounded=sample.metric == "accuracy", same=False)
    return Shuffled(features=unit, loss=loss)


def _loss(sample: Sample, before: Array, after: Array, shift: int) -> tuple[float, Array]:
    """How much worse one repeat was, and how far each row moves that.

    A pair of rows weighs as much as both together: the value that is taken is drawn from the
    population that the weights stand for. The answers before are given the weights of the pairs
    too, so that a feature without effect has exactly none.
    """
    weights = sample.weights * np.roll(sample.weights, -shift)
    first, second = (
        influence_of(sample.metric, sample.truth, said, weights) for said in (before, after)
    )
    sign = LOSS_SIGN[sample.metric]
    return sign * (second[0] - first[0]), sign * (second[1] - first[1])


def ask_again(sample: Sample, frame: EvaluationFrame, deadline: Deadline) -> Array | Refusal:
    """Ask about the rows as they are; the answers may differ from those of the evaluation."""
    if frame.ask is None:
        return Refusal(CANNOT_ASK)
    return _repeat(sample, frame, frame.ask, [((), 0)], deadline)[0]


def baseline_of(sample: Sample, said: Array) -> Estimate:
    """Estimate the metric itself on the rows that were drawn."""
    number, moved = sample.before(said)
    total = moved if sample.clusters is None else np.bincount(sample.clusters, weights=moved)
    units = len(total)
    error = float((total**2).sum() * units / max(units - 1, 1)) ** 0.5
    half = quantile_t(sample.level, sample.df) * error
    most = np.inf if sample.metric == "rmse" else 1.0
    interval = Interval(
        low=max(number - half, 0.0),
        high=min(number + half, most),
        level=sample.level,
        method=METHOD.partition(",")[0],
    )
    return Estimate(number=number, n=len(sample.truth), interval=interval)


def words_of(sample: Sample, features: Sequence[int]) -> str:
    """Name features that belong together: ``dep_delay + dep_time``."""
    return " + ".join(sample.names[place] for place in features)


def class_words(context: EvaluationContext) -> tuple[str, ...]:
    """Give the words of the classes that the model knows, in the order of its scores."""
    return context.measured.classes[: len(context.frame.classes)]
