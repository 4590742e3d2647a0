"""From an evaluation frame to arrays that can be measured: every row accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from reportgen.errors import DataError, near_miss
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.intervals import Array
from reportgen.report.frame import EvaluationFrame

__all__ = ["Measured", "Rows", "class_text", "cluster_codes", "measurable", "unique_names"]

Rows: TypeAlias = BinaryRows | MulticlassRows | RegressionRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The rows that can be measured, in an order that depends on their content alone.

    Attributes
    ----------
    rows : of the kind that the task asks for
    order : shape (n,), where each of them stands in the frame
    classes : words for the classes, the positive one last when there are two
    segments : name -> level of each of these rows, null where unknown
    unlabelled : rows whose label is missing
    unknown : rows with a label that the model does not know, where that cannot be measured
    unscored : rows for which the model gave no answer
    strange : labels that the model does not know, as words
    """

    rows: Rows
    order: Array
    classes: tuple[str, ...] = ()
    segments: Mapping[str, pd.Series[Any]] = field(default_factory=dict)
    unlabelled: int = 0
    unknown: int = 0
    unscored: int = 0
    strange: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Rows that can be measured."""
        return len(self.rows.truth)


def class_text(level: Any) -> str:
    """Write a class as a word.

    Examples
    --------
    >>> class_text(np.int64(3)), class_text(True), class_text("late")
    ('3', 'True', 'late')
    """
    return str(level.item() if isinstance(level, np.generic) else level)


def unique_names(texts: list[str]) -> tuple[str, ...]:
    """Tell apart levels that a value's name would write alike: ``a[1]`` and ``a(1)``.

    Examples
    --------
    >>> unique_names(["a[1]", "a(1)", "b"])
    ('a(1)', 'a(1) (2)', 'b')
    """
    taken: set[str] = set()
    named = []
    for text in texts:
        plain = " ".join(text.replace("[", "(").replace("]", ")").split()) or "(empty)"
        name, count = plain, 1
        while name in taken:
            count += 1
            name = f"{plain} ({count})"
        taken.add(name)
        named.append(name)
    return tuple(named)


def measurable(frame: EvaluationFrame) -> Measured:
    """Set aside what has no label or no answer, counted, and put the rest in order.

    Raises
    ------
    DataError
        Columns of different lengths, or weights that are missing or negative.
    """
    _check(frame)
    if frame.task == "regression":
        return _numbers(frame)
    return _classes(frame)


def _check(frame: EvaluationFrame) -> None:
    n = len(frame.truth)
    lengths = {"predicted": len(frame.predicted)}
    if frame.scores is not None:
        lengths["scores"] = len(frame.scores)
    if frame.weights is not None:
        lengths["weights"] = len(frame.weights)
    lengths |= {f"segment '{name}'": len(levels) for name, levels in frame.segments.items()}
    for name, length in lengths.items():
        if length != n:
            raise DataError(f"{name}: {length} rows, but the target '{frame.target}' has {n}")
    if frame.weights is not None:
        weights = np.asarray(frame.weights, dtype=float)
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise DataError("the weights must be finite and not negative")
    for name in frame.population:
        if name not in frame.segments:
            known = list(frame.segments)
            raise DataError(f"population: no segment '{name}'. {near_miss(name, known)}")


def _numbers(frame: EvaluationFrame) -> Measured:
    truth = pd.to_numeric(frame.truth, errors="coerce").to_numpy(float, na_value=np.nan)
    predicted = np.asarray(frame.predicted, dtype=float)
    labelled, answered = np.isfinite(truth), np.isfinite(predicted)
    kept = labelled & answered
    order, clusters, weights = _ordered(frame, kept, [truth, predicted])
    return Measured(
        rows=RegressionRows(
            truth=truth[order], predicted=predicted[order], weights=weights, clusters=clusters
        ),
        order=order,
        segments=_levels(frame, order),
        unlabelled=int((~labelled).sum()),
        unscored=int((labelled & ~answered).sum()),
    )


def _classes(frame: EvaluationFrame) -> Measured:
    known = tuple(frame.classes)
    labelled = frame.truth.notna().to_numpy(bool)
    truth = _codes(frame.truth, known)
    predicted = _codes(pd.Series(np.asarray(frame.predicted, dtype=object)), known)
    scores = None if frame.scores is None else np.asarray(frame.scores, dtype=float)
    strange = labelled & (truth < 0)
    words = sorted({class_text(level) for level in frame.truth[strange]})
    classes = [class_text(level) for level in known]
    unknown = 0
    if frame.task == "multiclass":  # a class more, which the model never finds
        texts = frame.truth[strange].map(class_text)
        truth[strange] = [len(known) + words.index(text) for text in texts]
        classes += words
    else:
        unknown = int(strange.sum())
    answered = predicted >= 0
    if scores is not None:
        scored = np.isfinite(scores)
        answered = answered & (scored if scores.ndim == 1 else scored.all(axis=1))
    kept = labelled & (truth >= 0) & answered
    columns = [truth, predicted]
    if scores is not None:
        columns += [scores] if scores.ndim == 1 else list(scores.T)
    order, clusters, weights = _ordered(frame, kept, columns)
    own = None if scores is None else scores[order]
    rows: Rows
    if frame.task == "multiclass":
        rows = MulticlassRows(
            truth=truth[order],
            predicted=predicted[order],
            classes=len(classes),
            scores=own,
            weights=weights,
            clusters=clusters,
        )
    else:
        said = predicted[order] == 1
        if frame.threshold is not None and own is not None:
            said = own >= frame.threshold
        rows = BinaryRows(
            truth=truth[order] == 1, predicted=said, scores=own, weights=weights, clusters=clusters
        )
    return Measured(
        rows=rows,
        classes=unique_names(classes),
        order=order,
        segments=_levels(frame, order),
        unlabelled=int((~labelled).sum()),
        unknown=unknown,
        unscored=int((labelled & (truth >= 0) & ~answered).sum()),
        strange=tuple(words),
    )


def _codes(labels: pd.Series[Any], known: tuple[Any, ...]) -> Array:
    """Place of each label among the classes, -1 where it is none of them."""
    places = {level: place for place, level in enumerate(known)}
    codes, levels = pd.factorize(labels)
    found = np.array([places.get(level, -1) for level in levels] + [-1], dtype=np.intp)
    return found[codes]  # the code of a missing label is -1: the last


def _ordered(
    frame: EvaluationFrame, kept: Array, columns: list[Array]
) -> tuple[Array, Array | None, Array | None]:
    """Positions of the kept rows by content, and their clusters and weights in that order."""
    weights = None if frame.weights is None else np.asarray(frame.weights, dtype=float)
    ids = None if frame.clusters is None else frame.clusters.reset_index(drop=True)
    key = np.zeros(len(kept), dtype=np.uint64)
    for column in [*columns, *([] if weights is None else [weights])]:
        key = _mixed(key, pd.util.hash_array(np.asarray(column, dtype=float) + 0.0))
    if ids is not None:
        key = _mixed(key, pd.util.hash_array(_id_texts(ids)))
    positions = np.flatnonzero(kept)
    order = positions[np.argsort(key[positions], kind="stable")]
    clusters = None if ids is None else cluster_codes(ids.iloc[order])
    return order, clusters, None if weights is None else weights[order]


def _mixed(key: Array, more: Array) -> Array:
    return key * np.uint64(0x9E3779B97F4A7C15) + more


def _id_texts(ids: pd.Series[Any]) -> Array:
    texts = np.empty(len(ids), dtype=object)
    texts[:] = [
        "" if missing else str(each) for each, missing in zip(ids, ids.isna(), strict=True)
    ]
    return texts


def cluster_codes(ids: pd.Series[Any]) -> Array:
    """Codes from 0; a row whose id is missing belongs to no other."""
    found, each = pd.factorize(ids)
    # Texts are made of each id once: rows are many, and ids repeat.
    texts = _id_texts(pd.Series(each))
    place = np.append(np.unique(texts, return_inverse=True)[1], -1).astype(np.intp)
    codes = place[found]  # the code of a missing id is -1: the last
    missing = codes < 0
    codes[missing] = codes.max(initial=0) + 1 + np.arange(int(missing.sum()))
    return codes


def _levels(frame: EvaluationFrame, order: Array) -> Mapping[str, pd.Series[Any]]:
    return {name: levels.iloc[order] for name, levels in frame.segments.items()}
