"""How well the model did: per period, against the reference and against the period before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reportgen.measure.monitoring.changes import changes_of, word_changes
from reportgen.measure.monitoring.columns import level_codes
from reportgen.measure.monitoring.history import history_series, history_table, metrics_table
from reportgen.measure.monitoring.performance import (
    CUT,
    Scored,
    measure_slots,
    metrics_of,
    scored_rows,
)
from reportgen.measure.monitoring.performance_outcomes import measure_outcomes
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.slots import Many
from reportgen.measure.monitoring.values import estimated, metric_of, no_number, period_name
from reportgen.measure.monitoring.volume import labels_per_period
from reportgen.measure.statistics.estimate import Estimate, Metric
from reportgen.measure.statistics.intervals import difference
from reportgen.report.data import Part
from reportgen.report.frame import MonitoringFrame
from reportgen.report.profile import Outcomes, Profiled
from reportgen.report.value import Value

__all__ = [
    "Performance",
    "headline_metrics",
    "lacking_columns",
    "measure_performance",
    "measured_periods",
    "measured_reference",
    "performance_part",
]

_HEADLINES: Mapping[str, tuple[str, ...]] = {
    "classification": ("roc_auc", "recall", "precision", "accuracy"),
    "multiclass": ("accuracy", "f1_macro"),
    "regression": ("mae", "rmse", "mean_error"),
}
_MOST_HEADLINES = 3
NO_REFERENCE = "no reference yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Every metric per period and on the reference.

    Attributes
    ----------
    lacking : why nothing can be measured
    scored : the rows of the data; None where nothing can be measured, or a scan has counted them
    cut : whether predictions were cut from the score
    positive : the level that counts as positive
    periods : metric -> one slot for each period
    reference : metric -> one slot; empty where there is none yet
    since : the reference in words
    source : the pin that the reference is from
    """

    metrics: tuple[str, ...]
    lacking: str = ""
    scored: Scored | None = None
    cut: bool = False
    positive: object = None
    periods: Mapping[str, Many] = ()  # type: ignore[assignment]
    reference: Mapping[str, Many] = ()  # type: ignore[assignment]
    since: str = "the reference"
    source: str = "reference"


def headline_metrics(frame: MonitoringFrame, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """Pick the metrics that the page speaks of: those with a limit or margin, then the usual."""
    asked = [name for name in frame.thresholds if name in metrics]
    usual = [name for name in _HEADLINES[frame.task] if name in metrics and name not in asked]
    return tuple([*asked, *usual][: max(_MOST_HEADLINES, len(asked))])


def measure_performance(frame: MonitoringFrame, calendar: Calendar) -> Performance:
    """Measure all periods and the reference, each in one pass."""
    metrics = metrics_of(frame.task, score=frame.score is not None)
    profiles = frame.profiles
    names = frame.rows.columns if profiles is None else profiles.names
    lacking = lacking_columns(frame, names, "data")
    if lacking:
        return Performance(metrics=metrics, lacking=lacking)
    if profiles is not None:
        return _counted_performance(frame, calendar, profiles, metrics)
    own_reference = frame.reference is not None and not lacking_columns(
        frame, frame.reference.columns, "reference"
    )
    sides = [frame.rows[calendar.slot >= 0]]
    if own_reference and frame.reference is not None:
        sides.append(frame.reference)
    levels, positive = _levels(frame, sides), _positive(frame, sides[0])
    scored = _read(frame, frame.rows, positive, levels)
    periods = measure_slots(scored, calendar.slot, len(calendar.periods), frame.confidence)
    if own_reference and frame.reference is not None:
        before = _read(frame, frame.reference, positive, levels)
        slot = np.zeros(len(frame.reference), dtype=np.intp)
        since, source = "the reference", "reference"
    else:
        before, source = scored, "data"
        slot = np.where(np.isin(calendar.slot, calendar.baseline()), 0, -1)
        since = baseline_words(calendar)
    return Performance(
        metrics=metrics,
        scored=scored,
        cut=scored.cut,
        positive=positive,
        periods=periods,
        reference=measure_slots(before, slot, 1, frame.confidence) if (slot >= 0).any() else {},
        since=since,
        source=source,
    )


def _counted_performance(
    frame: MonitoringFrame, calendar: Calendar, profiles: Profiled, metrics: tuple[str, ...]
) -> Performance:
    """Measure what a scan has counted."""
    plan, scored = profiles.plan, frame.score is not None
    nothing = Outcomes(cells=(0,) * _cells(profiles))
    held = [profiles.periods.get(key) for key in calendar.keys]
    periods = [nothing if one is None else one.outcomes or nothing for one in held]
    own = profiles.reference is not None and profiles.reference.outcomes is not None
    before = profiles.reference if own else profiles.baseline
    outcomes = None if before is None else before.outcomes
    level = frame.confidence
    return Performance(
        metrics=metrics,
        cut=frame.task == "classification" and frame.prediction is None,
        positive=plan.positive,
        periods=measure_outcomes(periods, frame.task, level, score=scored),
        reference={}
        if outcomes is None
        else measure_outcomes([outcomes], frame.task, level, score=scored),
        since="the reference" if own else baseline_words(calendar),
        source="reference" if own else "data",
    )


def _cells(profiles: Profiled) -> int:
    if profiles.plan.task == "regression":
        return 0
    return 4 if profiles.plan.task == "classification" else len(profiles.plan.classes) ** 2


def baseline_words(calendar: Calendar) -> str:
    """Name the periods that serve as a reference: ``the baseline 2013-W18 to 2013-W21``."""
    keys = [calendar.keys[at] for at in calendar.baseline()]
    if not keys:
        return "the reference"
    return f"the baseline {keys[0]}" if len(keys) == 1 else f"the baseline {keys[0]} to {keys[-1]}"


def lacking_columns(frame: MonitoringFrame, names: Iterable[str], where: str) -> str:
    """Say which column the metrics need and the data do not have; empty: none."""
    if frame.target is None:
        return "no column of labels is named"
    guess = frame.prediction
    if guess is None and frame.task != "multiclass":
        guess = frame.score
    if guess is None:
        return "no column of predictions is named"
    needed, held = dict.fromkeys((frame.target, guess, frame.score)), set(names)
    gone = [name for name in needed if name is not None and name not in held]
    return f"there is no column '{gone[0]}' in the {where}" if gone else ""


def _levels(frame: MonitoringFrame, sides: list[pd.DataFrame]) -> tuple[str, ...]:
    if frame.task != "multiclass":
        return ()
    columns = [side[name] for side in sides for name in (frame.target, frame.prediction)]
    return tuple(sorted({level for column in columns for level in level_codes(column)[1]}))


def _read(
    frame: MonitoringFrame, rows: pd.DataFrame, positive: object, levels: tuple[str, ...]
) -> Scored:
    assert frame.target is not None
    return scored_rows(
        rows, frame.task, frame.target, frame.prediction, frame.score, positive, levels
    )


def _positive(frame: MonitoringFrame, rows: pd.DataFrame) -> object:
    """Give the positive level; where none is named, the last by its text, so 1, True and yes."""
    if frame.positive is not None or frame.task != "classification":
        return frame.positive
    held = [rows[name].dropna() for name in (frame.target, frame.prediction) if name]
    last, positive = "", 1
    for column in held:
        codes, levels = level_codes(column)
        if levels and levels[-1] > last:
            last, positive = levels[-1], column.iloc[int((codes == len(levels) - 1).argmax())]
    return positive


def performance_part(frame: MonitoringFrame, calendar: Calendar, found: Performance) -> Part:
    """Name what was measured, and word what changed."""
    if found.lacking:
        return Part(
            values=tuple(
                no_number(
                    f"performance.{name}",
                    found.lacking,
                    by=f"performance.{name}@1",
                    label=metric_of(name).label,
                    unit=metric_of(name).unit,
                    better=metric_of(name).better,
                )
                for name in found.metrics
            )
        )
    headlines = headline_metrics(frame, found.metrics)
    estimates = {
        name: tuple(_period(frame, calendar, many, at) for at in range(len(calendar.periods)))
        for name, many in found.periods.items()
    }
    changes = [
        change
        for name in headlines
        for change in changes_of(
            frame, calendar, name, estimates[name], _reference(found, name), found.since
        )
    ]
    return Part(
        values=tuple(
            value
            for name in found.metrics
            for value in _values(frame, calendar, found, name, estimates[name])
        ),
        tables=(
            metrics_table(frame.period.key, found.metrics, _note(frame, found)),
            history_table(calendar, headlines),
        ),
        series=tuple(
            history_series(frame, calendar, name, estimates[name], _reference(found, name))
            for name in found.metrics
        ),
        findings=word_changes(changes),
    )


def _note(frame: MonitoringFrame, found: Performance) -> str:
    if not found.reference:
        return f"Reference: {NO_REFERENCE}."
    if found.source == "reference":
        return ""
    note = f"Reference: {found.since}, the earliest complete periods of the data."
    if frame.has_reference:
        note += " The pinned reference holds no predictions or no labels."
    return note


def measured_periods(
    frame: MonitoringFrame, calendar: Calendar, found: Performance
) -> dict[str, tuple[Estimate, ...]]:
    """Give each metric's estimate in every period of the calendar, or the reason that fits."""
    return {
        name: tuple(_period(frame, calendar, many, at) for at in range(len(calendar.periods)))
        for name, many in found.periods.items()
    }


def measured_reference(found: Performance, name: str) -> Estimate:
    """Give a metric's estimate in the reference, or the reason why there is none."""
    return _reference(found, name)


def _period(frame: MonitoringFrame, calendar: Calendar, many: Many, at: int) -> Estimate:
    """Give one period's estimate, with the reason that fits: no rows, no labels yet, too few."""
    estimate = many.at(at)
    if estimate.number is not None or estimate.n or (many.reasons or {}).get(at):
        return estimate
    if not calendar.rows[at]:
        return Estimate(number=None, n=0, reason=f"{calendar.keys[at]} has no rows")
    labelled = labels_per_period(frame, calendar)
    if labelled is not None and labelled[at]:
        return estimate
    waiting = "no labels" if calendar.settled[at] else "no labels yet"
    return Estimate(number=None, n=0, reason=waiting)


def _values(
    frame: MonitoringFrame,
    calendar: Calendar,
    found: Performance,
    name: str,
    states: tuple[Estimate, ...],
) -> list[Value]:
    metric = metric_of(name)
    path, by = f"performance.{name}", f"performance.{name}@1"
    more: dict[str, object] = {}
    if frame.task == "classification":
        more["positive"] = str(found.positive)
        if found.cut:
            more["threshold"] = CUT

    def value(where: str, estimate: Estimate, label: str, **source: tuple[str, ...]) -> Value:
        return estimated(
            where,
            estimate,
            by=by,
            unit=metric.unit,
            label=label,
            better=metric.better,
            parameters=more,
            pins=source.get("pins", ("data",)),
        )

    values = [value(path, states[-1], metric.label)]
    values += [
        value(period_name(path, key), estimate, f"{metric.label} in {key}")
        for key, estimate in zip(calendar.keys, states, strict=True)
    ]
    before = _reference(found, name)
    since = f"{metric.label} in {found.since}"
    values.append(value(f"{path}.reference", before, since, pins=(found.source,)))
    values.append(
        _change_value(f"{path}.change", metric, states[-1], before, found.since, found.source)
    )
    previous = calendar.previous()
    if previous is not None:
        key = calendar.keys[previous]
        values.append(
            _change_value(f"{path}.step", metric, states[-1], states[previous], key, "data")
        )
    return values


def _reference(found: Performance, name: str) -> Estimate:
    if not found.reference:
        return Estimate(number=None, n=0, reason=NO_REFERENCE)
    estimate = found.reference[name].at(0)
    if estimate.number is None and estimate.n == 0 and estimate.reason == "no rows":
        return Estimate(number=None, n=0, reason="no labelled rows in the reference")
    return estimate


def _change_value(
    name: str, metric: Metric, now: Estimate, before: Estimate, since: str, source: str
) -> Value:
    change = difference(now, before, _level(now, before))
    return estimated(
        name,
        change,
        by="performance.change@1",
        unit=metric.unit,
        label=f"Change of {metric.label} since {since}",
        better=metric.better,
        pins=("data",) if source == "data" else ("data", source),
    )


def _level(*estimates: Estimate) -> float:
    return next((one.interval.level for one in estimates if one.interval is not None), 0.95)
