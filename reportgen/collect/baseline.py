"""Another version of the model, asked about the very rows that the card is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from reportgen.boards import Snapshot
from reportgen.collect.evaluation import collect_evaluation
from reportgen.collect.labels import align_labels
from reportgen.collect.models.model import CollectedModel, collect_model
from reportgen.collect.pairing import Pairing, take_answers
from reportgen.collect.tables.differences import Version, compare_versions, words_for
from reportgen.errors import DataError, MissingToolError
from reportgen.report import EvaluationSpec, Fact, Finding, Part, Pin, Provenance
from reportgen.report.frame import Answers, Baseline, EvaluationFrame

__all__ = ["ask_baseline", "collect_baseline", "no_baseline"]


def collect_baseline(
    spec: EvaluationSpec,
    frame: EvaluationFrame,
    model: CollectedModel,
    pins: Mapping[str, Pin],
    snapshots: Mapping[str, Snapshot],
    *,
    allow_pickle: bool,
    pairing: Pairing | None = None,
) -> tuple[EvaluationFrame, Part]:
    """Load the version in the role ``baseline`` and ask it about the frame's rows.

    A baseline that does not load here, or cannot be asked about these data, gives a reason and
    no answers: the card is about the new version, and is made without it.

    Parameters
    ----------
    frame : of the new version; rows are those of the data pin, in its order
    pins, snapshots : by role, ``model``, ``baseline`` and ``data`` among them
    pairing : the baseline is asked about ``baseline_data``, where the frame's rows are these

    Returns
    -------
    the frame with its baseline, and what changed in the model itself

    Raises
    ------
    TrustError
        The baseline is a pickle that nobody allowed.
    """
    if pins["baseline"].version == pins["model"].version:
        return frame, no_baseline("the version to compare with is this same version")
    old, reason = _loaded(pins["baseline"], snapshots["baseline"], allow_pickle=allow_pickle)
    now = Version(pin=pins["model"], snapshot=snapshots["model"], model=model)
    before = Version(pin=pins["baseline"], snapshot=snapshots["baseline"], model=old)
    baseline = Baseline(
        version=pins["baseline"].version,
        words=words_for(pins["baseline"], pins["model"]),
        reason=reason,
    )
    if not reason:
        data = snapshots["data" if pairing is None else "baseline_data"]
        baseline = ask_baseline(baseline, spec, frame, old, data, pairing)
    return replace(frame, baseline=baseline), compare_versions(now, before)


def _loaded(pin: Pin, snapshot: Snapshot, *, allow_pickle: bool) -> tuple[CollectedModel, str]:
    """Load a version; where it does not load, read its metadata alone and say why."""
    try:
        return collect_model(pin, snapshot, load=True, allow_pickle=allow_pickle), ""
    except (DataError, MissingToolError) as error:
        told = collect_model(pin, snapshot, load=False, allow_pickle=allow_pickle)
        return told, _as_reason(error)


def _as_reason(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")


def ask_baseline(
    baseline: Baseline,
    spec: EvaluationSpec,
    frame: EvaluationFrame,
    model: CollectedModel,
    data: Snapshot,
    pairing: Pairing | None = None,
) -> Baseline:
    """Let a version answer the rows of a data pin, in the words of the frame's model.

    Parameters
    ----------
    data : whose rows are those of the frame, in the same order, or as `pairing` says
    """
    try:
        theirs, _ = collect_evaluation(_bare(spec, frame), frame.task, model, {"data": data})
        answers, classes = _aligned(theirs, frame)
        if pairing is not None:
            answers = take_answers(answers, pairing.before)
    except DataError as error:
        return replace(baseline, reason=_as_reason(error))
    return replace(baseline, answers=answers, classes=classes)


def _bare(spec: EvaluationSpec, frame: EvaluationFrame) -> EvaluationSpec:
    """Ask for predictions alone; groups and all else are those of the frame."""
    return replace(
        spec,
        segments=(),
        population=None,
        training=None,
        operations=None,
        baseline=None,
        importance=None,
        costs=None,
        metrics=(),
        minimum_group=None,
        thresholds={},
        positive=frame.positive if frame.task == "classification" else spec.positive,
    )


def _aligned(theirs: EvaluationFrame, frame: EvaluationFrame) -> tuple[Answers, tuple[Any, ...]]:
    """Write classes as the frame's model does, so that equal answers are equal."""
    if frame.task == "regression":
        return Answers(predicted=theirs.predicted), ()
    classes = tuple(_as_written(theirs.classes, frame))
    if frame.task == "classification" and set(classes) != set(frame.classes):
        known = ", ".join(map(str, theirs.classes))
        raise DataError(f"it knows other classes ({known})")
    predicted = _as_written(theirs.predicted, frame)
    return Answers(predicted=predicted, scores=theirs.scores), classes


def _as_written(levels: Any, frame: EvaluationFrame) -> np.ndarray[Any, Any]:
    written = pd.Series(list(levels), dtype=object)
    return align_labels(written, frame.classes, frame.target).to_numpy(dtype=object)


def no_baseline(reason: str) -> Part:
    """Say why there is no version to compare with: ``this is the first version``."""
    source = Provenance(by="changes.since@1", pins=("model",))
    return Part(
        facts=(
            Fact(
                name="changes.since",
                label="Compared with",
                text=f"nothing: {reason}",
                provenance=source,
            ),
        ),
        findings=(
            Finding(
                kind="change",
                state="ok",
                sentence=f"Nothing to compare with: {reason}.",
                weight=1.0,
            ),
        ),
    )
