"""Metrics of the project's own: value, interval and groups, for a function we know nothing of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from reportgen.errors import DataError
from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.groups.groups import FEWEST_ROWS, split_levels
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.statistics.bootstrap import seed_of
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array
from reportgen.measure.statistics.resampled import (
    REPLICATES,
    bootstrap_rows,
    deal_blocks,
    jackknife,
    leave_out,
    most_blocks,
)
from reportgen.measure.wording import segment_words
from reportgen.report import Cell, Column, Part, Provenance, Table, Value, value_name
from reportgen.report.frame import OwnMetric

__all__ = ["MOST_DRAWN", "measure_own", "own_lines"]

MOST_DRAWN = 2_000
"""More rows than this are not drawn anew but left out in blocks: 100 questions in place of 400,
each of which takes the longer the more rows there are."""
GROUP_BLOCKS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One metric and the rows it may be asked about, as it wants them.

    Attributes
    ----------
    whole : its number over all rows, or why there is none
    """

    metric: OwnMetric
    context: EvaluationContext
    truth: Array
    predicted: Array
    scores: Array | None
    whole: tuple[float, str] = field(default=(nan, "no rows"))

    @property
    def n(self) -> int:
        return len(self.truth)

    def of(self, positions: Array) -> float:
        return self.ask(positions)[0]

    def ask(self, positions: Array) -> tuple[float, str]:
        """Ask about some rows; gives NaN and the reason where there is no answer."""
        if not len(positions):
            return nan, "no rows"
        weights = self.context.measured.rows.weights
        with catch_warnings(record=True) as caught:
            simplefilter("always")
            try:
                # Copies, all of them: a function that writes into its arguments harms nobody.
                number = float(
                    self.metric.measure(
                        self.truth[positions],
                        self.predicted[positions],
                        None if self.scores is None else self.scores[positions],
                        None if weights is None else weights[positions],
                    )
                )
            except Exception as error:  # noqa: BLE001 - the project's own code may raise anything
                return nan, _said(error)
        for warning in caught:
            if warning.category.__name__ == "UndefinedMetricWarning":
                return nan, _first_line(str(warning.message))
        return (number, "") if isfinite(number) else (nan, f"the function gave {number}")


def _said(error: Exception) -> str:
    line = _first_line(str(error))
    if isinstance(error, DataError) and line:
        return line
    return f"{type(error).__name__}: {line}" if line else type(error).__name__


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0][:160].rstrip(". ") if lines else ""


def measure_own(context: EvaluationContext) -> Part:
    """Measure each metric that the project names, over all rows and by group.

    Returns
    -------
    values ``evaluation.<name>`` and, by group, ``evaluation.<name>[segment=level]`` with its
    ``.gap`` to all rows; tables ``evaluation.own_groups.<segment>``. A function that fails is a
    value with the reason.

    Notes
    -----
    Up to 2,000 rows, the interval is a bootstrap (BCa, 400 draws); beyond, and for groups, a
    jackknife of random blocks, the same ones for groups and for all rows, so that a gap allows
    for the rows that both share. Metrics that every card has already are not measured twice.
    """
    asked = [
        _prepared(metric, context)
        for metric in context.frame.metrics
        if metric.name not in context.overall
    ]
    values = tuple(_overall(each) for each in asked)
    part = Part(values=values)
    for segment in context.measured.segments:
        part += _by_group([each for each in asked if not each.whole[1]], context, segment)
    return part


def own_lines(context: EvaluationContext, part: Part) -> tuple[tuple[Cell, ...], ...]:
    """Rows for the table of metrics."""
    known = {value.name for value in part.values}
    return tuple(
        (
            Cell(text=metric.label),
            Cell(value=f"evaluation.{metric.name}"),
            Cell(text=_meaning(metric, context)),
        )
        for metric in context.frame.metrics
        if f"evaluation.{metric.name}" in known
    )


def _meaning(metric: OwnMetric, context: EvaluationContext) -> str:
    unweighted = context.measured.rows.weights is not None and not metric.weighted
    return f"{metric.meaning} It takes no weights." if unweighted else metric.meaning


def _prepared(metric: OwnMetric, context: EvaluationContext) -> _Asked:
    rows, frame = context.measured.rows, context.frame
    truth, predicted, scores = rows.truth, rows.predicted, None
    if isinstance(rows, BinaryRows | MulticlassRows):
        # Classes as the data have them. A class that only the data know stands by its word.
        strange = context.measured.classes[len(frame.classes) :]
        classes = np.array([*frame.classes, *strange])
        truth, predicted = (classes[each.astype(np.intp)] for each in (truth, predicted))
        scores = rows.scores
    given: dict[str, Any] = {"truth": truth, "predicted": predicted, "scores": scores}
    asked = _Asked(metric=metric, context=context, **given)
    whole = asked.ask(np.arange(len(truth)))
    return _Asked(metric=metric, context=context, **given, whole=whole)


def _overall(asked: _Asked) -> Value:
    number, reason = asked.whole
    n, level = asked.n, asked.context.frame.confidence
    if reason:
        return _value(asked, Estimate(number=None, n=n, reason=reason))
    rows = asked.context.measured.rows
    units = n if rows.clusters is None else len(np.unique(rows.clusters))
    block = deal_blocks(n, most_blocks(units), rows.clusters)
    left_out = leave_out(asked.of, np.arange(n), block)
    if n > MOST_DRAWN:
        interval = jackknife(number, left_out, level, units=units)
        return _value(asked, Estimate(number=number, n=n, interval=interval))
    seed = _seed(asked)
    interval = bootstrap_rows(
        asked.of, number, left_out, n, level, seed=seed, clusters=rows.clusters
    )
    found = Estimate(number=number, n=n, interval=interval, seed=seed, replicates=REPLICATES)
    return _value(asked, found)


def _seed(asked: _Asked) -> int:
    rows = asked.context.measured.rows
    columns = [rows.truth, rows.predicted]
    columns += [] if asked.scores is None else [asked.scores]
    return seed_of(*columns, *(() if rows.weights is None else (rows.weights,)))


def _value(
    asked: _Asked,
    found: Estimate,
    group: dict[str, str] | None = None,
    *,
    suffix: str = "",
    label: str = "",
) -> Value:
    metric = asked.metric
    path = f"evaluation.{metric.name}" + (f".{suffix}" if suffix else "")
    given: dict[str, Any] = {**asked.context.parameters, "function": metric.source or metric.name}
    if not metric.weighted:
        given.pop("weighted", None)
    if found.seed is not None and found.interval is not None:
        given |= {"seed": found.seed, "replicates": found.replicates}
    return Value(
        name=value_name(path, **(group or {})),
        number=found.number,
        unit="number",
        n=found.n,
        interval=found.interval,
        provenance=Provenance(by=f"{path}@1", pins=("model", "data"), parameters=given),
        reason=found.reason,
        label=label or metric.label,
        better=metric.better,
    )


def _by_group(asked: Sequence[_Asked], context: EvaluationContext, segment: str) -> Part:
    """Each metric of each level, with its gap to all rows."""
    levels = split_levels(context.measured.segments[segment])
    if not asked or not levels:
        return Part()
    rows = context.measured.rows
    units = asked[0].n if rows.clusters is None else len(np.unique(rows.clusters))
    order = _told_apart(asked[0], levels)
    block = np.empty(asked[0].n, dtype=np.intp)
    together = None if rows.clusters is None else rows.clusters[order]
    block[order] = deal_blocks(asked[0].n, most_blocks(units, GROUP_BLOCKS), together)
    values: list[Value] = []
    cells = {word: [Cell(text=word), _rows_cell(segment, word)] for word, _ in levels}
    for each in asked:
        without = leave_out(each.of, np.arange(each.n), block)
        for word, positions in levels:
            own = _group_values(each, segment, word, positions, block, without)
            values += own
            cells[word] += [Cell(value=value.name) for value in own]
    columns = [
        Column(name="level", label=segment_words(segment)),
        Column(name="rows", label="Rows", unit="rows"),
    ]
    for each in asked:
        name, label = each.metric.name, each.metric.label
        columns.append(Column(name=name, label=label, unit="number"))
        columns.append(Column(name=f"{name}_gap", label=f"{label} against all", unit="number"))
    table = Table(
        name=f"evaluation.own_groups.{segment}",
        title=f"Own metrics by {segment_words(segment)}",
        columns=tuple(columns),
        rows=tuple(tuple(line) for line in cells.values()),
        note="Intervals are for one number at a time; nothing here is corrected for how many "
        "there are.",
    )
    return Part(values=tuple(values), tables=(table,))


def _told_apart(asked: _Asked, levels: Sequence[tuple[str, Array]]) -> Array:
    """Order rows that are alike in all else by their level: the file's order must not matter."""
    level = np.zeros(asked.n, dtype=np.intp)
    for rank, (_, positions) in enumerate(levels):
        level[positions] = rank
    rows = asked.context.measured.rows
    columns = [rows.truth, rows.predicted, asked.scores, rows.weights, rows.clusters]
    change = np.zeros(asked.n, dtype=bool)
    for column in columns:
        if column is not None:
            wide = column.reshape(asked.n, -1)
            change[1:] |= (wide[1:] != wide[:-1]).any(axis=1)
    return np.lexsort((level, np.cumsum(change)))


def _rows_cell(segment: str, word: str) -> Cell:
    return Cell(value=value_name("evaluation.rows", **{segment: word}))


def _group_values(
    asked: _Asked, segment: str, word: str, positions: Array, block: Array, without: Array
) -> tuple[Value, Value]:
    metric, n, level = asked.metric, len(positions), asked.context.frame.confidence
    group = {segment: word}
    labels = f"{metric.label}, {word}", f"{metric.label}, {word} minus all rows"
    number, reason = asked.ask(positions)
    if n < FEWEST_ROWS:
        reason = f"not enough data (n = {n})"
    if reason:
        none = Estimate(number=None, n=n, reason=reason)
        value = _value(asked, none, group, label=labels[0])
        return value, _value(asked, none, group, suffix="gap", label=labels[1])
    left_out = leave_out(asked.of, positions, block)
    found, gap = (
        Estimate(number=each, n=n, interval=jackknife(each, moved, level, units=n))
        for each, moved in ((number, left_out), (number - asked.whole[0], left_out - without))
    )
    value = _value(asked, found, group, label=labels[0])
    return value, _value(asked, gap, group, suffix="gap", label=labels[1])
