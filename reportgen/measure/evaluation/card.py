"""The numbers of a model card: how good the model is on the pinned data, for whom, how sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.measure.evaluation.calibration import measure_calibration
from reportgen.measure.evaluation.cautions import note_of_metrics
from reportgen.measure.evaluation.classes import measure_classes, measure_confusion
from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.evaluation.gains import measure_gains
from reportgen.measure.evaluation.residuals import regression_series
from reportgen.measure.evaluation.rows import Measured, class_text, measurable
from reportgen.measure.evaluation.series import binary_series
from reportgen.measure.evaluation.thresholds import measure_thresholds
from reportgen.measure.evaluation.values import metric_value
from reportgen.measure.groups.small import find_small_groups
from reportgen.measure.groups.suppression import suppress
from reportgen.measure.limits import hold_against_limits
from reportgen.measure.metrics.calibration import recalibration
from reportgen.measure.metrics.classification import (
    BINARY_METRICS,
    BinaryRows,
    estimate_classification,
)
from reportgen.measure.metrics.multiclass import (
    MULTICLASS_METRICS,
    MulticlassRows,
    estimate_multiclass,
)
from reportgen.measure.metrics.prediction_intervals import measure_prediction_intervals
from reportgen.measure.metrics.regression import (
    REGRESSION_METRICS,
    RegressionRows,
    estimate_regression,
)
from reportgen.measure.metrics.top_k import top_accuracies
from reportgen.measure.statistics.by_group import measure_by_group
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.report import Cell, Column, Finding, Part, Provenance, Table, Value
from reportgen.report.frame import EvaluationFrame

__all__ = ["measure_evaluation"]


def measure_evaluation(frame: EvaluationFrame) -> Part:
    """Measure a model on its evaluation data.

    Returns
    -------
    values, tables, series and findings under the names of docs/design/0001; what cannot be
    computed is a value with its reason. ``evaluation.rows``, ``.unlabelled`` and, where there
    are any, ``.unknown`` and ``.unscored`` add up to the rows of the data.

    Raises
    ------
    DataError
        The columns of the frame do not fit together.
    """
    if frame.text is not None:
        from reportgen.measure.text.lengths import with_text_lengths

        frame = with_text_lengths(frame)
    measured = measurable(frame)
    context = EvaluationContext(
        frame=frame,
        measured=measured,
        parameters=_parameters(frame, measured),
        overall=_estimates(measured.rows, frame.confidence),
    )
    part = _counts(context) + _metrics(context)
    part += _drawings(context)
    part += measure_calibration(context) + measure_thresholds(context) + measure_gains(context)
    part += measure_prediction_intervals(context)
    hidden = find_small_groups(frame, measured)
    part += measure_by_group(context, hidden)
    if frame.importance is not None:
        from reportgen.measure.importance.importance import measure_importance

        part += measure_importance(context)
    if frame.text is not None:
        from reportgen.measure.text.text import measure_text

        part += measure_text(context)
    if frame.baseline is not None:
        from reportgen.measure.changes.changes import measure_changes

        part += measure_changes(frame, hidden)
    part += Part(findings=hold_against_limits(part.values, frame.thresholds, "evaluation"))
    return part if hidden is None else suppress(part, hidden)


def _parameters(frame: EvaluationFrame, measured: Measured) -> Mapping[str, Any]:
    parameters: dict[str, Any] = {"target": frame.target}
    if frame.task == "classification":
        parameters["positive"] = class_text(frame.positive)
        if frame.threshold is not None:
            parameters["threshold"] = float(frame.threshold)
    if measured.rows.weights is not None:
        parameters["weighted"] = True
    if measured.rows.clusters is not None:
        parameters["clusters"] = len(set(measured.rows.clusters.tolist()))
    return parameters


def _estimates(rows: Any, level: float) -> dict[str, Estimate]:
    if isinstance(rows, BinaryRows):
        wanted = (*BINARY_METRICS, "selection_rate")
        return estimate_classification(rows, wanted, level) | recalibration(rows, level)
    if isinstance(rows, MulticlassRows):
        return estimate_multiclass(rows, MULTICLASS_METRICS, level) | top_accuracies(rows, level)
    some_zeros = bool((rows.truth == 0).any()) and bool((rows.truth != 0).any())
    rest = ("mape_nonzero",) if some_zeros else ()
    return estimate_regression(rows, (*REGRESSION_METRICS, *rest), level)


def _counts(context: EvaluationContext) -> Part:
    """Rows that were measured and rows that were not, and why."""
    frame, measured = context.frame, context.measured
    values = [
        _count("rows", measured.n, "Rows evaluated", ("model", "data")),
        _count("unlabelled", measured.unlabelled, "Rows without a label", ("data",)),
    ]
    findings = []
    if measured.unknown:
        name, shown = "unknown", ", ".join(repr(word) for word in measured.strange[:3])
        values.append(_count(name, measured.unknown, "Rows with an unknown label", ("data",)))
        findings.append(
            _left_out(name, measured.unknown, f"have a label the model does not know ({shown})")
        )
    if measured.unscored:
        name = "unscored"
        values.append(_count(name, measured.unscored, "Rows without a prediction", ("model",)))
        findings.append(_left_out(name, measured.unscored, "have no prediction"))
    if isinstance(measured.rows, BinaryRows):
        values += _binary_values(context, measured.rows, frame.threshold)
    return Part(values=tuple(values), findings=tuple(findings))


def _left_out(name: str, rows: int, why: str) -> Finding:
    said = f"{rows:,} rows {why}; no metric counts them."
    if rows == 1:
        said = f"1 row {why.replace('have', 'has', 1)}; no metric counts it."
    return Finding(
        kind="completeness",
        state="watch",
        sentence=said,
        because=(f"evaluation.{name}",),
        weight=float(rows),
    )


def _count(name: str, number: int, label: str, pins: tuple[str, ...]) -> Value:
    source = Provenance(by=f"evaluation.{name}@1", pins=pins)
    return Value(
        name=f"evaluation.{name}", number=number, unit="rows", provenance=source, label=label
    )


def _binary_values(
    context: EvaluationContext, rows: BinaryRows, threshold: float | None
) -> list[Value]:
    level = context.frame.confidence
    prevalence = estimate_classification(rows, ("prevalence",), level)["prevalence"]
    source = Provenance(
        by="evaluation.threshold@1", pins=("model",), parameters=context.parameters
    )
    return [
        metric_value("prevalence", prevalence, context.parameters, pins=("data",)),
        Value(
            name="evaluation.threshold",
            number=threshold,
            unit="ratio",
            provenance=source,
            reason=None if threshold is not None else "the model decides by itself",
            label="Threshold",
        ),
    ]


def _metrics(context: EvaluationContext) -> Part:
    overall = context.overall
    values = tuple(
        metric_value(name, estimate, context.parameters) for name, estimate in overall.items()
    )
    columns = (
        Column(name="metric", label="Metric"),
        Column(name="value", label="Estimate", unit="number"),
        Column(name="meaning", label="What it says"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Cell(text=METRICS[name].label),
            Cell(value=f"evaluation.{name}"),
            Cell(text=METRICS[name].meaning),
        )
        for name in overall
    )
    own = Part()
    if context.frame.metrics:
        from reportgen.measure.metrics.own_metrics import measure_own, own_lines

        own = measure_own(context)
        rows += own_lines(context, own)
    table = Table(
        name="evaluation.metrics",
        title="How good the model is",
        columns=columns,
        rows=rows,
        note=note_of_metrics(context),
    )
    return Part(values=values, tables=(table,)) + own


def _drawings(context: EvaluationContext) -> Part:
    """Series of the whole, and the tables that go with classes."""
    measured, level = context.measured, context.frame.confidence
    rows, parameters = measured.rows, context.parameters
    if isinstance(rows, RegressionRows):
        series = regression_series(rows, context.frame.target, level, parameters)
        return Part(series=series)
    part = measure_confusion(rows, measured.classes, parameters)
    if isinstance(rows, BinaryRows):
        return part + Part(series=binary_series(rows, measured.classes, level, parameters))
    return part + measure_classes(rows, measured.classes, level, parameters)
