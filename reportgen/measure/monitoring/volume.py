"""How many rows and labels there are: per period, and in none; no row is counted twice or lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.values import counted, no_number, period_name
from reportgen.measure.statistics.intervals import Array
from reportgen.measure.wording import as_percent, as_rows, plain_number, weight_of
from reportgen.report.data import Finding, Part, Series, State
from reportgen.report.frame import MonitoringFrame
from reportgen.report.profile import Profiled
from reportgen.report.value import Provenance, Value

__all__ = ["label_part", "labels_per_period", "period_states", "volume_part"]

_FEWEST_BEFORE = 3
_COMPARED_WITH = 8
_RATE = 2.0


def period_states(calendar: Calendar) -> tuple[str, ...]:
    """Mark each period whose rows or labels may still come as ``provisional``."""
    return tuple("" if settled else "provisional" for settled in calendar.settled)


def volume_part(frame: MonitoringFrame, calendar: Calendar) -> Part:
    """Count rows per period, and those in none."""
    key, rows = frame.period.key, int(calendar.rows[-1])
    values = [
        counted("volume.rows", rows, by="volume.rows@1", label="Rows"),
        counted("volume.total", calendar.total, by="volume.total@1", label="Rows in the data"),
        counted(
            "volume.without_time",
            calendar.without_time,
            by="volume.without_time@1",
            label="Rows without a time",
        ),
        counted(
            "volume.before", calendar.before, by="volume.before@1", label="Rows before the history"
        ),
        counted(
            "volume.after", calendar.after, by="volume.after@1", label="Rows after the period"
        ),
        *(
            counted(
                period_name("volume.rows", period),
                int(count),
                by="volume.rows@1",
                label=f"Rows in {period}",
            )
            for period, count in zip(calendar.keys, calendar.rows, strict=True)
        ),
    ]
    typical = _typical(calendar)
    if typical is not None:
        values.append(
            counted(
                "volume.typical",
                typical,
                by="volume.typical@1",
                label="Rows in a typical period",
                parameters={"median_of": min(calendar.current, _COMPARED_WITH)},
            )
        )
    findings = [
        *_empty(key, rows),
        *_unusual(calendar, key, typical),
        *_undated(calendar),
        *_gaps(calendar),
    ]
    return Part(values=tuple(values), series=(_history(calendar),), findings=tuple(findings))


def _history(calendar: Calendar) -> Series:
    return Series(
        name="volume.history",
        title="Rows per period",
        mark="bars",
        x="period",
        y="rows",
        columns={
            "period": calendar.keys,
            "rows": tuple(int(count) for count in calendar.rows),
            "state": period_states(calendar),
        },
        labels={"period": "Period", "rows": "Rows", "state": "State"},
        units={"rows": "rows"},
        provenance=Provenance(by="volume.history@1", pins=("data",)),
    )


def _typical(calendar: Calendar) -> float | None:
    """Median of the newest earlier periods; None before there are enough."""
    earlier = calendar.rows[:-1][-_COMPARED_WITH:]
    return float(np.median(earlier)) if len(earlier) >= _FEWEST_BEFORE else None


def _empty(key: str, rows: int) -> list[Finding]:
    if rows:
        return []
    return [
        Finding(
            kind="completeness",
            state="cannot tell",
            sentence=f"{key} has no rows, so nothing can be said about it.",
            because=("volume.rows",),
            weight=weight_of("completeness", "cannot tell", 1e6),
        )
    ]


def _unusual(calendar: Calendar, key: str, typical: float | None) -> list[Finding]:
    rows = int(calendar.rows[-1])
    if not rows or not typical or not calendar.ended:
        return []
    rate = rows / typical
    if 1 / _RATE <= rate <= _RATE:
        return []
    how = "more" if rate > 1 else "fewer"
    return [
        Finding(
            kind="quality",
            state="watch",
            sentence=(
                f"{key} has {as_rows(rows)}, far {how} than the "
                f"{plain_number(typical, unit='rows')} of a typical period before it."
            ),
            because=("volume.rows", "volume.typical"),
            weight=weight_of("quality", "watch", abs(float(np.log2(rate)))),
        )
    ]


def _undated(calendar: Calendar) -> list[Finding]:
    count = calendar.without_time
    if not count:
        return []
    share = count / calendar.total
    state: State = "watch" if share > 0.01 else "ok"
    verb = "has" if count == 1 else "have"
    return [
        Finding(
            kind="quality",
            state=state,
            sentence=f"{as_rows(count)} ({as_percent(share)}) {verb} no time and are in no period.",
            because=("volume.without_time", "volume.total"),
            weight=weight_of("quality", state, share),
        )
    ]


def _gaps(calendar: Calendar) -> list[Finding]:
    if calendar.current == 0 or calendar.rows[-2] or not calendar.rows[-1]:
        return []
    period = calendar.keys[-2]
    return [
        Finding(
            kind="completeness",
            state="watch",
            sentence=f"The period before, {period}, has no rows.",
            because=(period_name("volume.rows", period),),
            weight=weight_of("completeness", "watch"),
        )
    ]


def labels_per_period(frame: MonitoringFrame, calendar: Calendar) -> Array | None:
    """Count labelled rows per period, shape (periods,); None without a target column."""
    if frame.profiles is not None:
        return counted_labels(frame, calendar, frame.profiles)
    if frame.target is None or frame.target not in frame.rows.columns:
        return None
    known = frame.rows[frame.target].notna().to_numpy() & (calendar.slot >= 0)
    return np.bincount(calendar.slot[known], minlength=len(calendar.periods))


def counted_labels(frame: MonitoringFrame, calendar: Calendar, profiles: Profiled) -> Array | None:
    """Give the labelled rows per period that a scan has counted."""
    if frame.target is None or frame.target not in profiles.names:
        return None
    found = (profiles.periods.get(key) for key in calendar.keys)
    return np.array([0 if one is None else one.labelled for one in found], dtype=np.intp)


def label_part(frame: MonitoringFrame, calendar: Calendar) -> Part:
    """Say how many labels are in, per period; the missing ones are shown, never dropped."""
    known = labels_per_period(frame, calendar)
    if known is None:
        return _no_labels(frame)
    rows, key = calendar.rows, frame.period.key
    values: list[Value] = [_complete("labels.complete", key, int(known[-1]), int(rows[-1]))]
    values.append(
        counted("labels.rows", int(known[-1]), by="labels.rows@1", label="Rows with a label")
    )
    for period, labelled, count in zip(calendar.keys, known, rows, strict=True):
        name = period_name("labels.complete", period)
        values.append(_complete(name, period, int(labelled), int(count)))
    series = _label_history(calendar, known)
    findings = _pending(frame, calendar, int(known[-1]))
    return Part(values=tuple(values), series=(series,), findings=tuple(findings))


def _no_labels(frame: MonitoringFrame) -> Part:
    reason = "no column of labels is named"
    if frame.target is not None:
        reason = f"there is no column '{frame.target}' in the data"
    value = no_number("labels.complete", reason, by="labels.complete@1", label="Labels complete")
    return Part(values=(value,))


def _complete(name: str, key: str, labelled: int, rows: int) -> Value:
    label = "Labels complete" if name == "labels.complete" else f"Labels complete in {key}"
    if not rows:
        return no_number(name, f"{key} has no rows", by="labels.complete@1", label=label)
    share = labelled / rows
    return counted(name, share, by="labels.complete@1", label=label, unit="ratio", n=rows)


def _label_history(calendar: Calendar, known: Array) -> Series:
    with np.errstate(divide="ignore", invalid="ignore"):
        complete = known / calendar.rows
    return Series(
        name="labels.history",
        title="Share of rows whose label is known",
        mark="line",
        x="period",
        y="complete",
        columns={
            "period": calendar.keys,
            "complete": tuple(float(share) for share in complete),
            "n": tuple(int(count) for count in calendar.rows),
            "state": period_states(calendar),
        },
        labels={"period": "Period", "complete": "Labels complete", "n": "Rows", "state": "State"},
        units={"complete": "ratio", "n": "rows"},
        provenance=Provenance(by="labels.history@1", pins=("data",)),
    )


def _pending(frame: MonitoringFrame, calendar: Calendar, labelled: int) -> list[Finding]:
    rows, key = int(calendar.rows[-1]), frame.period.key
    if calendar.settled[-1] or not rows:
        return []
    share = as_percent(labelled / rows)
    until = (pd.Timestamp(frame.period.end) + frame.label_delay).strftime("%Y-%m-%d %H:%M UTC")
    if calendar.ended:
        sentence = (
            f"{key} is provisional: {share} of its labels are in, more may come until {until}."
        )
    else:
        sentence = f"{key} is provisional: it had not ended when the data were read."
    return [
        Finding(
            kind="completeness",
            state="ok",
            sentence=sentence,
            because=("labels.complete",),
            weight=weight_of("completeness", "ok", 5),
        )
    ]
