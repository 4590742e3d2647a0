"""Intervals that the model itself gives: do they hold as many truths as they promise?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.evaluation.values import metric_value
from reportgen.measure.metrics.calibration import quantile_bins
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.statistics.intervals import Array, proportion, ratio
from reportgen.measure.statistics.losses import MeanOf, estimate_sums, sum_columns
from reportgen.measure.wording import as_rows, weight_of
from reportgen.report import Cell, Column, Finding, Part, Provenance, Series, Table, Value
from reportgen.report.data import State
from reportgen.report.rounding import write_estimate

__all__ = ["Promised", "estimate_promised", "measure_prediction_intervals", "pinball"]

_BINS = 10
_FEW_BEYOND = 20
"""With fewer, no resampling can know how far beyond the next one will lie."""
_PINS = ("model", "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """Rows with the interval that the model promised for each.

    Attributes
    ----------
    lower, upper : shape (n,), finite, lower <= upper; n is that of `rows`
    level : share of truths that the intervals should hold, or None where it is not said
    without : rows that were left out because the model gave no interval
    crossed : rows whose ends were given the wrong way round, and turned
    """

    rows: RegressionRows
    lower: Array
    upper: Array
    level: float | None
    without: int = 0
    crossed: int = 0


def pinball(truth: Array, predicted: Array, quantile: float) -> Array:
    """Loss of a predicted quantile, row by row.

    References
    ----------
    Koenker and Bassett (1978).

    Examples
    --------
    >>> pinball(np.array([3.0, 1.0]), np.array([2.0, 2.0]), 0.9).round(3).tolist()
    [0.9, 0.1]
    """
    error = truth - predicted
    return np.asarray(np.maximum(quantile * error, (quantile - 1) * error))


def estimate_promised(promised: Promised, level: float = 0.95) -> dict[str, Estimate]:
    """Estimate coverage, mean width and, where the promised level is known, pinball losses.

    Returns
    -------
    ``interval_coverage``, ``interval_width``, and ``lower`` and ``upper``, the pinball losses of
    the two ends as quantiles of a central interval
    """
    promised = _with_weight(promised)
    rows = promised.rows
    n, truth = len(rows.truth), rows.truth
    held = (promised.lower <= truth) & (truth <= promised.upper)
    if rows.weights is None and rows.clusters is None:
        coverage = proportion(int(held.sum()), n, level)
    else:
        weights = np.ones(n) if rows.weights is None else rows.weights
        coverage = ratio(weights * held, weights, level, clusters=rows.clusters)
    columns = [promised.upper - promised.lower]
    if promised.level is not None:
        for end, quantile in zip(
            (promised.lower, promised.upper), _quantiles(promised), strict=True
        ):
            columns.append(pinball(truth, end, quantile))
    names = ("interval_width", "lower", "upper")[: len(columns)]
    means = estimate_sums(
        sum_columns(*columns, weights=rows.weights),
        {name: MeanOf(column=at) for at, name in enumerate(names)},
        level,
        clusters=rows.clusters,
    )
    return {"interval_coverage": coverage, **means}


def _with_weight(promised: Promised) -> Promised:
    """Leave out rows that weigh nothing; see `reportgen.measure.statistics.intervals.with_weight`."""
    weights = promised.rows.weights
    if weights is None or bool((weights > 0).all()):
        return promised
    heavy = weights > 0
    return replace(
        promised,
        rows=promised.rows.take(heavy),
        lower=promised.lower[heavy],
        upper=promised.upper[heavy],
    )


def _quantiles(promised: Promised) -> tuple[float, float]:
    tail = (1 - (promised.level or 0.0)) / 2
    return round(tail, 10), round(1 - tail, 10)


def measure_prediction_intervals(context: EvaluationContext) -> Part:
    """Hold the model's own intervals against the truth.

    Returns
    -------
    values ``evaluation.interval_coverage``, ``.interval_width``, ``.interval_level`` and
    ``.mean_pinball_loss[quantile=…]``, the table ``evaluation.prediction_intervals``, the series
    ``evaluation.interval_coverage``, and a finding where the promise is not kept; empty where
    the model gives no intervals
    """
    promised = _promised(context)
    if promised is None:
        return Part()
    if len(promised.rows.truth) == 0:
        return Part()
    found = estimate_promised(promised, context.frame.confidence)
    values = _values(context, promised, found)
    part = Part(values=tuple(values), tables=(_table(values, promised),))
    part += Part(series=(_series(context, promised),))
    return part + Part(findings=_findings(promised, found["interval_coverage"], values))


def _promised(context: EvaluationContext) -> Promised | None:
    frame, rows = context.frame, context.measured.rows
    if not isinstance(rows, RegressionRows) or frame.lower is None or frame.upper is None:
        return None
    order = context.measured.order
    lower, upper = (np.asarray(end, dtype=float)[order] for end in (frame.lower, frame.upper))
    given = np.isfinite(lower) & np.isfinite(upper)
    rows, lower, upper = rows.take(given), lower[given], upper[given]
    return Promised(
        rows=rows,
        lower=np.minimum(lower, upper),
        upper=np.maximum(lower, upper),
        level=frame.interval_level,
        without=int((~given).sum()),
        crossed=int((lower > upper).sum()),
    )


def _parameters(context: EvaluationContext, promised: Promised) -> dict[str, Any]:
    level = {} if promised.level is None else {"interval_level": promised.level}
    return {**context.parameters, **level}


def _values(
    context: EvaluationContext, promised: Promised, found: Mapping[str, Estimate]
) -> list[Value]:
    parameters = _parameters(context, promised)
    values = [metric_value("interval_coverage", found["interval_coverage"], parameters)]
    values.append(
        Value(
            name="evaluation.interval_level",
            number=promised.level,
            unit="ratio",
            provenance=Provenance(by="evaluation.interval_level@1", pins=("model",)),
            reason=None if promised.level is not None else "the model does not say",
            label="Coverage that the model promises",
        )
    )
    values.append(metric_value("interval_width", found["interval_width"], parameters))
    if promised.level is None:
        return values
    # A segment may be called "quantile" too; a name stands for one number.
    key = "tau" if "quantile" in context.frame.segments else "quantile"
    for end, quantile in zip(("lower", "upper"), _quantiles(promised), strict=True):
        label = f"{METRICS['mean_pinball_loss'].label}, {end} end as the {quantile:g} quantile"
        given = {**parameters, "quantile": quantile}
        group = {key: f"{quantile:g}"}
        values.append(
            metric_value("mean_pinball_loss", found[end], given, label=label, group=group)
        )
    return values


def _table(values: list[Value], promised: Promised) -> Table:
    meanings = {name: metric.meaning for name, metric in METRICS.items()}
    meanings["interval_level"] = "What the model says its intervals hold."
    said = []
    if promised.without:
        said.append(f"The model gives no interval for {as_rows(promised.without)}, left out here.")
    if promised.crossed:
        said.append(f"In {as_rows(promised.crossed)} the ends stood the wrong way round.")
    if promised.level is not None:
        said.append("Pinball losses take the ends as quantiles with equal tails.")
        if _beyond(promised) < _FEW_BEYOND:
            said.append(
                f"Fewer than {_FEW_BEYOND} rows lie beyond an end, and they decide its loss: the "
                "intervals of these losses are too narrow."
            )
    return Table(
        name="evaluation.prediction_intervals",
        title="Do the model's own intervals hold?",
        columns=(
            Column(name="what", label="Prediction intervals"),
            Column(name="value", label="Estimate", unit="number"),
            Column(name="meaning", label="What it says"),
        ),
        rows=tuple(
            (
                Cell(text=value.label),
                Cell(value=value.name),
                Cell(text=meanings[value.name.removeprefix("evaluation.").partition("[")[0]]),
            )
            for value in values
        ),
        note=" ".join(said),
    )


def _beyond(promised: Promised) -> int:
    """Rows beyond the end that fewer are beyond."""
    truth = promised.rows.truth
    return int(min((truth < promised.lower).sum(), (truth > promised.upper).sum()))


def _series(context: EvaluationContext, promised: Promised) -> Series:
    """Coverage along the prediction: an interval that holds on average may fail at one end."""
    rows, level = promised.rows, context.frame.confidence
    codes = quantile_bins(rows.predicted, _BINS)
    columns: dict[str, list[Any]] = {"predicted": [], "value": [], "low": [], "high": [], "n": []}
    for code in range(int(codes.max()) + 1):
        own = codes == code
        part = Promised(
            rows=rows.take(own), lower=promised.lower[own], upper=promised.upper[own], level=None
        )
        found = estimate_promised(part, level)["interval_coverage"]
        interval = found.interval
        columns["predicted"].append(float(np.average(rows.predicted[own])))
        columns["value"].append(found.number)
        columns["low"].append(None if interval is None else interval.low)
        columns["high"].append(None if interval is None else interval.high)
        columns["n"].append(int(own.sum()))
    return Series(
        name="evaluation.interval_coverage",
        title="Coverage of prediction intervals along the prediction",
        mark="points",
        x="predicted",
        y="value",
        columns={name: tuple(column) for name, column in columns.items()},
        labels={"predicted": "Mean prediction", "value": "Share of truths held", "n": "Rows"},
        units={"predicted": "number", "value": "ratio", "n": "rows"},
        lines={} if promised.level is None else {"promised": promised.level},
        provenance=Provenance(
            by="evaluation.interval_coverage@1",
            pins=_PINS,
            parameters={**_parameters(context, promised), "bins": _BINS},
        ),
        note="Bins of about equal size.",
    )


def _findings(promised: Promised, coverage: Estimate, values: list[Value]) -> tuple[Finding, ...]:
    """Say whether the promise is kept: broken only where chance is ruled out and it matters.

    What matters is a fifth more misses than promised.
    """
    interval, level = coverage.interval, promised.level
    if level is None or coverage.number is None or interval is None:
        return ()
    written = write_estimate(coverage.number, interval, "ratio", percent=True)
    held = (
        f"{written.number} ({100 * interval.level:g} % interval {written.low} to {written.high})"
    )
    asked = f"{100 * level:g} %"
    state: State = "ok"
    if interval.low <= level <= interval.high:
        sentence = f"Prediction intervals promise {asked} and hold {held}: the promise is kept."
    elif coverage.number > level:
        sentence = f"Prediction intervals promise {asked} and hold {held}: wider than need be."
    elif level - coverage.number < (1 - level) / 5:
        sentence = f"Prediction intervals promise {asked} and hold {held}, a little less."
    else:
        state = "watch"
        sentence = f"Prediction intervals promise {asked} but hold {held}: they are too narrow."
    weight = weight_of("threshold", state, abs(coverage.number - level))
    because = tuple(value.name for value in values[:2])
    return (
        Finding(kind="threshold", state=state, sentence=sentence, because=because, weight=weight),
    )
