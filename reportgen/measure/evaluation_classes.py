"""Class by class: what was taken for what, and how well each class is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reportgen.measure.classification import BinaryRows, binary_cells
from reportgen.measure.evaluation_series import confusion_series
from reportgen.measure.evaluation_values import metric_value
from reportgen.measure.intervals import Array
from reportgen.measure.multiclass import MulticlassRows, class_cells, estimate_classes
from reportgen.report import Cell, Column, Part, Provenance, Table, Value, value_name

__all__ = ["measure_classes", "measure_confusion"]

MOST_CLASSES = 12
_PINS = ("model", "data")
_CLASS_METRICS = ("precision", "recall", "f1")


def measure_confusion(
    rows: BinaryRows | MulticlassRows, classes: Sequence[str], parameters: Mapping[str, Any]
) -> Part:
    """Count rows by true and predicted class; every row is in one cell, whatever its weight."""
    if isinstance(rows, BinaryRows):
        cells = binary_cells(rows.truth, rows.predicted).reshape(2, 2)
    else:
        cells = class_cells(rows)
    cells, words = _largest(cells, classes)
    values = [
        Value(
            name=_cell_name(said, true),
            number=int(cells[t, s]),
            unit="rows",
            n=int(cells.sum()),
            provenance=Provenance(
                by="evaluation.confusion@1", pins=_PINS, parameters=dict(parameters)
            ),
            label=f"Rows that are {true}, predicted {said}",
        )
        for t, true in enumerate(words)
        for s, said in enumerate(words)
    ]
    columns = [
        Column(name="true", label="True class"),
        *(
            Column(name=f"predicted {word}", label=f"Predicted {word}", unit="rows")
            for word in words
        ),
    ]
    table = Table(
        name="evaluation.confusion",
        title="What was predicted, and what was true",
        columns=tuple(columns),
        rows=tuple(
            (Cell(text=true), *(Cell(value=_cell_name(said, true)) for said in words))
            for true in words
        ),
        note="Rows are counted, not weighted." if rows.weights is not None else "",
    )
    series = () if not cells.sum() else (confusion_series(cells, words, parameters),)
    return Part(values=tuple(values), tables=(table,), series=series)


def _cell_name(said: str, true: str) -> str:
    return value_name("evaluation.confusion", predicted=said, true=true)


def _largest(cells: Array, classes: Sequence[str]) -> tuple[Array, tuple[str, ...]]:
    """Keep the most common classes and sum the others, so that no row is lost."""
    k = len(classes)
    if k <= MOST_CLASSES:
        return cells, tuple(classes)
    common = sorted(range(k), key=lambda at: (-int(cells[at].sum()), at))[: MOST_CLASSES - 1]
    place = np.full(k, MOST_CLASSES - 1)
    kept = sorted(common)
    place[kept] = np.arange(MOST_CLASSES - 1)
    summed = np.zeros((MOST_CLASSES, MOST_CLASSES), dtype=cells.dtype)
    np.add.at(summed, (place[:, None], place[None, :]), cells)
    rest = k - len(kept)
    return summed, (*(classes[at] for at in kept), f"other classes ({rest})")


def measure_classes(
    rows: MulticlassRows, classes: Sequence[str], level: float, parameters: Mapping[str, Any]
) -> Part:
    """Precision, recall and F1 of each class, with how many rows it has."""
    values: list[Value] = []
    table_rows = []
    sizes = np.bincount(rows.truth, minlength=rows.classes)
    estimated = estimate_classes(rows, _CLASS_METRICS, level)
    for word, size, estimates in zip(classes, sizes, estimated, strict=True):
        name = value_name("evaluation.rows", **{"class": word})
        source = Provenance(by="evaluation.rows@1", pins=("data",), parameters=parameters)
        label = f"Rows of class {word}"
        values.append(
            Value(name=name, number=int(size), unit="rows", provenance=source, label=label)
        )
        cells = [Cell(text=word), Cell(value=name)]
        for metric in _CLASS_METRICS:
            value = metric_value(metric, estimates[metric], parameters, group={"class": word})
            values.append(value)
            cells.append(Cell(value=value.name))
        table_rows.append(tuple(cells))
    table = Table(
        name="evaluation.classes",
        title="How well each class is found",
        columns=(
            Column(name="class", label="Class"),
            Column(name="rows", label="Rows", unit="rows"),
            *(
                Column(name=metric, label=label, unit="ratio")
                for metric, label in zip(
                    _CLASS_METRICS, ("Precision", "Recall", "F1"), strict=True
                )
            ),
        ),
        rows=tuple(table_rows),
        note="Each class against all others.",
    )
    return Part(values=tuple(values), tables=(table,))
