"""Numbers in words: the one place that rounds, for tiles, tables and sentences alike.

The digits of an estimate follow its interval: as many decimals as two significant digits of
the half-width need; nothing at all is 0, and all of a share is 1. A number without an interval was counted, or is as exact as its unit.

========  ==========================================  ==============
unit      shown as                                    example
========  ==========================================  ==============
ratio     decimals; three without an interval         0.8731
number    three significant digits without interval   12.3
count     every digit, a comma each three             21,104
rows      the same                                    21,104
bytes     kB, MB, GB of a thousand each               4.2 MB
seconds   µs, ms, s, min, h                           38 ms
days      days                                        2.5 days
========  ==========================================  ==============
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

from reportgen.report.value import Interval, Unit, Value

__all__ = [
    "Written",
    "write_alike",
    "write_estimate",
    "write_limit",
    "write_number",
    "write_value",
]

_SCALES: dict[str, tuple[tuple[float, str], ...]] = {
    "bytes": ((1e12, " TB"), (1e9, " GB"), (1e6, " MB"), (1e3, " kB"), (1.0, " bytes")),
    "seconds": ((3600.0, " h"), (60.0, " min"), (1.0, " s"), (1e-3, " ms"), (1e-6, " µs")),
    "days": ((1.0, " days"),),
}
_MOST_DECIMALS = 6
_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A number as the page shows it, and the ends of its interval in the same digits.

    Attributes
    ----------
    number : with its unit
    low, high : empty when there is no interval; `high` carries the unit
    """

    number: str
    low: str = ""
    high: str = ""


def write_value(value: Value, *, percent: bool = False) -> Written:
    """Round a value for the page.

    Parameters
    ----------
    value : one with a number
    percent : write a ratio as a percentage, where the words around it speak of a share

    Examples
    --------
    >>> from reportgen.report.value import Provenance
    >>> write_value(
    ...     Value(name="a", number=0.87312, unit="ratio", provenance=Provenance(by="a@1"),
    ...           interval=Interval(low=0.86841, high=0.87751, method="wilson")))
    Written(number='0.8731', low='0.8684', high='0.8775')
    """
    if value.number is None:
        raise ValueError(f"{value.name} has no number, but a reason: {value.reason}")
    return write_estimate(value.number, value.interval, value.unit, percent=percent)


def write_estimate(
    number: float, interval: Interval | None, unit: Unit, *, percent: bool = False
) -> Written:
    """Round a number, and the ends of its interval, to what the interval bears.

    Examples
    --------
    >>> write_estimate(0.4831, Interval(low=0.441, high=0.527, method="wilson"), "ratio")
    Written(number='0.483', low='0.441', high='0.527')
    """
    if interval is None:
        return Written(number=write_number(number, unit, percent=percent))
    numbers = (number, interval.low, interval.high)
    scale, suffix = _scale(max(numbers, key=abs), unit, percent=percent)
    scaled = [item / scale for item in numbers]
    decimals = _decimals_of(scaled[2] - scaled[1])
    if decimals is None or _is_extreme(max(scaled, key=abs)):
        shown = [write_number(item, unit, percent=percent) for item in numbers]
        return Written(number=shown[0], low=shown[1], high=shown[2])
    inexact = [item for item in scaled if not _is_exact(item, scale, unit)]
    texts = iter(_without_shared_zeros([_fixed(item, decimals) for item in inexact]))
    number_shown, low, high = (
        _fixed(item, 0) if _is_exact(item, scale, unit) else next(texts) for item in scaled
    )
    return Written(number=number_shown + suffix, low=low, high=high + suffix)


def write_alike(
    first: tuple[float, Interval | None], second: tuple[float, Interval | None], unit: Unit
) -> tuple[str, str]:
    """Round two numbers that one sentence compares: the surer one has no more digits.

    Where one of them has no interval, or a scale of its own (kB beside MB), each has its digits.

    Examples
    --------
    >>> write_alike((0.78604, Interval(low=0.777, high=0.7947, method="delong")),
    ...             (0.66811, Interval(low=0.61, high=0.72, method="delong")), "ratio")
    ('0.786', '0.668')
    """
    own = [write_estimate(number, interval, unit).number for number, interval in (first, second)]
    widths = [found.high - found.low for _, found in (first, second) if found is not None]
    decimals = [_decimals_of(width) for width in widths]
    known = [places for places in decimals if places is not None]
    if len(known) < 2 or unit in _SCALES or any(_is_extreme(n) for n, _ in (first, second)):
        return own[0], own[1]
    said = [
        shown if _is_exact(number, 1, unit) else _fixed(number, min(known))
        for (number, _), shown in zip((first, second), own, strict=True)
    ]
    apart = said[0] != said[1] or own[0] == own[1]
    return (said[0], said[1]) if apart else (own[0], own[1])


def write_number(number: float, unit: Unit, *, percent: bool = False) -> str:
    """Round a number that has no interval.

    Examples
    --------
    >>> write_number(336776, "rows"), write_number(0.25, "ratio"), write_number(4200000, "bytes")
    ('336,776', '0.250', '4.2 MB')
    >>> write_number(0.25, "ratio", percent=True)
    '25 %'
    """
    scale, suffix = _scale(number, unit, percent=percent)
    scaled = number / scale
    if _is_extreme(scaled):
        return _scientific(scaled) + suffix
    if (isinstance(number, int) and scale == 1) or scaled == 0:
        return _fixed(number, 0) + suffix
    if suffix == " %":
        return _fixed(scaled, _decimals_of_percent(scaled)) + suffix
    match unit:
        case "ratio":
            return _fixed(scaled, _decimals_of_ratio(scaled))
        case "count" | "rows":
            return _fixed(scaled, 0 if scaled == int(scaled) else 1)
        case "bytes" | "seconds" | "days":
            significant = 2 if abs(scaled) < 10 else 3
            return _short(scaled, significant) + suffix
        case _:
            return _short(scaled, 3)


def write_limit(bound: float, unit: Unit) -> str:
    """Write a limit as it was set: no digit is rounded away.

    Examples
    --------
    >>> write_limit(0.6, "ratio"), write_limit(0.625, "ratio"), write_limit(1500000, "rows")
    ('0.60', '0.625', '1,500,000')
    """
    if unit in _SCALES or _is_extreme(bound):
        return write_number(bound, unit)
    decimals = max(0, -int(Decimal(str(float(bound))).normalize().as_tuple().exponent))
    return _fixed(bound, max(decimals, 2) if unit == "ratio" else decimals)


def _scale(number: float, unit: Unit, *, percent: bool) -> tuple[float, str]:
    if unit == "ratio" and percent:
        return 0.01, " %"
    steps = _SCALES.get(unit)
    if steps is None:
        return 1, ""
    if number == 0:
        return 1, " s" if unit == "seconds" else steps[-1][1]
    if unit == "days" and number == 1:
        return 1, " day"
    return next((step for step in steps if abs(number) >= step[0]), steps[-1])


def _decimals_of(width: float) -> int | None:
    """As many as two significant digits of half the width need; None where there is no width."""
    return None if width <= 0 else min(1 - floor(log10(width / 2)), _MOST_DECIMALS)


def _is_exact(scaled: float, scale: float, unit: Unit) -> bool:
    """None, and of a share all, need no digits: "0" says more than "0.0000" does."""
    return scaled == 0 or (unit == "ratio" and abs(scaled) == 1 / scale)


def _is_extreme(number: float) -> bool:
    return number != 0 and not 1e-6 <= abs(number) < 1e15


def _decimals_of_ratio(ratio: float) -> int:
    """Three, or as many as it takes to tell it from 0 and from 1."""
    if ratio == int(ratio):
        return 0
    decimals = 3 if abs(ratio) >= 0.01 else 1 - floor(log10(abs(ratio)))
    while decimals < _MOST_DECIMALS and round(ratio, decimals) in (1, -1):
        decimals += 1
    return min(decimals, _MOST_DECIMALS)


def _decimals_of_percent(percent: float) -> int:
    return 0 if percent == round(percent) else max(1, _decimals_of_ratio(percent / 100) - 2)


def _short(number: float, significant: int) -> str:
    decimals = significant - 1 - floor(log10(abs(number)))
    shown = _fixed(number, min(max(decimals, 0), _MOST_DECIMALS))
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _fixed(number: float, decimals: int) -> str:
    shown = format(round(number, decimals) if decimals < 0 else number, f",.{max(decimals, 0)}f")
    if not shown.strip("-0.,"):
        shown = shown.lstrip("-")
    return shown.replace("-", "−")


def _scientific(number: float) -> str:
    mantissa, power = format(number, ".2e").split("e")
    return f"{mantissa.replace('-', '−')} × 10{str(int(power)).translate(_POWERS)}"


def _without_shared_zeros(shown: Sequence[str]) -> Sequence[str]:
    """Drop the last decimals when they are zero in all: they tell nothing apart."""
    while shown and all("." in item and item.endswith("0") for item in shown):
        shown = [item[:-1].rstrip(".") for item in shown]
    return shown
