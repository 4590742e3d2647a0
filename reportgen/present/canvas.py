"""What all figures share: a sheet, axes, scales, keys, where they stand, and how they become SVG.

The one door to Matplotlib. It is used without pyplot and without its layout engines: what stands
around a panel is known before it is drawn, so its margins are computed and a figure is laid out
once, in a tenth of the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.present.escape import clean
from reportgen.present.points import COLOURS, places_of, shorten
from reportgen.report import Series
from reportgen.report.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from reportgen.present.panel import Direction, Panel

__all__ = [
    "add_key",
    "arrange",
    "axis_words",
    "colour_patch",
    "empty_sheet",
    "number_scale",
    "place_scale",
    "spread",
    "undisturbed",
    "write_svg",
]

_FACE = "Source Sans Pro"
# On a machine without that face its nearest relatives come first; they are a little wider.
_FACES = f"{_FACE}, Source Sans 3, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif"
_WIDER = 1.2  # a face that stands in for ours
_WIDTH = 345.6  # points; narrow, so that the text stays readable when a phone shrinks the figure
_SMALL, _LABEL, _STRIP = 9, 9.5, 10  # sizes of texts, points
_LINE = 1.3  # of a text, times its size
_EDGE = 5.0  # points around everything
# Points from the edge of a panel: left to its marks; down to the lines that marks and name stand on.
_ASIDE, _MARKS_BELOW, _NAME_BELOW = 4.0, 9.75, 23.1
_HALF = 3.4  # from the line that a mark stands on up to its middle
_NOT_OF_FIGURES = frozenset({"backend", "backend_fallback", "interactive", "toolbar"})
_LOOK: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": [_FACE],
    "font.size": _STRIP,
    "text.color": LIGHT["ink"],
    "text.parse_math": False,  # a level such as "$x$" is no formula
    "axes.unicode_minus": True,
    "axes.titlesize": _STRIP,
    "axes.titlelocation": "left",
    "axes.titlepad": 4.0,
    "axes.titley": 1.0,
    "axes.axisbelow": True,
    "legend.fontsize": _SMALL,
    "legend.frameon": False,
    "legend.borderpad": 0.0,
    "legend.borderaxespad": 0.0,
    "legend.handlelength": 1.3,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.5,
    "legend.labelspacing": 0.4,
}


@contextmanager
def undisturbed(salt: str) -> Iterator[None]:
    """Draw as if nobody had changed a setting: whatever the cells did, whoever draws.

    Parameters
    ----------
    salt : makes the ids of the figure, which would be random without one
    """
    import matplotlib as mpl

    _know_fonts()
    changed: dict[Any, Any] = {
        name: default
        for name, default in mpl.rcParamsDefault.items()
        if name not in _NOT_OF_FIGURES and dict.get(mpl.rcParams, name) != default
    }
    with mpl.rc_context(changed | _LOOK | {"svg.hashsalt": salt}):
        yield


@cache
def _know_fonts() -> None:
    """Let Matplotlib measure text with the face that the pages use."""
    import font_source_sans_pro
    from matplotlib import font_manager

    folder = Path(font_source_sans_pro.__file__).parent / "files"
    font_manager.fontManager.addfont(str(folder / "SourceSansPro-Regular.ttf"))


def empty_sheet(inches: float, panels: int = 1) -> tuple[Figure, list[Panel]]:
    """An empty figure so many inches high, with panels for `arrange` to place."""
    from matplotlib.figure import Figure

    from reportgen.present.panel import Panel

    figure = Figure(figsize=(_WIDTH / 72, inches), dpi=72)
    figure.patch.set_visible(False)
    every = [Panel(figure) for _ in range(panels)]
    for panel in every:
        figure.add_axes(panel)
    return figure, every


def spread(numbers: Sequence[float], *, margin: float = 0.05) -> tuple[float, float]:
    """The ends of an axis: as far as its numbers reach, and a little further."""
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    room = margin * (high - low) or 0.05 * abs(high) or 0.5
    return low - room, high + room


def number_scale(
    panel: Panel, direction: Direction, ends: tuple[float, float], most: int = 6
) -> None:
    """Give a scale its ends and round numbers between them, as few digits as tell them apart."""
    from matplotlib.ticker import MaxNLocator

    low, high = ends
    found = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    places = [float(place) for place in found if low <= place <= high]
    (panel.set_xlim if direction == "x" else panel.set_ylim)(ends)
    panel.mark(direction, places, _tick_words(places))
    _rule(panel, direction, places)


def _rule(panel: Panel, direction: Direction, ticks: Sequence[float]) -> None:
    """Draw the lines of a grid as one path: a page has hundreds of them."""
    from matplotlib.lines import Line2D

    along = [place for tick in ticks for place in (tick, tick, nan)]
    across = [0.0, 1.0, nan] * len(ticks)
    upright = direction == "x"
    turn = panel.get_xaxis_transform if upright else panel.get_yaxis_transform
    places = (along, across) if upright else (across, along)
    ruled = Line2D(
        *places, transform=turn(which="grid"), color=LIGHT["line"], linewidth=0.5,
        zorder=0.5, clip_on=False,
    )  # fmt: skip
    panel.add_artist(ruled)


def _tick_words(ticks: Sequence[float]) -> list[str]:
    digits = 4
    plain = [f"{tick + 0.0:.{digits}g}" for tick in ticks]
    while len(set(plain)) < len(plain) and digits < 12:
        digits += 1
        plain = [f"{tick:.{digits}g}" for tick in ticks]
    if any("e" in item for item in plain):
        plain = [f"{tick:,.0f}" if abs(tick) >= 1000 else f"{tick:.4g}" for tick in ticks]
    return [item.replace("-", "−") for item in plain]


def place_scale(panel: Panel, series: Series, ends: tuple[float, float], *, narrow: bool) -> None:
    """Give x the labels of its places; of too many periods only some, counted from the newest."""
    _, labels = places_of(series)
    if not labels:
        number_scale(panel, "x", ends, 4 if narrow else 7)
        return
    room = 26 if narrow else 62  # characters below the axis
    longest = min(max(len(label) for label in labels), 16)
    most = max(2, room // (longest + 2))
    every = -(-len(labels) // most) if series.x == "period" else 1
    # The newest period is the one that the report is about: count the labels from the end.
    shown = list(range(len(labels) - 1, -1, -every))[::-1]
    each = max(5, room // max(len(shown), 1))
    panel.set_xlim(ends)
    panel.mark("x", shown, [shorten(labels[place], each) for place in shown])


def axis_words(series: Series, column: str) -> str:
    """The words for a column on an axis."""
    return clean(series.labels.get(column) or column.replace("_", " "))


def add_key(figure: Figure, handles: Sequence[Any]) -> float:
    """Say above the panels what the colours mean; nothing where there is one.

    Returns
    -------
    its height in points
    """
    if len(handles) < 2:
        return 0.0
    aside = _SMALL * (1.3 + 0.5 + 1.5)
    longest = max(_width(str(handle.get_label()), _SMALL) for handle in handles)
    columns = max(1, min(len(handles), int((_WIDTH - 2 * _EDGE) // (longest + aside))))
    top = 1 - _EDGE / (72 * figure.get_figheight())
    place = (_EDGE / _WIDTH, top)
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=place, ncols=columns)
    return -(-len(handles) // columns) * _SMALL * (_LINE + 0.2) + 2.0


def colour_patch(group: str, groups: Sequence[str]) -> Any:
    """The handle of a group in the key: its colour."""
    from matplotlib.patches import Patch

    return Patch(facecolor=COLOURS[groups.index(group) % 6], label=group)


def arrange(figure: Figure, panels: Sequence[Panel], *, across: int = 1, key: float = 0.0) -> None:
    """Place the panels so that all that stands around them has its room, and write their scales.

    Parameters
    ----------
    panels : in reading order
    key : height of what stands above them, points
    """
    height = 72 * figure.get_figheight()
    columns = [panels[place::across] for place in range(min(across, len(panels)))]
    lefts = [max(_left_of(panel) for panel in column) for column in columns]
    rights = [max(_right_of(panel, len(columns)) for panel in column) for column in columns]
    wide = (_WIDTH - sum(lefts) - sum(rights)) / len(columns)
    rows = -(-len(panels) // across)
    title = _STRIP * _LINE + 4.0 if any(panel.get_title(loc="left") for panel in panels) else 0.0
    bottom = max(_below(panel) for panel in panels)
    gap = 8.0
    tall = (height - _EDGE - key - bottom - rows * title - (rows - 1) * gap) / rows
    for place, panel in enumerate(panels):
        row, column = divmod(place, across)
        x = sum(lefts[: column + 1]) + sum(rights[:column]) + column * wide
        y = height - _EDGE - key - (row + 1) * (title + tall) - row * gap
        panel.set_position((x / _WIDTH, y / height, wide / _WIDTH, tall / height))
        _write_across(figure, panel, (x, y), wide)
        _write_up(figure, panel, (x, y), tall, x - lefts[column])


def _left_of(panel: Panel) -> float:
    words = [_width(word, _SMALL) for word in panel.scales["y"].words]
    named = _LABEL * _LINE + 4.0 if panel.scales["y"].name else 0.0
    return _EDGE + named + _WIDER * max(words, default=0.0) + _ASIDE


def _right_of(panel: Panel, across: int) -> float:
    """Half of the last label may stand over the end of the axis."""
    low, high = panel.get_xlim()
    about = 0.7 * _WIDTH / across  # as wide as the panel will be
    scale = panel.scales["x"]
    over = [
        _WIDER * _width(word, _SMALL) / 2 - about * (high - place) / (high - low)
        for place, word in zip(scale.places, scale.words, strict=True)
    ]
    return _EDGE + max([0.0, *over])


def _below(panel: Panel) -> float:
    marks = _SMALL * _LINE + 3.0 if panel.scales["x"].places else 0.0
    named = _LABEL * _LINE + 4.0 if panel.scales["x"].name else 0.0
    return marks + named + 2.0


def _write_across(figure: Figure, panel: Panel, corner: tuple[float, float], wide: float) -> None:
    (x, y), scale = corner, panel.scales["x"]
    low, high = panel.get_xlim()
    for place, word in zip(scale.places, scale.words, strict=True):
        at = x + wide * (place - low) / (high - low)
        _write(figure, at, y - _MARKS_BELOW, word, _SMALL, ha="center")
    _write(figure, x + wide / 2, y - _NAME_BELOW, scale.name, _LABEL, ha="center")


def _write_up(
    figure: Figure, panel: Panel, corner: tuple[float, float], tall: float, left: float
) -> None:
    """Write what stands left of a panel, whose room begins at `left`."""
    (x, y), scale = corner, panel.scales["y"]
    low, high = panel.get_ylim()
    for place, word in zip(scale.places, scale.words, strict=True):
        at = y + tall * (place - low) / (high - low)
        _write(figure, x - _ASIDE, at - _HALF, word, _SMALL, ha="right")
    named_at = left + _EDGE + _LABEL
    _write(figure, named_at, y + tall / 2, scale.name, _LABEL, ha="center", rotation=90)


def _write(figure: Figure, x: float, y: float, said: str, size: float, **look: Any) -> None:
    """Write on the sheet, so many points from its lower left corner."""
    from matplotlib.transforms import IdentityTransform

    if said:
        figure.text(
            x, y, said, fontsize=size, color=LIGHT["muted"], va="baseline",
            transform=IdentityTransform(), rotation_mode="anchor", **look,
        )  # fmt: skip


@cache
def _measure() -> Any:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    return TextToPath(), FontProperties(family=[_FACE])


def _width(said: str, size: float) -> float:
    """How wide a text is, points."""
    ruler, face = _measure()
    face.set_size(size)
    return float(ruler.get_text_width_height_descent(said, face, ismath=False)[0]) if said else 0.0


def write_svg(figure: Figure) -> str:
    """Give a figure as SVG, without what a page does not show."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    written = BytesIO()
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(written, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _slim(written.getvalue().decode())


_DROPPED = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>"
    r"|(?<=<g) id=\"[^\"]*\"|font-family: '[^;\"]*; |\s?transform=\"rotate\(-0 [^\"]*\"",
    re.DOTALL,
)
# Of the marks that figures use only the dot has curves: eight of them.
_DOT = re.compile(r'<path (id="\w+") d="M 0 ([\d.]+)\s*(?:C[^"CLz]*){8}z\s*"')
_DIGITS = re.compile(r"(\d\.\d\d)\d+")
_TAGS = re.compile(r"<[^>]*>")
_LINES = re.compile(r"\s*\n\s*")


def _slim(svg: str) -> str:
    """Leave out what a page does not show, and say the face once.

    A hundredth of a point is fine enough, and only clip paths are referred to by their id. What
    is written on the figure keeps its digits.
    """
    svg = _DOT.sub(r'<circle \1 r="\2"', svg)
    svg = _DROPPED.sub("", svg).replace("<svg ", f'<svg font-family="{_FACES}" ', 1)
    head, defs, rest = svg.partition("</style>")
    rest = _TAGS.sub(lambda tag: _DIGITS.sub(r"\1", tag[0]), rest)
    return head.strip() + defs + _LINES.sub("\n", rest).strip() + "\n"
