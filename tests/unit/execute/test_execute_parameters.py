from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import ParameterError, TemplateError
from reportgen.execute import declared_parameters, parse_parameters
from reportgen.execute.parameters import check_parameters, injected_source
from reportgen.execute.template import read_template

Write = Callable[..., Path]


def cell(body: str) -> str:
    return f"Text.\n\n```{{python}}\n#| tags: [parameters]\n{body}\n```\n"


DECLARED = cell(
    '"""What may be given."""\nimport os\n\nrecord = "report.json"\nn = 5\nshare = 0.5\nflag = True\n'
    "groups: list[str] = []\nlevel: float = 1\nname: str | None = None\nanything = None\n"
    'kind: Literal["a", "b"] = "a"\nsizes: dict[str, float] = {}\npair = (1, 2)'
)


def test_declared_by_literals_and_annotations(write: Write) -> None:
    found = declared_parameters(write(DECLARED))
    assert {name: (p.type, p.default) for name, p in found.items()} == {
        "record": ("str", "report.json"),
        "n": ("int", 5),
        "share": ("float", 0.5),
        "flag": ("bool", True),
        "groups": ("list[str]", []),
        "level": ("float", 1),
        "name": ("str | None", None),
        "anything": ("Any", None),
        "kind": ("Literal['a', 'b']", "a"),
        "sizes": ("dict[str, float]", {}),
        "pair": ("tuple", (1, 2)),
    }
    assert found["n"].line == 9


def test_a_template_without_the_cell_declares_nothing(write: Write) -> None:
    path = write("```{python}\nn = 5\n```\n")
    assert declared_parameters(path) == {}
    with pytest.raises(ParameterError, match="declares none"):
        check_parameters(read_template(path), {"n": 1})


@pytest.mark.parametrize(
    ("given", "checked"),
    [
        ({"n": 7}, 7),
        ({"share": 1}, 1.0),
        ({"flag": False}, False),
        ({"groups": ["a"]}, ["a"]),
        ({"name": "x"}, "x"),
        ({"name": None}, None),
        ({"anything": {"a": [1, None]}}, {"a": [1, None]}),
        ({"kind": "b"}, "b"),
        ({"sizes": {"a": 1}}, {"a": 1}),
        ({"pair": [3, 4]}, (3, 4)),
    ],
)
def test_values_of_the_declared_type(write: Write, given: dict[str, Any], checked: Any) -> None:
    found = check_parameters(read_template(write(DECLARED)), given)
    assert found == dict.fromkeys(given, checked)
    assert [type(value) for value in found.values()] == [type(checked)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n": "7"}, "'n' is declared int, and '7' is str"),
        ({"n": True}, "'n' is declared int, and True is bool"),
        ({"n": 1.5}, "'n' is declared int, and 1.5 is float"),
        ({"flag": 1}, "'flag' is declared bool, and 1 is int"),
        ({"record": 7}, "'record' is declared str, and 7 is int. Put it in quotes."),
        ({"record": date(2013, 7, 1)}, "is date. Put it in quotes."),
        ({"groups": [1]}, "'groups' is declared list[str]"),
        ({"groups": "a"}, "'groups' is declared list[str], and 'a' is str"),
        ({"share": float("nan")}, "'share' is declared float"),
        ({"anything": object}, "'anything' is declared Any"),
        ({"kind": "c"}, "'kind' is declared Literal['a', 'b']"),
        ({"sizes": {"a": "b"}}, "'sizes' is declared dict[str, float]"),
        ({"recrod": "x"}, "no parameter 'recrod'. Did you mean 'record'?"),
        ({"n = 1\nimport os\nb": 1}, "no parameter 'n = 1\\nimport os\\nb'"),
    ],
)
def test_other_values_are_refused(write: Write, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError) as caught:
        check_parameters(read_template(write(DECLARED)), given)
    assert said in str(caught.value)
    assert str(caught.value).startswith("page.qmd:")


def test_all_mistakes_at_once(write: Write) -> None:
    with pytest.raises(ParameterError) as caught:
        check_parameters(read_template(write(DECLARED)), {"n": "x", "nope": 1})
    assert str(caught.value).count("\n") == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("n = len('abc')", "page.qmd:5: the default of n is not a literal"),
        ("x = 1\nn = {1, 2}", "page.qmd:6: the default of n is not a literal"),
        ("n: int = 'a'", "page.qmd:5: n is declared int but its default is str"),
        ("n: int", "page.qmd:5: n has no default"),
        ("n: Path = 'a'", "page.qmd:5: a parameter cannot be declared Path"),
        ("a, b = 1, 2", "page.qmd:5: a parameter is one name and one literal"),
        ("n = = 1", "page.qmd:5: the parameters cell: invalid syntax"),
        ("é = 1", "page.qmd:5: 'é' is not a name for a parameter"),
        (f"{'n' * 65} = 1", "is not a name for a parameter"),
        ("n = 1e999", "page.qmd:5: the default of n is not a literal"),
    ],
)
def test_a_cell_that_declares_badly(write: Write, body: str, said: str) -> None:
    with pytest.raises(TemplateError) as caught:
        declared_parameters(write(cell(body)))
    assert said in str(caught.value)


def test_two_parameters_cells_are_one_too_many(write: Write) -> None:
    with pytest.raises(TemplateError, match=r"page\.qmd:11: a second cell tagged"):
        declared_parameters(write(cell("n = 1") + "\n" + cell("m = 1")))


def test_values_typed_on_a_command_line_follow_the_declaration(write: Write) -> None:
    given = {
        "record": "007", "n": "7", "share": "0.10", "flag": "true", "groups": '["a"]',
        "name": "none", "kind": "b", "anything": "[1]", "level": "3",
    }  # fmt: skip
    assert parse_parameters(write(DECLARED), given) == {
        "record": "007", "n": 7, "share": 0.1, "flag": True, "groups": ["a"],
        "name": None, "kind": "b", "anything": [1], "level": 3.0,
    }  # fmt: skip


def test_a_typed_value_of_another_type_is_refused(write: Write) -> None:
    with pytest.raises(ParameterError, match="'n' is declared int, and 'seven' is str"):
        parse_parameters(write(DECLARED), {"n": "seven"})


HOSTILE = [
    "'; import os; os.system('x') #",
    '"""\nimport os\n"""',
    "a\\",
    "\r\n\x00\x1b[31m",
    "\ud800",
    "{{< include /etc/passwd >}}",
    "`{python} 1`",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_a_text(text: str) -> None:
    source = injected_source({"a": text, "b": [text, {text: text}]})
    statements = ast.parse(source).body
    assert [type(statement) for statement in statements] == [ast.Assign, ast.Assign]
    values = [ast.literal_eval(statement.value) for statement in statements]  # type: ignore[attr-defined]
    assert values == [text, [text, {text: text}]]
