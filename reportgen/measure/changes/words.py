"""What changed since another version, in sentences: the wording ladder, once per rung."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reportgen.measure.statistics.estimate import Metric
from reportgen.measure.statistics.intervals import z_of
from reportgen.measure.statistics.paired import Paired
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
from reportgen.report import Finding, State, Threshold

__all__ = ["Step", "change_findings", "margin_of", "reading_of", "steps_of"]

_FIRST: Mapping[Rung, float] = {"moved": 2.0, "slightly": 1.0, "none": 0.5, "uncertain": 0.0}

_HEADLINES = ("roc_auc", "accuracy", "f1_macro", "rmse", "mae", "r2")
_MOST_MOVED = 3
_TOGETHER = 46.0  # behind what moved and is told alone, before what changed slightly


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One metric's change and where it stands on the wording ladder.

    Attributes
    ----------
    material : the margin
    is_set : whether the project set it, and so asked about this metric
    doubtful : of so many comparisons, one would show as much by chance
    """

    metric: Metric
    paired: Paired
    rung: Rung
    state: State
    material: float
    is_set: bool
    doubtful: bool = False

    @property
    def differs(self) -> bool:
        """Whether the versions differ materially in this metric, for better or worse."""
        return self.rung == "moved" and not self.doubtful


def margin_of(
    metric: Metric, changes: Mapping[str, Paired], limit: Threshold | None
) -> tuple[float, bool]:
    """Give the change that counts as material, and whether the project set it.

    A mean error may be near 0, which says nothing of what matters: a tenth of the mean absolute
    error does.
    """
    if limit is not None and limit.material is not None:
        return limit.material, True
    known = changes.get("mae") if metric.name == "mean_error" else None
    return default_material(metric, (known or changes[metric.name]).before), False


def steps_of(
    changes: Mapping[str, Paired],
    thresholds: Mapping[str, Threshold],
    metrics: Mapping[str, Metric],
) -> tuple[Step, ...]:
    """Place every change that has a number on the ladder.

    Notes
    -----
    A metric whose margin the project set was asked about. The others are looked through for
    anything that stands out, and raise an alarm only when an interval widened for all of them
    (Bonferroni) still excludes no change.
    """
    known = {name: paired for name, paired in changes.items() if paired.change.number is not None}
    return tuple(_step(metrics[name], known, thresholds.get(name)) for name in known)


def _step(metric: Metric, changes: Mapping[str, Paired], limit: Threshold | None) -> Step:
    paired, many = changes[metric.name], len(changes)
    material, is_set = margin_of(metric, changes, limit)
    rung = rung_of(paired.change, material)
    doubtful = rung == "moved" and not is_set and not _stands(paired, many)
    state = state_of_change(metric, paired.change, material, is_set=is_set)
    return Step(
        metric=metric,
        paired=paired,
        rung=rung,
        state="cannot tell" if doubtful else state,
        material=material,
        is_set=is_set,
        doubtful=doubtful,
    )


def _stands(paired: Paired, many: int) -> bool:
    """Whether a change is clear among so many comparisons."""
    interval, number = paired.change.interval, paired.change.number or 0.0
    if interval is None:
        return False
    nearest = interval.low if number > 0 else interval.high
    wider = z_of(1 - (1 - interval.level) / many) / z_of(interval.level)
    return abs(number - nearest) * wider < abs(number)


def reading_of(step: Step) -> str:
    """Say in a few words where a change stands; for a table."""
    if step.doubtful:
        return "too uncertain to say, of so many"
    number = step.paired.change.number or 0.0
    better = step.metric.better
    match step.rung:
        case "none":
            return "no material change"
        case "uncertain":
            return "too uncertain to say"
        case _ if not better:
            word = "rose" if number > 0 else "fell"
        case _:
            word = "better" if (number > 0) == (better == "higher") else "worse"
    return word if step.rung == "moved" else f"slightly {word}" if better else f"{word} slightly"


def change_findings(steps: tuple[Step, ...], since: str) -> tuple[Finding, ...]:
    """Say what moved, a sentence each; the rungs below are told together, and out loud."""
    moved = [step for step in steps if step.rung == "moved"]
    alone = [step for step in moved if len(moved) <= _MOST_MOVED or _leads(step)]
    findings = [_alone(step, since, len(steps)) for step in alone]
    findings += _moved_too([step for step in moved if step not in alone], since, len(steps))
    for rung in ("slightly", "none", "uncertain"):
        same = [step for step in steps if step.rung == rung]
        if same:
            findings.append(_together(same, rung, since, len(steps)))
    return tuple(sorted(findings, key=lambda finding: -finding.weight))


def _leads(step: Step) -> bool:
    """Whether a metric is one the project asked about, one to worry over, or a headline."""
    return step.is_set or step.state != "ok" or step.metric.name in _HEADLINES


def _moved_too(steps: list[Step], since: str, many: int) -> list[Finding]:
    """Tell further metrics that moved, and not for the worse, in one sentence."""
    if len(steps) < _MOST_MOVED:
        return [_alone(step, since, many) for step in steps]
    names = tuple(in_sentence(step.metric.label) for step in steps)
    told = listed(names, most=len(names))
    better = all(step.metric.better for step in steps)
    return [
        Finding(
            kind="change",
            state="ok",
            sentence=f"Materially {'better' if better else 'different'} since {since}: {told}.",
            because=tuple(f"changes.{step.metric.name}" for step in steps),
            weight=_TOGETHER,
        )
    ]


def _alone(step: Step, since: str, many: int) -> Finding:
    paired, metric = step.paired, step.metric
    sentence = change_sentence(
        metric,
        paired.before,
        paired.now,
        paired.change,
        step.material,
        since=since,
        is_set=step.is_set,
    )
    if step.doubtful:
        sentence += f" Among {many} comparisons, chance alone may do that."
    effect = (paired.change.number or 0.0) / step.material if step.material else 0.0
    known: State = "ok" if step.rung == "uncertain" else step.state
    moved = step.rung in ("moved", "slightly")
    path = f"changes.{step.metric.name}"
    return Finding(
        kind="change",
        state=step.state,
        sentence=sentence,
        because=(path, f"{path}.now", f"{path}.before"),
        weight=weight_of("change", known, effect if moved else 0.0)
        + _FIRST[step.rung]
        + (10.0 if step.is_set and moved else 0.0),
    )


def _together(same: list[Step], rung: Rung, since: str, many: int) -> Finding:
    first = _alone(same[0], since, many)
    if len(same) == 1:
        return first
    names = tuple(in_sentence(step.metric.label) for step in same)
    told = listed(names, most=len(names), last="or" if rung == "uncertain" else "and")
    sentence = {
        "slightly": f"{told[:1].upper()}{told[1:]} changed slightly since {since}, less than is "
        "material.",
        "none": f"No material change in {told} since {since}.",
        "uncertain": f"Too uncertain to say whether {told} changed since {since}.",
    }[rung]
    because = tuple(f"changes.{step.metric.name}" for step in same)
    largest = max(_alone(step, since, many).weight for step in same)
    return replace(first, sentence=sentence, because=because, weight=largest)
