"""Series as points to draw: places that are numbers, labels that are only words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import isnan, nan
from operator import itemgetter

from reportgen.present.escape import clean
from reportgen.report import Series
from reportgen.report.palette import LIGHT

__all__ = [
    "COLOURS",
    "Points",
    "in_order",
    "level_first",
    "places_of",
    "points_of",
    "runs_of",
    "shorten",
    "step_of",
]

COLOURS = tuple(LIGHT[f"series-{place}"] for place in range(1, 7))
OPEN_STATES = ("provisional", "not enough data")
_NUMBERS = ("y", "low", "high", "noise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """The points of a series, column by column; all columns are equally long.

    Attributes
    ----------
    x : places on x
    y, low, high, noise : numbers, NaN where there is none
    group : which line or colour; empty when there is one
    label : the words for the point
    hollow : whether it is not settled, or of too few rows
    last : whether it is the newest period, which the report is about
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    noise: tuple[float, ...]
    group: tuple[str, ...]
    label: tuple[str, ...]
    hollow: tuple[bool, ...]
    last: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.x)

    def take(self, places: Sequence[int]) -> Points:
        """Those points, in that order."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return Points(**{name: tuple(c[place] for place in places) for name, c in columns.items()})

    def known(self, *names: str) -> list[float]:
        """Every number of those columns."""
        found = (item for name in names or _NUMBERS for item in getattr(self, name))
        return [item for item in found if not isnan(item)]

    def where(self, *names: str) -> Points:
        """The points for which all of those columns have a number."""
        rows = zip(*(getattr(self, name) for name in names), strict=True)
        return self.take([place for place, row in enumerate(rows) if not any(map(isnan, row))])

    def of_group(self, group: str) -> Points:
        """The points of one group."""
        return self.take([place for place in range(len(self)) if self.group[place] == group])

    def of_kind(self, *, hollow: bool) -> Points:
        """The points that are hollow, or those that are not."""
        return self.take([place for place in range(len(self)) if self.hollow[place] == hollow])


def points_of(series: Series) -> Points:
    """Give the points of a series, in its order."""
    columns = series.columns
    places, _ = places_of(series)
    none = (None,) * len(places)
    states = columns.get("state", none)
    last = len(places) - 1 if "state" in columns else -1
    return Points(
        x=tuple(places),
        y=_numbers(columns[series.y]),
        low=_numbers(columns.get("low", none)),
        high=_numbers(columns.get("high", none)),
        noise=_numbers(columns.get("noise", none)),
        group=tuple(
            "" if item is None else clean(str(item)) for item in columns.get("group", none)
        ),
        label=_labels(series),
        hollow=tuple(state in OPEN_STATES for state in states),
        last=tuple(place == last for place in range(len(places))),
    )


def _numbers(column: Sequence[float | None]) -> tuple[float, ...]:
    return tuple(nan if item is None else float(item) for item in column)


def _labels(series: Series) -> tuple[str, ...]:
    labels = [shorten(str(item), 24) for item in series.columns[series.x]]
    if "n" not in series.columns or series.mark != "intervals":
        return tuple(labels)
    sizes = series.columns["n"]
    return tuple(
        f"{label},  n = {size:,}" if size is not None else label
        for label, size in zip(labels, sizes, strict=True)
    )


def runs_of(points: Points) -> list[Points]:
    """Stretches of one group without a gap, each in the order of x: a gap is a gap in the line."""
    runs: list[Points] = []
    for group in in_order(points.group):
        line = points.of_group(group)
        gaps = enumerate(map(isnan, line.y))
        for gap, stretch in itertools.groupby(gaps, key=itemgetter(1)):
            if not gap:
                run = line.take([place for place, _ in stretch])
                runs.append(run.take(sorted(range(len(run)), key=run.x.__getitem__)))
    return runs


def level_first(series: Series) -> Series:
    """The same series with the texts as x, whichever way round it was given."""
    if any(isinstance(item, str) for item in series.columns[series.y]):
        return replace(series, x=series.y, y=series.x)
    return series


def places_of(series: Series) -> tuple[list[float], list[str]]:
    """Where each row stands on x, and the labels of the places when x is text."""
    items = series.columns[series.x]
    if all(isinstance(item, int | float) for item in items):
        return [float(item) for item in items], []
    labels = list(dict.fromkeys(str(item) for item in items))
    place = {label: float(number) for number, label in enumerate(labels)}
    return [place[str(item)] for item in items], labels


def in_order(groups: Sequence[str]) -> list[str]:
    """Each text once, in the order of its first appearance."""
    return list(dict.fromkeys(groups))


def step_of(places: Sequence[float]) -> float:
    """The smallest distance between two places; 1 when there is only one."""
    steps = sorted(set(places))
    return min((b - a for a, b in itertools.pairwise(steps)), default=1.0)


def shorten(label: str, room: int) -> str:
    """A label on one line, cut to the characters there is room for."""
    label = clean(label)
    return label if len(label) <= room else label[: room - 1] + "…"
