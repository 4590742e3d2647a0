"""Series drawn with plotnine as SVG, one function for each mark.

Every colour is a light value of `reportgen.report.palette`, so that a page can exchange it for
the variable of its token. Places on an axis are always numbers, and texts only label them: no
level of the data can change how a scale works.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportgen.present.canvas import (
    FAMILY,
    axis_words,
    canvas,
    fill_scale,
    group_scales,
    level_scale,
    named_levels,
    named_uprights,
    named_verticals,
    plotnine_words,
    theme,
    undisturbed,
    write_svg,
    x_scale,
)
from reportgen.present.points import (
    COLOURS,
    frame_of,
    in_order,
    in_rows,
    level_first,
    shorten,
    stack,
    step_of,
)
from reportgen.report import Series
from reportgen.report.palette import LIGHT
from reportgen.report.rounding import write_number

__all__ = ["draw_panels", "draw_series"]

_DIAGONALS = ("evaluation.roc", "evaluation.calibration", "evaluation.gain")
_UPRIGHT = ("evaluation.thresholds", "evaluation.cost")  # their lines are places on x


def draw_series(series: Series) -> str:
    """Draw one series.

    Returns
    -------
    SVG without metadata: the same series gives the same text, anywhere
    """
    with undisturbed():
        plot, height = _plot(series)
        return write_svg(plot, height, series.name)


def _plot(series: Series) -> tuple[Any, float]:
    """Give the plot of a series, by its mark, and how many inches high it is."""
    match series.mark:
        case "intervals":
            return _intervals(series)
        case "bars" if series.x != "period":
            return _bars(series)
        case "bars" | "histogram":
            return _histogram(series)
        case "heatmap":
            return _heatmap(series)
        case "line" | "points":
            return _line([series]), 2.5


def draw_panels(members: Sequence[Series]) -> str:
    """Draw series over the same x as small multiples, each with a scale of its own."""
    p9 = plotnine_words()
    rows = (len(members) + 1) // 2
    with undisturbed():
        plot = _line(members)
        plot += [p9.facet_wrap("panel", ncol=2, scales="free_y"), p9.labs(y="")]
        plot += p9.theme(panel_spacing_x=0.06, panel_spacing_y=0.045)
        return write_svg(plot, 0.5 + 1.5 * rows, members[0].name)


def _line(members: Sequence[Series]) -> Any:
    """Lines or points over x, with what is not certain around them."""
    p9 = plotnine_words()

    frame = stack(members)
    first = members[0]
    plot = canvas(frame, first)
    plot += x_scale(first, panels=len(members))
    ribbon = first.mark != "points"
    if "low" in frame:
        sure = p9.aes(ymin="low", ymax="high", group="run")
        plot += (
            p9.geom_ribbon(sure, fill=LIGHT["accent-soft"], color=LIGHT["accent-soft"], na_rm=True)
            if ribbon
            else p9.geom_linerange(sure, color=LIGHT["border"], size=0.6, na_rm=True)
        )
    if first.name in _DIAGONALS:
        plot += p9.geom_abline(slope=1, intercept=0, color=LIGHT["border"], linetype="dashed")
    upright = first.name in _UPRIGHT
    plot += named_verticals(first, frame) if upright else named_levels(members, frame)
    plot += p9.geom_blank(p9.aes(y="floor"), na_rm=True)
    if ribbon:
        plot += p9.geom_line(
            p9.aes(color="group", linetype="group", group="run"), size=0.8, na_rm=True
        )
    plot += p9.geom_point(
        p9.aes(color="group", shape="group", fill="fill"),
        frame.loc[frame["dot"]] if ribbon else frame,
        size=1.9, stroke=0.7, na_rm=True,
    )  # fmt: skip
    plot += group_scales(in_order(frame["group"]))
    return plot


def _intervals(series: Series) -> tuple[Any, float]:
    """Dots with intervals, one row a level, the widest gap on top."""
    p9 = plotnine_words()

    series = level_first(series)
    frame = frame_of(series)
    overall = next(iter(series.lines.values()), None)
    if overall is not None and not frame.empty:
        gap = (frame["y"] - overall).abs().fillna(-1.0)
        frame = frame.loc[gap.sort_values(ascending=False, kind="stable").index]
    frame = in_rows(frame)
    plot = canvas(frame, series, turned=True)
    plot += level_scale(frame)
    plot += named_uprights(series)
    if "low" in frame:
        plot += p9.geom_segment(
            p9.aes(x="low", xend="high", y="place", yend="place"),
            color=LIGHT["border"], size=1.1, na_rm=True,
        )  # fmt: skip
    plot += p9.geom_point(
        p9.aes(x="y", y="place", fill="fill"),
        color=COLOURS[0], size=2.6, stroke=0.8, na_rm=True,
    )  # fmt: skip
    plot += p9.scale_fill_identity()
    return plot, 0.75 + 0.24 * max(len(frame), 2)


def _bars(series: Series) -> tuple[Any, float]:
    """Bars from the left, in the order given; groups of one text below one another."""
    p9 = plotnine_words()
    frame = frame_of(series)
    groups = in_order(frame["group"])
    labels = in_order(frame["label"])
    thick = 0.72 / len(groups)
    frame["place"] = [
        -labels.index(label) + 0.36 - thick * (groups.index(group) + 0.5)
        for label, group in zip(frame["label"], frame["group"], strict=True)
    ]
    frame["half"] = thick / 2
    plot = canvas(frame, series, turned=True)
    plot += p9.scale_y_continuous(
        breaks=[-place for place in range(len(labels))], labels=labels, expand=(0, 0.6)
    )
    plot += p9.geom_rect(
        p9.aes(xmin=0, xmax="y", ymin="place - half", ymax="place + half", fill="group"),
        na_rm=True,
    )
    plot += fill_scale(groups)
    if "noise" in frame:
        plot += p9.geom_segment(
            p9.aes(x="noise", xend="noise", y="place - 0.42", yend="place + 0.42"),
            color=LIGHT["ink"], size=1.2, na_rm=True,
        )  # fmt: skip
    plot += named_uprights(series)
    key = 0.3 if len(groups) > 1 else 0.0
    return plot, 0.75 + key + (0.24 if key == 0 else 0.27) * max(len(labels), 2)


def _histogram(series: Series) -> tuple[Any, float]:
    """Bars on the floor, side by side when there are groups."""
    p9 = plotnine_words()

    frame = frame_of(series)
    groups = in_order(frame["group"])
    width = 0.86 * step_of(frame["x"]) / max(len(groups), 1)
    offset = frame["group"].map({group: place for place, group in enumerate(groups)})
    frame["left"] = frame["x"] + (offset.astype(float) - len(groups) / 2) * width
    frame["right"] = frame["left"] + width
    plot = canvas(frame, series)
    plot += x_scale(series)
    plot += p9.geom_rect(
        p9.aes(xmin="left", xmax="right", ymin=0, ymax="y", fill="group"), na_rm=True
    )
    plot += fill_scale(groups)
    return plot, 2.5


def _heatmap(series: Series) -> tuple[Any, float]:
    """Tiles with their number; the shade is one colour at five strengths."""
    import pandas as pd

    p9 = plotnine_words()

    columns = series.columns
    across = list(dict.fromkeys(str(item) for item in columns[series.x]))
    down = list(dict.fromkeys(str(item) for item in columns[series.y]))
    number = next(
        name for name in columns
        if name not in (series.x, series.y, "low", "high", "group", "state")
    )  # fmt: skip
    unit = series.units.get(number, "number")
    largest = max((abs(item) for item in columns[number] if item is not None), default=1) or 1
    frame = pd.DataFrame(
        {
            "x": [across.index(str(item)) for item in columns[series.x]],
            "y": [-down.index(str(item)) for item in columns[series.y]],
            "shade": [0.08 + 0.09 * int(4 * abs(item or 0) / largest) for item in columns[number]],
            "said": ["" if v is None else write_number(v, unit) for v in columns[number]],  # type: ignore[arg-type]
        }
    )
    plot = p9.ggplot(frame, p9.aes("x", "y"))
    plot += p9.geom_tile(p9.aes(alpha="shade"), fill=LIGHT["accent"], width=0.96, height=0.94)
    plot += p9.geom_text(p9.aes(label="said"), family=FAMILY, size=10, color=LIGHT["ink"])
    plot += p9.scale_alpha_identity()
    plot += p9.scale_x_continuous(
        breaks=list(range(len(across))), labels=[shorten(item, 14) for item in across]
    )
    plot += p9.scale_y_continuous(
        breaks=[-place for place in range(len(down))], labels=[shorten(item, 18) for item in down]
    )
    plot += p9.labs(x=axis_words(series, series.x), y=axis_words(series, series.y))
    plot += theme() + p9.theme(panel_grid=p9.element_blank())
    return plot, 0.8 + 0.42 * max(len(down), 2)
