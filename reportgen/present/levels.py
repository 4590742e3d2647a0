"""Named levels of a figure: a dashed line, and its name where nothing else stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reportgen.present.escape import clean
from reportgen.report import Series
from reportgen.report.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["name_above_curves", "name_above_rows", "name_across", "room_above"]

_SIZE = 8  # of the names, points


def name_across(axes: Axes, series: Series) -> None:
    """Levels of y: the first one is named at the left end, the next at the right, and so on."""
    low, high = axes.get_ylim()
    room = (0.16 if axes.get_title(loc="left") else 0.1) * (high - low)  # small multiples are low
    left, right = axes.get_xlim()
    inset = 0.045 * (right - left)
    for place, (label, level) in enumerate(series.lines.items()):
        axes.axhline(level, color=LIGHT["watch"], linestyle="dashed", linewidth=1.0)
        at_top = level > high - room
        axes.annotate(
            clean(label), (right - inset if place % 2 else left + inset, level),
            (0, -2 if at_top else 2), textcoords="offset points",
            ha="right" if place % 2 else "left", va="top" if at_top else "baseline",
            fontsize=_SIZE, color=LIGHT["watch"],
        )  # fmt: skip


def name_above_rows(axes: Axes, series: Series) -> None:
    """Levels of x across rows, each with its name above the first row."""
    left, right = axes.get_xlim()
    for place, (label, level) in enumerate(series.lines.items()):
        axes.axvline(level, color=LIGHT["border"], linestyle="dashed", linewidth=0.9)
        far = level > left + 0.75 * (right - left)
        axes.annotate(
            clean(label), (level, 0.42 + 0.55 * place), (-3 if far else 3, 0),
            textcoords="offset points", ha="right" if far else "left", va="bottom",
            fontsize=_SIZE, color=LIGHT["muted"],
        )  # fmt: skip


def room_above(series: Series, numbers: Sequence[float]) -> list[float]:
    """How far y must reach so that `name_above_curves` has room."""
    return [1.12 * max(numbers, default=1.0)] if series.lines else []


def name_above_curves(axes: Axes, series: Series, numbers: Sequence[float]) -> None:
    """Levels of x, each named at the top, to the side where no other one stands."""
    places = sorted(series.lines.items(), key=lambda item: item[1])
    for rank, (label, level) in enumerate(places):
        axes.axvline(level, color=LIGHT["watch"], linestyle="dashed", linewidth=1.0)
        last = rank == len(places) - 1
        axes.annotate(
            clean(label), (level, 1.02 * max(numbers, default=1.0)), (3 if last else -3, 0),
            textcoords="offset points", ha="left" if last else "right", va="bottom",
            fontsize=_SIZE, color=LIGHT["watch"],
        )  # fmt: skip
