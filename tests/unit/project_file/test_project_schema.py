"""The shipped JSON Schemas are those of the code, and agree with it about files."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reportgen import project_file
from reportgen.project_file.schema import SCHEMAS, narrative_schema, project_schema, schema_text
from reportgen.project_file.source import as_plain, read_source, read_text
from tests.unit.project_file.test_project_load import GOOD
from tests.unit.project_file.test_project_narrative import GOOD as NARRATIVE

EXAMPLES = Path(__file__).parents[3] / "examples"


def checked(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_shipped_schema_is_that_of_the_code(name: str) -> None:
    shipped = Path(project_file.__file__).parent / name

    assert shipped.read_text(encoding="utf-8") == schema_text(name)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_setting_has_a_description(name: str) -> None:
    schema = json.loads(schema_text(name))

    for place in (schema, *schema["$defs"].values()):
        for key, field in place.get("properties", {}).items():
            words = field if "$ref" not in field else schema["$defs"][field["$ref"].split("/")[-1]]
            assert words.get("description"), key


def test_it_accepts_what_the_code_accepts() -> None:
    checked(project_schema()).validate(as_plain(read_text(GOOD, "f").plain))
    checked(narrative_schema()).validate(as_plain(read_text(NARRATIVE, "f").plain))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("every: week", "evry: week"),
        ("every: week", "every: fortnight"),
        ("label_delay: 2d", "label_delay: 2 days"),
        ("model: late-flights, ", ""),
        ("max: 8", "max: -1"),
        ("late-flights-card:", "../card:"),
    ],
)
def test_it_refuses_what_the_code_refuses(old: str, new: str) -> None:
    good = as_plain(read_text(GOOD, "f").plain)
    wrong = as_plain(read_text(GOOD.replace(old, new, 1), "f").plain)

    schema = checked(project_schema())
    assert schema.is_valid(good)
    assert not schema.is_valid(wrong)


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.rglob("reportgen.yml")), ids=lambda p: p.parent.name
)
def test_every_example_is_valid(path: Path) -> None:
    checked(project_schema()).validate(as_plain(read_source(path).plain))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/cards/*.yml")), ids=lambda p: p.parts[-3])
def test_every_narrative_of_an_example_is_valid(path: Path) -> None:
    checked(narrative_schema()).validate(as_plain(read_source(path, may_be_empty=True).plain))
