"""Differences of what a project adds: the cost of errors, ranks of the true class, own metrics."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, nan
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from reportgen.measure.changes.rows import PairedRows
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.costs import estimate_cost
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.metrics.top_k import top_accuracies
from reportgen.measure.statistics.estimate import METRICS, Estimate, Metric
from reportgen.measure.statistics.intervals import Array
from reportgen.measure.statistics.paired import Paired
from reportgen.measure.statistics.paired_means import by_unit, mover_change
from reportgen.measure.statistics.resampled import deal_blocks, jackknife, leave_out, most_blocks
from reportgen.report.frame import EvaluationFrame, OwnMetric
from reportgen.report.spec import Costs

__all__ = ["known_metrics", "more_changes"]


def known_metrics(frame: EvaluationFrame) -> Mapping[str, Metric]:
    """Give the words for every metric of a frame, the project's own among them."""
    own = {
        metric.name: Metric(
            name=metric.name, label=metric.label, unit="number", better=metric.better, meaning=""
        )
        for metric in frame.metrics
        if metric.name not in METRICS
    }
    return {**METRICS, **own}


def more_changes(frame: EvaluationFrame, rows: PairedRows, level: float) -> dict[str, Paired]:
    """Compare both models by what the project declares: costs of errors, metrics of its own."""
    found: dict[str, Paired] = {}
    if frame.costs is not None and isinstance(rows.new, BinaryRows):
        found["cost"] = _cost(rows, frame.costs, level)
    if isinstance(rows.new, MulticlassRows):
        found |= _top(rows, level)
    for metric in frame.metrics:
        if metric.name not in METRICS:
            found[metric.name] = _own(metric, rows, level)
    return found


def _cost(rows: PairedRows, costs: Costs, level: float) -> Paired:
    """Both sides have intervals that bear having hardly any errors: combine these."""
    assert isinstance(rows.new, BinaryRows)
    assert isinstance(rows.old, BinaryRows)
    now, before = (estimate_cost(side, costs, level) for side in (rows.new, rows.old))
    spent = np.column_stack(
        [
            costs.false_positive * (~side.truth & side.predicted)
            + costs.false_negative * (side.truth & ~side.predicted)
            for side in (rows.new, rows.old)
        ]
    )
    change = mover_change(now, before, _residuals(spent, rows), level)
    return Paired(now=now, before=before, change=change)


def _residuals(numbers: Array, rows: PairedRows) -> Array:
    """How far each unit moves the mean of either side."""
    given = rows.new.weights
    weights = np.ones(rows.n) if given is None else given.astype(float)
    around = numbers - np.average(numbers, axis=0, weights=weights)
    return by_unit(weights[:, None] * around, rows.new.clusters)


def _top(rows: PairedRows, level: float) -> dict[str, Paired]:
    assert isinstance(rows.new, MulticlassRows)
    assert isinstance(rows.old, MulticlassRows)
    now, before = (top_accuracies(side, level) for side in (rows.new, rows.old))
    found = {}
    for name in now.keys() & before.keys():
        hits = np.column_stack(
            [_among(side, int(name.split("_")[1])) for side in (rows.new, rows.old)]
        )
        change = mover_change(now[name], before[name], _residuals(hits, rows), level)
        found[name] = Paired(now=now[name], before=before[name], change=change)
    return dict(sorted(found.items()))


def _among(rows: MulticlassRows, k: int) -> Array:
    """Whether the true class is among the k highest, in part where the k-th place is shared."""
    assert rows.scores is not None
    strange = rows.truth >= rows.scores.shape[1]
    place = np.where(strange, 0, rows.truth)[:, None]
    own = np.take_along_axis(rows.scores, place, axis=1)
    higher, alike = (rows.scores > own).sum(axis=1), (rows.scores == own).sum(axis=1)
    return np.where(strange, 0.0, np.clip((k - higher) / alike, 0.0, 1.0))


def _own(metric: OwnMetric, rows: PairedRows, level: float) -> Paired:
    """Leave out the same blocks of rows from both sides (jackknife): nothing else is known."""
    n, clusters = rows.n, rows.new.clusters
    everything = np.arange(n)
    units = n if clusters is None else len(np.unique(clusters))
    block = deal_blocks(n, most_blocks(units), clusters)
    sides, without = [], []
    for side in (rows.new, rows.old):
        number, reason = _ask(metric, side, rows.classes, everything)
        if reason:
            sides.append(Estimate(number=None, n=n, reason=reason))
            continue

        def of(positions: Array, side: Any = side) -> float:
            return _ask(metric, side, rows.classes, positions)[0]

        left_out = leave_out(of, everything, block)
        interval = jackknife(number, left_out, level, units=units)
        sides.append(Estimate(number=number, n=n, interval=interval))
        without.append(left_out)
    now, before = sides
    if now.number is None or before.number is None:
        reason = now.reason or f"not before: {before.reason}"
        return Paired(now=now, before=before, change=Estimate(number=None, n=n, reason=reason))
    step = now.number - before.number
    interval = jackknife(step, without[0] - without[1], level, units=units)
    return Paired(now=now, before=before, change=Estimate(number=step, n=n, interval=interval))


def _ask(
    metric: OwnMetric, rows: Any, classes: tuple[Any, ...], positions: Array
) -> tuple[float, str]:
    """Ask the project's function about some rows; NaN and the reason where it does not answer."""
    if not len(positions):
        return nan, "no rows"
    truth, predicted, scores = rows.truth[positions], rows.predicted[positions], None
    if not isinstance(rows, RegressionRows):
        words = np.array(classes)
        truth, predicted = (words[each.astype(np.intp)] for each in (truth, predicted))
        scores = None if rows.scores is None else rows.scores[positions]
    weights = None if rows.weights is None else rows.weights[positions]
    with catch_warnings():
        simplefilter("ignore")
        try:
            number = float(metric.measure(truth, predicted, scores, weights))
        except Exception as error:  # noqa: BLE001 - the project's own code may raise anything
            first = (str(error).strip().splitlines() or [""])[0][:160].rstrip(". ")
            return nan, f"{type(error).__name__}: {first}" if first else type(error).__name__
    return (number, "") if isfinite(number) else (nan, f"the function gave {number}")
