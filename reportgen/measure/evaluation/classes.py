"""Class by class: what was taken for what, and how well each class is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reportgen.measure.evaluation.series import confusion_series
from reportgen.measure.evaluation.values import metric_value
from reportgen.measure.metrics.classification import BinaryRows, binary_cells
from reportgen.measure.metrics.multiclass import (
    MulticlassRows,
    class_cells,
    estimate_classes,
    estimate_multiclass,
)
from reportgen.measure.statistics.intervals import Array, proportion, ratio
from reportgen.report import Cell, Column, Part, Provenance, Table, Value, value_name

__all__ = ["measure_classes", "measure_confusion"]

MOST_CLASSES, MOST_LISTED, MOST_MISTAKES, FEW_CLASSES = 12, 30, 8, 4
_PINS = ("model", "data")
_LABELS = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
_CLASS_METRICS = tuple(_LABELS)


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
    """Precision, recall and F1 of each class and averaged; what is mistaken for what most often.

    Returns
    -------
    the tables ``evaluation.classes``, ``evaluation.averages`` and, beyond four classes,
    ``evaluation.mistakes``
    """
    return (
        _each_class(rows, classes, level, parameters)
        + _averages(rows, level, parameters)
        + _mistakes(rows, classes, level, parameters)
    )


def _each_class(
    rows: MulticlassRows, classes: Sequence[str], level: float, parameters: Mapping[str, Any]
) -> Part:
    values: list[Value] = []
    lines = []
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
        lines.append((int(size), tuple(cells)))
    shown, note = [cells for _, cells in lines], "Each class against all others."
    if len(lines) > MOST_LISTED:
        # All of them are in the record; a page of hundreds would hide the few that matter.
        common = sorted(range(len(lines)), key=lambda at: (-lines[at][0], at))[:MOST_LISTED]
        shown = [lines[at][1] for at in sorted(common)]
        note += f" The {MOST_LISTED} most common of {len(lines)}; the record holds all."
    table = Table(
        name="evaluation.classes",
        title="How well each class is found",
        columns=(
            Column(name="class", label="Class"),
            Column(name="rows", label="Rows", unit="rows"),
            *(Column(name=name, label=label, unit="ratio") for name, label in _LABELS.items()),
        ),
        rows=tuple(shown),
        note=note,
    )
    return Part(values=tuple(values), tables=(table,))


def _averages(rows: MulticlassRows, level: float, parameters: Mapping[str, Any]) -> Part:
    """Precision, recall and F1, averaged in the three usual ways."""
    # The others are in the table of metrics already, under these names.
    fresh = (
        "precision_weighted",
        "recall_weighted",
        "precision_micro",
        "recall_micro",
        "f1_micro",
    )
    found = estimate_multiclass(rows, fresh, level)
    values = tuple(metric_value(name, found[name], parameters) for name in fresh)
    ways = {"macro": "Every class alike", "weighted": "By how common", "micro": "Every row alike"}
    table = Table(
        name="evaluation.averages",
        title="Averages over the classes",
        columns=(
            Column(name="metric", label="Metric"),
            *(Column(name=w, label=f"{label} ({w})", unit="ratio") for w, label in ways.items()),
        ),
        rows=tuple(
            (Cell(text=label), *(Cell(value=f"evaluation.{metric}_{way}") for way in ways))
            for metric, label in _LABELS.items()
        ),
        note="Where each row has one class, the micro averages and the weighted recall all equal "
        "accuracy.",
    )
    return Part(values=values, tables=(table,))


def _mistakes(
    rows: MulticlassRows, classes: Sequence[str], level: float, parameters: Mapping[str, Any]
) -> Part:
    """The most common confusions by name: a large table of counts is not read."""
    if rows.classes <= FEW_CLASSES:
        return Part()
    cells = class_cells(rows)
    np.fill_diagonal(cells, 0)
    order = np.lexsort((np.arange(cells.size), -cells.ravel()))[:MOST_MISTAKES]
    sizes = np.bincount(rows.truth, minlength=rows.classes)
    values, lines = [], []
    for true, said in zip(*np.divmod(order, rows.classes), strict=True):
        count = int(cells[true, said])
        if not count:
            break
        group = {"true": classes[true], "predicted": classes[said]}
        label = f"{classes[true]} taken for {classes[said]}"
        source = Provenance(by="evaluation.mistakes@1", pins=_PINS, parameters=dict(parameters))
        share = proportion(count, int(sizes[true]), level)
        if rows.clusters is not None:
            own = rows.truth == true
            share = ratio(own & (rows.predicted == said), own, level, clusters=rows.clusters)
        values += [
            Value(
                name=value_name("evaluation.mistakes", **group),
                number=count, unit="rows", n=int(sizes[true]), provenance=source, label=label,
            ),
            Value(
                name=value_name("evaluation.mistakes.share", **group),
                number=share.number, unit="ratio", n=share.n, interval=share.interval,
                provenance=source, label=f"{label}, share of the class",
            ),
        ]  # fmt: skip
        names = (Cell(value=value.name) for value in values[-2:])
        lines.append((Cell(text=classes[true]), Cell(text=classes[said]), *names))
    table = Table(
        name="evaluation.mistakes",
        title="What is mistaken for what",
        columns=(
            Column(name="true", label="True class"),
            Column(name="predicted", label="Taken for"),
            Column(name="rows", label="Rows", unit="rows"),
            Column(name="share", label="Share of the true class", unit="ratio"),
        ),
        rows=tuple(lines),
        note=f"The most common first, at most {MOST_MISTAKES}. Rows are counted, not weighted.",
    )
    return Part(values=tuple(values), tables=(table,) if lines else ())
