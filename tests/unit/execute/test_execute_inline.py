from __future__ import annotations

import pytest

from reportgen.errors import TemplateError
from reportgen.execute.inline import find_inline, replace_inline
from reportgen.execute.inside import InlineValue, inline_markdown


def codes(source: str) -> list[str]:
    return [item.code for item in find_inline(source)]


def test_found_in_paragraphs_headings_tables_and_lists() -> None:
    source = (
        "# Head `{python} a`\n\nText `{python} b` and `{python} c`.\n\n"
        "| x | y |\n|---|---|\n| `{python} d` | 1 |\n\n- `{python} e`\n\n> `{python} f`\n"
    )
    assert codes(source) == ["a", "b", "c", "d", "e", "f"]


def test_lines_are_counted_and_values_put_in_place() -> None:
    source = "one\ntwo `{python} a` x\n`{python} b`"
    found = find_inline(source)
    assert [item.line for item in found] == [1, 2]
    assert replace_inline(source, found, ["A", "B"]) == "one\ntwo A x\nB"


@pytest.mark.parametrize(
    "source",
    [
        "```\n`{python} a`\n```",
        "~~~ python\n`{python} a`\n~~~",
        "`` `{python} a` ``",
        "`` {python} a ``",
        "`{{python}} a`",
        "\\`{python} a`",
        "<!-- `{python} a` -->",
        "<!--\n`{python} a`\n-->",
        "`{python}`",
        "`python a`",
        "`{python} a",
        "`{python} a\n\nb`",
        "`<b>`{=html}",
    ],
)
def test_what_is_text(source: str) -> None:
    assert codes(source) == []


def test_a_comment_within_a_line_hides_only_itself() -> None:
    assert codes("a <!-- `{python} no` --> `{python} yes` <!-- x -->") == ["yes"]


def test_an_expression_may_run_over_a_line_and_hold_braces() -> None:
    assert codes('`{python} f({"a": [1]},\n  2)`') == ['f({"a": [1]},   2)']


def test_an_odd_backtick_does_not_hide_what_follows() -> None:
    assert codes("a `` b `{python} c`") == ["c"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x\n`{python} 1 +`", "t.qmd:11: `{python} 1 +` is not a Python expression"),
        ("`{python} 1) + (2`", "t.qmd:10: `{python} 1) + (2` is not"),
        ("`{python} x = 1`", "t.qmd:10: `{python} x = 1` is not"),
        ("`{r} nrow(x)`", "t.qmd:10: an inline expression in {r}"),
    ],
)
def test_mistakes_are_named_with_their_line(source: str, said: str) -> None:
    with pytest.raises(TemplateError) as caught:
        find_inline(source, "t.qmd", 10)
    assert str(caught.value).startswith(said)


class Own:
    def __init__(self, shown: object) -> None:
        self.shown = shown

    def _repr_markdown_(self) -> object:
        return self.shown

    def __str__(self) -> str:
        return "*text*"


@pytest.mark.parametrize(
    ("value", "markdown"),
    [
        (1, "1"),
        (-0.5, "-0.5"),
        ("1,234", "1,234"),
        ("12.5%", "12.5%"),
        ("1e-05", "1e-05"),
        (None, "None"),
        (True, "True"),
        ("", ""),
        ("two words", "two words"),
        ("**b** _i_ `c`", "\\*\\*b\\*\\* \\_i\\_ \\`c\\`"),
        ("<script>", "\\<script\\>"),
        ("a|b\nc", "a\\|b c"),
        ("[x](http://y)", "\\[x\\](http\\://y)"),
        ("$x$ @cite #h ::: {.c}", "\\$x\\$ \\@cite \\#h \\:\\:\\: \\{\\.c\\}"),
        ("1. item", "1\\. item"),
        (Own("**own**"), "**own**"),
        (Own(("**own**", {})), "**own**"),
        (Own(None), "\\*text\\*"),
        (Own, "\\<class \\'tests\\.unit\\.execute\\.test\\_execute\\_inline\\.Own\\'\\>"),
    ],
)
def test_markdown_of_a_value(value: object, markdown: str) -> None:
    assert inline_markdown(value) == markdown


def test_the_kernel_shows_an_inline_value_as_markdown() -> None:
    shown = InlineValue("a*b")
    assert (shown._repr_markdown_(), repr(shown)) == ("a\\*b", "")
