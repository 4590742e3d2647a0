"""The page's part on thresholds: what each would bring, what errors cost, and what is cheapest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reportgen.measure.evaluation.context import EvaluationContext
from reportgen.measure.evaluation.values import metric_value
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.costs import (
    cheapest_cost,
    cheapest_threshold,
    constant_cost,
    estimate_cost,
    threshold_by_costs,
)
from reportgen.measure.metrics.thresholds import (
    AtThreshold,
    along_thresholds,
    own_threshold,
    spread_thresholds,
    thresholds_for,
)
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.wording import estimate_words, plain_number, weight_of
from reportgen.report import Cell, Column, Finding, Part, Provenance, Series, Table, Value
from reportgen.report.spec import Costs

__all__ = ["measure_thresholds"]

_LISTED = (0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02)
_DRAWN, _DRAWN_SLOWLY = 32, 20
_PINS = ("model", "data")
_COLUMNS = {"selection_rate": "Called positive", "precision": "Precision", "recall": "Recall"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Rows with scores, and the thresholds that have a name."""

    context: EvaluationContext
    rows: BinaryRows
    named: Mapping[str, float]

    @property
    def costs(self) -> Costs | None:
        return self.context.frame.costs

    @property
    def level(self) -> float:
        return self.context.frame.confidence

    @property
    def unit(self) -> str:
        return f" ({self.costs.unit})" if self.costs and self.costs.unit else ""

    def parameters(self) -> dict[str, Any]:
        costs = self.costs
        priced = (
            {"false_positive": costs.false_positive, "false_negative": costs.false_negative}
            if costs is not None
            else {}
        )
        return {**self.context.parameters, **priced}


def measure_thresholds(context: EvaluationContext) -> Part:
    """Show what other thresholds would bring, and what errors cost where prices are declared.

    Returns
    -------
    table and series ``evaluation.thresholds``; with costs, the value ``evaluation.cost``, the
    table ``evaluation.costs`` and the series ``evaluation.cost``. Empty for other tasks.
    """
    rows = context.measured.rows
    if not isinstance(rows, BinaryRows) or len(rows.truth) == 0:
        return Part()
    asked = _Asked(context=context, rows=rows, named=_named(context, rows))
    part = Part()
    if rows.scores is not None:
        part += _table(asked) + _curves(asked)
    return part if asked.costs is None else part + _priced(asked, asked.costs)


def _named(context: EvaluationContext, rows: BinaryRows) -> Mapping[str, float]:
    """Thresholds that a reader must find: the one in use, and the cheapest."""
    frame, found = context.frame, {}
    if rows.scores is None:
        return {}
    if frame.threshold is not None:
        found["as set"] = float(frame.threshold)
    elif (own := own_threshold(rows)) is not None:
        found["the model's own"] = own
    if frame.costs is not None and (best := cheapest_threshold(rows, frame.costs)) is not None:
        found["cheapest"] = best
    return found


def _table(asked: _Asked) -> Part:
    rows = asked.rows
    assert rows.scores is not None
    spread = thresholds_for(rows.scores, _LISTED)
    near = {_text(threshold) for threshold in asked.named.values()}
    chosen = sorted({*asked.named.values(), *(cut for cut in spread if _text(cut) not in near)})
    # A segment may be called "threshold" too; a name stands for one number.
    key = "cut" if "threshold" in asked.context.frame.segments else "threshold"
    values: list[Value] = []
    lines = []
    for at in along_thresholds(rows, chosen, asked.level, costs=asked.costs):
        own = [_value(asked, name, each, key, at) for name, each in at.estimates.items()]
        values += own
        lines.append((Cell(text=_row_name(asked, at)), *(Cell(value=v.name) for v in own)))
    columns = [
        Column(name="threshold", label="Threshold"),
        *(Column(name=name, label=label, unit="ratio") for name, label in _COLUMNS.items()),
    ]
    if asked.costs is not None:
        columns.append(Column(name="cost", label=f"Cost per row{asked.unit}", unit="number"))
    table = Table(
        name="evaluation.thresholds",
        title="What another threshold would bring",
        columns=tuple(columns),
        rows=tuple(lines),
        note="A row is called positive when its score is at or above the threshold.",
    )
    return Part(values=tuple(values), tables=(table,))


def _text(threshold: float) -> str:
    return f"{threshold:.12g}"


def _row_name(asked: _Asked, at: AtThreshold) -> str:
    words = [word for word, cut in asked.named.items() if cut == at.threshold]
    return ", ".join([_text(at.threshold), *words])


def _value(asked: _Asked, name: str, estimate: Estimate, key: str, at: AtThreshold) -> Value:
    label = f"{METRICS[name].label} at a threshold of {_text(at.threshold)}"
    # The name says the threshold: one note on the page serves all of them.
    parameters = asked.parameters()
    parameters.pop("threshold", None)
    group = {key: _text(at.threshold)}
    return metric_value(name, estimate, parameters, label=label, group=group)


def _curves(asked: _Asked) -> Part:
    rows = asked.rows
    assert rows.scores is not None
    plain = rows.weights is None and rows.clusters is None
    cuts = spread_thresholds(rows.scores, _DRAWN if plain else _DRAWN_SLOWLY)
    along = along_thresholds(rows, cuts, asked.level, costs=asked.costs)
    words = {"Precision": "precision", "Recall": "recall"}
    series = [
        _series(
            asked,
            "thresholds",
            "Precision and recall over thresholds",
            [
                (word, at.threshold, at.estimates[name])
                for word, name in words.items()
                for at in along
            ],
        )
    ]
    if asked.costs is not None:
        priced = [("", at.threshold, at.estimates["cost"]) for at in along]
        series.append(_series(asked, "cost", "What errors cost over thresholds", priced))
    return Part(series=tuple(series))


def _series(
    asked: _Asked, name: str, title: str, points: Sequence[tuple[str, float, Estimate]]
) -> Series:
    intervals = [estimate.interval for _, _, estimate in points]
    columns: dict[str, tuple[Any, ...]] = {
        "threshold": tuple(threshold for _, threshold, _ in points),
        "value": tuple(estimate.number for _, _, estimate in points),
        "low": tuple(None if each is None else each.low for each in intervals),
        "high": tuple(None if each is None else each.high for each in intervals),
    }
    unit, label = "ratio", "Share"
    if name == "cost":
        unit, label = "number", f"Mean cost per row{asked.unit}"
    else:
        columns["group"] = tuple(word for word, _, _ in points)
    return Series(
        name=f"evaluation.{name}",
        title=title,
        mark="line",
        x="threshold",
        y="value",
        columns=columns,
        labels={"threshold": "Threshold", "value": label, "group": "Metric"},
        units={"threshold": "ratio", "value": unit},
        lines=dict(asked.named),
        provenance=Provenance(
            by=f"evaluation.{name}@1", pins=_PINS, parameters=asked.parameters()
        ),
        note="Bands are the intervals at each threshold.",
    )


def _priced(asked: _Asked, costs: Costs) -> Part:
    """Values, table and finding of what errors cost."""
    rows, level, label = asked.rows, asked.level, METRICS["cost"].label + asked.unit
    now = estimate_cost(rows, costs, level)
    best = cheapest_cost(rows, costs, level)
    said, alike = constant_cost(rows, costs, level)
    word = asked.context.measured.classes[int(said)]
    entries = [
        ("", now, label),
        ("cheapest", best.cost, f"{label} at the cheapest threshold"),
        ("saving", best.saving, f"{label} saved by the cheapest threshold"),
        ("constant", alike, f"{label} with every row called {word}"),
    ]
    parameters = asked.parameters()
    values = [
        metric_value("cost", estimate, parameters, suffix=suffix, label=words)
        for suffix, estimate, words in entries
    ]
    named = _threshold_values(asked, costs)
    table = Table(
        name="evaluation.costs",
        title="What errors cost",
        columns=(
            Column(name="reading", label="Reading"),
            Column(name="value", label="Estimate", unit="number"),
        ),
        rows=tuple((Cell(text=each.label), Cell(value=each.name)) for each in (*values, *named)),
        note=_cost_note(costs),
    )
    because = (values[2].name, named[0].name, values[0].name)
    finding = _finding(asked, costs, now, best.saving, because)
    return Part(values=(*values, *named), tables=(table,), findings=finding)


def _cost_note(costs: Costs) -> str:
    unit = f" {costs.unit}" if costs.unit else ""
    return (
        f"A false alarm costs {costs.false_positive:g}{unit}, a miss {costs.false_negative:g}"
        f"{unit}. The cheapest threshold is judged on rows that did not choose it; its intervals "
        "are approximate, most of all where it saves next to nothing."
    )


def _threshold_values(asked: _Asked, costs: Costs) -> tuple[Value, ...]:
    found = [
        ("cheapest", asked.named.get("cheapest"), "the model gives no scores",
         "Cheapest threshold on these rows"),
        ("by_costs", threshold_by_costs(costs), "errors cost nothing",
         "Cheapest threshold if scores were exact probabilities"),
    ]  # fmt: skip
    return tuple(
        Value(
            name=f"evaluation.threshold.{name}",
            number=number,
            unit="ratio",
            n=len(asked.rows.truth) if name == "cheapest" else None,
            provenance=Provenance(
                by=f"evaluation.threshold.{name}@1",
                pins=_PINS if name == "cheapest" else (),
                parameters=asked.parameters(),
            ),
            reason=None if number is not None else reason,
            label=label,
        )
        for name, number, reason, label in found
    )


def _finding(
    asked: _Asked, costs: Costs, now: Estimate, saving: Estimate, because: tuple[str, ...]
) -> tuple[Finding, ...]:
    """Say that another threshold is cheaper where that is sure, and worth a tenth of the cost."""
    cut, interval = asked.named.get("cheapest"), saving.interval
    if cut is None or saving.number is None or interval is None or interval.low <= 0:
        return ()
    limit = asked.context.frame.thresholds.get("cost")
    total = now.number or 0.0
    if saving.number < (limit.material if limit and limit.material else total / 10):
        return ()
    unit = f" {costs.unit}" if costs.unit else ""
    said = estimate_words(saving.number, interval).replace(" (", f"{unit} (", 1)
    sentence = (
        f"A threshold of {_text(cut)} would save {said} per row, of the "
        f"{plain_number(total, now.interval)}{unit} that errors cost now."
    )
    weight = weight_of("threshold", "watch", saving.number / total)
    return (
        Finding(
            kind="threshold", state="watch", sentence=sentence, because=because, weight=weight
        ),
    )
