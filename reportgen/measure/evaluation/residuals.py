"""What a card draws of a regression: errors along the prediction, their spread, and truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reportgen.measure.metrics.calibration import quantile_bins
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.intervals import Array, dense_codes, quantile_t
from reportgen.report import Provenance, Series

__all__ = ["regression_series"]


def _source(name: str, parameters: Mapping[str, Any]) -> Provenance:
    return Provenance(by=f"evaluation.{name}@1", pins=("model", "data"), parameters=parameters)


def regression_series(
    rows: RegressionRows, target: str, level: float, parameters: Mapping[str, Any]
) -> tuple[Series, ...]:
    """Errors along the prediction, truth against prediction, and how errors are spread."""
    if len(rows.truth) == 0:
        return ()
    codes = quantile_bins(rows.predicted, 20)
    error = rows.predicted - rows.truth
    return (
        _binned("residuals", "Mean error along the prediction", rows, codes, error, level,
                "Mean error", {"no error": 0.0}, parameters),
        *_spread(rows, error, parameters),
        _binned("predicted", "Truth against prediction", rows, codes, rows.truth, level,
                f"Mean {target}", {}, parameters),
        _errors(error, parameters),
    )  # fmt: skip


def _binned(
    name: str,
    title: str,
    rows: RegressionRows,
    codes: Array,
    numbers: Array,
    level: float,
    label: str,
    lines: Mapping[str, float],
    parameters: Mapping[str, Any],
) -> Series:
    columns: dict[str, list[Any]] = {"predicted": [], "mean": [], "low": [], "high": [], "n": []}
    for code in range(int(codes.max()) + 1):
        own = codes == code
        found = _mean_with_interval(rows.take(own), numbers[own], level)
        if found is None:  # no row of this bin has a weight
            continue
        for key, number in zip(("predicted", "mean", "low", "high"), found, strict=True):
            columns[key].append(number)
        columns["n"].append(int(own.sum()))
    return Series(
        name=f"evaluation.{name}",
        title=title,
        mark="points",
        x="predicted",
        y="mean",
        columns={key: tuple(column) for key, column in columns.items()},
        labels={"predicted": "Mean prediction", "mean": label, "n": "Rows"},
        units={"predicted": "number", "mean": "number", "n": "rows"},
        lines=dict(lines),
        provenance=_source(name, {**parameters, "bins": 20}),
        note="Bins of about equal size, each with the interval of its mean.",
    )


def _mean_with_interval(
    rows: RegressionRows, numbers: Array, level: float
) -> tuple[float, float, float | None, float | None] | None:
    """Mean prediction, and the mean of some numbers with Student's t; weighted, by cluster."""
    weights = np.ones(len(numbers)) if rows.weights is None else rows.weights
    total = float(weights.sum())
    if not total > 0:
        return None
    predicted, mean = (float(weights @ each) / total for each in (rows.predicted, numbers))
    pulls = weights * (numbers - mean) / total
    if rows.clusters is not None:
        pulls = np.asarray(np.bincount(dense_codes(rows.clusters), weights=pulls))
    units = len(pulls)
    if units < 2:
        return predicted, mean, None, None
    error = float(np.sqrt(units / (units - 1) * (pulls**2).sum()))
    half = quantile_t(level, units - 1) * error
    return predicted, mean, mean - half, mean + half


_QUANTILES = (0.95, 0.5, 0.05)
FEWEST_OF_A_BIN = 40


def _spread(
    rows: RegressionRows, error: Array, parameters: Mapping[str, Any]
) -> tuple[Series, ...]:
    """Where nine in ten errors lie along the prediction: does the spread grow with it?

    Bins hold forty rows and more, or their outer quantiles would be single rows; none for fewer
    than three bins.
    """
    codes = quantile_bins(rows.predicted, max(min(20, len(error) // FEWEST_OF_A_BIN), 1))
    columns: dict[str, list[Any]] = {"predicted": [], "error": [], "group": []}
    weights = np.ones(len(error)) if rows.weights is None else rows.weights
    bins = [own for code in range(int(codes.max()) + 1) if weights[own := codes == code].sum() > 0]
    if len(bins) < 3:
        return ()
    for quantile in _QUANTILES:
        for own in bins:
            columns["predicted"].append(
                float(np.average(rows.predicted[own], weights=weights[own]))
            )
            columns["error"].append(_quantile(error[own], weights[own], quantile))
            columns["group"].append("median" if quantile == 0.5 else f"{quantile:.0%} quantile")
    drawn = Series(
        name="evaluation.residual_spread",
        title="Spread of errors along the prediction",
        mark="line",
        x="predicted",
        y="error",
        columns={key: tuple(column) for key, column in columns.items()},
        labels={"predicted": "Mean prediction", "error": "Prediction minus truth", "group": ""},
        units={"predicted": "number", "error": "number"},
        lines={"no error": 0.0},
        provenance=_source("residual_spread", {**parameters, "bins": len(bins)}),
        note="Nine in ten errors lie between the outer lines, in bins of about equal size.",
    )
    return (drawn,)


def _quantile(numbers: Array, weights: Array, at: float) -> float:
    """Smallest number that so much of the weight does not exceed."""
    order = np.argsort(numbers, kind="stable")
    reached = np.cumsum(weights[order])
    place = int(np.searchsorted(reached, at * reached[-1] * (1 - 1e-12)))
    return float(numbers[order][min(place, len(numbers) - 1)])


def _errors(error: Array, parameters: Mapping[str, Any]) -> Series:
    """Histogram of errors; the outermost half percent on each side go to the outermost bins."""
    low, high = (float(edge) for edge in np.quantile(error, [0.005, 0.995]))
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, 31)
    counts = np.histogram(np.clip(error, low, high), bins=edges)[0]
    return Series(
        name="evaluation.errors",
        title="How errors are spread",
        mark="histogram",
        x="error",
        y="n",
        columns={
            "error": tuple(float(middle) for middle in (edges[:-1] + edges[1:]) / 2),
            "n": tuple(int(count) for count in counts),
        },
        labels={"error": "Prediction minus truth", "n": "Rows"},
        units={"error": "number", "n": "rows"},
        provenance=_source("errors", {**parameters, "bins": 30}),
        note="The outermost bins hold everything beyond them.",
    )
