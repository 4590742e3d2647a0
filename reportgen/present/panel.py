"""A panel of a figure: Matplotlib's axes, with scales that are a few texts beside it.

Matplotlib makes three lines and two texts for each mark on an axis and asks each of them several
times where it stands. Here that is known once the panel has its place. Imports Matplotlib, so
import it late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure

__all__ = ["Direction", "Panel", "Scale"]

Direction = Literal["x", "y"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What stands beside a panel in one direction: words at places, and what they count."""

    places: tuple[float, ...] = ()
    words: tuple[str, ...] = ()
    name: str = ""


class _Bare:
    """An axis without marks of its own."""

    def reset_ticks(self) -> None:
        self.majorTicks: list[Any] = []
        self.minorTicks: list[Any] = []


class _Across(_Bare, XAxis):
    pass


class _Up(_Bare, YAxis):
    pass


class Panel(Axes):
    """Axes with a `Scale` in each direction, which `canvas.arrange` writes."""

    def __init__(self, figure: Figure) -> None:
        self.scales = {"x": Scale(), "y": Scale()}
        super().__init__(figure, (0.0, 0.0, 1.0, 1.0))
        self.set_axis_off()
        self.patch.set_visible(False)

    def _init_axis(self) -> None:
        self.xaxis: Any = _Across(self)
        self.yaxis: Any = _Up(self)

    def grid(self, *_: Any, **__: Any) -> None:
        """Draw no lines: those of a scale are drawn as one, by `canvas.number_scale`."""

    def mark(self, direction: Direction, places: Sequence[float], words: Sequence[str]) -> None:
        """Put words at places of a scale; none, and nothing stands there."""
        known = self.scales[direction]
        self.scales[direction] = replace(known, places=tuple(places), words=tuple(words))

    def name_scale(self, direction: Direction, name: str) -> None:
        """Say what a scale counts."""
        self.scales[direction] = replace(self.scales[direction], name=name)
