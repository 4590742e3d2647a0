"""Values held against the limits that the project set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reportgen.errors import near_miss
from reportgen.measure.wording import estimate_words, plain_number, weight_of
from reportgen.report.data import Finding, State
from reportgen.report.rounding import write_limit
from reportgen.report.spec import Threshold
from reportgen.report.value import Interval, Value

__all__ = ["Limit", "hold_against_limits", "hold_value", "unknown_metric"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What one value is held against.

    Attributes
    ----------
    low, high : ends of what is acceptable, where there are any
    broken : what it is called, behind "below"; ``{at}`` stands for the end that is passed
    kept : what it is called, behind "within"
    because : further values that it rests on
    sure : where the value lies for sure, when that is not its own interval
    after : periods in a row that make an alert
    past : the numbers of earlier periods, the newest first
    is_set : whether a person wrote its ends, which are then shown to the last digit
    """

    low: float | None = None
    high: float | None = None
    broken: str = "its limit of {at}"
    kept: str
    because: tuple[str, ...] = ()
    sure: Interval | None = None
    after: int = 1
    past: tuple[float, ...] = ()
    is_set: bool = True


def hold_against_limits(
    values: Iterable[Value], thresholds: Mapping[str, Threshold], prefix: str
) -> tuple[Finding, ...]:
    """Say of each limit whether it is kept.

    Parameters
    ----------
    thresholds : by the name of a metric (``recall``), or the full name of any value
        (``quality.age.nulls``)
    prefix : of the metrics' values: ``performance``, ``evaluation``

    Notes
    -----
    The whole interval beyond the limit: alert. The number beyond it, but not the whole interval:
    watch. No number: cannot tell, and never taken for good.
    """
    known = {value.name: value for value in values}
    found = []
    for metric, limit in thresholds.items():
        if limit.minimum is None and limit.maximum is None:
            continue
        value = known.get(metric) or known.get(f"{prefix}.{metric}")
        if value is None:
            found.append(unknown_metric(metric, known, prefix))
        else:
            found.append(hold_value(value, absolute(value, limit)))
    return tuple(found)


def absolute(value: Value, limit: Threshold, past: tuple[float, ...] = ()) -> Limit:
    """Give the limits that a project set as numbers."""
    words = []
    if limit.minimum is not None:
        words.append(f"at least {write_limit(limit.minimum, value.unit)}")
    if limit.maximum is not None:
        words.append(f"at most {write_limit(limit.maximum, value.unit)}")
    return Limit(
        low=limit.minimum,
        high=limit.maximum,
        kept=f"its limit of {' and '.join(words)}",
        after=limit.after,
        past=past,
    )


def unknown_metric(metric: str, known: Mapping[str, Value], prefix: str) -> Finding:
    """Say that a limit is set for what is not measured."""
    start = f"{prefix}."
    metrics = [name.removeprefix(start) for name in known if name.startswith(start)]
    plain = [name for name in metrics if "[" not in name and "." not in name]
    return Finding(
        kind="threshold",
        state="cannot tell",
        sentence=f"A limit is set for '{metric}', which is not measured. {near_miss(metric, plain)}",
        weight=weight_of("threshold", "cannot tell"),
    )


def hold_value(value: Value, limit: Limit) -> Finding:
    """Say whether one value keeps one limit."""
    name = value.label or value.name
    names = (value.name, *limit.because)
    if value.number is None:
        sentence = f"{name} cannot be held against {limit.kept}: {value.reason}."
        return _finding(names, "cannot tell", sentence)
    shown = estimate_words(value.number, value.interval, value.unit)
    for bound, side in ((limit.low, -1), (limit.high, 1)):
        if bound is None or (value.number - bound) * side <= 0:
            continue
        sure = limit.sure or value.interval
        surely = sure is None or min((sure.low - bound) * side, (sure.high - bound) * side) > 0
        word = f"{_just(value, bound)}{'below' if side < 0 else 'above'}"
        learned = plain_number(bound, value.interval, unit=value.unit)
        at = write_limit(bound, value.unit) if limit.is_set else learned
        called = limit.broken.format(at=at)
        sentence = f"{name} is {shown}, {word} {called}{'' if surely else ', perhaps by chance'}."
        run = _in_a_row(limit.past, bound, side)
        state, told = _after(run, limit.after, surely=surely)
        return _finding(names, state, sentence + told, abs(value.number - bound))
    return _finding(names, "ok", f"{name} is {shown}, within {limit.kept}.")


def _in_a_row(past: tuple[float, ...], bound: float, side: int) -> int:
    """Count the periods up to now that passed a bound without a break, this one among them."""
    for at, number in enumerate(past):
        if (number - bound) * side <= 0:
            return at + 1
    return len(past) + 1


def _after(run: int, after: int, *, surely: bool) -> tuple[State, str]:
    """Lower the state by one where too few periods in a row passed the bound."""
    state: State = "alert" if surely else "watch"
    if after < 2:
        return state, ""
    if run >= after:
        return state, f" That makes {run} periods in a row."
    count = "the first period" if run == 1 else f"{run} periods in a row"
    lower: State = "watch" if surely else "ok"
    return lower, f" It is so for {count}; an alert takes {after}."


def _just(value: Value, bound: float) -> str:
    """Say ``just`` of a number that reads as the limit itself; its digits stay as on its tile."""
    assert value.number is not None
    shown = plain_number(value.number, value.interval, unit=value.unit)
    return "just " if shown == plain_number(bound, value.interval, unit=value.unit) else ""


def _finding(names: tuple[str, ...], state: State, sentence: str, size: float = 0.0) -> Finding:
    return Finding(
        kind="threshold",
        state=state,
        sentence=sentence[:1].upper() + sentence[1:],
        because=names,
        weight=weight_of("threshold", state, size),
    )
