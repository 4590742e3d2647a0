"""Frames with a model that can be asked, for tests of importance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.evaluation.rows import measurable
from reportgen.measure.importance.importance import measure_importance
from reportgen.report import Part, Value
from reportgen.report.frame import Answers, EvaluationFrame
from reportgen.report.spec import ImportanceSpec


def logistic(eta: Any) -> np.ndarray[Any, Any]:
    return 1 / (1 + np.exp(-np.asarray(eta, dtype=float)))


def binary_frame(
    features: pd.DataFrame,
    truth: np.ndarray[Any, Any],
    score: Callable[[pd.DataFrame], np.ndarray[Any, Any]],
    *,
    scored: bool = True,
    spec: ImportanceSpec | None = None,
    **more: Any,
) -> EvaluationFrame:
    def ask(rows: pd.DataFrame) -> Answers:
        scores = score(rows)
        return Answers(predicted=(scores >= 0.5).astype(int), scores=scores if scored else None)

    answers = ask(features)
    return EvaluationFrame(
        task="classification",
        target="y",
        truth=pd.Series(truth.astype(int), dtype=object),
        predicted=answers.predicted,
        scores=answers.scores,
        classes=(0, 1),
        positive=1,
        features=features,
        ask=ask,
        importance=spec or ImportanceSpec(),
        **more,
    )


def number_frame(
    features: pd.DataFrame,
    truth: np.ndarray[Any, Any],
    predict: Callable[[pd.DataFrame], np.ndarray[Any, Any]],
    spec: ImportanceSpec | None = None,
    **more: Any,
) -> EvaluationFrame:
    def ask(rows: pd.DataFrame) -> Answers:
        return Answers(predicted=np.asarray(predict(rows), dtype=float))

    return EvaluationFrame(
        task="regression",
        target="y",
        truth=pd.Series(truth),
        predicted=ask(features).predicted,
        features=features,
        ask=ask,
        importance=spec or ImportanceSpec(),
        **more,
    )


def class_frame(
    features: pd.DataFrame,
    truth: np.ndarray[Any, Any],
    scores: Callable[[pd.DataFrame], np.ndarray[Any, Any]],
    classes: tuple[Any, ...],
    spec: ImportanceSpec | None = None,
    **more: Any,
) -> EvaluationFrame:
    def ask(rows: pd.DataFrame) -> Answers:
        found = scores(rows)
        said = np.empty(len(found), dtype=object)
        said[:] = [classes[code] for code in found.argmax(axis=1)]
        return Answers(predicted=said, scores=found)

    answers = ask(features)
    return EvaluationFrame(
        task="multiclass",
        target="y",
        truth=pd.Series(truth, dtype=object),
        predicted=answers.predicted,
        scores=answers.scores,
        classes=classes,
        features=features,
        ask=ask,
        importance=spec or ImportanceSpec(),
        **more,
    )


def context_of(frame: EvaluationFrame) -> EvaluationContext:
    return EvaluationContext(
        frame=frame, measured=measurable(frame), parameters={"target": "y"}, overall={}
    )


def importance(frame: EvaluationFrame, **more: Any) -> Part:
    return measure_importance(context_of(frame), **more)


def values_of(part: Part) -> dict[str, Value]:
    return {value.name: value for value in part.values}


def loss(part: Part, feature: str) -> Value:
    return values_of(part)[f"importance.permutation[feature={feature}]"]


def waves(n: int, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Three features, of which `a` matters, `b` matters only with `c`; and 0/1 labels."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.normal(size=(n, 3)), columns=["a", "b", "c"])
    truth = random.random(n) < logistic(1.2 * frame["a"] + 0.5 * frame["b"] * frame["c"])
    return frame, truth.astype(int)


def wave_score(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
    return logistic(rows["a"] + 0.6 * rows["b"] * rows["c"])
