"""From rendered files and a record to a published edition."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from reportgen.publish.durable import told_apart
from reportgen.publish.fingerprint import fingerprint, plain_inputs
from reportgen.publish.names import safe_name
from reportgen.publish.shelf import Shelf
from reportgen.report import (
    Cell,
    Document,
    Manifest,
    ReportData,
    Table,
    Value,
    canonical_json,
    dump_record,
)

__all__ = ["make_manifest", "publish_document", "table_csv", "with_record"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def publish_document(
    document: Document,
    data: ReportData,
    inputs: Mapping[str, Any],
    shelf: Shelf,
    now: datetime,
    *,
    refresh: bool = True,
) -> Manifest:
    """Publish one edition: the rendered files, the record, and its tables.

    Parameters
    ----------
    document : rendered files; ``report.json`` and ``tables/`` are added to its private folder
    data : the record
    inputs : all that decides the bytes; see `fingerprint`
    now : aware; reaches nothing but the manifest
    refresh : rebuild the pages that list editions; a batch does it once, at its end

    Returns
    -------
    the manifest; `fresh` is False when the same was published already and nothing was done

    Raises
    ------
    RetryError
        The disk is full, or another process holds the site.
    UserError
        The site cannot be written.
    ToolError
        A rendered page is not the one that was asked for.
    """
    manifest = make_manifest(data, inputs, now)
    with told_apart(document.folder):
        whole = with_record(document, data)
    published = shelf.put(whole, manifest)
    if refresh:
        shelf.refresh()
    return published


def make_manifest(data: ReportData, inputs: Mapping[str, Any], now: datetime) -> Manifest:
    """Say what an edition is and what it was made from; files and revision come with `put`.

    Raises
    ------
    ValueError
        `now` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError(f"{now} has no time zone")
    model = data.facts.get("model.name")
    pin = data.pins.get("model")
    return Manifest(
        report=data.report,
        edition=data.edition,
        title=data.title,
        kind=data.kind,
        model=model.text if model else pin.name if pin else "",
        state=data.verdict.state,
        sentence=data.verdict.sentence,
        as_of=data.as_of.isoformat(),
        provisional=data.provisional,
        fingerprint=fingerprint(inputs),
        inputs=plain_inputs(inputs),
        files=(),
        versions={str(key): str(value) for key, value in inputs.get("versions", {}).items()},
        made=now,
    )


def with_record(document: Document, data: ReportData) -> Document:
    """Add the record and its tables to what was rendered."""
    files = dict(document.files)
    texts = {"report.json": canonical_json(dump_record(data))}
    for name, table in data.tables.items():
        texts[f"tables/{safe_name(name)}.csv"] = table_csv(table, data.values)
    for name, text in texts.items():
        path = Path("published") / name
        target = document.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
        files[name] = path
    return replace(document, files=files)


def table_csv(table: Table, values: Mapping[str, Value]) -> str:
    """Write a table with unrounded numbers; a column of estimates brings its interval and n.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.

    Returns
    -------
    RFC 4180 text in UTF-8, lines ended by CR LF
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    estimates = {
        index
        for row in table.rows
        for index, cell in enumerate(row)
        if cell.value is not None and values[cell.value].interval is not None
    }
    header: list[str] = []
    for index, column in enumerate(table.columns):
        label = _inert(column.label or column.name)
        ends = [f"{label} {end}" for end in ("low", "high", "n")] if index in estimates else []
        header += [label, *ends]
    writer.writerow(header)
    for row in table.rows:
        cells: list[str] = []
        for index, cell in enumerate(row):
            cells += _spread(cell, values, wide=index in estimates)
        writer.writerow(cells)
    return text.getvalue()


def _spread(cell: Cell, values: Mapping[str, Value], *, wide: bool) -> list[str]:
    if cell.value is None:
        return [_inert(cell.text or ""), *([""] * 3 if wide else [])]
    value = values[cell.value]
    number = "" if value.number is None else repr(value.number)
    if not wide:
        return [number]
    interval = value.interval
    ends = [repr(interval.low), repr(interval.high)] if interval else ["", ""]
    return [number, *ends, "" if value.n is None else str(value.n)]


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
