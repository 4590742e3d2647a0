"""Values held against the limits that the project set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reportgen.errors import near_miss
from reportgen.measure.wording import estimate_words, plain_number, weight_of
from reportgen.report.data import Finding, State
from reportgen.report.rounding import write_limit
from reportgen.report.spec import Threshold
from reportgen.report.value import Value

__all__ = ["hold_against_limits"]


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
        found.append(_unknown(metric, known, prefix) if value is None else _held(value, limit))
    return tuple(found)


def _unknown(metric: str, known: Mapping[str, Value], prefix: str) -> Finding:
    start = f"{prefix}."
    metrics = [name.removeprefix(start) for name in known if name.startswith(start)]
    plain = [name for name in metrics if "[" not in name and "." not in name]
    return Finding(
        kind="threshold",
        state="cannot tell",
        sentence=f"A limit is set for '{metric}', which is not measured. {near_miss(metric, plain)}",
        weight=weight_of("threshold", "cannot tell"),
    )


def _held(value: Value, limit: Threshold) -> Finding:
    asked = _asked(value, limit)
    name = value.label or value.name
    if value.number is None:
        sentence = f"{name} cannot be held against its limit of {asked}: {value.reason}."
        return _finding(value, "cannot tell", sentence)
    shown = estimate_words(value.number, value.interval, value.unit)
    for bound, side in ((limit.minimum, -1), (limit.maximum, 1)):
        if bound is None or (value.number - bound) * side <= 0:
            continue
        sure = value.interval
        surely = sure is None or min((sure.low - bound) * side, (sure.high - bound) * side) > 0
        word = f"{_just(value, bound)}{'below' if side < 0 else 'above'}"
        at = write_limit(bound, value.unit)
        if surely:
            sentence = f"{name} is {shown}, {word} its limit of {at}."
            return _finding(value, "alert", sentence, abs(value.number - bound))
        sentence = f"{name} is {shown}, {word} its limit of {at}, perhaps by chance."
        return _finding(value, "watch", sentence, abs(value.number - bound))
    return _finding(value, "ok", f"{name} is {shown}, within its limit of {asked}.")


def _asked(value: Value, limit: Threshold) -> str:
    words = []
    if limit.minimum is not None:
        words.append(f"at least {write_limit(limit.minimum, value.unit)}")
    if limit.maximum is not None:
        words.append(f"at most {write_limit(limit.maximum, value.unit)}")
    return " and ".join(words)


def _just(value: Value, bound: float) -> str:
    """Say ``just`` of a number that reads as the limit itself; its digits stay as on its tile."""
    assert value.number is not None
    shown = plain_number(value.number, value.interval, unit=value.unit)
    return "just " if shown == plain_number(bound, value.interval, unit=value.unit) else ""


def _finding(value: Value, state: State, sentence: str, size: float = 0.0) -> Finding:
    return Finding(
        kind="threshold",
        state=state,
        sentence=sentence[:1].upper() + sentence[1:],
        because=(value.name,),
        weight=weight_of("threshold", state, size),
    )
