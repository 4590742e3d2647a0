"""Figures of the record: drawn beside the page, described in words, with their numbers below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reportgen.present.alt import describe, write_cell
from reportgen.present.beside import place_svg
from reportgen.present.block import Block, join, section, tabset
from reportgen.present.escape import attribute, escape
from reportgen.present.opened import Report
from reportgen.present.tables import pipe_table, table, write_csv
from reportgen.report import Series, value_name

__all__ = ["figure", "figures", "panels", "tabs"]

_MOST_ROWS = 4


def figure(report: Report, name: str) -> Block:
    """Draw one series, by its mark.

    Writes ``figures/<name>.svg`` and ``tables/figure-<name>.csv`` beside the page. The figure carries
    an alternative text made from its data, and its numbers as a table that unfolds.

    Parameters
    ----------
    name : of a series that every record of this kind holds; see `figures` for the others

    Raises
    ------
    UnknownNameError
        The record has no such series; says which one was probably meant.

    Notes
    -----
    ============  =============================================================================
    mark          drawn as
    ============  =============================================================================
    line          a line over x, with a band from ``low`` to ``high``; gaps stay gaps; a point
                  whose ``state`` is ``provisional`` is hollow
    points        dots over x, with a bar from ``low`` to ``high``
    intervals     a row for each text: a dot and its interval, the farthest from the level
                  ``overall`` on top, with its ``n``
    bars          a bar for each text, with a tick at ``noise``; over periods, or with a
                  ``group``, upright and side by side
    histogram     upright bars, the groups side by side
    heatmap       a tile for each pair of x and y, with the number of the third column
    ============  =============================================================================
    """
    series = report.series[name]
    if _is_empty(series):
        return Block(f"::: {{.rg-nothing}}\n{escape(_why_empty(series))}\n:::")
    return _placed(report, [series], series.title)


def figures(report: Report, *patterns: str) -> Block | None:
    """Draw those of the series that the record holds; None when it holds none.

    Parameters
    ----------
    patterns : names, or shell-like patterns such as ``evaluation.groups.*``
    """
    return join(*(figure(report, name) for name in report.series.like(*patterns)))


def tabs(report: Report, *patterns: str, most: int = 6, rows: int = 10) -> Block | None:
    """Give each table and series of a name a tab of its own, the figure above the table.

    Parameters
    ----------
    patterns : such as ``evaluation.groups.*``, by segment, or ``drift.*.distribution``
    most : figures to draw; what drifted most, or matters most to the model, comes first, and all
        else keeps its order
    rows : of each table, the first ones, and one more where it is the last; its file holds all

    Returns
    -------
    None when nothing fits
    """
    found = dict.fromkeys((*report.series.like(*patterns), *report.tables.like(*patterns)))
    names = sorted(found, key=lambda name: -_rank_of(report, name))
    drawn = [name for name in names if name in report.series][:most]
    kept = [name for name in names if name in drawn or name in report.tables]
    return tabset(*(_tab(report, name, draw=name in drawn, rows=rows) for name in kept))


def _rank_of(report: Report, name: str) -> float:
    """How far a column drifted, or how much the model relies on a feature; 0 for all else."""
    feature = name.removeprefix("importance.dependence.")
    ranked = (
        f"{name.removesuffix('.distribution')}.psi"
        if feature == name
        else value_name("importance.permutation", feature=feature)
    )
    value = report.values.get(ranked)
    return value.number or 0.0 if value is not None else 0.0


def _tab(report: Report, name: str, *, draw: bool, rows: int) -> Block | None:
    shown = [figure(report, name)] if draw else []
    if name in report.tables:
        whole = len(report.tables[name].rows) == rows + 1  # nothing is cut for a single row
        shown.append(table(report, name, most=rows + whole))
        return section(report.tables[name].title, *shown)
    series = report.series[name]
    return section(series.labels.get(series.x) or series.title, *shown)


def panels(report: Report, *patterns: str, title: str, most: int = 6) -> Block | None:
    """Draw series over the same x as small multiples in one figure; None when there are none.

    Parameters
    ----------
    patterns : names, or shell-like patterns such as ``performance.*.history``
    title : the caption
    most : panels to draw, the first ones
    """
    found = [report.series[name] for name in report.series.like(*patterns)]
    members = [series for series in found if not _is_empty(series)][:most]
    if not members:
        return None
    if len(members) == 1:
        return figure(report, members[0].name)
    return _placed(report, members, title)


def _placed(report: Report, members: Sequence[Series], title: str) -> Block:
    anchor = report.anchors[members[0].name] + ("-panels" if len(members) > 1 else "")
    for series in members:
        report.shown.setdefault(series.name, f"fig-{anchor}")
    folder = Path("figures")
    folder.mkdir(exist_ok=True)
    place_svg(folder / f"{anchor}.svg", members)
    spoken = " ".join(describe(series) for series in members)
    notes = " ".join(dict.fromkeys(series.note for series in members if series.note))
    caption = escape(f"{title}. {notes}" if notes else title)
    data = "\n\n".join(_numbers(report, series, titled=len(members) > 1) for series in members)
    return Block(
        f"::: {{#fig-{anchor} .rg-figure}}\n\n"
        f"![](figures/{anchor}.svg){{fig-alt={attribute(spoken)}}}\n\n{caption}\n\n:::\n\n"
        f":::: {{.rg-details .rg-screen-only title={attribute(f'Data of this figure: {title}')}}}\n\n"
        f"{data}\n\n::::"
    )


def _numbers(report: Report, series: Series, *, titled: bool) -> str:
    """The data of a figure, folded away; on paper the file has them."""
    columns = series.columns
    heads = [series.labels.get(name) or name.replace("_", " ") for name in columns]
    rows = list(zip(*columns.values(), strict=True))
    # A table of the same name has a file of its own.
    path = write_csv(f"figure-{report.anchors[series.name]}", heads, rows)
    body = pipe_table(
        heads,
        [not any(isinstance(item, str) for item in column) for column in columns.values()],
        [
            [
                escape(write_cell(series, name, item))
                for name, item in zip(columns, row, strict=True)
            ]
            for row in rows[:_MOST_ROWS]
        ],
    )
    few = len(rows) > _MOST_ROWS
    count = f"First {_MOST_ROWS} of {len(rows):,} rows. " if few else ""
    lead = f"{escape(series.title)}\n\n" if titled else ""
    return f"{lead}{body}\n\n{count}[Every row as CSV]({path}), unrounded."


def _is_empty(series: Series) -> bool:
    return all(item is None for item in series.columns[series.y])


def _why_empty(series: Series) -> str:
    """Say that there is no figure, and why where the points of the series say so themselves."""
    states = {str(state) for state in series.columns.get("state", ()) if state}
    if states == {"not enough data"}:
        return f"{series.title}: no group has enough rows to be drawn."
    return f"{series.title}: there are no numbers to draw."
