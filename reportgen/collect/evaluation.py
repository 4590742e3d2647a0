"""The evaluation data and what the model says about each row, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reportgen.boards import Snapshot
from reportgen.collect.estimator import Estimator
from reportgen.collect.frame import column, describe_frame, read_frame
from reportgen.collect.model import CollectedModel
from reportgen.collect.segments import (
    known_segments,
    population_shares,
    population_sizes,
    segment_levels,
)
from reportgen.errors import DataError
from reportgen.report import EvaluationSpec, Part, Task
from reportgen.report.frame import EvaluationFrame

__all__ = ["collect_evaluation"]


def collect_evaluation(
    spec: EvaluationSpec,
    task: Task | None,
    model: CollectedModel,
    snapshots: Mapping[str, Snapshot],
) -> tuple[EvaluationFrame, Part]:
    """Read the data, ask the model about every row, and line up labels, groups and scores.

    Parameters
    ----------
    task : as the project says; None: inferred from the model
    snapshots : by role; ``data`` is needed, ``population`` and ``training`` are used when there

    Returns
    -------
    the frame, and what there is to say about the data pin itself

    Raises
    ------
    DataError
        A column is missing, or the labels are none of those that the model knows.
    """
    if model.estimator is None:
        raise DataError("an evaluation needs the model itself, and it was not loaded")
    rows = read_frame(snapshots["data"])
    truth = column(rows, spec.target, "data", "target")
    inputs = model.estimator.inputs(rows, tuple(f.name for f in model.features))
    asked = _ask(model.estimator, inputs, truth, task, spec)
    segments = dict(segment_levels(rows, spec.segments, "data"))
    benchmark = read_frame(snapshots["population"]) if "population" in snapshots else None
    training = read_frame(snapshots["training"]) if "training" in snapshots else None
    frame = EvaluationFrame(
        **asked,
        target=spec.target,
        features=inputs,
        segments=segments,
        population={} if benchmark is None else population_shares(benchmark, tuple(segments)),
        population_sizes={} if benchmark is None else population_sizes(benchmark, tuple(segments)),
        minimum_group=spec.minimum_group,
        training=training,
        training_segments={}
        if training is None
        else dict(known_segments(training, spec.segments, "training")),
        clusters=column(rows, spec.id, "data", "id") if spec.id else None,
        weights=_weights(rows, spec.weight),
        confidence=spec.confidence,
        thresholds=spec.thresholds,
    )
    return frame, describe_frame(rows, snapshots["data"], "data")


def _ask(
    estimator: Estimator,
    inputs: pd.DataFrame,
    truth: pd.Series[Any],
    task: Task | None,
    spec: EvaluationSpec,
) -> dict[str, Any]:
    task = task or estimator.task
    if task == "regression":
        return {
            "task": task,
            "truth": _numbers(truth, spec.target),
            "predicted": estimator.predict(inputs).astype(float),
        }
    classes = estimator.classes
    truth = align_labels(truth, classes, spec.target)
    scores = estimator.scores(inputs)
    if task == "multiclass":
        predicted = estimator.predict(inputs)
        return {
            "task": task,
            "truth": truth,
            "predicted": predicted,
            "scores": scores,
            "classes": classes,
        }
    positive = positive_class(classes, spec.positive)
    negative = next(level for level in classes if level != positive)
    score = None if scores is None else scores[:, list(classes).index(positive)]
    if spec.threshold is not None and score is not None:
        chosen = np.empty(len(score), dtype=object)
        chosen[:] = negative
        chosen[score >= spec.threshold] = positive
        predicted = chosen
    else:
        predicted = estimator.predict(inputs)
    return {
        "task": task,
        "truth": truth,
        "predicted": predicted,
        "scores": score,
        "classes": (negative, positive),
        "positive": positive,
        "threshold": spec.threshold,
    }


def _numbers(truth: pd.Series[Any], target: str) -> pd.Series[Any]:
    numbers = pd.to_numeric(truth, errors="coerce").astype(float)
    broken = truth.notna() & numbers.isna()
    if broken.any():
        raise DataError(
            f"the target '{target}' has {int(broken.sum())} values that are not numbers, such as "
            f"{truth[broken].iloc[0]!r}; a regression needs numbers"
        )
    return numbers.where(np.isfinite(numbers))


def align_labels(truth: pd.Series[Any], classes: tuple[Any, ...], target: str) -> pd.Series[Any]:
    """Write labels as the model writes its classes: True for 1, ``"1"`` for 1.

    Missing labels stay missing; a label that the model does not know stays as it is.

    Raises
    ------
    DataError
        Not one label is a class of the model.
    """
    by_text = {_as_text(level): level for level in classes}
    levels = truth.dropna().unique()
    meaning = {level: by_text.get(_as_text(level), level) for level in levels}
    if len(levels) and not any(_as_text(level) in by_text for level in levels):
        shown = ", ".join(repr(level) for level in levels[:5])
        raise DataError(
            f"no label in the target '{target}' ({shown}) is a class of the model "
            f"({', '.join(map(repr, classes))})"
        )
    aligned = np.empty(len(truth), dtype=object)
    aligned[:] = [
        None if missing else meaning[label]
        for label, missing in zip(truth, truth.isna(), strict=True)
    ]
    return pd.Series(aligned, index=truth.index, name=truth.name, dtype=object)


def _as_text(level: Any) -> str:
    if isinstance(level, bool | np.bool_):
        return str(int(level))
    if isinstance(level, str):
        return {"true": "1", "false": "0"}.get(level.strip().lower(), level)
    number = float(level) if isinstance(level, int | float | np.number) else None
    return str(level) if number is None else f"{number:g}"


def positive_class(classes: tuple[Any, ...], asked: Any) -> Any:
    """Find which of two classes counts as positive: the one asked for, else 1, True, the last.

    Raises
    ------
    DataError
        The one asked for is not a class of the model.
    """
    if asked is None:
        return classes[-1]
    for level in classes:
        if _as_text(level) == _as_text(asked):
            return level
    raise DataError(f"positive: {asked!r} is not a class of the model ({classes!r})")


def _weights(rows: pd.DataFrame, name: str | None) -> np.ndarray[Any, Any] | None:
    if name is None:
        return None
    weights = pd.to_numeric(column(rows, name, "data", "weights"), errors="coerce").to_numpy(float)
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError(f"the weights in '{name}' must be finite and not negative")
    return weights
