"""The published schema of report.json accepts what is written, and refuses what is not a record."""

import copy
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reportgen import report
from reportgen.report import (
    Cell,
    Column,
    Expectation,
    Fact,
    Finding,
    Interval,
    Narrative,
    Pin,
    Provenance,
    ReportData,
    Section,
    Series,
    Table,
    Value,
    Verdict,
    dump_record,
)
from tests.unit.report.test_record import RECORD

SCHEMA = json.loads((Path(report.__file__).parent / "report.schema.json").read_text())


def is_valid(plain: dict[str, Any]) -> bool:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(plain)


def test_a_record_as_written_is_valid() -> None:
    assert is_valid(json.loads(json.dumps(dump_record(RECORD))))


@pytest.mark.parametrize(
    ("definition", "noun", "unnamed"),
    [
        (None, ReportData, set()),
        ("pin", Pin, {"role"}),
        ("provenance", Provenance, set()),
        ("interval", Interval, set()),
        ("fact", Fact, {"name"}),
        ("value", Value, {"name"}),
        ("column", Column, set()),
        ("table", Table, {"name"}),
        ("series", Series, {"name"}),
        ("finding", Finding, set()),
        ("section", Narrative, set()),
        ("expectation", Expectation, set()),
        ("covered", Section, set()),
        ("verdict", Verdict, set()),
    ],
)
def test_the_schema_has_every_field_of_the_nouns(
    definition: str | None, noun: type, unnamed: set[str]
) -> None:
    """A name or role is the key of a mapping, so it does not stand inside."""
    place = SCHEMA if definition is None else SCHEMA["$defs"][definition]
    written = {"schema", "digest"} if definition is None else set()

    assert set(place["properties"]) - written == {f.name for f in fields(noun)} - unnamed


def test_a_cell_is_a_text_or_a_value() -> None:
    shapes = SCHEMA["$defs"]["cell"]["oneOf"]

    assert {name for shape in shapes for name in shape["properties"]} == {
        field.name for field in fields(Cell)
    }


def _first(plain: dict[str, Any], part: str) -> dict[str, Any]:
    return next(iter(plain[part].values()))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda plain: plain.update(schema=2),
        lambda plain: plain.update(digest="sha256:short"),
        lambda plain: plain.update(unknown=1),
        lambda plain: plain.pop("verdict"),
        lambda plain: plain["verdict"].update(state="fine"),
        lambda plain: _first(plain, "pins").update(version="latest"),
        lambda plain: _first(plain, "pins").update(sha256="0" * 63),
        lambda plain: _first(plain, "values").pop("provenance"),
        lambda plain: _first(plain, "values").update(unit="furlongs"),
        lambda plain: _first(plain, "values").update(number=None, reason=""),
        lambda plain: _first(plain, "values").update(number="0.5"),
        lambda plain: plain["values"].update({"Not a name": _first(plain, "values")}),
        lambda plain: _first(plain, "tables")["rows"].append([{"text": "a", "value": "b"}]),
        lambda plain: _first(plain, "tables")["rows"].append([0.5]),
    ],
)
def test_what_is_not_a_record_is_refused(spoil: Callable[[dict[str, Any]], object]) -> None:
    plain = copy.deepcopy(json.loads(json.dumps(dump_record(RECORD))))
    assert is_valid(plain)

    spoil(plain)

    assert not is_valid(plain)
