"""A template shows; it does not compute."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from reportgen import present

TEMPLATES = sorted((Path(__file__).parents[2] / "templates").rglob("*.qmd"))
CODE = re.compile(r"^```\{python\}\n(.*?)^```|`\{python\} (.+?)`", re.MULTILINE | re.DOTALL)
# Attributes of the opened report may be read (`report.facts["model.name"]`), never called.
PLAIN = (
    ast.Module, ast.Expr, ast.Assign, ast.Name, ast.Constant, ast.Subscript, ast.Attribute,
    ast.keyword, ast.expr_context, ast.alias,
)  # fmt: skip


def shows(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module=module, names=names):
            return module == "reportgen.present" and all(n.name in present.__all__ for n in names)
        case ast.Call(func=ast.Name(id=word)):
            return word in present.__all__
        case _:
            return isinstance(node, PLAIN)


def computations(qmd: str) -> list[str]:
    """List every piece of a template that does more than show."""
    code = (block or inline for block, inline in CODE.findall(qmd))
    nodes = (node for text in code for node in ast.walk(ast.parse(text)))
    return [ast.unparse(node) for node in nodes if not shows(node)]


def test_the_templates_are_found() -> None:
    assert [path.name for path in TEMPLATES] == [
        "diff.qmd", "model_card.qmd", "monitoring.qmd",
    ]  # fmt: skip


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_only_shows(path: Path) -> None:
    assert computations(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_holds_no_number_date_path_or_address(path: Path) -> None:
    text = CODE.sub("", path.read_text(encoding="utf-8").split("---\n", 2)[2])
    assert re.findall(r"\d|https?:|/\w+/", text) == []


@pytest.mark.parametrize(
    "cell",
    ["1 + 1", "report['a'].number * 2", "[x for x in report]", "report.values.get('a')",
     "import pandas", "show(report['a']) if report else 0", "round(3)", "f'{report}'"],
)  # fmt: skip
def test_what_computes_is_seen(cell: str) -> None:
    assert computations(f"```{{python}}\n{cell}\n```\n")
