"""Numbers and changes in plain words: the one wording ladder, used by every sentence we write."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Literal

from reportgen.measure.statistics.estimate import Estimate, Metric
from reportgen.report.data import State
from reportgen.report.rounding import write_alike, write_estimate
from reportgen.report.value import Interval, Unit

__all__ = [
    "Rung",
    "as_percent",
    "as_rows",
    "change_sentence",
    "default_material",
    "estimate_words",
    "in_sentence",
    "interval_words",
    "listed",
    "plain_number",
    "rung_of",
    "segment_words",
    "size_of",
    "state_of_change",
    "weight_of",
]

Rung = Literal["moved", "slightly", "none", "uncertain"]

_STATE_WEIGHT: dict[State, float] = {"alert": 300, "watch": 200, "cannot tell": 150, "ok": 0}
_PEOPLE = ("Brier", "Matthews")
_KIND_WEIGHT = {"threshold": 60, "completeness": 50, "change": 40, "quality": 30, "drift": 20}


def weight_of(kind: str, state: State, effect: float = 0.0) -> float:
    """Order findings by consequence: state, then kind, then effect, squeezed into [0, 9]."""
    size = abs(effect) if isfinite(effect) else 1e9
    return _STATE_WEIGHT[state] + _KIND_WEIGHT.get(kind, 10) + 9 * size / (1 + size)


def plain_number(number: float, interval: Interval | None = None, *, unit: Unit = "number") -> str:
    """Write a number with the digits that its interval bears: as tiles and tables show it.

    Examples
    --------
    >>> plain_number(0.48312, Interval(low=0.44, high=0.52, method="wilson"), unit="ratio")
    '0.483'
    >>> plain_number(12345.678)
    '12,346'
    """
    return write_estimate(number, interval, unit).number


def estimate_words(number: float, interval: Interval | None, unit: Unit = "number") -> str:
    """Write ``0.483 (95 % interval 0.441 to 0.527)``, or the number alone."""
    shown = plain_number(number, interval, unit=unit)
    return shown if interval is None else f"{shown} ({interval_words(number, interval, unit)})"


def interval_words(number: float, interval: Interval, unit: Unit = "number") -> str:
    """Write ``95 % interval 0.441 to 0.527``, in the digits of the number it belongs to."""
    written = write_estimate(number, interval, unit)
    return f"{100 * interval.level:g} % interval {written.low} to {written.high}"


def size_of(number: float, interval: Interval | None) -> tuple[float, Interval | None]:
    """Turn a fall into the size of the fall, for "0.061 below": digits stay those of its value."""
    if number >= 0 or interval is None:
        return abs(number), interval
    return -number, replace(interval, low=-interval.high, high=-interval.low)


def as_percent(share: float, interval: Interval | None = None) -> str:
    """Write a share in percent; what is not quite 0 or 1 never reads as 0 % or 100 %.

    Examples
    --------
    >>> as_percent(0.604), as_percent(0.0004), as_percent(0.9999), as_percent(1.0)
    ('60.4 %', '0.040 %', '99.99 %', '100 %')
    """
    return write_estimate(share, interval, "ratio", percent=True).number


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


def segment_words(segment: str) -> str:
    """Write the name of a segment for a sentence: crossed columns apart.

    Examples
    --------
    >>> segment_words("carrier"), segment_words("origin×time_of_day")
    ('carrier', 'origin × time_of_day')
    """
    return segment.replace("×", " × ")


def in_sentence(label: str) -> str:
    """Start a label with a small letter, unless it starts with an abbreviation or a name.

    Examples
    --------
    >>> in_sentence("Recall"), in_sentence("ROC AUC"), in_sentence("Brier score")
    ('recall', 'ROC AUC', 'Brier score')
    """
    word = label[1:2].islower() and not label.startswith(_PEOPLE)
    return label[:1].lower() + label[1:] if word else label


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
    old, new = write_alike(
        (before.number, before.interval), (after.number, after.interval), metric.unit
    )
    sign = "+" if change.number > 0 else ""
    by = sign + plain_number(change.number, change.interval, unit=metric.unit)
    sure = ""
    if change.interval is not None:
        sure = f", {interval_words(change.number, change.interval, metric.unit)}"
    details = f"({by}{sure})"
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
