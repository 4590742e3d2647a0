"""The last step of an evaluation: what small groups would tell is taken out, wherever it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reportgen.measure.groups.small import Hidden
from reportgen.report import Cell, Finding, Part, Provenance, Series, Table, Value

__all__ = ["suppress"]

NOT_SHOWN = "not shown"
_WORDS = ("level", "group")


def suppress(part: Part, hidden: Hidden) -> Part:
    """Take out of a finished part whatever is of a group that may not be shown.

    Values keep their name and say why they have no number; their provenance keeps no seed, for it
    is made from the counts. Rows of tables and points of series keep the name of the group.
    Findings that rest on what is taken out go, but for limits, which say that they are not shown.
    """
    kept = {value.name: _value(value, hidden) for value in part.values}
    gone = {name for name, value in kept.items() if value.reason == _reason(hidden)}
    told = _told(hidden)
    return replace(
        part,
        values=(*kept.values(), _count(hidden)),
        tables=tuple(_table(table, gone, told) for table in part.tables),
        series=tuple(_series(series, hidden) for series in part.series),
        findings=(
            *(found for each in part.findings for found in _finding(each, gone, kept)),
            *((_said(hidden),) if hidden.outcomes else ()),
        ),
    )


def _reason(hidden: Hidden) -> str:
    return f"{NOT_SHOWN} ({_few(hidden)}, or it would give such a group away)"


def _few(hidden: Hidden) -> str:
    words = f"fewer than {hidden.minimum} rows"
    return f"{words}, or fewer of one outcome" if hidden.outcomes - hidden.groups else words


def _value(value: Value, hidden: Hidden) -> Value:
    path, _, group = value.name.rstrip("]").partition("[")
    if not group or value.provenance.pins == ("population",):
        return value  # what is known of the population is not told by the data
    where = hidden.groups if _tells_size_alone(path) else hidden.outcomes
    if not any(f",{group},".find(f",{segment}={level},") >= 0 for segment, level in where):
        return value
    source = value.provenance
    return replace(
        value,
        number=None,
        n=None,
        interval=None,
        reason=_reason(hidden),
        provenance=Provenance(by=source.by, pins=source.pins),
    )


def _tells_size_alone(path: str) -> bool:
    return path.startswith("representation.") or path in (
        "evaluation.rows",
        "evaluation.selection_rate",
        "evaluation.selection_rate.gap",
    )


def _table(table: Table, gone: set[str], told: str) -> Table:
    rows = tuple(
        _row(row) if any(cell.value in gone for cell in row) else row for row in table.rows
    )
    if rows == table.rows and not any(cell.value in gone for row in rows for cell in row):
        return table
    return replace(table, rows=rows, note=f"{table.note} {told}".strip())


def _row(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Keep the name of the row; what was said of it may tell what its numbers were."""
    first, *others = row
    return (first, *(Cell(text=NOT_SHOWN) if cell.value is None else cell for cell in others))


def _series(series: Series, hidden: Hidden) -> Series:
    of_size = series.name.startswith("representation.")
    where = hidden.groups if of_size else hidden.outcomes
    own = {level for segment, level in where if _is_of(series, segment)}
    places = {
        at
        for name, column in series.columns.items()
        if name in (*_WORDS, series.x, series.y)
        for at, item in enumerate(column)
        if item in own
    }
    if not places:
        return series
    return replace(series, columns=_blanked(series.columns, places, series.x, series.y))


def _is_of(series: Series, segment: str) -> bool:
    named = f".{segment}." in f"{series.name}."
    return named or series.provenance.parameters.get("segment") == segment


def _blanked(
    columns: Mapping[str, tuple[object, ...]], places: set[int], x: str, y: str
) -> dict[str, tuple[object, ...]]:
    blank = {}
    for name, column in columns.items():
        if name in _WORDS or (name in (x, y) and any(isinstance(item, str) for item in column)):
            blank[name] = column
            continue
        empty = NOT_SHOWN if name == "state" else None
        blank[name] = tuple(empty if at in places else item for at, item in enumerate(column))
    return blank


def _finding(finding: Finding, gone: set[str], kept: Mapping[str, Value]) -> tuple[Finding, ...]:
    taken = [name for name in finding.because if name in gone]
    if not taken:
        return (finding,)
    if finding.kind != "threshold":
        return ()
    value = kept[taken[0]]
    sentence = f"{value.label or value.name} cannot be held against its limit: {value.reason}."
    return (replace(finding, state="cannot tell", sentence=sentence),)


def _count(hidden: Hidden) -> Value:
    return Value(
        name="evaluation.suppressed",
        number=len(hidden.outcomes),
        unit="count",
        provenance=Provenance(
            by="evaluation.suppressed@1",
            pins=("data",),
            parameters={"minimum_group": hidden.minimum},
        ),
        label="Groups not shown",
    )


def _told(hidden: Hidden) -> str:
    """Say how many groups are not shown on the card, and why."""
    fully, partly = len(hidden.groups), len(hidden.outcomes - hidden.groups)
    if not hidden.outcomes:
        return ""
    words = [f"{_groups(fully)} not shown on this card"] if fully else []
    if partly:
        words.append(f"of {partly:,}{' more' if fully else ''} only the size is shown")
    said = ", and ".join(words)
    return (
        f"{said[:1].upper()}{said[1:]}: {_few(hidden)}, or it would give such a group away by "
        "subtraction."
    )


def _groups(many: int) -> str:
    return "1 group is" if many == 1 else f"{many:,} groups are"


def _said(hidden: Hidden) -> Finding:
    return Finding(
        kind="group",
        state="cannot tell",
        sentence=_told(hidden),
        because=("evaluation.suppressed",),
    )
