"""Series as frames to draw: places that are numbers, labels that are only words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reportgen.present.escape import clean
from reportgen.report import Series
from reportgen.report.palette import LIGHT

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COLOURS",
    "frame_of",
    "in_order",
    "in_rows",
    "level_first",
    "places_of",
    "shorten",
    "stack",
    "step_of",
]

COLOURS = tuple(LIGHT[f"series-{place}"] for place in range(1, 7))
OPEN_STATES = ("provisional", "not enough data")


def frame_of(series: Series) -> pd.DataFrame:
    """Columns by their part in the drawing: x, y, low, high, noise, group, run, fill, label."""
    import pandas as pd

    columns = series.columns
    places, _ = places_of(series)
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
    frame["dot"] |= pd.Series([state in OPEN_STATES for state in states], dtype=bool)
    if "state" in columns and len(frame):  # the newest point is what the report is about
        frame.loc[len(frame) - 1, "dot"] = True
    paint = {group: COLOURS[k % 6] for k, group in enumerate(in_order(frame["group"]))}
    frame["fill"] = [
        LIGHT["paper"] if state in OPEN_STATES else paint[group]
        for state, group in zip(states, frame["group"], strict=True)
    ]
    frame["label"] = [shorten(str(item), 24) for item in columns[series.x]]
    if "n" in columns and series.mark == "intervals":
        sizes = [f"n = {item:,}" if item is not None else "" for item in columns["n"]]
        frame["label"] = [
            f"{a},  {b}" if b else a for a, b in zip(frame["label"], sizes, strict=True)
        ]
    return frame


def level_first(series: Series) -> Series:
    """The same series with the texts as x, whichever way round it was given."""
    if any(isinstance(item, str) for item in series.columns[series.y]):
        return replace(series, x=series.y, y=series.x)
    return series


def stack(members: Sequence[Series]) -> pd.DataFrame:
    """Frames of several series below one another, each a panel in the order given."""
    import pandas as pd

    frames = []
    for series in members:
        frame = frame_of(series)
        # A count is read from zero; a metric from where its numbers lie.
        frame["floor"] = 0.0 if series.units.get(series.y) == "rows" else frame["y"]
        frame["panel"] = clean(series.labels.get(series.y) or series.title)
        frames.append(frame)
    whole = pd.concat(frames, ignore_index=True)
    panels = list(dict.fromkeys(whole["panel"]))
    whole["panel"] = pd.Categorical(whole["panel"], categories=panels, ordered=True)
    return whole


def in_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Give each row a place of its own, from the top down."""
    frame = frame.reset_index(drop=True)
    frame["place"] = [-float(place) for place in range(len(frame))]
    return frame


def places_of(series: Series) -> tuple[list[float], list[str]]:
    """Where each row stands on x, and the labels of the places when x is text."""
    items = series.columns[series.x]
    if all(isinstance(item, int | float) for item in items):
        return [float(item) for item in items], []
    labels = list(dict.fromkeys(str(item) for item in items))
    place = {label: float(number) for number, label in enumerate(labels)}
    return [place[str(item)] for item in items], labels


def in_order(groups: pd.Series[Any]) -> list[str]:
    """Each text once, in the order of its first appearance."""
    return list(dict.fromkeys(groups))


def step_of(places: pd.Series[float]) -> float:
    """The smallest distance between two places; 1 when there is only one."""
    steps = sorted(set(places))
    return min((b - a for a, b in itertools.pairwise(steps)), default=1.0)


def shorten(label: str, room: int) -> str:
    """A label on one line, cut to the characters there is room for."""
    label = clean(label)
    return label if len(label) <= room else label[: room - 1] + "…"
