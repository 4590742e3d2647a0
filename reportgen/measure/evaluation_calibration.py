"""The page's part on calibration: how far scores are off, and how much of that is chance."""

from __future__ import annotations

from collections.abc import Mapping

from reportgen.measure.calibration import CALIBRATION_METRICS
from reportgen.measure.classification import BinaryRows
from reportgen.measure.ece import BINS, calibration_error
from reportgen.measure.estimate import METRICS, Estimate
from reportgen.measure.evaluation_context import EvaluationContext
from reportgen.measure.evaluation_values import metric_value
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
    ``evaluation.calibration``; empty without two classes and scores
    """
    rows = context.measured.rows
    if not isinstance(rows, BinaryRows) or rows.scores is None:
        return Part()
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
        note=f"{BINS} bins of about equal size.",
    )
    return Part(values=tuple(values), tables=(table,))
