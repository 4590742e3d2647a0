"""What a card draws: curves, bins and tables as points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reportgen.measure.groups.groups import Group
from reportgen.measure.metrics.calibration import reliability
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.statistics.intervals import Array
from reportgen.measure.statistics.ranking import precision_recall_curve, rank, roc_curve
from reportgen.measure.wording import segment_words
from reportgen.report import Provenance, Series

__all__ = ["binary_series", "calibration_series", "confusion_series", "group_series"]

_PINS = ("model", "data")


def _source(name: str, parameters: Mapping[str, Any]) -> Provenance:
    return Provenance(by=f"evaluation.{name}@1", pins=_PINS, parameters=parameters)


def _floats(numbers: Array) -> tuple[float | None, ...]:
    return tuple(float(number) if np.isfinite(number) else None for number in numbers)


def binary_series(
    rows: BinaryRows, classes: Sequence[str], level: float, parameters: Mapping[str, Any]
) -> tuple[Series, ...]:
    """ROC, precision and recall, calibration and scores by class; none without scores."""
    if rows.scores is None or len(rows.truth) == 0:
        return ()
    found = [_scores(rows, classes, parameters)]
    ranked = rank(rows.truth, rows.scores, rows.weights)
    if ranked.total_positive > 0 and ranked.total_negative > 0:
        found += [_roc(rows, parameters), _precision_recall(rows, parameters)]
    if ((rows.scores >= 0) & (rows.scores <= 1)).all():
        found.append(calibration_series(rows, level, parameters))
    return tuple(found)


def _roc(rows: BinaryRows, parameters: Mapping[str, Any]) -> Series:
    assert rows.scores is not None
    false, recall, threshold = roc_curve(rank(rows.truth, rows.scores, rows.weights))
    return Series(
        name="evaluation.roc",
        title="Recall against false alarms, over all thresholds",
        mark="line",
        x="false_positive_rate",
        y="recall",
        columns={
            "false_positive_rate": _floats(false),
            "recall": _floats(recall),
            "threshold": _floats(threshold),
        },
        labels={
            "false_positive_rate": "False positive rate",
            "recall": "Recall",
            "threshold": "Threshold",
        },
        units={"false_positive_rate": "ratio", "recall": "ratio", "threshold": "ratio"},
        provenance=_source("roc", parameters),
        note="Guessing lies on the diagonal.",
    )


def _precision_recall(rows: BinaryRows, parameters: Mapping[str, Any]) -> Series:
    assert rows.scores is not None
    recall, precision, threshold = precision_recall_curve(
        rank(rows.truth, rows.scores, rows.weights)
    )
    prevalence = float(np.average(rows.truth, weights=rows.weights))
    return Series(
        name="evaluation.precision_recall",
        title="Precision against recall, over all thresholds",
        mark="line",
        x="recall",
        y="precision",
        columns={
            "recall": _floats(recall),
            "precision": _floats(precision),
            "threshold": _floats(threshold),
        },
        labels={"recall": "Recall", "precision": "Precision", "threshold": "Threshold"},
        units={"recall": "ratio", "precision": "ratio", "threshold": "ratio"},
        lines={"guessing": prevalence},
        provenance=_source("precision_recall", parameters),
    )


def calibration_series(
    rows: BinaryRows, level: float, parameters: Mapping[str, Any], *, several: bool = False
) -> Series:
    """Scores against outcomes, in bins.

    Parameters
    ----------
    several : rows are right or wrong, and scores are how sure a model of several classes was
    """
    bins = reliability(rows, 10, level)
    intervals = [found.observed.interval for found in bins]
    return Series(
        name="evaluation.calibration",
        title="Share right against how sure the model was"
        if several
        else "Share of positives against the score",
        mark="points",
        x="predicted",
        y="observed",
        columns={
            "predicted": tuple(found.predicted for found in bins),
            "observed": tuple(found.observed.number for found in bins),
            "low": tuple(None if i is None else i.low for i in intervals),
            "high": tuple(None if i is None else i.high for i in intervals),
            "n": tuple(found.observed.n for found in bins),
        },
        labels={
            "predicted": "Mean score of the predicted class" if several else "Mean score",
            "observed": "Share right" if several else "Share positive",
            "n": "Rows",
        },
        units={"predicted": "ratio", "observed": "ratio", "n": "rows"},
        provenance=_source("calibration", {**parameters, "bins": 10}),
        note="Ten bins of about equal size; on the diagonal, scores are honest probabilities.",
    )


def _scores(rows: BinaryRows, classes: Sequence[str], parameters: Mapping[str, Any]) -> Series:
    assert rows.scores is not None
    low, high = min(float(rows.scores.min()), 0.0), max(float(rows.scores.max()), 1.0)
    edges = np.linspace(low, high, 21)
    middles = (edges[:-1] + edges[1:]) / 2
    columns: dict[str, list[Any]] = {"score": [], "share": [], "group": [], "n": []}
    for word, mask in zip(classes, (~rows.truth, rows.truth), strict=True):
        counts = np.histogram(rows.scores[mask], bins=edges)[0]
        heavy = None if rows.weights is None else rows.weights[mask]
        weights = np.histogram(rows.scores[mask], bins=edges, weights=heavy)[0]
        columns["score"] += [round(float(middle), 10) for middle in middles]
        columns["share"] += [float(weight) for weight in weights / (weights.sum() or 1)]
        columns["group"] += [word] * len(counts)
        columns["n"] += [int(count) for count in counts]
    return Series(
        name="evaluation.scores",
        title="Scores of each class",
        mark="histogram",
        x="score",
        y="share",
        columns={name: tuple(column) for name, column in columns.items()},
        labels={"score": "Score", "share": "Share of the class", "group": "Class", "n": "Rows"},
        units={"score": "ratio", "share": "ratio", "n": "rows"},
        provenance=_source("scores", {**parameters, "bins": 20}),
    )


def confusion_series(
    cells: Array, classes: Sequence[str], parameters: Mapping[str, Any]
) -> Series:
    """Rows by true and predicted class, cells of shape (classes, classes), true first."""
    true, said = np.divmod(np.arange(cells.size), len(classes))
    totals = np.maximum(cells.sum(axis=1), 1)
    return Series(
        name="evaluation.confusion",
        title="What was predicted, and what was true",
        mark="heatmap",
        x="predicted",
        y="true",
        columns={
            "predicted": tuple(classes[at] for at in said),
            "true": tuple(classes[at] for at in true),
            "n": tuple(int(count) for count in cells.ravel()),
            "share": tuple(float(share) for share in (cells / totals[:, None]).ravel()),
        },
        labels={
            "predicted": "Predicted",
            "true": "True",
            "n": "Rows",
            "share": "Share of the true class",
        },
        units={"n": "rows", "share": "ratio"},
        provenance=_source("confusion", parameters),
    )


def group_series(
    segment: str,
    groups: Sequence[Group],
    metric: str,
    overall: Estimate,
    parameters: Mapping[str, Any],
) -> Series:
    """One metric of each level with its interval, beside that of all rows."""
    found = [group.metrics[metric] for group in groups]
    intervals = [compared.estimate.interval for compared in found]
    label, unit = METRICS[metric].label, METRICS[metric].unit
    return Series(
        name=f"evaluation.groups.{segment}",
        title=f"{label} by {segment_words(segment)}",
        mark="intervals",
        x="level",
        y="value",
        columns={
            "level": tuple(group.level for group in groups),
            "value": tuple(compared.estimate.number for compared in found),
            "low": tuple(None if i is None else i.low for i in intervals),
            "high": tuple(None if i is None else i.high for i in intervals),
            "n": tuple(group.n for group in groups),
            "state": tuple(compared.reading for compared in found),
        },
        labels={"level": segment, "value": label, "n": "Rows", "state": "Reading"},
        units={"value": unit, "n": "rows"},
        lines={} if overall.number is None else {"overall": overall.number},
        provenance=_source("groups", {**parameters, "metric": metric, "segment": segment}),
    )
