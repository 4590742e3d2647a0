"""What a figure shows, in a sentence or two, for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportgen.present.escape import clean
from reportgen.report import Series
from reportgen.report.rounding import write_number

__all__ = ["describe", "write_cell"]

_MOST_GROUPS = 4


def describe(series: Series) -> str:
    """Say what is drawn: how many points, the extremes, the last one, and the levels.

    Returns
    -------
    plain text, generated from the data, so that it cannot say what the figure does not show

    Examples
    --------
    >>> from reportgen.report import Provenance
    >>> describe(Series(name="a", title="Recall", mark="line", x="week", y="recall",
    ...                 columns={"week": ("W1", "W2"), "recall": (0.7, 0.62)},
    ...                 units={"recall": "ratio"}, lines={"minimum": 0.6},
    ...                 provenance=Provenance(by="a@1")))
    'Recall. 2 points; lowest 0.620 at W2, highest 0.700 at W1, last 0.620 at W2. minimum 0.600.'
    """
    if series.mark == "heatmap":
        return _of_cells(series)
    number = series.y if _is_numeric(series.columns[series.y]) else series.x
    place = series.x if number == series.y else series.y
    rows = list(zip(series.columns[place], series.columns[number], strict=True))
    said = [f"{series.title}."]
    groups = series.columns.get("group")
    names = list(dict.fromkeys(groups)) if groups else []
    if groups and 1 < len(names) <= _MOST_GROUPS:
        for name in names:
            part = [row for row, group in zip(rows, groups, strict=True) if group == name]
            said.append(f"{name}: {_range(series, part, place, number)}.")
    else:
        said.append(f"{_range(series, rows, place, number)}.")
    said += [f"{name} {_number(series, number, level)}." for name, level in series.lines.items()]
    return clean(" ".join(said))


def write_cell(series: Series, column: str, item: object) -> str:
    """One entry of a series as text, rounded like a number without an interval."""
    if item is None:
        return "–"
    return item if isinstance(item, str) else _number(series, column, item)


def _number(series: Series, column: str, number: Any) -> str:
    unit: Any = series.units.get(column, "rows" if column == "n" else "number")
    return write_number(number, unit)


def _range(series: Series, rows: Sequence[tuple[Any, Any]], place: str, number: str) -> str:
    known = [(at, item) for at, item in rows if item is not None]
    if not known:
        return "no points"
    lowest, highest = min(known, key=lambda row: row[1]), max(known, key=lambda row: row[1])

    def said(row: tuple[Any, Any]) -> str:
        return f"{_number(series, number, row[1])} at {write_cell(series, place, row[0])}"

    words = "1 point" if len(known) == 1 else f"{len(known)} points"
    missing = len(rows) - len(known)
    gaps = f", {missing} without a number" if missing else ""
    last = f", last {said(known[-1])}" if series.mark == "line" else ""
    return f"{words}{gaps}; lowest {said(lowest)}, highest {said(highest)}{last}"


def _of_cells(series: Series) -> str:
    number = next(c for c in series.columns if c not in (series.x, series.y))
    rows = zip(
        series.columns[series.x], series.columns[series.y], series.columns[number], strict=True
    )
    known = sorted((row for row in rows if row[2] is not None), key=lambda row: -row[2])
    axes = [series.labels.get(column) or column for column in (series.x, series.y)]
    cells = [
        f"{axes[0]} {across}, {axes[1]} {down}: {_number(series, number, count)}"
        for across, down, count in known[:4]
    ]
    more = f"; {len(known) - 4} smaller cells" if len(known) > 4 else ""
    return clean(f"{series.title}. {'; '.join(cells)}{more}.")


def _is_numeric(column: Sequence[Any]) -> bool:
    return not any(isinstance(item, str) for item in column)
