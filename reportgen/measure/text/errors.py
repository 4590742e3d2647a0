"""The errors that the model was surest of, to read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.intervals import Array
from reportgen.report import Cell, Column, Part, Provenance, Table, Value, value_name

__all__ = ["confident_errors", "shortened"]

MOST_ERRORS = 10
MOST_CHARACTERS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wrong:
    """A row that the model got wrong."""

    text: str
    true: str
    predicted: str
    score: float


def confident_errors(context: EvaluationContext, texts: list[str]) -> tuple[Part, str]:
    """List the rows that are wrong with the highest score, at most ten.

    Parameters
    ----------
    texts : one for each row of the frame

    Returns
    -------
    the table, and instead of it a sentence where it may not or cannot be had: a text may give
    a person away, so none is shown where small groups are not
    """
    frame, rows = context.frame, context.measured.rows
    if frame.minimum_group is not None:
        return Part(), (
            "No single text is shown, since groups of fewer than "
            f"{frame.minimum_group} rows are not."
        )
    if isinstance(rows, RegressionRows):
        return _far_off(context, rows, texts), ""
    if rows.scores is None:
        return Part(), "The model gives no scores, so its surest errors cannot be told."
    found = _wrong(context, rows, texts)
    if not found:
        return Part(), "No row is wrong." if context.measured.n else ""
    values = tuple(
        _value("score", place, error.score, "ratio", "Score of error {}")
        for place, error in enumerate(found, start=1)
    )
    lines = tuple(
        (
            Cell(text=error.text),
            Cell(text=error.true),
            Cell(text=error.predicted),
            Cell(value=value.name),
        )
        for error, value in zip(found, values, strict=True)
    )
    columns = (
        Column(name="text", label="Text"),
        Column(name="true", label="True"),
        Column(name="predicted", label="Predicted"),
        Column(name="score", label="Score of the predicted", unit="ratio"),
    )
    return _part(values, columns, lines, "The errors it was surest of"), ""


def _wrong(
    context: EvaluationContext, rows: BinaryRows | MulticlassRows, texts: list[str]
) -> list[_Wrong]:
    assert rows.scores is not None
    predicted, truth = rows.predicted.astype(np.intp), rows.truth.astype(np.intp)
    if isinstance(rows, BinaryRows):
        scores = np.where(rows.predicted, rows.scores, 1 - rows.scores)
    else:
        known = np.minimum(predicted, rows.scores.shape[1] - 1)
        scores = rows.scores[np.arange(len(known)), known]
    classes = context.measured.classes
    return [
        _Wrong(
            text=shortened(texts[context.measured.order[at]]),
            true=classes[truth[at]],
            predicted=classes[predicted[at]],
            score=float(scores[at]),
        )
        for at in _largest(context, scores, truth != predicted, texts)
    ]


def _largest(
    context: EvaluationContext, sizes: Array, wrong: Array, texts: list[str]
) -> list[int]:
    places = np.flatnonzero(wrong)
    order = context.measured.order
    edge = np.sort(sizes[places])[-MOST_ERRORS:][:1]
    tied = [int(at) for at in places if len(edge) and sizes[at] >= edge[0]]
    return sorted(tied, key=lambda at: (-float(sizes[at]), texts[order[at]]))[:MOST_ERRORS]


def _far_off(context: EvaluationContext, rows: RegressionRows, texts: list[str]) -> Part:
    sizes = np.abs(rows.predicted - rows.truth)
    values: list[Value] = []
    lines: list[tuple[Cell, ...]] = []
    for place, at in enumerate(_largest(context, sizes, sizes > 0, texts), start=1):
        pair = (
            _value("true", place, float(rows.truth[at]), "number", "Truth of error {}"),
            _value(
                "predicted", place, float(rows.predicted[at]), "number", "Prediction, error {}"
            ),
        )
        values += pair
        text = Cell(text=shortened(texts[context.measured.order[at]]))
        lines.append((text, *(Cell(value=value.name) for value in pair)))
    columns = (
        Column(name="text", label="Text"),
        Column(name="true", label="True", unit="number"),
        Column(name="predicted", label="Predicted", unit="number"),
    )
    return _part(tuple(values), columns, tuple(lines), "The largest errors")


def _part(
    values: tuple[Value, ...],
    columns: tuple[Column, ...],
    lines: tuple[tuple[Cell, ...], ...],
    title: str,
) -> Part:
    if not lines:
        return Part()
    note = f"At most {MOST_ERRORS}, each cut to {MOST_CHARACTERS} characters."
    table = Table(name="text.errors", title=title, columns=columns, rows=lines, note=note)
    return Part(values=values, tables=(table,))


def _value(kind: str, place: int, number: float, unit: str, label: str) -> Value:
    return Value(
        name=value_name(f"text.errors.{kind}", rank=place),
        number=number,
        unit=unit,  # type: ignore[arg-type]
        provenance=Provenance(by="text.errors@1", pins=("model", "data")),
        label=label.format(place),
    )


def shortened(text: str, most: int = MOST_CHARACTERS) -> str:
    r"""Write a text on one line, cut to so many characters.

    Examples
    --------
    >>> shortened("one  two\nthree", 9)
    'one two…'
    """
    line = " ".join(text.split()) or "(empty)"
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
