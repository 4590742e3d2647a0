"""The record as JSON, both ways: canonical, numbered by schema, with a digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from reportgen.errors import UserError
from reportgen.report.data import (
    SCHEMA,
    Cell,
    Column,
    Evidence,
    Expectation,
    Finding,
    Narrative,
    ReportData,
    Section,
    Series,
    Table,
    Verdict,
)
from reportgen.report.period import Period
from reportgen.report.pin import Pin
from reportgen.report.value import Fact, Interval, Provenance, Value

__all__ = ["canonical_json", "digest", "dump_record", "load_record"]

_OF_ITS_OWN = {
    "pins", "values", "facts", "series", "tables", "findings", "narrative", "provisional",
    "parameters",
}  # fmt: skip
_NAMES: dict[type[object], tuple[str, ...]] = {}


def canonical_json(plain: object) -> str:
    """Write JSON in the one way that has one spelling: sorted keys, no NaN, UTF-8, one newline.

    Raises
    ------
    ValueError
        A number is not finite.
    """
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def digest(plain: object) -> str:
    """SHA-256 over the JSON on one line with sorted keys, as ``sha256:<hex>``.

    Raises
    ------
    ValueError
        A number is not finite.
    """
    line = json.dumps(
        plain, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return "sha256:" + sha256(line.encode()).hexdigest()


def _earlier_digest(plain: object) -> str:
    """Digest of the same content in the spelling of `canonical_json`, as records carried first."""
    return "sha256:" + sha256(canonical_json(plain).encode()).hexdigest()


def _plain(item: Any) -> Any:
    if item is None or isinstance(item, str | int | float):
        return item
    names = _names_of(type(item))
    if names:
        pairs = ((name, getattr(item, name)) for name in names)
        return {key: _plain(value) for key, value in pairs if not _empty(value)}
    if isinstance(item, Mapping):
        return {str(key): _plain(value) for key, value in item.items()}
    if isinstance(item, tuple | list):
        return [_plain(value) for value in item]
    if isinstance(item, datetime):
        return item.isoformat().replace("+00:00", "Z")
    if isinstance(item, date):
        return item.isoformat()
    return item


def _names_of(kind: type[object]) -> tuple[str, ...]:
    """Name the fields of a dataclass; nothing of what is none."""
    if kind not in _NAMES:
        _NAMES[kind] = tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()
    return _NAMES[kind]


def _empty(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, tuple | dict) and not value)


def _named(items: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the name that the key already says."""
    rows = {}
    for key, item in items.items():
        row = _plain(item)
        row.pop("name", None)
        row.pop("role", None)
        if isinstance(item, Value) and item.number is None:
            row = {"number": None, **row}
        rows[key] = row
    return rows


def _cell(cell: Cell) -> dict[str, str]:
    return {"text": cell.text} if cell.text is not None else {"value": cell.value or ""}


def _plain_table(table: Table) -> dict[str, Any]:
    """Write rows even where there are none, and no name, which the key says."""
    names = (name for name in _names_of(Table) if name not in {"name", "rows"})
    held = ((name, getattr(table, name)) for name in names)
    return {
        **{name: _plain(item) for name, item in held if not _empty(item)},
        "columns": [_plain(column) for column in table.columns],
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
    }


def dump_record(data: ReportData) -> dict[str, Any]:
    """Give the record as plain JSON data, digest included."""
    held = {name: getattr(data, name) for name in _names_of(ReportData) if name not in _OF_ITS_OWN}
    plain: dict[str, Any] = {"schema": SCHEMA}
    plain |= {name: _plain(item) for name, item in held.items() if not _empty(item)}
    plain["pins"] = {
        role: {k: v for k, v in _plain(pin).items() if k != "role" and not (k == "pinned" and v)}
        for role, pin in data.pins.items()
    }
    plain["values"] = _named(data.values)
    plain["facts"] = _named(data.facts)
    plain["series"] = _named(data.series)
    plain["tables"] = {key: _plain_table(table) for key, table in data.tables.items()}
    plain["findings"] = [_plain(finding) for finding in data.findings]
    plain["narrative"] = [_plain(section) for section in data.narrative]
    plain["provisional"] = data.provisional
    plain["parameters"] = _plain(data.parameters)
    plain["digest"] = digest(plain)
    return plain


def load_record(plain: Mapping[str, Any]) -> ReportData:
    """Read a record back.

    Raises
    ------
    UserError
        The schema number is not one we know, or the digest does not match the content.
    """
    content = dict(plain)
    schema = content.pop("schema", None)
    if schema != SCHEMA:
        raise UserError(
            f"report.json has schema {schema!r}; this reportgen reads schema {SCHEMA}. "
            "Render the edition again, or install the version that wrote it."
        )
    said = content.pop("digest", None)
    whole = {"schema": schema, **content}
    if said != digest(whole) and said != _earlier_digest(whole):
        raise UserError("report.json was changed after it was written: its digest does not match.")
    period = content.pop("period", None)
    return ReportData(
        **{
            **content,
            "as_of": date.fromisoformat(content["as_of"]),
            "period": _period(period) if period else None,
            "pins": {role: _pin(role, row) for role, row in content["pins"].items()},
            "facts": {k: Fact(**_sourced(k, row)) for k, row in content["facts"].items()},
            "values": {k: _value(k, row) for k, row in content["values"].items()},
            "series": {k: Series(**_sourced(k, row)) for k, row in content["series"].items()},
            "tables": {k: _table(k, row) for k, row in content["tables"].items()},
            "findings": tuple(Finding(**_tuples(row, "because")) for row in content["findings"]),
            "narrative": tuple(_narrative(row) for row in content["narrative"]),
            "completeness": tuple(_section(row) for row in content.get("completeness", ())),
            "verdict": Verdict(**_tuples(content["verdict"], "because")),
        }
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _period(row: Mapping[str, Any]) -> Period:
    return Period(**{**row, "start": _moment(row["start"]), "end": _moment(row["end"])})


def _pin(role: str, row: Mapping[str, Any]) -> Pin:
    return Pin(**{**row, "role": role, "created": _moment(row["created"])})


def _tuples(row: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {**row, **{key: tuple(row[key]) for key in keys if key in row}}


def _sourced(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    source = Provenance(**_tuples(row["provenance"], "pins"))
    return {**row, "name": name, "provenance": source}


def _value(name: str, row: Mapping[str, Any]) -> Value:
    read = _sourced(name, row)
    if "interval" in row:
        read["interval"] = Interval(**row["interval"])
    return Value(**read)


def _table(name: str, row: Mapping[str, Any]) -> Table:
    return Table(
        **{
            **row,
            "name": name,
            "columns": tuple(Column(**column) for column in row["columns"]),
            "rows": tuple(tuple(Cell(**cell) for cell in cells) for cells in row["rows"]),
        }
    )


def _narrative(row: Mapping[str, Any]) -> Narrative:
    read = _tuples(_dated(row), "cites")
    read["expects"] = tuple(Expectation(**item) for item in row.get("expects", ()))
    return Narrative(**read)


def _section(row: Mapping[str, Any]) -> Section:
    read = _tuples(_dated(row), "narrative", "lacking")
    read["evidence"] = tuple(
        Evidence(**_tuples(item, "names")) for item in row.get("evidence", ())
    )
    return Section(**read)


def _dated(row: Mapping[str, Any]) -> dict[str, Any]:
    dates = {key: date.fromisoformat(row[key]) for key in ("written", "expires") if key in row}
    return {**row, **dates}
