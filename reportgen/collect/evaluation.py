"""The evaluation data and what the model says about each row, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reportgen.boards import Snapshot
from reportgen.collect.frame import column, describe_frame, read_frame
from reportgen.collect.models.answering import Answered, answer_rows
from reportgen.collect.models.estimator import Estimator
from reportgen.collect.models.model import CollectedModel
from reportgen.collect.segments import (
    known_segments,
    population_shares,
    population_sizes,
    segment_levels,
)
from reportgen.errors import DataError
from reportgen.report import EvaluationSpec, Fact, Part, Provenance, Task
from reportgen.report.frame import EvaluationFrame

__all__ = ["collect_evaluation"]

_MANY = 12


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
    inputs = model.estimator.inputs(
        rows,
        tuple(f.name for f in model.features),
        text=spec.text,
        others=_other_columns(spec),
    )
    answered = answer_rows(model.estimator, inputs, truth, task, spec)
    segments = dict(segment_levels(rows, spec.segments, "data"))
    benchmark = read_frame(snapshots["population"]) if "population" in snapshots else None
    training = read_frame(snapshots["training"]) if "training" in snapshots else None
    frame = EvaluationFrame(
        **_asked(answered),
        target=spec.target,
        features=inputs,
        text=_text_column(model.estimator, inputs, spec.text),
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
        costs=spec.costs,
        importance=spec.importance,
    )
    about_asking = _about_asking(model, model.estimator, inputs, answered.read_as)
    return frame, describe_frame(rows, snapshots["data"], "data") + about_asking


def _asked(answered: Answered) -> dict[str, Any]:
    """Give the fields of the frame that hold what the model said."""
    return {
        "task": answered.task,
        "truth": answered.truth,
        "predicted": answered.answers.predicted,
        "scores": answered.answers.scores,
        "classes": answered.classes,
        "positive": answered.positive,
        "threshold": answered.threshold,
        "lower": answered.answers.lower,
        "upper": answered.answers.upper,
        "interval_level": answered.interval_level,
        "ask": answered.ask,
    }


def _other_columns(spec: EvaluationSpec) -> tuple[str, ...]:
    """Name the columns that are no inputs, for a model that takes its inputs by place."""
    named = (spec.target, spec.id, spec.weight, spec.row_id)
    return tuple(name for name in named if name)


def _text_column(estimator: Estimator, inputs: pd.DataFrame, asked: str | None) -> str | None:
    """Name the feature that holds texts: the model's only one, or the one that was named."""
    if estimator.kind.reads == "text":
        return str(inputs.columns[0])
    return asked if asked in inputs.columns else None


def _about_asking(
    model: CollectedModel, estimator: Estimator, inputs: pd.DataFrame, read_as: str
) -> Part:
    """Say what was a choice: inputs taken in order, not by name, and how outputs were read."""
    names = tuple(str(name) for name in inputs.columns)
    known = {feature.name for feature in model.features}
    named = not known or set(names) <= known or set(names) == set(estimator.features)
    source = Provenance(by="model.asking@1", pins=("model", "data"))
    said = (
        ("output", "Outputs are read as", read_as),
        ("inputs", "Inputs, taken in order", "" if named else _listed(names)),
    )
    return Part(
        facts=tuple(
            Fact(name=f"model.{name}", text=text, label=label, provenance=source)
            for name, label, text in said
            if text
        )
    )


def _listed(names: tuple[str, ...]) -> str:
    if len(names) <= _MANY:
        return ", ".join(names)
    return f"{', '.join(names[: _MANY - 1])} and {len(names) - _MANY + 1} more"


def _weights(rows: pd.DataFrame, name: str | None) -> np.ndarray[Any, Any] | None:
    if name is None:
        return None
    weights = pd.to_numeric(column(rows, name, "data", "weights"), errors="coerce").to_numpy(float)
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError(f"the weights in '{name}' must be finite and not negative")
    return weights
