"""Rows that stand twice, and how fresh the newest one is."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from reportgen.measure.estimated.rows import baseline_keys, picked_rows
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.values import cell, counted, estimated, no_number, text
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import difference, proportion
from reportgen.measure.wording import as_percent, as_rows, plain_number, weight_of
from reportgen.report.data import Column, Finding, Part, State, Table
from reportgen.report.frame import MonitoringFrame
from reportgen.report.value import Unit, Value

__all__ = ["measure_rows", "repeated"]

MOST_ROWS = 1_000_000
"""Rows of a side that are looked through for repeats; of more, chance would hide one of two."""
WATCH_FROM = 0.01
STALE_FROM = 0.5
"""Share of the period without a row at its end that is worth a look."""
_LAG, _AGE = "quality.freshness.lag", "quality.freshness.age"
_ROWS, _IDS = "quality.duplicates.rows", "quality.duplicates.ids"


def measure_rows(frame: MonitoringFrame, calendar: Calendar) -> Part:
    """Measure freshness, and repeats where the project asks for them."""
    part = _freshness(frame)
    if frame.duplicates:
        part += _repeats(frame, calendar, _ROWS, _columns(frame))
    if frame.row_id is not None:
        part += _repeats(frame, calendar, _IDS, (frame.row_id,))
    return part + Part(tables=(_table(part.values, frame.period.key),))


def _columns(frame: MonitoringFrame) -> tuple[str, ...]:
    named: Iterable[str] = frame.rows.columns
    if frame.profiles is not None:
        named = frame.profiles.names
    return tuple(named)


def repeated(rows: pd.DataFrame) -> int:
    """Count the rows that are the same as one before them.

    Notes
    -----
    Missing values are alike. What pandas cannot hash, such as lists, is compared as text.
    """
    try:
        return int(rows.duplicated().sum())
    except TypeError:
        return int(rows.map(repr).duplicated().sum())


def _repeats(
    frame: MonitoringFrame, calendar: Calendar, name: str, columns: tuple[str, ...]
) -> Part:
    early = baseline_keys(calendar)
    groups = ((frame.period.key,), *((early,) if early else ()))
    sides = picked_rows(frame, calendar, columns, groups, MOST_ROWS)
    found = [_share(side, columns, frame.confidence) for side in sides]
    now = found[0]
    before = found[1] if early else Estimate(number=None, n=0, reason="no earlier period")
    label = "Rows that stand twice" if name == _ROWS else f"Rows that repeat a {columns[0]}"
    values = tuple(
        estimated(
            where,
            one,
            by="quality.duplicates@1",
            unit="ratio",
            label=words,
            better="lower",
        )
        for where, one, words in (
            (name, now, label),
            (f"{name}.reference", before, f"{label}, in the earliest periods"),
        )
    )
    return Part(values=values, findings=_more_repeats(name, columns, now, before, frame))


def _share(rows: pd.DataFrame, columns: tuple[str, ...], level: float) -> Estimate:
    if not set(columns) & set(rows.columns):
        return Estimate(number=None, n=0, reason=f"there is no column '{columns[0]}'")
    if len(rows) >= MOST_ROWS:
        reason = f"not looked for in {MOST_ROWS:,} rows or more"
        return Estimate(number=None, n=len(rows), reason=reason)
    known = rows.dropna() if len(columns) == 1 else rows
    return proportion(repeated(known), len(known), level)


def _more_repeats(
    name: str,
    columns: tuple[str, ...],
    now: Estimate,
    before: Estimate,
    frame: MonitoringFrame,
) -> tuple[Finding, ...]:
    """Say of ids that any stands twice, and of whole rows that more do than used to."""
    key = frame.period.key
    if now.number is None or not now.number:
        return ()
    many = as_rows(round(now.number * now.n))
    share = as_percent(now.number, now.interval)
    if name == _IDS:
        few = now.number < WATCH_FROM
        sentence = f"{many} of {key} ({share}) repeat the {columns[0]} of a row before them."
        return (_finding(name, sentence, now.number, "ok" if few else "watch"),)
    rise = difference(now, before, frame.confidence)
    used = before.number or 0.0
    sure = rise.interval is None or rise.interval.low > 0
    if now.number - used < WATCH_FROM or not sure:
        return ()
    was = "" if before.number is None else f", against {as_percent(used, before.interval)} before"
    sentence = f"{many} of {key} ({share}) are the same as another row{was}."
    return (_finding(name, sentence, now.number, "watch"),)


def _finding(name: str, sentence: str, size: float, state: State) -> Finding:
    return Finding(
        kind="quality",
        state=state,
        sentence=sentence,
        because=(name,),
        weight=weight_of("quality", state, size),
    )


def _freshness(frame: MonitoringFrame) -> Part:
    """Say how old the newest row is, against the period's end and against the day of the data."""
    known = frame.times.dropna()
    known = known[known <= frame.as_of]
    end = pd.Timestamp(frame.period.end)
    if known.empty:
        return Part(values=tuple(_unknown(name, "no row has a time") for name in (_LAG, _AGE)))
    newest = known.max()
    age = (frame.as_of - newest).total_seconds()
    values: list[Value] = [
        counted(
            _AGE,
            age / 86_400,
            by="quality.freshness@1",
            label="Age of the newest row when the data were read",
            unit="days",
        )
    ]
    if newest >= end:
        return Part(values=(_unknown(_LAG, "later rows are in"), *values))
    until = min(end, frame.as_of)
    lag = (until - newest).total_seconds()
    words = "From the newest row to the end of the period"
    values.insert(0, counted(_LAG, lag, by="quality.freshness@1", label=words, unit="seconds"))
    whole = (end - pd.Timestamp(frame.period.start)).total_seconds()
    if lag < STALE_FROM * whole:
        return Part(values=tuple(values))
    what = "its end" if until == end else "the data were read"
    sentence = (
        f"The newest row is of {newest:%Y-%m-%d %H:%M} UTC, {plain_number(lag, unit='seconds')} "
        f"before {what} ({frame.period.key})."
    )
    return Part(values=tuple(values), findings=(_finding(_LAG, sentence, lag / whole, "watch"),))


def _unknown(name: str, reason: str) -> Value:
    label = "From the newest row to the end of the period"
    if name == _AGE:
        label = "Age of the newest row when the data were read"
    unit: Unit = "seconds" if name == _LAG else "days"
    return no_number(name, reason, by="quality.freshness@1", label=label, unit=unit)


def _table(values: tuple[Value, ...], key: str) -> Table:
    return Table(
        name="quality.rows",
        title=f"The rows of {key}",
        columns=(
            Column(name="measure", label="Measure"),
            Column(name="value", label="Value", unit="number"),
        ),
        rows=tuple((text(value.label), cell(value.name)) for value in values),
    )
