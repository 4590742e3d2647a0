"""The page's part on calibration: how far scores are off, and how much of that is chance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.evaluation.series import calibration_series
from reportgen.measure.evaluation.values import metric_value
from reportgen.measure.metrics.calibration import CALIBRATION_METRICS
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.ece import BINS, calibration_error
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.report import Cell, Column, Part, Table

__all__ = ["measure_calibration"]

_READINGS = {
    "": ("", "Mean distance of score and outcome; noise only adds to it, so no interval fits."),
    "chance": (" by chance alone", "What exact probabilities would show on these rows."),
    "corrected": (", corrected", "The error that most plausibly shows so much; 0 if chance may."),
}


def measure_calibration(context: EvaluationContext) -> Part:
    """Read the calibration error three ways, beside slope and intercept.

    Returns
    -------
    values ``evaluation.ece``, ``.chance`` and ``.corrected``, and the table
    ``evaluation.calibration``; for several classes, of how sure the model was of the class that
    it predicted, with the series ``evaluation.calibration``. Empty without scores.
    """
    rows = context.measured.rows
    if isinstance(rows, MulticlassRows):
        sure = _how_sure(rows)
        if sure is None or sure.scores is None:
            return Part()
        part = _read(context, sure)
        if not ((sure.scores >= 0) & (sure.scores <= 1)).all():
            return part
        level, parameters = context.frame.confidence, context.parameters
        return part + Part(series=(calibration_series(sure, level, parameters, several=True),))
    if not isinstance(rows, BinaryRows) or rows.scores is None:
        return Part()
    return _read(context, rows)


def _how_sure(rows: MulticlassRows) -> BinaryRows | None:
    """Rows that are right or wrong, with the score of the class that was predicted."""
    if (
        rows.scores is None
        or not len(rows.truth)
        or (rows.predicted >= rows.scores.shape[1]).any()
    ):
        return None
    right = rows.truth == rows.predicted
    return BinaryRows(
        truth=right,
        predicted=np.ones_like(right),
        scores=np.take_along_axis(rows.scores, rows.predicted[:, None], axis=1)[:, 0],
        weights=rows.weights,
        clusters=rows.clusters,
    )


def _read(context: EvaluationContext, rows: BinaryRows) -> Part:
    found = calibration_error(rows, context.frame.confidence)
    read: Mapping[str, Estimate] = {
        "": found.ece,
        "chance": found.chance,
        "corrected": found.corrected,
    }
    values, lines = [], []
    for suffix, (ending, meaning) in _READINGS.items():
        value = metric_value(
            "ece",
            read[suffix],
            {**context.parameters, "bins": BINS},
            suffix=suffix,
            label=METRICS["ece"].label + ending,
        )
        values.append(value)
        lines.append((Cell(text=value.label), Cell(value=value.name), Cell(text=meaning)))
    for name in CALIBRATION_METRICS:
        if name in context.overall:
            metric = METRICS[name]
            cells = Cell(value=f"evaluation.{name}"), Cell(text=metric.meaning)
            lines.append((Cell(text=metric.label), *cells))
    table = Table(
        name="evaluation.calibration",
        title="How far scores are off",
        columns=(
            Column(name="reading", label="Reading"),
            Column(name="value", label="Estimate", unit="number"),
            Column(name="meaning", label="What it says"),
        ),
        rows=tuple(lines),
        note=_note(found.corrected),
    )
    return Part(values=tuple(values), tables=(table,))


def _note(corrected: Estimate) -> str:
    said = f"{BINS} bins of about equal size."
    if corrected.interval is not None and corrected.interval.low <= 0:
        said += (
            " An error cannot lie below 0: where scores are nearly exact, the interval of the "
            "corrected one is wider than it need be."
        )
    return said
