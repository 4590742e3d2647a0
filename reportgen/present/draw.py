"""Series drawn with plotnine as SVG; the one door to plotnine.

Every colour is a light value of `reportgen.report.palette`, so that a page can exchange it for
the variable of its token. Places on an axis are always numbers, and texts only label them: no
level of the data can change how a scale works.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from reportgen.present.escape import clean
from reportgen.present.numbers import write_number
from reportgen.report import Series
from reportgen.report.palette import LIGHT

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FAMILY", "draw_panels", "draw_series"]

FAMILY = "sans-serif"  # which Matplotlib is told to mean the face of the pages
_FACE = "Source Sans Pro"
# On a machine without that face its nearest relatives come first; they are a little wider.
_FACES = f"{_FACE}, Source Sans 3, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif"
_WIDTH = 4.8  # inches; narrow, so that the text stays readable when a phone shrinks the figure
_COLOURS = tuple(LIGHT[f"series-{place}"] for place in range(1, 7))
_DASHES = ("solid", "dashed", "dotted", "dashdot", "solid", "dashed")
_SHAPES = ("o", "^", "s", "D", "v", "P")
_DIAGONALS = ("evaluation.roc", "evaluation.calibration")
_OPEN_STATES = ("provisional", "not enough data")


def draw_series(series: Series) -> str:
    """Draw one series.

    Returns
    -------
    SVG without metadata: the same series gives the same text, anywhere
    """
    match series.mark:
        case "intervals":
            plot, height = _intervals(series)
        case "bars" if series.x != "period":
            plot, height = _bars(series)
        case "bars" | "histogram":
            plot, height = _histogram(series)
        case "heatmap":
            plot, height = _heatmap(series)
        case "line" | "points":
            plot, height = _line([series]), 2.5
    return _svg(plot, height, series.name)


def draw_panels(members: Sequence[Series]) -> str:
    """Draw series over the same x as small multiples, each with a scale of its own."""
    p9 = _plotnine()
    rows = (len(members) + 1) // 2
    plot = _line(members) + p9.facet_wrap("panel", ncol=2, scales="free_y") + p9.labs(y="")
    return _svg(plot, 0.5 + 1.4 * rows, members[0].name)


def _plotnine() -> Any:
    """Load plotnine when the first figure is drawn: a page without figures does not wait."""
    import plotnine

    return plotnine


def _line(members: Sequence[Series]) -> Any:
    """Lines or points over x, with what is not certain around them."""
    p9 = _plotnine()

    frame = _stacked(members)
    first = members[0]
    plot = _canvas(frame, first) + _x_scale(first, panels=len(members))
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
    plot += _levels(members, frame)
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
    return plot + _keys(_order(frame["group"]))


def _intervals(series: Series) -> tuple[Any, float]:
    """Dots with intervals, one row a level, the widest gap on top."""
    p9 = _plotnine()

    series = _level_first(series)
    frame = _frame(series)
    overall = next(iter(series.lines.values()), None)
    if overall is not None and not frame.empty:
        gap = (frame["y"] - overall).abs().fillna(-1.0)
        frame = frame.loc[gap.sort_values(ascending=False, kind="stable").index]
    frame = _turned(frame)
    plot = _canvas(frame, series, turned=True) + _level_scale(frame)
    plot += _uprights(series)
    if "low" in frame:
        plot += p9.geom_segment(
            p9.aes(x="low", xend="high", y="place", yend="place"),
            color=LIGHT["border"], size=1.1, na_rm=True,
        )  # fmt: skip
    plot += p9.geom_point(
        p9.aes(x="y", y="place", fill="fill"),
        color=_COLOURS[0], size=2.6, stroke=0.8, na_rm=True,
    )  # fmt: skip
    plot += p9.scale_fill_identity()
    return plot, 0.75 + 0.24 * max(len(frame), 2)


def _bars(series: Series) -> tuple[Any, float]:
    """Bars from the left, in the order given; groups of one text below one another."""
    p9 = _plotnine()
    frame = _frame(series)
    groups = _order(frame["group"])
    labels = _order(frame["label"])
    thick = 0.72 / len(groups)
    frame["place"] = [
        -labels.index(label) + 0.36 - thick * (groups.index(group) + 0.5)
        for label, group in zip(frame["label"], frame["group"], strict=True)
    ]
    frame["half"] = thick / 2
    plot = _canvas(frame, series, turned=True) + p9.scale_y_continuous(
        breaks=[-place for place in range(len(labels))], labels=labels, expand=(0, 0.6)
    )
    plot += p9.geom_rect(
        p9.aes(xmin=0, xmax="y", ymin="place - half", ymax="place + half", fill="group"),
        na_rm=True,
    )
    plot += _fills(groups)
    if "noise" in frame:
        plot += p9.geom_segment(
            p9.aes(x="noise", xend="noise", y="place - 0.42", yend="place + 0.42"),
            color=LIGHT["ink"], size=1.2, na_rm=True,
        )  # fmt: skip
    plot += _uprights(series)
    key = 0.3 if len(groups) > 1 else 0.0
    return plot, 0.75 + key + (0.24 if key == 0 else 0.27) * max(len(labels), 2)


def _uprights(series: Series) -> list[Any]:
    """Named levels across rows, each with its name above the first row."""
    p9 = _plotnine()
    return [
        part
        for place, (label, level) in enumerate(series.lines.items())
        for part in (
            p9.geom_vline(xintercept=level, color=LIGHT["border"], linetype="dashed"),
            p9.annotate(
                "text", x=level, y=0.42 + 0.55 * place, label=f" {clean(label)}",
                ha="left", va="bottom", size=8, color=LIGHT["muted"], family=FAMILY,
            ),
        )
    ]  # fmt: skip


def _fills(groups: Sequence[str]) -> Any:
    fills = dict(zip(groups, _COLOURS, strict=False))
    hidden = {} if len(groups) > 1 else {"guide": None}
    return _plotnine().scale_fill_manual(values=fills, name="", breaks=list(groups), **hidden)


def _histogram(series: Series) -> tuple[Any, float]:
    """Bars on the floor, side by side when there are groups."""
    p9 = _plotnine()

    frame = _frame(series)
    groups = _order(frame["group"])
    width = 0.86 * _step(frame["x"]) / max(len(groups), 1)
    offset = frame["group"].map({group: place for place, group in enumerate(groups)})
    frame["left"] = frame["x"] + (offset.astype(float) - len(groups) / 2) * width
    frame["right"] = frame["left"] + width
    plot = _canvas(frame, series) + _x_scale(series)
    plot += p9.geom_rect(
        p9.aes(xmin="left", xmax="right", ymin=0, ymax="y", fill="group"), na_rm=True
    )
    return plot + _fills(groups), 2.5


def _heatmap(series: Series) -> tuple[Any, float]:
    """Tiles with their number; the shade is one colour at five strengths."""
    import pandas as pd

    p9 = _plotnine()

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
        breaks=list(range(len(across))), labels=[_short(item, 14) for item in across]
    )
    plot += p9.scale_y_continuous(
        breaks=[-place for place in range(len(down))], labels=[_short(item, 18) for item in down]
    )
    plot += p9.labs(x=_axis(series, series.x), y=_axis(series, series.y))
    plot += _theme() + p9.theme(panel_grid=p9.element_blank())
    return plot, 0.8 + 0.42 * max(len(down), 2)


def _frame(series: Series) -> pd.DataFrame:
    """Columns by their part in the drawing: x, y, low, high, noise, group, run, fill, label."""
    import pandas as pd

    columns = series.columns
    places, _ = _places(series)
    groups = columns.get("group", ("",) * len(places))
    frame = pd.DataFrame({"x": places, "y": pd.array(columns[series.y], dtype="Float64")})
    frame["y"] = frame["y"].astype(float)
    for name in ("low", "high", "noise"):
        if name in columns and any(item is not None for item in columns[name]):
            frame[name] = pd.array(columns[name], dtype="Float64")
            frame[name] = frame[name].astype(float)
    frame["group"] = [clean(str(item)) if item is not None else "" for item in groups]
    # A gap in the data is a gap in the line: each stretch without one is drawn by itself.
    gaps = frame["y"].isna().cumsum().astype(str)
    frame["run"] = frame["group"] + "\n" + gaps
    states = columns.get("state") or ("",) * len(places)
    alone = frame.loc[frame["y"].notna()].groupby("run")["y"].transform("size") == 1
    frame["dot"] = alone.reindex(frame.index, fill_value=False)
    frame["dot"] |= pd.Series([state in _OPEN_STATES for state in states], dtype=bool)
    if "state" in columns and len(frame):  # the newest point is what the report is about
        frame.loc[len(frame) - 1, "dot"] = True
    paint = {group: _COLOURS[k % 6] for k, group in enumerate(_order(frame["group"]))}
    frame["fill"] = [
        LIGHT["paper"] if state in _OPEN_STATES else paint[group]
        for state, group in zip(states, frame["group"], strict=True)
    ]
    frame["label"] = [_short(str(item), 24) for item in columns[series.x]]
    if "n" in columns and series.mark == "intervals":
        sizes = [f"n = {item:,}" if item is not None else "" for item in columns["n"]]
        frame["label"] = [
            f"{a},  {b}" if b else a for a, b in zip(frame["label"], sizes, strict=True)
        ]
    return frame


def _level_first(series: Series) -> Series:
    """The same series with the texts as x, whichever way round it was given."""
    if any(isinstance(item, str) for item in series.columns[series.y]):
        return replace(series, x=series.y, y=series.x)
    return series


def _stacked(members: Sequence[Series]) -> pd.DataFrame:
    import pandas as pd

    frames = []
    for series in members:
        frame = _frame(series)
        # A count is read from zero; a metric from where its numbers lie.
        frame["floor"] = 0.0 if series.units.get(series.y) == "rows" else frame["y"]
        frame["panel"] = clean(series.labels.get(series.y) or series.title)
        frames.append(frame)
    whole = pd.concat(frames, ignore_index=True)
    panels = list(dict.fromkeys(whole["panel"]))
    whole["panel"] = pd.Categorical(whole["panel"], categories=panels, ordered=True)
    return whole


def _turned(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    frame["place"] = [-float(place) for place in range(len(frame))]
    return frame


def _places(series: Series) -> tuple[list[float], list[str]]:
    """Where each row stands on x, and the labels of the places when x is text."""
    items = series.columns[series.x]
    if all(isinstance(item, int | float) for item in items):
        return [float(item) for item in items], []
    labels = list(dict.fromkeys(str(item) for item in items))
    place = {label: float(number) for number, label in enumerate(labels)}
    return [place[str(item)] for item in items], labels


def _x_scale(series: Series, panels: int = 1) -> Any:
    p9 = _plotnine()
    _, labels = _places(series)
    if not labels:
        return p9.scale_x_continuous(labels=_ticks)
    room = 26 if panels > 1 else 62  # characters below the axis
    longest = min(max(len(label) for label in labels), 16)
    most = max(2, room // (longest + 2))
    every = -(-len(labels) // most) if series.x == "period" else 1
    # The newest period is the one that the report is about: count the labels from the end.
    shown = list(range(len(labels) - 1, -1, -every))[::-1]
    each = max(5, room // max(len(shown), 1))
    return p9.scale_x_continuous(
        breaks=[float(place) for place in shown],
        labels=[_short(labels[place], each) for place in shown],
    )


def _level_scale(frame: pd.DataFrame) -> Any:
    p9 = _plotnine()
    return p9.scale_y_continuous(
        breaks=list(frame["place"]), labels=list(frame["label"]), expand=(0, 0.7)
    )


def _levels(members: Sequence[Series], frame: pd.DataFrame) -> list[Any]:
    """Named levels across a panel, each with its name at the left end."""
    import pandas as pd

    p9 = _plotnine()

    rows = [
        (series.labels.get(series.y) or series.title, label, level)
        for series in members
        for label, level in series.lines.items()
    ]
    if not rows:
        return []
    lines = pd.DataFrame(rows, columns=["panel", "said", "level"])
    panels = pd.Series([clean(panel) for panel in lines["panel"]])
    lines["panel"] = panels.astype(frame["panel"].dtype)
    lines["said"] = [clean(label) for label in lines["said"]]
    # A second level is named at the right end, where the first one's name cannot be.
    second = lines.groupby("panel", observed=True).cumcount() % 2 == 1
    lines["end"] = [frame["x"].max() if right else frame["x"].min() for right in second]
    lines["side"] = ["right" if right else "left" for right in second]
    return [
        p9.geom_hline(
            p9.aes(yintercept="level"), lines, color=LIGHT["watch"], linetype="dashed", size=0.6
        ),
        *(
            p9.geom_text(
                p9.aes(x="end", y="level", label="said"), lines.loc[lines["side"] == side],
                ha=side, va="bottom", size=8, color=LIGHT["watch"], family=FAMILY,
                inherit_aes=False,
            )
            for side in sorted(set(lines["side"]))
        ),
    ]  # fmt: skip


def _keys(groups: Sequence[str]) -> list[Any]:
    """Colour, dash and shape of groups; no key when there is one group."""
    p9 = _plotnine()

    hidden: Mapping[str, Any] = {} if len(groups) > 1 else {"guide": None}
    shown = [_COLOURS[place % 6] for place in range(len(groups))]
    dashes = [_DASHES[place % 6] for place in range(len(groups))]
    shapes = [_SHAPES[place % 6] for place in range(len(groups))]
    limits = list(groups)
    return [
        p9.scale_color_manual(values=shown, limits=limits, name="", **hidden),
        p9.scale_linetype_manual(values=dashes, limits=limits, name="", **hidden),
        p9.scale_shape_manual(values=shapes, limits=limits, name="", **hidden),
        p9.scale_fill_identity(),
    ]


def _canvas(frame: pd.DataFrame, series: Series, *, turned: bool = False) -> Any:
    p9 = _plotnine()

    x, y = _axis(series, series.x), _axis(series, series.y)
    if turned:
        plot = p9.ggplot(frame) + p9.labs(x=y, y="") + p9.scale_x_continuous(labels=_ticks)
        return plot + _theme() + p9.theme(panel_grid_major_y=p9.element_blank())
    plot = p9.ggplot(frame, p9.aes("x", "y")) + p9.labs(x=x, y=y)
    plot += p9.scale_y_continuous(labels=_ticks)
    plot += _theme()
    return plot + p9.theme(panel_grid_major_x=p9.element_blank()) if _places(series)[1] else plot


def _axis(series: Series, column: str) -> str:
    return clean(series.labels.get(column) or column.replace("_", " "))


def _ticks(levels: Sequence[float]) -> list[str]:
    """Numbers of an axis, as few digits as tell them apart."""
    plain = [f"{level:.4g}" for level in levels]
    if any("e" in item for item in plain):
        plain = [f"{level:,.0f}" if abs(level) >= 1000 else f"{level:.4g}" for level in levels]
    return [item.replace("-", "−") for item in plain]


def _short(label: str, room: int) -> str:
    label = clean(label)
    return label if len(label) <= room else label[: room - 1] + "…"


def _order(groups: pd.Series[Any]) -> list[str]:
    return list(dict.fromkeys(groups))


def _step(places: pd.Series[float]) -> float:
    steps = sorted(set(places))
    return min((b - a for a, b in itertools.pairwise(steps)), default=1.0)


@cache
def _theme() -> Any:
    p9 = _plotnine()

    small = p9.element_text(size=9, color=LIGHT["muted"])
    return p9.theme(
        text=p9.element_text(family=FAMILY, size=10, color=LIGHT["ink"]),
        axis_text=small,
        axis_title=p9.element_text(size=9.5, color=LIGHT["muted"]),
        axis_ticks=p9.element_blank(),
        panel_background=p9.element_blank(),
        plot_background=p9.element_blank(),
        panel_border=p9.element_blank(),
        panel_grid_minor=p9.element_blank(),
        panel_grid_major_x=p9.element_line(color=LIGHT["line"], size=0.5),
        panel_grid_major_y=p9.element_line(color=LIGHT["line"], size=0.5),
        strip_background=p9.element_blank(),
        strip_text=p9.element_text(size=10, color=LIGHT["ink"], ha="left"),
        legend_position="top",
        legend_justification="left",
        legend_background=p9.element_blank(),
        legend_key=p9.element_blank(),
        legend_title=p9.element_blank(),
        legend_text=p9.element_text(
            size=9, color=LIGHT["ink"], margin={"l": 5, "r": 14, "units": "pt"}
        ),
        plot_margin_right=0.05,
    )


@cache
def _know_fonts() -> None:
    """Let Matplotlib measure text with the face that the pages use."""
    from pathlib import Path

    import font_source_sans_pro
    from matplotlib import font_manager

    folder = Path(font_source_sans_pro.__file__).parent / "files"
    font_manager.fontManager.addfont(str(folder / "SourceSansPro-Regular.ttf"))


def _svg(plot: Any, height: float, salt: str) -> str:
    import matplotlib as mpl

    mpl.use("svg", force=False)
    _know_fonts()
    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": salt,  # ids are hashes; without a salt they are random
        "font.family": "sans-serif",
        "font.sans-serif": [_FACE],
        "text.parse_math": False,  # a level such as "$x$" is no formula
        "axes.unicode_minus": True,
    }
    written = BytesIO()
    with mpl.rc_context(settings):
        figure = (plot + _plotnine().theme(figure_size=(_WIDTH, height))).draw()
        metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(written, format="svg", transparent=True, metadata=metadata)
        figure.clear()
    _close(figure)
    return _slim(written.getvalue().decode())


def _close(figure: Any) -> None:
    from matplotlib import pyplot

    pyplot.close(figure)


_DROPPED = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>"
    r"|(?<=<g) id=\"[^\"]*\"|font-family: '[^;\"]*; |\s?transform=\"rotate\(-0 [^\"]*\"",
    re.DOTALL,
)
_DIGITS = re.compile(r"(\d\.\d\d)\d+")
_LINES = re.compile(r"\s*\n\s*")


def _slim(svg: str) -> str:
    """Leave out what a page does not show, and say the face once.

    A hundredth of a point is fine enough, and only clip paths are referred to by their id.
    """
    svg = _DROPPED.sub("", svg).replace("<svg ", f'<svg font-family="{_FACES}" ', 1)
    head, defs, rest = svg.partition("</style>")
    return head.strip() + defs + _LINES.sub("\n", _DIGITS.sub(r"\1", rest)).strip() + "\n"
