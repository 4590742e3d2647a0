"""The small drawing of a tile: where the interval lies, and how the number went.

Written by hand rather than plotted: it is thirty marks, and a page has six of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reportgen.report import Interval, Series
from reportgen.report.palette import LIGHT

__all__ = ["Scale", "draw_bar", "draw_spark", "limits_of"]

_WIDTH, _BAR, _SPARK = 160.0, 12.0, 36.0
_EDGE = 5.0


@dataclass(frozen=True, slots=True)
class Scale:
    """From numbers to places across the drawing."""

    low: float
    high: float

    def place(self, number: float, length: float) -> float:
        """Where a number lies on a length, with an edge kept free at both ends."""
        span = (self.high - self.low) or 1.0
        inside = min(max((number - self.low) / span, 0.0), 1.0)
        return round(_EDGE + inside * (length - 2 * _EDGE), 2)


def limits_of(series: Series | None) -> tuple[float | None, float | None]:
    """The acceptable band of a history: its lines ``minimum`` and ``maximum``."""
    lines = series.lines if series is not None else {}
    return lines.get("minimum"), lines.get("maximum")


def draw_bar(number: float, interval: Interval, *, ratio: bool) -> str:
    """An interval as a bar and the number as a tick; a ratio on the whole way from 0 to 1.

    Returns
    -------
    SVG of 160 x 12
    """
    reach = interval.high - interval.low or abs(number) or 1.0
    scale = Scale(0.0, 1.0) if ratio else Scale(interval.low - reach, interval.high + reach)
    if ratio and not 0 <= interval.low <= interval.high <= 1:
        scale = Scale(-1.0, 1.0)
    low, at, high = (scale.place(item, _WIDTH) for item in (interval.low, number, interval.high))
    low, high = min(low, at - 1.5), max(high, at + 1.5)
    return _svg(
        _BAR,
        f'<path d="M{_EDGE:g} 6H{_WIDTH - _EDGE:g}" stroke="{LIGHT["line"]}" stroke-width="2"/>',
        f'<path d="M{low:.2f} 6H{high:.2f}" stroke="{LIGHT["series-1"]}" stroke-width="6"/>',
        f'<path d="M{at:.2f} 1V11" stroke="{LIGHT["ink"]}" stroke-width="2"/>',
    )


def draw_spark(series: Series) -> str:
    """The history of a number with its acceptable band; hollow where it is provisional.

    Returns
    -------
    SVG of 160 x 36, or an empty text when there are fewer than two numbers
    """
    numbers: Sequence[float | None] = series.columns[series.y]
    known = [(place, item) for place, item in enumerate(numbers) if item is not None]
    if len(known) < 2:
        return ""
    minimum, maximum = limits_of(series)
    levels = [item for _, item in known] + [x for x in (minimum, maximum) if x is not None]
    scale = Scale(min(levels), max(levels))

    def at(place: int) -> float:
        return round(_EDGE + place / (len(numbers) - 1) * (_WIDTH - 2 * _EDGE), 2)

    def height(number: float) -> float:
        return round(_SPARK - scale.place(number, _SPARK), 2)

    runs = "".join(
        f"{'L' if place and numbers[place - 1] is not None else 'M'}{at(place)} {height(item)}"
        for place, item in known
    )
    last, number = known[-1]
    states = series.columns.get("state")
    hollow = bool(states) and states is not None and states[last] == "provisional"
    return _svg(
        _SPARK,
        _band(minimum, maximum, height),
        f'<path d="{runs}" fill="none" stroke="{LIGHT["series-1"]}" stroke-width="1.5"/>',
        f'<circle cx="{at(last)}" cy="{height(number)}" r="3.2" '
        f'fill="{LIGHT["paper" if hollow else "series-1"]}" stroke="{LIGHT["series-1"]}" '
        'stroke-width="1.5"/>',
    )


def _band(minimum: float | None, maximum: float | None, height: Callable[[float], float]) -> str:
    if minimum is None and maximum is None:
        return ""
    top = 0.0 if maximum is None else height(maximum)
    bottom = _SPARK if minimum is None else height(minimum)
    return (
        f'<rect x="0" y="{top}" width="{_WIDTH:g}" height="{max(bottom - top, 1.0):.2f}" '
        f'fill="{LIGHT["ok-soft"]}"/>'
    )


def _svg(height: float, *marks: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH:g}" height="{height:g}" '
        f'viewBox="0 0 {_WIDTH:g} {height:g}">' + "".join(marks) + "</svg>\n"
    )
