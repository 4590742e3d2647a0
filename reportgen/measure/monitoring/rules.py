"""Metrics of a period held against what the project set: numbers, the reference, the usual."""

from __future__ import annotations

from collections.abc import Mapping

from reportgen.measure.limits import Limit, absolute, hold_value, unknown_metric
from reportgen.measure.monitoring.bands import FEWEST_PERIODS, band_of
from reportgen.measure.wording import as_percent, plain_number, weight_of
from reportgen.report.data import Finding
from reportgen.report.spec import Threshold
from reportgen.report.value import Interval, Value

__all__ = ["earlier_numbers", "hold_in_time"]

_PREFIX = "performance"


def hold_in_time(
    values: tuple[Value, ...], thresholds: Mapping[str, Threshold], baseline: tuple[str, ...]
) -> tuple[Finding, ...]:
    """Say of every limit on a period's metrics whether it is kept; one finding for each limit.

    Parameters
    ----------
    values : of the record; the history of a metric in the order of its periods
    baseline : keys of the periods from which a band is learned

    Notes
    -----
    As in `hold_against_limits`. A limit relative to the reference is passed for sure when the
    whole interval of the change lies beyond it. With ``after: k``, fewer than k periods in a row
    are one state less grave; periods without a number are passed over.
    """
    known = {value.name: value for value in values}
    found: list[Finding] = []
    for metric, threshold in thresholds.items():
        value = known.get(metric) or known.get(f"{_PREFIX}.{metric}")
        asked = (threshold.minimum, threshold.maximum, threshold.relative, threshold.band)
        if all(limit is None for limit in asked):
            continue
        if value is None:
            found.append(unknown_metric(metric, known, _PREFIX))
            continue
        past = tuple(reversed(earlier_numbers(values, value.name)))
        if threshold.minimum is not None or threshold.maximum is not None:
            found.append(hold_value(value, absolute(value, threshold, past)))
        if threshold.relative is not None:
            found.append(_relative(value, known, threshold, past))
        if threshold.band is not None:
            found.append(_usual(metric, value, known, threshold, past, baseline))
    return tuple(found)


def earlier_numbers(values: tuple[Value, ...], name: str) -> tuple[float, ...]:
    """Give the numbers of a metric in the periods before the reported one, oldest first."""
    start = f"{name}[period="
    history = [value.number for value in values if value.name.startswith(start)]
    return tuple(number for number in history[:-1] if number is not None)


def _relative(
    value: Value, known: Mapping[str, Value], threshold: Threshold, past: tuple[float, ...]
) -> Finding:
    assert threshold.relative is not None
    before, change = (known.get(f"{value.name}.{what}") for what in ("reference", "change"))
    share = as_percent(threshold.relative)
    if before is None or before.number is None:
        why = before.reason if before is not None else "there is no reference"
        return _cannot(value, f"{share} of the reference's", why)
    margin = threshold.relative * abs(before.number)
    low = before.number - margin if value.better != "lower" else None
    high = before.number + margin if value.better != "higher" else None
    shown = plain_number(before.number, before.interval, unit=value.unit)
    words = f"the limit of {{at}}, which is {share} off the reference's {shown}"
    limit = Limit(
        low=low,
        high=high,
        broken=words,
        kept=f"{share} of the reference's {shown}",
        because=(before.name,) if change is None else (before.name, change.name),
        sure=_moved(change, before.number),
        after=threshold.after,
        past=past,
        is_set=False,
    )
    return hold_value(value, limit)


def _moved(change: Value | None, start: float) -> Interval | None:
    """Give where the number lies, when only its change from the reference is in doubt."""
    if change is None or change.interval is None:
        return None
    sure = change.interval
    return Interval(
        low=start + sure.low, high=start + sure.high, level=sure.level, method=sure.method
    )


def _usual(
    metric: str,
    value: Value,
    known: Mapping[str, Value],
    threshold: Threshold,
    past: tuple[float, ...],
    baseline: tuple[str, ...],
) -> Finding:
    assert threshold.band is not None
    band = band_of(metric, dict(known), baseline, threshold.band)
    if band is None:
        return _cannot(value, "what is usual", f"that takes {FEWEST_PERIODS} earlier periods")
    low, high = (
        plain_number(end, value.interval, unit=value.unit) for end in (band.low, band.high)
    )
    usual = f"what is usual, {low} to {high} by {band.periods} earlier periods"
    drawn = tuple(f"{value.name}.band_{side}" for side in ("low", "high"))
    limit = Limit(
        low=band.low if value.better != "lower" else None,
        high=band.high if value.better != "higher" else None,
        broken=usual,
        kept=usual,
        because=tuple(name for name in drawn if name in known),
        after=threshold.after,
        past=past,
    )
    return hold_value(value, limit)


def _cannot(value: Value, against: str, why: str | None) -> Finding:
    name = value.label or value.name
    return Finding(
        kind="threshold",
        state="cannot tell",
        sentence=f"{name} cannot be held against {against}: {why}.",
        because=(value.name,),
        weight=weight_of("threshold", "cannot tell"),
    )
