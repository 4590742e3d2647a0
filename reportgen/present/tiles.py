"""Tiles: at most six numbers large, each with its uncertainty, size, change and history."""

from __future__ import annotations

from pathlib import Path

from reportgen.present.alt import describe
from reportgen.present.block import Block
from reportgen.present.escape import attribute, escape
from reportgen.present.opened import Report, SourcedValue
from reportgen.present.show import show
from reportgen.present.spark import draw_bar, draw_spark, limits_of
from reportgen.present.words import interval_words, label_of, state_class, state_mark
from reportgen.report import State
from reportgen.report.rounding import write_limit, write_value

__all__ = ["tiles"]

_MOST_TILES = 6
_SHARES = ("labels.complete",)
_WORST: tuple[State, ...] = ("alert", "watch", "cannot tell", "ok")


def tiles(report: Report, *patterns: str) -> Block | None:
    """Show the first six values that the record holds, large.

    Parameters
    ----------
    patterns : names by importance; those the record does not hold leave no gap

    Returns
    -------
    None when it holds none of them
    """
    names = list(report.values.like(*patterns))[:_MOST_TILES]
    if not names:
        return None
    shown = "\n\n".join(_tile(report, report[name]) for name in names)
    return Block(f":::: {{.rg-tiles}}\n\n{shown}\n\n::::")


def _tile(report: Report, value: SourcedValue) -> str:
    state = _state_of(report, value.name)
    mark = f" {state_mark(state)}" if state and state != "ok" else ""
    parts = [f"[{escape(label_of(value))}]{{.rg-label .rg-muted}}{mark}"]
    share = value.name in _SHARES
    parts.append(f"[{show(value, percent=share).markdown}]{{.rg-number}}")
    parts += [_bar(value), _small(value, share), _change(report, value), _spark(report, value)]
    classes = f".rg-tile .{state_class(state)}" if state else ".rg-tile"
    return f"::: {{{classes}}}\n\n" + "\n\n".join(part for part in parts if part) + "\n\n:::"


def _state_of(report: Report, name: str) -> State | None:
    """The worst state of the findings that rest on the value; limits are what they judge."""
    states = {item.state for item in report.data.findings if item.because[:1] == (name,)}
    return next((state for state in _WORST if state in states), None)


def _small(value: SourcedValue, share: bool) -> str:  # noqa: FBT001 - private
    said = []
    if value.number is not None and value.interval is not None:
        written = write_value(value, percent=share)
        said.append(f"{written.low} to {written.high}")
    if value.n is not None:
        said.append(f"n = {value.n:,}")
    if value.better:
        said.append(f"{value.better} is better")
    return f"[{escape(', '.join(said))}]{{.rg-small .rg-muted}}" if said else ""


def _change(report: Report, value: SourcedValue) -> str:
    for name, since in (
        (f"{value.name}.step", "period before"),
        (f"{value.name}.change", "reference"),
    ):
        if name in report and report[name].number is not None:
            change = report[name]
            words = show(change, interval=True).markdown
            return f"[{words} since the {since}]{{.rg-small .rg-muted}}"
    return ""


def _bar(value: SourcedValue) -> str:
    if value.number is None or value.interval is None:
        return ""
    svg = draw_bar(value.number, value.interval, ratio=value.unit == "ratio")
    written = write_value(value)
    spoken = f"{interval_words(value.interval)}: {written.low} to {written.high}"
    return _image(f"tile-{_plain(value.name)}-interval", svg, spoken, "rg-bar")


def _spark(report: Report, value: SourcedValue) -> str:
    series = report.series.get(f"{value.name}.history") or report.series.get(
        f"{value.name.partition('.')[0]}.history"
    )
    if series is None or series.y not in (value.name.rsplit(".", 1)[-1], "value", "share", "rows"):
        return ""
    svg = draw_spark(series)
    if not svg:
        return ""
    minimum, maximum = limits_of(series)
    unit = value.unit
    said = [describe(series)]
    if minimum is not None:
        said.append(f"Acceptable from {write_limit(minimum, unit)}.")
    if maximum is not None:
        said.append(f"Acceptable up to {write_limit(maximum, unit)}.")
    return _image(f"tile-{_plain(value.name)}-history", svg, " ".join(said), "rg-spark")


def _image(name: str, svg: str, spoken: str, kind: str) -> str:
    folder = Path("figures")
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    return f"![](figures/{name}.svg){{.{kind} fig-alt={attribute(spoken)}}}"


def _plain(name: str) -> str:
    return "-".join(
        "".join(c if c.isalnum() and c.isascii() else " " for c in name.lower()).split()
    )
