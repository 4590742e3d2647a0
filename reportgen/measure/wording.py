"""Numbers and changes in plain words: the one wording ladder, used by every sentence we write."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import Literal

from reportgen.measure.estimate import Estimate, Metric
from reportgen.report.data import State
from reportgen.report.value import Interval

__all__ = [
    "Rung",
    "as_percent",
    "as_rows",
    "change_sentence",
    "default_material",
    "in_sentence",
    "interval_words",
    "listed",
    "plain_number",
    "rung_of",
    "state_of_change",
    "weight_of",
]

Rung = Literal["moved", "slightly", "none", "uncertain"]

_STATE_WEIGHT: dict[State, float] = {"alert": 300, "watch": 200, "cannot tell": 150, "ok": 0}
_KIND_WEIGHT = {"threshold": 60, "completeness": 50, "change": 40, "quality": 30, "drift": 20}


def weight_of(kind: str, state: State, effect: float = 0.0) -> float:
    """Order findings by consequence: state, then kind, then effect, squeezed into [0, 9]."""
    size = abs(effect) if isfinite(effect) else 1e9
    return _STATE_WEIGHT[state] + _KIND_WEIGHT.get(kind, 10) + 9 * size / (1 + size)


def decimals_for(half_width: float, number: float) -> int:
    """Decimals that show one significant digit of the half-width, or three of the number."""
    if half_width > 0:
        return min(max(-floor(log10(half_width)), 0), 6)
    if number == 0 or not isfinite(number):
        return 0
    return min(max(2 - floor(log10(abs(number))), 0), 6)


def plain_number(number: float, interval: Interval | None = None, *, unit: str = "number") -> str:
    """Write a number as a sentence wants it: as many digits as the interval bears, no more.

    Examples
    --------
    >>> plain_number(0.48312, Interval(low=0.44, high=0.52, method="wilson"), unit="ratio")
    '0.48'
    >>> plain_number(12345.678)
    '12,346'
    """
    half = (interval.high - interval.low) / 2 if interval is not None else 0.0
    decimals = decimals_for(half, number)
    if unit == "ratio":
        decimals = max(decimals, 2)
    return _written(number, decimals)


def _written(number: float, decimals: int) -> str:
    text = f"{number:,.{decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def as_percent(share: float) -> str:
    """Write a share in percent; what is not quite 0 or 1 never reads as 0 % or 100 %.

    Examples
    --------
    >>> as_percent(0.604), as_percent(0.0004), as_percent(0.9999), as_percent(1.0)
    ('60 %', 'less than 0.1 %', 'more than 99.9 %', '100 %')
    """
    if 0 < share < 0.001:
        return "less than 0.1 %"
    if 0.999 < share < 1:
        return "more than 99.9 %"
    percent = 100 * share
    edge = 0 < percent < 9.95 or 99 < percent < 100
    return f"{percent:.1f} %" if edge else f"{percent:.0f} %"


def as_rows(count: int) -> str:
    """Write a count of rows: ``no rows``, ``1 row``, ``7,412 rows``."""
    if count == 0:
        return "no rows"
    return "1 row" if count == 1 else f"{count:,} rows"


def listed(words: tuple[str, ...], most: int = 4, *, last: str = "and") -> str:
    """Join words as a sentence does; beyond `most`, the rest is counted.

    Examples
    --------
    >>> listed(("a", "b", "c"))
    'a, b and c'
    >>> listed(tuple("abcdefg"))
    'a, b, c, d and 3 more'
    """
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def in_sentence(label: str) -> str:
    """Start a label with a small letter, unless it starts with an abbreviation.

    Examples
    --------
    >>> in_sentence("Recall"), in_sentence("ROC AUC"), in_sentence("F1")
    ('recall', 'ROC AUC', 'F1')
    """
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def interval_words(interval: Interval, decimals: int) -> str:
    """Write ``95 % interval 0.44 to 0.52``."""
    low, high = _written(interval.low, decimals), _written(interval.high, decimals)
    return f"{100 * interval.level:g} % interval {low} to {high}"


def default_material(metric: Metric, before: Estimate) -> float:
    """Give the change that is taken as material when the project sets none.

    Returns
    -------
    0.05 for a ratio, and a tenth of the earlier number for all else
    """
    if metric.unit == "ratio" or before.number is None:
        return 0.05
    return abs(before.number) / 10


def rung_of(change: Estimate, material: float) -> Rung:
    """Find the rung of a change on the wording ladder.

    The interval excludes zero: ``moved`` beyond the material margin, ``slightly`` within it. It
    includes zero: ``none`` when all of it lies within the margin on either side, else
    ``uncertain``. Without an interval nobody can tell a change from noise: ``uncertain``.
    """
    if change.number is None or change.interval is None:
        return "uncertain"
    low, high = change.interval.low, change.interval.high
    if low > 0 or high < 0:
        return "moved" if abs(change.number) > material else "slightly"
    return "none" if max(-low, high) <= material else "uncertain"


def state_of_change(metric: Metric, change: Estimate, material: float, *, is_set: bool) -> State:
    """Say whether a change is cause for worry.

    A material change for the worse is to be watched. It is an alert when the whole interval
    lies beyond the margin that the project set, or beyond twice the margin that it did not set.
    """
    rung = rung_of(change, material)
    if rung == "uncertain":
        return "cannot tell"
    if rung != "moved" or change.number is None or change.interval is None or not metric.better:
        return "ok"
    worse = change.number < 0 if metric.better == "higher" else change.number > 0
    if not worse:
        return "ok"
    surely = min(abs(change.interval.low), abs(change.interval.high))
    return "alert" if surely > material * (1 if is_set else 2) else "watch"


def change_sentence(
    metric: Metric,
    before: Estimate,
    after: Estimate,
    change: Estimate,
    material: float,
    *,
    since: str,
    is_set: bool,
) -> str:
    """Word a change by its rung; see `rung_of`.

    Parameters
    ----------
    before, after, change : with numbers
    since : ``the reference``, ``2013-W26``
    is_set : whether the project set the margin, or it is the default
    """
    assert before.number is not None
    assert after.number is not None
    assert change.number is not None
    decimals = _shared_decimals(metric, before, after, change)
    old, new = _written(before.number, decimals), _written(after.number, decimals)
    by = _written(change.number, decimals)
    sure = f"; {interval_words(change.interval, decimals)}" if change.interval else ""
    details = (
        f"({'+' if change.number > 0 and by.strip('0.') else ''}{by}{sure.replace(';', ',')})"
    )
    margin = f"{material:g}" if is_set else f"{material:.2g}"
    margin = f"the {margin} {'set' if is_set else 'taken'} as material"
    name = in_sentence(metric.label)
    match rung_of(change, material):
        case "moved":
            verb = "rose" if change.number > 0 else "fell"
            return f"{metric.label} {verb} from {old} to {new} {details} since {since}, more than {margin}."
        case "slightly":
            return (
                f"{metric.label} changed slightly since {since}, from {old} to {new} {details}, "
                f"less than {margin}."
            )
        case "none":
            return f"No material change in {name} since {since}: from {old} to {new} {details}."
        case _:
            return (
                f"Too uncertain to say whether {name} changed since {since}: "
                f"from {old} to {new} {details}."
            )


def _shared_decimals(metric: Metric, *estimates: Estimate) -> int:
    """Decimals for numbers that are compared: enough that a change never reads as none."""
    before, after, change = estimates
    assert before.number is not None
    assert after.number is not None
    assert change.number is not None
    half = (change.interval.high - change.interval.low) / 2 if change.interval else 0.0
    decimals = decimals_for(half, change.number if half == 0 else before.number)
    if metric.unit == "ratio":
        decimals = max(decimals, 2)
    while (
        decimals < 6
        and change.number != 0
        and _written(before.number, decimals) == _written(after.number, decimals)
    ):
        decimals += 1
    return decimals
