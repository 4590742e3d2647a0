"""What changed in the metrics the page speaks of, since the reference and since the last period."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.values import metric_of
from reportgen.measure.statistics.estimate import Estimate, Metric
from reportgen.measure.statistics.intervals import difference, z_of
from reportgen.measure.wording import (
    Rung,
    change_sentence,
    default_material,
    in_sentence,
    listed,
    rung_of,
    state_of_change,
    weight_of,
)
from reportgen.report.data import Finding, State
from reportgen.report.frame import MonitoringFrame

__all__ = ["Change", "changes_of", "word_changes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One metric's change, worded.

    Attributes
    ----------
    since : ``the reference`` or the key of a period
    because : names of the values it rests on
    estimate : of the difference
    is_set : whether the project set the margin of this metric, and so asked about it
    """

    metric: Metric
    rung: Rung
    state: State
    sentence: str
    since: str
    because: tuple[str, ...]
    effect: float
    estimate: Estimate
    is_set: bool


def changes_of(
    frame: MonitoringFrame,
    calendar: Calendar,
    name: str,
    periods: tuple[Estimate, ...],
    reference: Estimate,
    since: str,
) -> list[Change]:
    """Compare the reported period with the reference, and with the period before it.

    Notes
    -----
    A step from one period to the next is to be watched at most: it may be a return to normal.
    """
    path = f"performance.{name}"
    sides: list[tuple[Estimate, str, tuple[str, ...]]] = [
        (reference, since, (f"{path}.change", path, f"{path}.reference"))
    ]
    previous = calendar.previous()
    if previous is not None and calendar.keys[previous] != since:
        names = (f"{path}.step", path)
        sides.append((periods[previous], calendar.keys[previous], names))
    found = []
    for before, words, because in sides:
        change = _change(frame, name, before, periods[-1], words, because)
        if change is not None:
            found.append(change)
    return found


def _change(
    frame: MonitoringFrame,
    name: str,
    before: Estimate,
    now: Estimate,
    since: str,
    because: tuple[str, ...],
) -> Change | None:
    if before.number is None or now.number is None:
        return None
    metric, limit = metric_of(name), frame.thresholds.get(name)
    is_set = limit is not None and limit.material is not None
    material = default_material(metric, before)
    if limit is not None and limit.material is not None:
        material = limit.material
    change = difference(now, before, frame.confidence)
    state = state_of_change(metric, change, material, is_set=is_set)
    if state == "alert" and because[0].endswith(".step"):
        state = "watch"
    return Change(
        metric=metric,
        rung=rung_of(change, material),
        state=state,
        sentence=change_sentence(
            metric, before, now, change, material, since=since, is_set=is_set
        ),
        since=since,
        because=because,
        effect=(change.number or 0.0) / material if material else 0.0,
        estimate=change,
        is_set=is_set,
    )


def word_changes(changes: list[Change]) -> tuple[Finding, ...]:
    """One finding for each metric that moved; those that did not are told together, and out loud.

    Nothing measured on both sides gives no finding at all.
    """
    changes = [_corrected(change, len(changes)) for change in changes]
    findings = [_finding(change) for change in changes if change.rung in {"moved", "slightly"}]
    for rung in ("none", "uncertain"):
        alike = [change for change in changes if change.rung == rung]
        findings += [
            _together([one for one in alike if one.since == since], since)
            for since in dict.fromkeys(change.since for change in alike)
        ]
    return tuple(sorted(findings, key=lambda finding: -finding.weight))


def _corrected(change: Change, many: int) -> Change:
    """Raise no alarm over what one of so many comparisons would show by chance.

    A metric whose margin the project set was asked about; the others are looked through for
    anything that stands out, and their intervals are widened for it (Bonferroni).
    """
    interval = change.estimate.interval
    if change.is_set or change.state not in {"watch", "alert"} or interval is None:
        return change
    number = change.estimate.number or 0.0
    nearest = interval.low if number > 0 else interval.high
    wider = z_of(1 - (1 - interval.level) / many) / z_of(interval.level)
    if abs(number - nearest) * wider < abs(number):
        return change
    doubt = f" Among {many} comparisons, chance alone may do that."
    return replace(change, state="cannot tell", sentence=change.sentence + doubt)


def _finding(change: Change) -> Finding:
    # "Too uncertain" never outranks what is known, and a change outranks its absence.
    state: State = "ok" if change.rung == "uncertain" else change.state
    effect = change.effect if change.rung in {"moved", "slightly"} else 0.0
    first = {"moved": 2.0, "slightly": 1.0, "none": 0.5, "uncertain": 0.0}[change.rung]
    return Finding(
        kind="change",
        state=change.state,
        sentence=change.sentence,
        because=change.because,
        weight=weight_of("change", state, effect) + first,
    )


def _together(same: list[Change], since: str) -> Finding:
    """Tell metrics on the same rung in one sentence."""
    if len(same) == 1:
        return _finding(same[0])
    names = tuple(in_sentence(change.metric.label) for change in same)
    if same[0].rung == "none":
        sentence = f"No material change in {listed(names)} since {since}."
    else:
        sentence = (
            f"Too uncertain to say whether {listed(names, last='or')} changed since {since}."
        )
    first = _finding(same[0])
    because = tuple(change.because[0] for change in same)
    return replace(first, sentence=sentence, because=because)
