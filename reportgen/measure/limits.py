"""Values held against the limits that the project set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reportgen.errors import near_miss
from reportgen.measure.wording import interval_words, plain_number, weight_of
from reportgen.report.data import Finding, State
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
    shown = _shown(value, limit)
    for bound, side in ((limit.minimum, -1), (limit.maximum, 1)):
        if bound is None or (value.number - bound) * side <= 0:
            continue
        sure = value.interval
        surely = sure is None or min((sure.low - bound) * side, (sure.high - bound) * side) > 0
        word = "below" if side < 0 else "above"
        at = _limit_text(value, bound)
        if surely:
            sentence = f"{name} is {shown}, {word} its limit of {at}."
            return _finding(value, "alert", sentence, abs(value.number - bound))
        sentence = f"{name} is {shown}, {word} its limit of {at}, perhaps by chance."
        return _finding(value, "watch", sentence, abs(value.number - bound))
    return _finding(value, "ok", f"{name} is {shown}, within its limit of {asked}.")


def _limit_text(value: Value, bound: float) -> str:
    return f"{bound:.2f}" if value.unit == "ratio" and round(bound, 2) == bound else f"{bound:,g}"


def _asked(value: Value, limit: Threshold) -> str:
    words = []
    if limit.minimum is not None:
        words.append(f"at least {_limit_text(value, limit.minimum)}")
    if limit.maximum is not None:
        words.append(f"at most {_limit_text(value, limit.maximum)}")
    return " and ".join(words)


def _shown(value: Value, limit: Threshold) -> str:
    """Write the number with enough digits that it does not read as the limit itself."""
    assert value.number is not None
    number = plain_number(value.number, value.interval, unit=value.unit)
    bounds = [bound for bound in (limit.minimum, limit.maximum) if bound is not None]
    if any(number == _limit_text(value, bound) and value.number != bound for bound in bounds):
        number = f"{value.number:.4g}"
    if value.interval is None:
        return number
    decimals = len(number.partition(".")[2])
    return f"{number} ({interval_words(value.interval, decimals)})"


def _finding(value: Value, state: State, sentence: str, size: float = 0.0) -> Finding:
    return Finding(
        kind="threshold",
        state=state,
        sentence=sentence[:1].upper() + sentence[1:],
        because=(value.name,),
        weight=weight_of("threshold", state, size),
    )
