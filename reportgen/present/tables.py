"""Tables of the record, with numbers that open and a file of their own."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from reportgen.present.block import Block, join
from reportgen.present.escape import clean, escape
from reportgen.present.opened import Report
from reportgen.present.show import show
from reportgen.report import Cell, Column, Table, Value

__all__ = ["facts", "pipe_table", "shown_cell", "shown_value", "table", "tables", "write_csv"]

_NARROWEST, _WIDEST = 6, 40
_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")
_FORMULA = ("=", "+", "-", "@")
_PERIOD = re.compile(r"\d{4}-[\dWQT-]{2,11}b?")  # a key breaks at its hyphen otherwise


def table(report: Report, name: str, *, most: int = 30) -> Block:
    """Show one table: its title as caption, a note below, numbers to the right.

    Also writes ``tables/<name>.csv`` with the unrounded numbers beside the page.

    Parameters
    ----------
    name : of a table that every record of this kind holds; see `tables` for the others
    most : rows to show, the first ones; the file holds all

    Raises
    ------
    UnknownNameError
        The record has no such table; says which one was probably meant.
    """
    shown = report.tables[name]
    if not shown.rows:
        words = f"{shown.title}: there is nothing to list."
        return Block(f"::: {{.rg-nothing}}\n{escape(words)}\n:::")
    anchor = report.anchors[name]
    report.shown.setdefault(name, f"tbl-{anchor}")
    heads = [column.label for column in shown.columns]
    path = write_csv(_file_name(report, name), heads, _exact_rows(report, shown))
    rows = [[shown_cell(report, cell) for cell in row] for row in shown.rows[:most]]
    body = pipe_table(heads, [_is_number(c) for c in shown.columns], rows)
    notes = [escape(" ".join(filter(None, [shown.note, _reasons(report, shown)])))]
    if len(shown.rows) > most:
        notes.append(
            f"The first {most} of {len(shown.rows):,} rows: [all as CSV]({path}), unrounded."
        )
    said = " ".join(filter(None, notes))
    below = f"\n\n::: {{.rg-below}}\n{said}\n:::" if said else ""
    return Block(
        f"::: {{#tbl-{anchor} .rg-table}}\n\n{body}\n\n: {escape(shown.title)}\n\n:::{below}"
    )


def tables(report: Report, *patterns: str, most: int = 30) -> Block | None:
    """Show those of the tables that the record holds; None when it holds none.

    Parameters
    ----------
    patterns : names, or shell-like patterns such as ``evaluation.groups.*``
    most : rows to show of each
    """
    return join(*(table(report, name, most=most) for name in report.tables.like(*patterns)))


def facts(report: Report, *patterns: str) -> Block | None:
    """List facts and their words as a table without numbers of its own."""
    found = [report.facts[name] for name in report.facts.like(*patterns)]
    rows = [
        [escape(fact.label or _words(fact.name)), escape(fact.text)]
        for fact in found
        if fact.text.strip()
    ]
    if not rows:
        return None
    return Block(
        f"::: {{.rg-facts}}\n\n{pipe_table(['Fact', 'As read'], [False, False], rows)}\n\n:::"
    )


def shown_cell(report: Report, cell: Cell) -> str:
    """A cell as Markdown; an interval stands in a span of its own behind its number."""
    if cell.value is None:
        text = escape(cell.text or "")
        return f"[{text}]{{.rg-key}}" if _PERIOD.fullmatch(cell.text or "") else text
    return shown_value(report[cell.value])


def shown_value(value: Value) -> str:
    """A value as Markdown for a cell; of a missing one the reason's head, the rest opens."""
    if value.number is None:
        whole = show(value, brief=True)
        return whole.markdown.replace(escape(whole.plain), escape(_head(value.reason or "")), 1)
    shown = show(value, interval=True, brief=True).markdown
    number, end, interval = shown.partition("} (")
    if not end:
        return shown
    # Its parts stay on one line, so that a narrow column breaks before it and not within.
    ends = interval[:-1].replace(" ", "\\ ")
    return f"{number}}} [{ends}]{{.rg-interval .rg-muted}}"


def pipe_table(heads: Sequence[str], right: Sequence[bool], rows: Iterable[Sequence[str]]) -> str:
    """Write a pipe table.

    Parameters
    ----------
    heads : plain text
    right : which columns hold numbers
    rows : cells as Markdown on one line

    Notes
    -----
    Lines longer than Pandoc's column width make it share out the page by the number of dashes,
    so the dashes follow the widest text of each column.
    """
    lines = [list(row) for row in rows]
    dashes = [
        max(_NARROWEST, min(_WIDEST, max(map(_width, [escape(head), *column]))))
        for head, column in zip(heads, zip(*lines, strict=True), strict=True)
    ]
    rule = [
        "-" * (width - 1) + ":" if number else ":" + "-" * (width - 1)
        for width, number in zip(dashes, right, strict=True)
    ]
    return "\n".join(
        f"| {' | '.join(line)} |" for line in ([escape(head) for head in heads], rule, *lines)
    )


def write_csv(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write ``tables/<name>.csv`` beside the page; text can be no formula in it."""
    folder = Path("tables")
    folder.mkdir(exist_ok=True)
    written = StringIO()
    sheet = csv.writer(written, lineterminator="\n")
    sheet.writerow([_harmless(head) for head in heads])
    sheet.writerows([_harmless(item) for item in row] for row in rows)
    path = folder / f"{name}.csv"
    path.write_text(written.getvalue(), encoding="utf-8")
    return path.as_posix()


def _file_name(report: Report, name: str) -> str:
    """The name itself where it is safe, so that the file is the one an edition publishes."""
    return name if _PLAIN_NAME.fullmatch(name) else report.anchors[name]


def _harmless(item: object) -> object:
    if not isinstance(item, str):
        return item
    text = clean(item)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _exact_rows(report: Report, shown: Table) -> Iterable[Sequence[object]]:
    for row in shown.rows:
        yield [cell.text if cell.value is None else report[cell.value].number for cell in row]


def _is_number(column: Column) -> bool:
    return column.unit is not None


def _reasons(report: Report, shown: Table) -> str:
    """Why numbers of a table are missing, each kind of reason once: popovers do not print."""
    kinds: dict[str, list[str]] = {}
    for row in shown.rows:
        for cell in row:
            reason = None if cell.value is None else report[cell.value].reason
            if reason is not None:
                kinds.setdefault(_head(reason), []).append(clean(reason))
    said = [
        f"{reasons[0]}{', and the like' if len(set(reasons)) > 1 else ''}"
        for reasons in kinds.values()
    ]
    return f"Not available: {'; '.join(said)}." if said else ""


def _head(reason: str) -> str:
    """What a reason says before it gives its numbers."""
    return clean(reason).split("(")[0].split(";")[0].strip() or "not available"


def _width(markdown: str) -> int:
    """Characters seen, about: attributes and escapes are not."""
    outside, depth = 0, 0
    for character in markdown.replace("\\", ""):
        depth += (character == "{") - (character == "}")
        outside += depth == 0
    return outside


def _words(name: str) -> str:
    words = name.rsplit(".", 1)[-1].replace("_", " ")
    return words[:1].upper() + words[1:]
