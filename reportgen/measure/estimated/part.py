"""Estimated performance as a part of a report: what it says, and when it is not to be relied on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reportgen.measure.estimated.estimated import Estimated, Past
from reportgen.measure.estimated.page import (
    ASSUMPTION,
    change_of,
    estimated_values,
    estimates_series,
    estimates_table,
    periods_table,
)
from reportgen.measure.monitoring.bands import Band
from reportgen.measure.monitoring.performance_page import (
    Performance,
    headline_metrics,
    measured_periods,
    measured_reference,
)
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.values import metric_of
from reportgen.measure.monitoring.volume import labels_per_period
from reportgen.measure.statistics.estimate import Estimate, Metric
from reportgen.measure.wording import (
    as_percent,
    change_sentence,
    default_material,
    estimate_words,
    in_sentence,
    listed,
    plain_number,
    rung_of,
    weight_of,
)
from reportgen.report.data import Finding, Part
from reportgen.report.frame import MonitoringFrame

__all__ = ["estimated_part"]

ENOUGH_LABELS = 0.5
"""Share of labels from which the measured metric speaks and the estimate only stands beside it."""
_FEWEST_TO_REFUSE, _MOSTLY = 4, 0.5
"""Periods, and the share of them whose measured metric must have lain in the range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One metric that the page speaks of.

    Attributes
    ----------
    margin : what is material, or half of what is usual where that is known and more
    """

    metric: Metric
    now: Estimate
    before: Estimate
    change: Estimate
    material: float
    is_set: bool
    minimum: float | None
    maximum: float | None
    past: Past | None
    margin: float

    @property
    def path(self) -> str:
        return f"performance.estimated.{self.metric.name}"

    @property
    def is_unreliable(self) -> bool:
        """Whether earlier estimates missed by more than what would matter, or mostly missed."""
        if self.past is None:
            return False
        mostly = self.past.periods >= _FEWEST_TO_REFUSE and self.past.inside < _MOSTLY
        return mostly or self.past.size > self.margin


def estimated_part(
    frame: MonitoringFrame,
    calendar: Calendar,
    found: Performance,
    estimates: Estimated | None,
    bands: Mapping[str, Band],
) -> Part:
    """Name what was estimated, and say what follows while labels are not in.

    Parameters
    ----------
    bands : metric -> what is usual for it

    Notes
    -----
    An estimate can make a period one to be watched, never an alert: it rests on an assumption
    that only labels can test.
    """
    if estimates is None:
        return Part()
    measured = measured_periods(frame, calendar, found)
    reference = {name: measured_reference(found, name) for name in estimates.metrics}
    headlines = tuple(
        name for name in headline_metrics(frame, found.metrics) if name in estimates.metrics
    )
    now = {name: each[-1] for name, each in measured.items()}
    told = [_told(frame, estimates, name, reference[name], bands.get(name)) for name in headlines]
    return Part(
        values=estimated_values(frame, calendar, estimates, now, reference),
        tables=(
            estimates_table(frame.period.key, estimates, _note(estimates, told, now)),
            periods_table(calendar, estimates, headlines),
        ),
        series=tuple(
            estimates_series(calendar, estimates, name, measured[name], frame.confidence)
            for name in headlines
        ),
        findings=_findings(frame, calendar, told),
    )


def _told(
    frame: MonitoringFrame,
    estimates: Estimated,
    name: str,
    before: Estimate,
    band: Band | None,
) -> _Told:
    metric, limit = metric_of(name), frame.thresholds.get(name)
    is_set = limit is not None and limit.material is not None
    material = default_material(metric, before)
    if limit is not None and limit.material is not None:
        material = limit.material
    now = estimates.periods[name][-1]
    usual = (band.high - band.low) / 2 if band is not None else 0.0
    return _Told(
        metric=metric,
        now=now,
        before=before,
        change=change_of(frame, now, before),
        material=material,
        is_set=is_set,
        minimum=None if limit is None else limit.minimum,
        maximum=None if limit is None else limit.maximum,
        past=estimates.past[name],
        margin=max(material, usual),
    )


def _note(estimates: Estimated, told: list[_Told], measured: Mapping[str, Estimate]) -> str:
    if not estimates.method:
        return ""
    note = (
        f"From {estimates.method}, learned from {estimates.labelled:,} labelled rows. "
        f"{ASSUMPTION} Ranges are those of the metric that will be measured. Errors are measured "
        "less estimated, in earlier periods whose labels are in and that nothing was learned from."
    )
    bad = tuple(in_sentence(one.metric.label) for one in told if one.is_unreliable)
    if bad:
        note += (
            f" Not to be relied on for {listed(bad)}: earlier estimates missed by more than is "
            "material or usual, or most of the time."
        )
    off = [one for one in told if _is_off(one, measured[one.metric.name])]
    if off:
        names = listed(tuple(in_sentence(one.metric.label) for one in off))
        note += (
            f" In this period {names} lay outside the range by more than is material: the scores "
            "are not worth what they were."
        )
    return note


def _is_off(one: _Told, measured: Estimate) -> bool:
    """Whether what was measured lies far from what the scores led one to expect."""
    if measured.number is None or one.now.number is None or one.now.interval is None:
        return False
    inside = one.now.interval.low <= measured.number <= one.now.interval.high
    return not inside and abs(measured.number - one.now.number) > one.material


def _findings(
    frame: MonitoringFrame, calendar: Calendar, told: list[_Told]
) -> tuple[Finding, ...]:
    """Speak only while too few labels are in, and only of estimates that were good before."""
    share = _labels_in(frame, calendar)
    known = [one for one in told if one.now.number is not None]
    if share is None or share >= ENOUGH_LABELS or not known:
        return ()
    unreliable = [one for one in known if one.is_unreliable]
    trusted = [one for one in known if not one.is_unreliable]
    found = [finding for one in trusted if (finding := _worse(one, share)) is not None]
    worse = {name for finding in found for name in finding.because}
    steady = [one for one in trusted if one.path not in worse]
    if steady:
        found.append(_steady(steady, share))
    if unreliable:
        found.append(_unreliable(unreliable))
    return tuple(found)


def _labels_in(frame: MonitoringFrame, calendar: Calendar) -> float | None:
    """Give the share of the period's rows that have a label; None without rows."""
    labelled = labels_per_period(frame, calendar)
    rows = int(calendar.rows[calendar.current])
    if labelled is None or not rows:
        return None
    return int(labelled[calendar.current]) / rows


def _in_words(share: float) -> str:
    return "no label is in yet" if not share else f"only {as_percent(share)} of labels are in"


def _worse(one: _Told, share: float) -> Finding | None:
    """Say that a metric is probably beyond its limit, or materially worse than the reference."""
    interval, sentence = one.now.interval, ""
    assert one.now.number is not None
    shown = estimate_words(one.now.number, interval, one.metric.unit)
    because: tuple[str, ...] = (one.path,)
    if interval is not None and one.minimum is not None and interval.high < one.minimum:
        sentence = (
            f"{one.metric.label} is estimated at {shown}, below the {one.minimum:g} set as its "
            f"minimum; {_in_words(share)}."
        )
    elif interval is not None and one.maximum is not None and interval.low > one.maximum:
        sentence = (
            f"{one.metric.label} is estimated at {shown}, above the {one.maximum:g} set as its "
            f"maximum; {_in_words(share)}."
        )
    elif _is_worse(one):
        told = change_sentence(
            one.metric,
            one.before,
            one.now,
            one.change,
            one.material,
            since="the reference",
            is_set=one.is_set,
        )
        sentence = f"By estimate, as {_in_words(share)}: {told}"
        because = (one.path, f"{one.path}.change")
    if not sentence:
        return None
    effect = abs(one.change.number or 0.0) / one.material if one.material else 0.0
    return Finding(
        kind="estimate",
        state="watch",
        sentence=sentence,
        because=because,
        weight=weight_of("estimate", "watch", effect),
    )


def _is_worse(one: _Told) -> bool:
    if rung_of(one.change, one.material) != "moved" or not one.metric.better:
        return False
    return (one.change.number or 0.0) * (1 if one.metric.better == "lower" else -1) > 0


def _steady(told: list[_Told], share: float) -> Finding:
    words = tuple(
        f"{in_sentence(one.metric.label)} {estimate_words(one.now.number, one.now.interval, one.metric.unit)}"
        for one in told
        if one.now.number is not None
    )
    start = _in_words(share)
    return Finding(
        kind="estimate",
        state="ok",
        sentence=f"{start[:1].upper()}{start[1:]}; estimated: {listed(words)}.",
        because=tuple(one.path for one in told),
        weight=weight_of("estimate", "ok"),
    )


def _unreliable(told: list[_Told]) -> Finding:
    names = tuple(in_sentence(one.metric.label) for one in told)
    first = told[0]
    assert first.past is not None
    size = plain_number(first.past.size, unit=first.metric.unit)
    return Finding(
        kind="estimate",
        state="cannot tell",
        sentence=(
            f"The estimate of {listed(names)} is not to be relied on: over {first.past.periods} "
            f"earlier periods that of {names[0]} missed by {size}, and its range held "
            f"{as_percent(first.past.inside)} of what was measured."
        ),
        because=tuple(f"{one.path}.past_error" for one in told),
        weight=weight_of("estimate", "ok"),
    )
