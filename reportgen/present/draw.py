"""Series drawn with Matplotlib as SVG, one function for each mark.

Every colour is a light value of `reportgen.report.palette`, so that a page can exchange it for
the variable of its token. Places on an axis are always numbers, and texts only label them: no
level of the data can change how a scale works.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reportgen.present.canvas import (
    add_key,
    arrange,
    axis_words,
    colour_patch,
    empty_sheet,
    number_scale,
    place_scale,
    spread,
    undisturbed,
    write_svg,
)
from reportgen.present.levels import name_above_curves, name_across, room_above
from reportgen.present.points import (
    COLOURS,
    Points,
    in_order,
    points_of,
    runs_of,
    shorten,
    step_of,
)
from reportgen.present.rows import draw_bars, draw_intervals
from reportgen.report import Series
from reportgen.report.palette import LIGHT
from reportgen.report.rounding import write_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from reportgen.present.panel import Panel

__all__ = ["draw_panels", "draw_series"]

_DIAGONALS = ("evaluation.roc", "evaluation.calibration", "evaluation.gain")
_UPRIGHT = ("evaluation.thresholds", "evaluation.cost")  # their lines are places on x
_DASHES = ("solid", "dashed", "dotted", "dashdot", "solid", "dashed")
_SHAPES = ("o", "^", "s", "D", "v", "P")


def draw_series(series: Series) -> str:
    """Draw one series.

    Returns
    -------
    SVG without metadata: the same series gives the same text, anywhere
    """
    with undisturbed(series.name):
        return write_svg(_figure(series))


def draw_panels(members: Sequence[Series]) -> str:
    """Draw series over the same x as small multiples, each with a scale of its own."""
    with undisturbed(members[0].name):
        return write_svg(_lines(members))


def _figure(series: Series) -> Figure:
    match series.mark:
        case "intervals":
            return draw_intervals(series)
        case "bars" if series.x != "period":
            return draw_bars(series)
        case "bars" | "histogram":
            return _histogram(series)
        case "heatmap":
            return _heatmap(series)
        case "line" | "points":
            return _lines([series])


def _lines(members: Sequence[Series]) -> Figure:
    """Lines or points over x, each series in a panel, with what is not certain around them."""
    across = min(2, len(members))
    several = across > 1
    rows = -(-len(members) // across)
    figure, panels = empty_sheet(0.5 + 1.5 * rows if several else 2.5, len(members))
    drawn = [points_of(series) for series in members]
    groups = in_order([group for points in drawn for group in points.group if group])
    ends = spread([place for points in drawn for place in points.x])
    for place, (axes, series, points) in enumerate(zip(panels, members, drawn, strict=True)):
        lowest = place >= len(members) - across
        place_scale(axes, series, ends, narrow=several)
        if lowest:
            axes.name_scale("x", axis_words(series, series.x))
        else:
            axes.mark("x", (), ())
        if several:
            axes.set_title(
                axis_words(series, series.y) if series.y in series.labels else series.title
            )
        else:
            axes.name_scale("y", axis_words(series, series.y))
        _line(axes, series, points, groups)
    key = add_key(figure, [_handle(group, groups) for group in groups])
    arrange(figure, panels, across=across, key=key)
    return figure


def _line(axes: Panel, series: Series, points: Points, groups: Sequence[str]) -> None:
    upright = series.name in _UPRIGHT
    numbers = points.known("y", "low", "high")
    if series.units.get(series.y) == "rows":
        numbers.append(0.0)  # a count is read from zero; a metric from where its numbers lie
    ends = spread([*numbers, *(room_above(series, numbers) if upright else series.lines.values())])
    number_scale(axes, "y", ends, 4 if axes.get_title(loc="left") else 6)
    if series.name in _DIAGONALS:
        both = (*zip(axes.get_xlim(), axes.get_ylim(), strict=True),)
        corners = [max(both[0]), min(both[1])]
        axes.plot(corners, corners, color=LIGHT["border"], linestyle="dashed", linewidth=0.9)
    for run in runs_of(points):
        _uncertain(axes, run, ribbon=series.mark != "points" and len(run) > 1)
    if upright:
        name_above_curves(axes, series, numbers)
    else:
        name_across(axes, series)
    for run in runs_of(points):
        place = groups.index(run.group[0]) if run.group[0] else 0
        if series.mark != "points":
            axes.plot(
                run.x, run.y, color=COLOURS[place % 6], linestyle=_DASHES[place % 6], linewidth=1.4
            )
        alone = series.mark == "points" or len(run) == 1
        dots = [k for k in range(len(run)) if alone or run.hollow[k] or run.last[k]]
        _dots(axes, run.take(dots), place)


def _uncertain(axes: Panel, run: Points, *, ribbon: bool) -> None:
    """The interval of each point of a run: a band, or a bar for each."""
    sure = run.where("low", "high")
    if not len(sure):
        return
    if ribbon:
        axes.fill_between(sure.x, sure.low, sure.high, color=LIGHT["accent-soft"], linewidth=0)
    else:
        axes.vlines(sure.x, sure.low, sure.high, color=LIGHT["border"], linewidth=1.1)


def _dots(axes: Panel, points: Points, place: int) -> None:
    colour = COLOURS[place % 6]
    for hollow in (False, True):
        those = points.of_kind(hollow=hollow)
        if len(those):
            axes.plot(
                those.x, those.y, linestyle="none", marker=_SHAPES[place % 6], markersize=4.6,
                markerfacecolor=LIGHT["paper"] if hollow else colour,
                markeredgecolor=colour, markeredgewidth=1.2, zorder=2.1,
            )  # fmt: skip


def _handle(group: str, groups: Sequence[str]) -> Any:
    from matplotlib.lines import Line2D

    place = groups.index(group) % 6
    look: dict[str, Any] = {"linestyle": _DASHES[place], "marker": _SHAPES[place]}
    return Line2D([], [], color=COLOURS[place], linewidth=1.4, markersize=4.6, label=group, **look)


def _histogram(series: Series) -> Figure:
    """Bars on the floor, side by side when there are groups."""
    points = points_of(series)
    groups = in_order(points.group)
    step = step_of(points.x)
    width = 0.86 * step / max(len(groups), 1)
    figure, (axes,) = empty_sheet(2.5)
    heights = [0.0, *points.known("y")]
    low, high = spread(heights)
    number_scale(axes, "y", (low if min(heights) < 0 else 0.0, high))
    around = [place + half for place in points.x for half in (-step / 2, step / 2)]
    place_scale(axes, series, spread(around, margin=0.02), narrow=False)
    axes.name_scale("x", axis_words(series, series.x))
    axes.name_scale("y", axis_words(series, series.y))
    for place, group in enumerate(groups):
        those = points.of_group(group).where("y")
        lefts = [x + (place - len(groups) / 2) * width for x in those.x]
        axes.bar(lefts, those.y, width, align="edge", color=COLOURS[place % 6])
    key = add_key(figure, [colour_patch(group, groups) for group in groups])
    arrange(figure, [axes], key=key)
    return figure


def _heatmap(series: Series) -> Figure:
    """Tiles with their number; the shade is one colour at five strengths."""
    columns = series.columns
    across = in_order([str(item) for item in columns[series.x]])
    down = in_order([str(item) for item in columns[series.y]])
    number = next(
        name for name in columns
        if name not in (series.x, series.y, "low", "high", "group", "state")
    )  # fmt: skip
    figure, (axes,) = empty_sheet(0.8 + 0.42 * max(len(down), 2))
    axes.set_xlim(-0.55, len(across) - 0.45)
    axes.set_ylim(0.45 - len(down), 0.55)
    axes.mark("x", range(len(across)), [shorten(item, 14) for item in across])
    axes.mark("y", [-place for place in range(len(down))], [shorten(item, 18) for item in down])
    axes.name_scale("x", axis_words(series, series.x))
    axes.name_scale("y", axis_words(series, series.y))
    largest = max((abs(item) for item in columns[number] if item is not None), default=1) or 1
    for x, y, count in zip(columns[series.x], columns[series.y], columns[number], strict=True):
        shade = 0.08 + 0.09 * int(4 * abs(count or 0) / largest)
        said = "" if count is None else write_number(count, series.units.get(number, "number"))  # type: ignore[arg-type]
        _tile(axes, across.index(str(x)), -down.index(str(y)), shade, said)
    arrange(figure, [axes])
    return figure


def _tile(axes: Panel, x: float, y: float, shade: float, said: str) -> None:
    from matplotlib.patches import Rectangle

    corner = (x - 0.48, y - 0.47)
    axes.add_patch(Rectangle(corner, 0.96, 0.94, facecolor=LIGHT["accent"], alpha=shade))
    axes.text(x, y, said, ha="center", va="center")
