"""Metrics that a pin holds of earlier windows, beside those of this report."""

from __future__ import annotations

from math import isclose

from reportgen.measure.monitoring.values import cell, estimated, text
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.wording import as_rows, in_sentence, listed, plain_number, weight_of
from reportgen.report.data import Column, Finding, Part, Series, Table
from reportgen.report.history import PinnedHistory, PinnedMetric
from reportgen.report.period import Period
from reportgen.report.value import Provenance, Value, value_name

__all__ = ["measure_history"]

_PINS = ("history",)


def measure_history(history: PinnedHistory, part: Part, period: Period) -> Part:
    """Show what a pin of metrics says, and where this report says something else.

    Parameters
    ----------
    part : of the same report, with its own metrics by period
    period : that the report is about; later windows are not looked at

    Returns
    -------
    ``history.<metric>[window=...]``, a series for each metric, and the table ``history.metrics``
    """
    known = {value.name: value for value in part.values}
    shown = tuple(
        one
        for one in history.metrics
        if one.start < period.end and f"performance.{one.metric}" in known
    )
    if not shown:
        return Part()
    metrics = tuple(dict.fromkeys(one.metric for one in shown))
    return Part(
        values=tuple(_value(one) for one in shown),
        tables=(_table(shown, known, history.unknown),),
        series=tuple(_series(metric, shown, part) for metric in metrics),
        findings=_differences(shown, known),
    )


def _name(one: PinnedMetric) -> str:
    return value_name(f"history.{one.metric}", window=one.window)


def _own(one: PinnedMetric, known: dict[str, Value]) -> Value | None:
    """Give this report's number of the same period, where the window starts with it."""
    if one.window != one.period:
        return None
    return known.get(value_name(f"performance.{one.metric}", period=one.period))


def _value(one: PinnedMetric) -> Value:
    metric = METRICS[one.metric]
    estimate = Estimate(
        number=one.estimate,
        n=one.n,
        reason=None if one.estimate is not None else "the pin has no number",
    )
    return estimated(
        _name(one),
        estimate,
        by="history.pinned@1",
        unit=metric.unit,
        label=f"{metric.label} of {one.window}, as pinned",
        better=metric.better,
        pins=_PINS,
    )


def _table(
    shown: tuple[PinnedMetric, ...], known: dict[str, Value], unknown: tuple[str, ...]
) -> Table:
    rows = []
    for one in reversed(shown):
        own = _own(one, known)
        rows.append(
            (
                text(one.window),
                text(METRICS[one.metric].label),
                cell(_name(one)),
                text("–") if own is None else cell(own.name),
            )
        )
    note = "A window is named by its period where it starts with one, else by its start."
    if unknown:
        note += f" Also in the pin, and no metric of ours: {listed(unknown, most=8)}."
    return Table(
        name="history.metrics",
        title="Metrics as they were pinned, beside those of this report",
        columns=(
            Column(name="window", label="Window"),
            Column(name="metric", label="Metric"),
            Column(name="pinned", label="Pinned", unit="number"),
            Column(name="here", label="This report", unit="number"),
        ),
        rows=tuple(rows),
        note=note,
    )


def _series(metric: str, shown: tuple[PinnedMetric, ...], part: Part) -> Series:
    """Join the windows before this report's own history, and that history."""
    start = f"performance.{metric}[period="
    own = [value for value in part.values if value.name.startswith(start)]
    keys = [value.name.removeprefix(start).removesuffix("]") for value in own]
    pinned = [one for one in shown if one.metric == metric]
    older = pinned
    if keys:
        same = [at for at, one in enumerate(pinned) if one.period in keys]
        older = pinned[: same[0]] if same else pinned
    return Series(
        name=f"history.{metric}",
        title=f"{METRICS[metric].label}: as pinned before, and of this report",
        mark="line",
        x="period",
        y="value",
        columns={
            "period": (*(one.window for one in older), *keys),
            "value": (*(one.estimate for one in older), *(value.number for value in own)),
            "low": (
                *(None for _ in older),
                *(v.interval.low if v.interval else None for v in own),
            ),
            "high": (
                *(None for _ in older),
                *(v.interval.high if v.interval else None for v in own),
            ),
            "n": (*(one.n for one in older), *(value.n for value in own)),
            "source": (*("pinned" for _ in older), *("this report" for _ in own)),
        },
        labels={
            "period": "Window",
            "value": METRICS[metric].label,
            "n": "Rows",
            "source": "Where from",
        },
        units={"value": METRICS[metric].unit, "n": "rows"},
        provenance=Provenance(by="history.pinned@1", pins=("history", "data")),
        note=f"Up to {older[-1].window} as pinned, without intervals." if older else "",
    )


def _differences(shown: tuple[PinnedMetric, ...], known: dict[str, Value]) -> tuple[Finding, ...]:
    """Say where the pin and this report disagree; which of them is right is not known."""
    apart = []
    for one in shown:
        own = _own(one, known)
        if own is None or own.number is None or one.estimate is None:
            continue
        if own.n != one.n or not isclose(own.number, one.estimate, rel_tol=1e-9, abs_tol=1e-12):
            apart.append((one, own))
    if not apart:
        return ()
    newest, own = apart[-1]
    assert newest.estimate is not None
    assert own.number is not None
    unit = METRICS[newest.metric].unit
    many = "" if len(apart) == 1 else f" So do {len(apart) - 1} more."
    sentence = (
        f"The pinned {in_sentence(METRICS[newest.metric].label)} of {newest.window}, "
        f"{plain_number(newest.estimate, own.interval, unit=unit)} of {as_rows(newest.n)}, differs "
        f"from this report's {plain_number(own.number, own.interval, unit=unit)} of "
        f"{as_rows(own.n or 0)}.{many}"
    )
    return (
        Finding(
            kind="completeness",
            state="ok",
            sentence=sentence,
            because=(_name(newest), own.name),
            weight=weight_of("completeness", "ok"),
        ),
    )
