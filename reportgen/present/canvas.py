"""What all figures share: axes, scales, keys, theme, and how they become SVG.

The one door to plotnine and Matplotlib.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from reportgen.present.escape import clean
from reportgen.present.points import COLOURS, places_of, shorten
from reportgen.report import Series
from reportgen.report.palette import LIGHT

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FAMILY",
    "axis_words",
    "canvas",
    "fill_scale",
    "group_scales",
    "level_scale",
    "named_levels",
    "named_uprights",
    "named_verticals",
    "plotnine_words",
    "theme",
    "undisturbed",
    "write_svg",
    "x_scale",
]

FAMILY = "sans-serif"  # which Matplotlib is told to mean the face of the pages
_FACE = "Source Sans Pro"
# On a machine without that face its nearest relatives come first; they are a little wider.
_FACES = f"{_FACE}, Source Sans 3, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif"
_WIDTH = 4.8  # inches; narrow, so that the text stays readable when a phone shrinks the figure
_DASHES = ("solid", "dashed", "dotted", "dashdot", "solid", "dashed")
_NOT_OF_FIGURES = frozenset({"backend", "backend_fallback", "interactive", "toolbar"})
_LOOKS = ("current_theme", "base_family", "aspect_ratio", "dpi", "figure_size", "base_margin")
_SHAPES = ("o", "^", "s", "D", "v", "P")


def plotnine_words() -> Any:
    """Load plotnine when the first figure is drawn: a page without figures does not wait."""
    import plotnine

    return plotnine


@contextmanager
def undisturbed() -> Iterator[None]:
    """Draw as if nobody had changed a setting: whatever the cells did, whoever draws.

    Text is Python's own meanwhile: for a few rows Arrow's would cost a fifth of a figure.
    """
    import matplotlib as mpl
    import pandas as pd
    from plotnine import options

    changed: Any = {
        name: default
        for name, default in mpl.rcParamsDefault.items()
        if name not in _NOT_OF_FIGURES and dict.get(mpl.rcParams, name) != default
    }
    before = {name: options.set_option(name, default) for name, default in _options().items()}
    try:
        with mpl.rc_context(changed), pd.option_context("mode.string_storage", "python"):
            yield
    finally:
        for name, setting in before.items():
            options.set_option(name, setting)


@cache
def _options() -> Mapping[str, Any]:
    """Give plotnine's own defaults of what decides how a figure looks."""
    from importlib.util import find_spec, module_from_spec

    spec = find_spec("plotnine.options")
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("plotnine.options")
    fresh = module_from_spec(spec)
    spec.loader.exec_module(fresh)
    return {name: getattr(fresh, name) for name in _LOOKS}


def canvas(frame: pd.DataFrame, series: Series, *, turned: bool = False) -> Any:
    """An empty plot of a frame with its axes named; `turned`: rows down, numbers across."""
    p9 = plotnine_words()

    x, y = axis_words(series, series.x), axis_words(series, series.y)
    if turned:
        plot = p9.ggplot(frame)
        plot += [p9.labs(x=y, y=""), p9.scale_x_continuous(labels=_ticks), theme()]
        plot += p9.theme(panel_grid_major_y=p9.element_blank())
        return plot
    plot = p9.ggplot(frame, p9.aes("x", "y"))
    plot += [p9.labs(x=x, y=y), p9.scale_y_continuous(labels=_ticks), theme()]
    if places_of(series)[1]:
        plot += p9.theme(panel_grid_major_x=p9.element_blank())
    return plot


def x_scale(series: Series, panels: int = 1) -> Any:
    """Label the places across; of too many periods only some, counted from the newest."""
    p9 = plotnine_words()
    _, labels = places_of(series)
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
        labels=[shorten(labels[place], each) for place in shown],
    )


def level_scale(frame: pd.DataFrame) -> Any:
    """Label the rows of `in_rows`."""
    p9 = plotnine_words()
    return p9.scale_y_continuous(
        breaks=list(frame["place"]), labels=list(frame["label"]), expand=(0, 0.7)
    )


def named_levels(members: Sequence[Series], frame: pd.DataFrame) -> list[Any]:
    """Named levels across a panel, each with its name at the left end."""
    import pandas as pd

    p9 = plotnine_words()

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
    lines["rise"] = _rises(lines, frame)
    ends = sorted(set(zip(lines["side"], lines["rise"], strict=True)))
    return [
        p9.geom_hline(
            p9.aes(yintercept="level"), lines, color=LIGHT["watch"], linetype="dashed", size=0.6
        ),
        *(
            p9.geom_text(
                p9.aes(x="end", y="level", label="said"),
                lines.loc[(lines["side"] == side) & (lines["rise"] == rise)],
                ha=side, va=rise, size=8, color=LIGHT["watch"], family=FAMILY, inherit_aes=False,
            )
            for side, rise in ends
        ),
    ]  # fmt: skip


def _rises(lines: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
    """Say on which side of its level each name stands: below where the panel ends above."""
    columns = [name for name in ("y", "low", "high", "floor") if name in frame]
    grouped = frame.groupby("panel", observed=True)[columns]
    highest, lowest = grouped.max().max(axis=1), grouped.min().min(axis=1)
    rises = []
    for panel, level in zip(lines["panel"], lines["level"], strict=True):
        most, least = max(highest[panel], level), min(lowest[panel], level)
        rises.append("top" if level > most - 0.15 * (most - least) else "bottom")
    return rises


def named_uprights(series: Series) -> list[Any]:
    """Named levels across rows, each with its name above the first row."""
    p9 = plotnine_words()
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


def named_verticals(series: Series, frame: pd.DataFrame) -> list[Any]:
    """Named places on x, each with its name at the top, to the side where no other one stands."""
    p9 = plotnine_words()
    top = max(frame[name].max() for name in ("y", "high") if name in frame)
    places = sorted(series.lines.items(), key=lambda item: item[1])
    last = len(places) - 1
    room = [p9.expand_limits(y=1.12 * top)] if places else []
    return room + [
        part
        for rank, (label, level) in enumerate(places)
        for part in (
            p9.geom_vline(xintercept=level, color=LIGHT["watch"], linetype="dashed", size=0.6),
            p9.annotate(
                "text", x=level, y=1.02 * top, label=f" {clean(label)} ",
                ha="left" if rank == last else "right", va="bottom", size=8,
                color=LIGHT["watch"], family=FAMILY,
            ),
        )
    ]  # fmt: skip


def fill_scale(groups: Sequence[str]) -> Any:
    """A colour for each group, and a key when there are several."""
    fills = dict(zip(groups, COLOURS, strict=False))
    hidden = {} if len(groups) > 1 else {"guide": None}
    return plotnine_words().scale_fill_manual(values=fills, name="", breaks=list(groups), **hidden)


def group_scales(groups: Sequence[str]) -> list[Any]:
    """Colour, dash and shape of groups; no key when there is one group."""
    p9 = plotnine_words()

    hidden: Mapping[str, Any] = {} if len(groups) > 1 else {"guide": None}
    shown = [COLOURS[place % 6] for place in range(len(groups))]
    dashes = [_DASHES[place % 6] for place in range(len(groups))]
    shapes = [_SHAPES[place % 6] for place in range(len(groups))]
    limits = list(groups)
    return [
        p9.scale_color_manual(values=shown, limits=limits, name="", **hidden),
        p9.scale_linetype_manual(values=dashes, limits=limits, name="", **hidden),
        p9.scale_shape_manual(values=shapes, limits=limits, name="", **hidden),
        p9.scale_fill_identity(),
    ]


def axis_words(series: Series, column: str) -> str:
    """The words for a column on an axis."""
    return clean(series.labels.get(column) or column.replace("_", " "))


def _ticks(levels: Sequence[float]) -> list[str]:
    """Numbers of an axis, as few digits as tell them apart."""
    plain = [f"{level:.4g}" for level in levels]
    if any("e" in item for item in plain):
        plain = [f"{level:,.0f}" if abs(level) >= 1000 else f"{level:.4g}" for level in levels]
    return [item.replace("-", "−") for item in plain]


@cache
def theme() -> Any:
    """One theme for all figures: no frame, faint lines, the key on top."""
    p9 = plotnine_words()

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


def write_svg(plot: Any, height: float, salt: str) -> str:
    """Draw a plot and give it as SVG; `salt` makes its ids, `height` is in inches."""
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
        plot += plotnine_words().theme(figure_size=(_WIDTH, height))
        figure = plot.draw()
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
_TAGS = re.compile(r"<[^>]*>")
_LINES = re.compile(r"\s*\n\s*")


def _slim(svg: str) -> str:
    """Leave out what a page does not show, and say the face once.

    A hundredth of a point is fine enough, and only clip paths are referred to by their id. What
    is written on the figure keeps its digits.
    """
    svg = _DROPPED.sub("", svg).replace("<svg ", f'<svg font-family="{_FACES}" ', 1)
    head, defs, rest = svg.partition("</style>")
    rest = _TAGS.sub(lambda tag: _DIGITS.sub(r"\1", tag[0]), rest)
    return head.strip() + defs + _LINES.sub("\n", rest).strip() + "\n"
