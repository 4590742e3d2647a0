"""Every command, option and setting is documented, and nothing is documented that is not there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from reportgen.cli.app import app
from reportgen.project_file import METRICS, SECTIONS
from reportgen.project_file.schema import narrative_schema, project_schema

DOCS = Path(__file__).parents[2] / "docs"


def section(file: str, heading: str) -> str:
    """Give the text below a heading, down to the next one."""
    text = (DOCS / file).read_text(encoding="utf-8")
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{file} has no heading {heading!r}"
    return found[1]


def first_cells(text: str) -> list[str]:
    """Give the names in the first column of the tables of a section."""
    cells = re.findall(r"^\| (`[^|]*`) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def commands() -> Iterator[tuple[str, Any]]:
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        yield name, command
        for inner, below in getattr(command, "commands", {}).items():
            yield f"{name} {inner}", below


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda item: str(item))
def test_a_command_is_documented_with_exactly_its_options(name: str, command: Any) -> None:
    options = {
        word
        for parameter in command.params
        for word in parameter.opts
        if word.startswith("-") and word not in ("-h", "--help")
    }

    assert set(first_cells(section("commands.md", name))) == options


def test_no_command_is_documented_that_is_not_there() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")

    assert re.findall(r"^##+ (.+)$", text, re.MULTILINE) == [
        "demo", "init", "card", "monitor", "benchmark", "diff", "render", "lock", "status", "run", "backfill", "schedule", "templates", "templates eject",
    ]  # fmt: skip
    assert sorted(name for name, _ in commands()) == sorted(
        re.findall(r"^##+ (.+)$", text, re.MULTILINE)
    )


SETTINGS = {
    "The project": None,
    "board": "BoardSettings",
    "site": "SiteSettings",
    "notify": "NotifySettings",
    "mail": "MailSettings",
    "models": "ModelSettings",
    "evaluation": "EvaluationSettings",
    "costs": "CostSettings",
    "importance": "ImportanceSettings",
    "monitoring": "MonitoringSettings",
    "drift": "DriftSettings",
    "sources": "SourceSettings",
    "operations": "LogSettings",
    "thresholds": "ThresholdSettings",
    "reports": "ReportSettings",
}


@pytest.mark.parametrize("heading", sorted(SETTINGS))
def test_exactly_the_settings_there_are_are_documented(heading: str) -> None:
    schema = project_schema()
    definition = SETTINGS[heading]
    place = schema if definition is None else schema["$defs"][definition]

    documented = first_cells(section("configuration.md", heading))

    assert documented == list(place["properties"])


def test_the_remaining_shapes_are_documented_in_words() -> None:
    documented = (DOCS / "configuration.md").read_text(encoding="utf-8")
    covered = {name for name in SETTINGS.values() if name} | {"PinSettings", "CatchUpSettings"}

    assert set(project_schema()["$defs"]) == covered
    assert "{pin: flights-test, version: ...}" in documented
    assert "{max: 8}" in documented


def test_exactly_the_settings_of_a_narrative_are_documented() -> None:
    text = section("configuration.md", "Narrative")
    fields = narrative_schema()["$defs"]["SectionSettings"]["properties"]

    assert sorted(first_cells(text)) == sorted(fields)
    assert all(f"`{name}`" in text for name in SECTIONS)


def test_exactly_the_metrics_there_are_are_documented() -> None:
    text = section("configuration.md", "thresholds").partition("The metrics:")[2]

    assert sorted(set(re.findall(r"`([a-z0-9_]+)`", text))) == sorted(METRICS)


def test_the_words_that_a_setting_takes_are_documented() -> None:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    words = {
        word
        for place in project_schema()["$defs"].values()
        for field in place["properties"].values()
        for shape in (field, *field.get("anyOf", ()), field.get("items", {}))
        for word in shape.get("enum", ())
    }

    assert {word for word in words if f"`{word}`" not in text} == set()
