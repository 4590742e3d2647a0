"""Partial dependence: what the model answers on average when a feature is set to a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reportgen.measure.asking import Change, Deadline, Refusal, ask_changed
from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.importance.sample import NO_ANSWER, Sample, class_words
from reportgen.measure.monitoring.columns import kind_of
from reportgen.measure.statistics.grids import Grid, grid_of, hardly_repeats
from reportgen.measure.statistics.intervals import Array, quantile_t
from reportgen.measure.wording import as_rows
from reportgen.report import Part, Provenance, Series, Value, value_name
from reportgen.report.frame import Answers

__all__ = ["mean_answers", "measure_dependence"]

MOST_ROWS = 500
MOST_CLASSES = 4


def measure_dependence(
    sample: Sample, context: EvaluationContext, top: Sequence[int], deadline: Deadline
) -> Part:
    """Draw the mean answer along each of the features.

    Parameters
    ----------
    top : positions of the columns

    Returns
    -------
    a series ``importance.dependence.<feature>`` for each; a value with the reason for what the
    model refused, or what there was no time for

    References
    ----------
    Friedman (2001), 8.2.
    """
    part = Part()
    for place in top:
        found = _along(sample, context, place, deadline)
        if isinstance(found, Series):
            part += Part(series=(found,))
        else:
            part += Part(values=(_refused(sample, place, found),))
    return part


def _along(
    sample: Sample, context: EvaluationContext, place: int, deadline: Deadline
) -> Series | str:
    """Draw one feature, or say why it cannot be drawn."""
    frame, values = context.frame, sample.features.iloc[:, place]
    assert frame.ask is not None
    rows = np.arange(min(MOST_ROWS, len(sample.truth)))
    grid = grid_of(values, frame.minimum_group)
    if str(values.name) == frame.text or hardly_repeats(values):
        return "its values hardly repeat"
    if not len(grid.donors):
        return "no value is common enough to be shown"
    if not sample.weights[rows].sum() > 0:
        return "no row has a weight"
    changes = [
        Change(features=(place,), rows=rows, donors=np.full(len(rows), donor))
        for donor in grid.donors
    ]
    told: list[Answers] = []
    for answers in ask_changed(frame.ask, sample.features, changes, deadline):
        if isinstance(answers, Refusal):
            return answers.reason
        told.append(answers)
    return _series(sample, context, place, grid, told) or NO_ANSWER


def _refused(sample: Sample, place: int, reason: str) -> Value:
    return Value(
        name=value_name("importance.dependence", feature=sample.names[place]),
        unit="number",
        provenance=Provenance(by="importance.dependence@1", pins=("model", "data")),
        reason=reason,
        label=f"Partial dependence on {sample.names[place]}",
    )


def mean_answers(
    answered: Array, weights: Array, clusters: Array | None, level: float
) -> tuple[Array, Array, Array]:
    """Average answers over rows, with the interval that the draw of the rows gives.

    Parameters
    ----------
    answered : shape (g, n)
    weights : shape (n,)

    Returns
    -------
    mean, low, high : shape (g,)
    """
    total = weights.sum()
    mean = (answered * weights).sum(axis=1) / total
    moved = (answered - mean[:, None]) * (weights / total)
    if clusters is not None:
        codes = np.unique(clusters, return_inverse=True)[1]
        moved = np.stack([np.bincount(codes, weights=line) for line in moved])
    units = moved.shape[1]
    error = np.sqrt((moved**2).sum(axis=1) * units / max(units - 1, 1))
    half = quantile_t(level, max(units - 1, 1)) * error
    return mean, mean - half, mean + half


def _answered(
    context: EvaluationContext, sample: Sample, answers: Sequence[Answers]
) -> list[tuple[str, Array]] | None:
    """What is averaged, by class where there are several: shape (g, n) each."""
    frame = context.frame
    if frame.task == "regression":
        return [("", np.stack([np.asarray(each.predicted, dtype=float) for each in answers]))]
    if frame.scores is None:
        wanted = [frame.positive] if frame.task == "classification" else list(frame.classes)
        said = [np.asarray(each.predicted, dtype=object) for each in answers]
        found = [np.stack([(one == level).astype(float) for one in said]) for level in wanted]
    elif any(each.scores is None for each in answers):
        return None
    else:
        scores = np.stack([np.asarray(each.scores, dtype=float) for each in answers])
        found = [scores] if scores.ndim == 2 else list(np.moveaxis(scores, 2, 0))
    if frame.task == "classification":
        return [("", found[0])]
    sizes = np.bincount(sample.truth, minlength=len(found))[: len(found)]
    common = np.argsort(-sizes, kind="stable")[:MOST_CLASSES]
    words = class_words(context)
    return [(words[code], found[code]) for code in sorted(common)]


def _series(
    sample: Sample,
    context: EvaluationContext,
    place: int,
    grid: Grid,
    answers: Sequence[Answers],
) -> Series | None:
    groups = _answered(context, sample, answers)
    if groups is None or not all(np.isfinite(found).all() for _, found in groups):
        return None
    rows = groups[0][1].shape[1]
    weights = sample.weights[:rows]
    clusters = None if sample.clusters is None else sample.clusters[:rows]
    columns: dict[str, list[Any]] = {"value": [], "mean": [], "low": [], "high": [], "n": []}
    if len(groups) > 1:
        columns["group"] = []
    is_share = context.frame.task != "regression" and all(
        found.min() >= 0 and found.max() <= 1 for _, found in groups
    )
    for word, found in groups:
        mean, low, high = mean_answers(found, weights, clusters, sample.level)
        if is_share:
            mean, low, high = (np.clip(numbers, 0.0, 1.0) for numbers in (mean, low, high))
        columns["value"] += grid.words
        columns["n"] += grid.n
        for name, numbers in (("mean", mean), ("low", low), ("high", high)):
            columns[name] += [float(number) for number in numbers]
        if len(groups) > 1:
            columns["group"] += [word] * len(grid.words)
    unit = "ratio" if is_share else "number"
    return _drawn(sample, context, place, grid, columns, rows, unit)


def _drawn(
    sample: Sample,
    context: EvaluationContext,
    place: int,
    grid: Grid,
    columns: Mapping[str, Sequence[Any]],
    rows: int,
    unit: str,
) -> Series:
    name, words = sample.names[place], _words(context)
    ordered = grid.is_numeric or kind_of(sample.features.iloc[:, place]) == "time"
    mark = "bars" if "group" in columns and not ordered else "intervals"
    return Series(
        name=f"importance.dependence.{name}",
        title=f"{words} along {name}",
        mark="line" if ordered else mark,  # type: ignore[arg-type]
        x="value",
        y="mean",
        columns={key: tuple(column) for key, column in columns.items()},
        labels={"value": name, "mean": words, "n": "Rows near it" if ordered else "Rows",
                "group": "Class"},
        units={"mean": unit, "n": "rows",
               **({"value": "number"} if grid.is_numeric else {})},
        provenance=Provenance(
            by="importance.dependence@1",
            pins=("model", "data"),
            parameters={**context.parameters, "rows": rows, "seed": sample.draw.seed},
        ),
        note=_note(grid, rows, hidden=context.frame.minimum_group is not None),
    )  # fmt: skip


def _words(context: EvaluationContext) -> str:
    frame = context.frame
    if frame.task == "regression":
        return "Mean prediction"
    if frame.scores is not None:
        return "Mean score"
    return "Share predicted positive" if frame.task == "classification" else "Share predicted"


def _note(grid: Grid, rows: int, *, hidden: bool) -> str:
    said = [
        f"Mean over {rows:,} rows, all else as it is; the interval is that of the draw of rows."
    ]
    if grid.thinned:
        said.append("From the 2nd to the 98th percentile, at values with equally many rows.")
    if grid.left:
        rows_left = "Rows" if hidden else as_rows(grid.left).capitalize()
        said.append(f"{rows_left} with rarer values are not drawn.")
    return " ".join(said)
