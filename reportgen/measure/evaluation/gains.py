"""The page's part on acting on the highest scores first: gain and lift."""

from __future__ import annotations

from typing import Any

from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.evaluation.values import metric_value
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.gains import Top, estimate_tops
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.statistics.ranking import FEW_OF_A_CLASS
from reportgen.report import Cell, Column, Part, Provenance, Series, Table, Value

__all__ = ["measure_gains"]

_LISTED = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5)
_DRAWN = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_COLUMNS = ("precision", "gain", "lift")


def measure_gains(context: EvaluationContext) -> Part:
    """Show what the top shares of the scores hold.

    Returns
    -------
    values ``evaluation.lift[top=10%]`` and their like, the table ``evaluation.gain``, and the
    series ``evaluation.gain`` and ``evaluation.lift``; empty without two classes and scores
    """
    rows = context.measured.rows
    if not isinstance(rows, BinaryRows) or rows.scores is None or not rows.truth.any():
        return Part()
    if rows.weights is not None and not rows.weights[rows.truth].sum() > 0:
        return Part()
    level = context.frame.confidence
    along = estimate_tops(rows, _DRAWN, level)
    part = _table(context, tuple(top for top in along if top.share in _LISTED))
    gain = _series(context, "gain", "Positives found, the highest scores first", along)
    lift = _series(context, "lift", "Lift of the highest scores", along)
    return part + Part(series=(gain, lift))


def _table(context: EvaluationContext, tops: tuple[Top, ...]) -> Part:
    # A segment may be called "top" too; a name stands for one number.
    key = "best" if "top" in context.frame.segments else "top"
    values: list[Value] = []
    lines = []
    for top in tops:
        word = f"{100 * top.share:g}%"
        own = [
            metric_value(
                name,
                estimate,
                context.parameters,
                label=f"{METRICS[name].label}, top {100 * top.share:g} % of the scores",
                group={key: word},
            )
            for name, estimate in _columns(top).items()
        ]
        values += own
        lines.append((Cell(text=f"top {100 * top.share:g} %"), *(Cell(value=v.name) for v in own)))
    columns = (
        Column(name="top", label="Rows with the highest scores"),
        *(Column(name=n, label=METRICS[n].label, unit=METRICS[n].unit) for n in _COLUMNS),
    )
    table = Table(
        name="evaluation.gain",
        title="What the highest scores hold",
        columns=columns,
        rows=tuple(lines),
        note=_note(tops, context.measured.n),
    )
    return Part(values=tuple(values), tables=(table,))


def _note(tops: tuple[Top, ...], n: int) -> str:
    said = (
        "Gain is the share of all positives that are found; lift is how many times more there are "
        "than among as many rows picked by lot."
    )
    if any(1 <= top.share * n < FEW_OF_A_CLASS for top in tops):
        said += f" Intervals of a top of fewer than {FEW_OF_A_CLASS} rows are approximate."
    return said


def _columns(top: Top) -> dict[str, Estimate]:
    return {"precision": top.precision, "gain": top.gain, "lift": top.lift}


def _series(context: EvaluationContext, name: str, title: str, tops: tuple[Top, ...]) -> Series:
    found = [(top.share, _columns(top)[name]) for top in tops]
    found = [(share, estimate) for share, estimate in found if estimate.number is not None]
    intervals = [estimate.interval for _, estimate in found]
    start: dict[str, Any] = {"share": 0.0, "value": 0.0, "low": 0.0, "high": 0.0}
    columns: dict[str, tuple[Any, ...]] = {
        "share": tuple(share for share, _ in found),
        "value": tuple(estimate.number for _, estimate in found),
        "low": tuple(None if each is None else each.low for each in intervals),
        "high": tuple(None if each is None else each.high for each in intervals),
    }
    if name == "gain":
        columns = {key: (start[key], *column) for key, column in columns.items()}
    unit = METRICS[name].unit
    return Series(
        name=f"evaluation.{name}",
        title=title,
        mark="line",
        x="share",
        y="value",
        columns=columns,
        labels={"share": "Share of rows, highest scores first", "value": METRICS[name].label},
        units={"share": "ratio", "value": unit},
        lines={} if name == "gain" else {"picked by lot": 1.0},
        provenance=Provenance(
            by=f"evaluation.{name}@1", pins=("model", "data"), parameters=context.parameters
        ),
        note="Rows picked by lot lie on the diagonal." if name == "gain" else "",
    )
