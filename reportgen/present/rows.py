"""Marks with a row for each text: dots with their interval, and bars from the left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING

from reportgen.present.canvas import (
    add_key,
    arrange,
    axis_words,
    colour_patch,
    empty_sheet,
    number_scale,
    spread,
)
from reportgen.present.levels import name_above_rows
from reportgen.present.points import COLOURS, Points, in_order, level_first, points_of
from reportgen.report import Series
from reportgen.report.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from reportgen.present.panel import Panel

__all__ = ["draw_bars", "draw_intervals"]


def draw_intervals(series: Series) -> Figure:
    """Dots with intervals, one row a level, the widest gap on top."""
    series = level_first(series)
    points = points_of(series)
    if series.lines:
        overall = next(iter(series.lines.values()))
        gaps = [-1.0 if isnan(y) else abs(y - overall) for y in points.y]
        points = points.take(sorted(range(len(points)), key=lambda place: -gaps[place]))
    points = replace(points, x=tuple(-float(place) for place in range(len(points))))
    figure, (axes,) = empty_sheet(0.75 + 0.24 * max(len(points), 2))
    _scales(axes, series, points.known(), points.label)
    sure = points.where("low", "high")
    axes.hlines(sure.x, sure.low, sure.high, color=LIGHT["border"], linewidth=1.9)
    _dots(axes, points.where("y"))
    arrange(figure, [axes])
    return figure


def _dots(axes: Panel, points: Points) -> None:
    for hollow in (False, True):
        those = points.of_kind(hollow=hollow)
        axes.plot(
            those.y, those.x, linestyle="none", marker="o", markersize=5.8,
            markerfacecolor=LIGHT["paper"] if hollow else COLOURS[0],
            markeredgecolor=COLOURS[0], markeredgewidth=1.4,
        )  # fmt: skip


def draw_bars(series: Series) -> Figure:
    """Bars from the left, in the order given; groups of one text below one another."""
    points = points_of(series)
    groups, labels = in_order(points.group), in_order(points.label)
    several = len(groups) > 1
    figure, (axes,) = empty_sheet(
        0.75 + 0.3 * several + (0.27 if several else 0.24) * max(len(labels), 2)
    )
    _scales(axes, series, [0.0, *points.known()], labels)
    thick = 0.72 / len(groups)
    middles = (
        0.36 - labels.index(label) - thick * (groups.index(group) + 0.5)
        for label, group in zip(points.label, points.group, strict=True)
    )
    points = replace(points, x=tuple(middles))
    for place, group in enumerate(groups):
        those = points.of_group(group).where("y")
        axes.barh(those.x, those.y, thick, color=COLOURS[place % 6])
    noisy = points.where("noise")
    below, above = [middle - 0.42 for middle in noisy.x], [middle + 0.42 for middle in noisy.x]
    axes.vlines(noisy.noise, below, above, color=LIGHT["ink"], linewidth=2.1)
    key = add_key(figure, [colour_patch(group, groups) for group in groups])
    arrange(figure, [axes], key=key)
    return figure


def _scales(axes: Panel, series: Series, numbers: Sequence[float], labels: Sequence[str]) -> None:
    """Numbers across and texts down, with the named levels above the first row."""
    ends = spread([*numbers, *series.lines.values()])
    number_scale(
        axes, "x", (max(0.0, ends[0]), ends[1]) if min(numbers, default=1.0) == 0.0 else ends
    )
    axes.set_ylim(0.3 - max(len(labels), 1), 0.7 + max(0.0, 0.55 * len(series.lines) - 0.35))
    axes.mark("y", [-float(row) for row in range(len(labels))], labels)
    axes.name_scale("x", axis_words(series, series.y))
    name_above_rows(axes, series)
