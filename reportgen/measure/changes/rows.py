"""Rows that two models answered, side by side, in an order of their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.evaluation.rows import Measured, Rows, measurable
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.intervals import Array
from reportgen.report.frame import Answers, Baseline, EvaluationFrame

__all__ = ["PairedRows", "pair_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedRows:
    """Rows that can be measured under both models.

    Attributes
    ----------
    new, old : with the same truth, weights and clusters, row by row
    segments : name -> level of each of these rows, null where unknown
    only_new, only_old : measurable rows that the other model gave no answer for
    classes : levels behind the codes, as the data have them; none for numbers
    """

    new: Rows
    old: Rows
    segments: Mapping[str, pd.Series[Any]] = field(default_factory=dict)
    only_new: int = 0
    only_old: int = 0
    classes: tuple[Any, ...] = ()

    @property
    def n(self) -> int:
        """Rows that are compared."""
        return len(self.new.truth)


def pair_rows(frame: EvaluationFrame, baseline: Baseline, answers: Answers) -> PairedRows:
    """Set aside what either model did not answer, counted, and put the rest in order.

    Raises
    ------
    DataError
        The columns of the frame do not fit together.
    """
    mine, theirs = _sides(frame, baseline, answers)
    new, old = measurable(mine), measurable(theirs)
    place = np.full(len(frame.truth), -1, dtype=np.intp)
    place[old.order] = np.arange(old.n)
    both = np.flatnonzero(place[new.order] >= 0)
    matched = place[new.order[both]]
    by_content = np.argsort(_key(_taken(old, matched)), kind="stable")
    both, matched = both[by_content], matched[by_content]
    rows = _taken(new, both)
    others = _taken(old, matched)
    return PairedRows(
        new=rows,
        # One coding of the clusters for both: each side's own depends on which rows it has.
        old=replace(others, clusters=rows.clusters),
        segments={name: levels.iloc[both] for name, levels in new.segments.items()},
        only_new=new.n - len(both),
        only_old=old.n - len(both),
        classes=(*mine.classes, *new.classes[len(mine.classes) :]),
    )


def _taken(measured: Measured, places: Array) -> Rows:
    return measured.rows.take(places)


def _key(rows: Rows) -> Array:
    """A number for what a model said of each row; the new model's answers order the rest."""
    columns = [rows.predicted]
    if not isinstance(rows, RegressionRows) and rows.scores is not None:
        columns += [rows.scores] if rows.scores.ndim == 1 else list(rows.scores.T)
    key = np.zeros(len(rows.truth), dtype=np.uint64)
    for column in columns:
        hashed = pd.util.hash_array(np.asarray(column, dtype=float) + 0.0)
        key = key * np.uint64(0x9E3779B97F4A7C15) + hashed
    return key


def _sides(
    frame: EvaluationFrame, baseline: Baseline, answers: Answers
) -> tuple[EvaluationFrame, EvaluationFrame]:
    """Two frames that differ in the answers alone, over the classes that either model knows."""
    mine = replace(frame, baseline=None, segments=frame.segments)
    theirs = replace(
        mine,
        predicted=answers.predicted,
        scores=answers.scores,
        threshold=None,  # it has decided
        segments={},
        population={},
    )
    if frame.task != "multiclass":
        return mine, theirs
    shared = tuple(level for level in frame.classes if level in baseline.classes)
    others = [level for level in (*frame.classes, *baseline.classes) if level not in shared]
    classes = (*shared, *dict.fromkeys(others))
    return (
        replace(mine, classes=classes, scores=_columns(frame.scores, frame.classes, shared)),
        replace(
            theirs, classes=classes, scores=_columns(answers.scores, baseline.classes, shared)
        ),
    )


def _columns(
    scores: Array | None, known: tuple[Any, ...], shared: tuple[Any, ...]
) -> Array | None:
    """The scores of the classes that both models know, in one order."""
    if scores is None or not shared:
        return None
    return np.asarray(scores)[:, [known.index(level) for level in shared]]


def alike(rows: PairedRows) -> bool:
    """Say whether both models gave the same answer for every row, scores included."""
    new, old = rows.new, rows.old
    if not np.array_equal(new.predicted, old.predicted):
        return False
    if isinstance(new, RegressionRows) or isinstance(old, RegressionRows):
        return True
    if new.scores is None or old.scores is None:
        return new.scores is None and old.scores is None
    return np.array_equal(new.scores, old.scores)


def is_classified(rows: PairedRows) -> bool:
    """Say whether rows are right or wrong, rather than closer or farther."""
    return isinstance(rows.new, BinaryRows | MulticlassRows)
