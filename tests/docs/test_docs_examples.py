"""What the documents show can be run: commands, YAML, Python, links."""

import ast
import re
import shlex
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer

import reportgen
from reportgen.cli.app import app
from reportgen.project_file import load_narrative
from reportgen.project_file.source import read_text

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
MINE = [ROOT / "README.md", ROOT / "docs" / "commands.md", ROOT / "docs" / "configuration.md"]


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def shown_commands(page: Path) -> list[str]:
    """Give every command of ours in a shell block, its continuation lines joined."""
    lines = "\n".join(blocks(page, "(?:sh|bash|console)")).replace("\\\n", " ").splitlines()
    return [
        line.removeprefix("$ ").partition("  #")[0].strip()
        for line in lines
        if "reportgen " in line and "pip install" not in line
    ]


@pytest.mark.parametrize("page", MINE, ids=lambda page: page.name)
def test_every_command_shown_is_one_with_options_it_has(page: Path) -> None:
    group: Any = typer.main.get_command(app)
    for shown in shown_commands(page):
        words = shlex.split(shown)
        assert words[0] == "reportgen", shown
        command = group.commands[words[1]]
        known = {option for parameter in command.params for option in parameter.opts}
        if words[2:3] and words[2] in getattr(command, "commands", {}):
            known |= {o for p in command.commands[words[2]].params for o in p.opts}
        assert {word for word in words[2:] if word.startswith("-")} <= known, shown


@pytest.mark.parametrize("page", MINE, ids=lambda page: page.name)
def test_yaml_that_is_shown_is_yaml(page: Path) -> None:
    for block in blocks(page, "yaml"):
        read_text(block, page.name)


def test_the_narrative_that_is_shown_is_one(tmp_path: Path) -> None:
    shown = blocks(ROOT / "docs" / "configuration.md", "yaml")[-1]
    (tmp_path / "card.yml").write_text(shown)

    sections = {
        s.section: s.state for s in load_narrative(tmp_path / "card.yml", as_of=date(2013, 6, 1))
    }

    assert (sections["intended_use"], sections["ethical_considerations"], sections["fuel"]) == (
        "attested",
        "not applicable",
        "attested",
    )


def test_python_in_the_readme_uses_public_names() -> None:
    code = "\n".join(blocks(ROOT / "README.md", "python"))
    used = {
        node.attr
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "rg"
    }

    assert used
    assert used <= set(reportgen.__all__)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_and_headings_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]*)(?:#[^)]*)?\)", text):
        if target and "://" not in target:
            assert (page.parent / target).exists(), target
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings
