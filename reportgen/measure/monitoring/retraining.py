"""Whether the time has come to train again, and what speaks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.statistics.intervals import difference
from reportgen.measure.wording import (
    default_material,
    in_sentence,
    listed,
    plain_number,
    rung_of,
    weight_of,
)
from reportgen.report.data import Finding, Part
from reportgen.report.spec import Threshold
from reportgen.report.value import Value

__all__ = ["INDICATED", "suggest_retraining"]

INDICATED = "Retraining is indicated"
_FEWEST = 2
_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fall:
    """A metric that has been materially worse than the reference, period after period."""

    label: str
    run: int
    values: tuple[Value, ...]
    before: Value


def suggest_retraining(
    part: Part, metrics: tuple[str, ...], thresholds: Mapping[str, Threshold], level: float
) -> tuple[Finding, ...]:
    """Suggest to train again, or to look for the cause; nothing where performance holds.

    Parameters
    ----------
    part : values with the history of the metrics; findings of drift
    metrics : those that the page speaks of

    Notes
    -----
    A metric must have been materially worse than the reference, with an interval that excludes
    no change, in the reported period and the one before, or in as many as ``after`` asks for.
    Only where inputs moved as well does training on newer rows promise a remedy.
    """
    values = {value.name: value for value in part.values}
    falls = [
        fall
        for metric in metrics
        if (fall := _fall_of(values, metric, thresholds.get(metric), level)) is not None
    ]
    if not falls:
        return ()
    worst = max(falls, key=lambda fall: fall.run)
    drifted = [f for f in part.findings if f.kind == "drift" and f.state in {"watch", "alert"}]
    drifted.sort(key=lambda finding: -finding.weight)
    names = tuple(
        dict.fromkeys(
            [worst.values[-1].name, worst.before.name]
            + [name for finding in drifted[:2] for name in finding.because[:1]]
        )
    )
    return (
        Finding(
            kind="retraining",
            state="watch",
            sentence=_sentence(worst, drifted),
            because=names,
            weight=weight_of("retraining", "watch", worst.run),
        ),
    )


def _fall_of(
    values: Mapping[str, Value], metric: str, threshold: Threshold | None, level: float
) -> _Fall | None:
    path, words = f"performance.{metric}", METRICS[metric]
    before = values.get(f"{path}.reference")
    if before is None or before.number is None or not words.better:
        return None
    old = _estimate(before)
    material = default_material(words, old)
    if threshold is not None and threshold.material is not None:
        material = threshold.material
    start = f"{path}[period="
    history = [value for name, value in values.items() if name.startswith(start)]
    known = [value for value in history if value.number is not None]
    if not known or not history or known[-1] is not history[-1]:
        return None  # the reported period itself has no number
    run = 0
    for value in reversed(known):
        change = difference(_estimate(value), old, level)
        worse = (change.number or 0.0) * (1 if words.better == "lower" else -1) > 0
        if not worse or rung_of(change, material) != "moved":
            break
        run += 1
    if run < max(_FEWEST, threshold.after if threshold is not None else 1):
        return None
    now = values[path]
    return _Fall(label=words.label, run=run, values=(*known[-run:-1], now), before=before)


def _estimate(value: Value) -> Estimate:
    return Estimate(number=value.number, n=value.n or 0, interval=value.interval)


def _sentence(fall: _Fall, drifted: list[Finding]) -> str:
    numbers = listed(tuple(_shown(value) for value in fall.values[-_SHOWN:]), most=_SHOWN)
    which = f"the last {_SHOWN} of them" if fall.run > _SHOWN else "they were"
    fell = (
        f"{in_sentence(fall.label)} has been materially worse than the reference's "
        f"{_shown(fall.before)} for {fall.run} periods in a row ({which} {numbers})"
    )
    if not drifted:
        return (
            f"{fell[:1].upper()}{fell[1:]}, and no column that was compared moved: find the cause "
            "before training again."
        )
    many = "a column" if len(drifted) == 1 else f"{len(drifted)} columns"
    moved = drifted[0].sentence.split(" (", maxsplit=1)[0].rstrip(".")
    return f"{INDICATED}: {fell}, and {many} moved; first, {moved}."


def _shown(value: Value) -> str:
    assert value.number is not None
    return plain_number(value.number, value.interval, unit=value.unit)
