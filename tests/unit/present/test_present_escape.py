"""Text from data comes out of Pandoc as it went in, and never as markup."""

from __future__ import annotations

import json
from typing import Any

import pypandoc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.present.escape import attribute, clean, escape
from reportgen.present.prose import safe_markdown
from reportgen.present.tables import pipe_table
from tests.present_support import HOSTILE

# Every run starts Pandoc once for many texts: each stands in a paragraph and a cell of its own.
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.text(alphabet="ab1 \\`*_{}[]()<>#+-.!|$@~^:\"'&;%=/\n\t", max_size=40),
        st.sampled_from(HOSTILE),
    ),
    min_size=1,
    max_size=25,
)


def read(markdown: str) -> list[Any]:
    return json.loads(pypandoc.convert_text(markdown, "json", format="markdown"))["blocks"]


def plain(inlines: list[Any]) -> str:
    """Text of inlines that may only be strings and spaces; anything else is markup."""
    assert {inline["t"] for inline in inlines} <= {"Str", "Space"}, inlines
    return "".join(inline.get("c", " ") for inline in inlines)


@settings(max_examples=25)
@given(TEXTS)
def test_text_comes_out_as_it_went_in(texts):
    marked = [f"[{escape(text)}]{{.x data-text={attribute(text)}}}" for text in texts]
    blocks = read("\n\n".join(marked))
    assert len(blocks) == len(texts)
    for block, text in zip(blocks, texts, strict=True):
        (span,) = block["c"]
        (_, _, attributes), inlines = span["c"]
        assert plain(inlines) == clean(text)
        assert dict(map(tuple, attributes)).get("data-text", "") == clean(text)


@settings(max_examples=25)
@given(TEXTS)
def test_text_stays_in_its_cell(texts):
    rows = [[f"[1]{{.x data-text={attribute(text)}}}", escape(text)] for text in texts]
    (table,) = read(pipe_table(["a", "b"], [True, False], rows))
    assert table["t"] == "Table"
    body = table["c"][4][0][3]
    assert len(body) == len(texts)
    for (_, cells), text in zip(body, texts, strict=True):
        assert len(cells) == 2
        (span,) = cells[0][4][0]["c"]
        assert dict(map(tuple, span["c"][0][2])).get("data-text", "") == clean(text)
        words = plain(cells[1][4][0]["c"]) if cells[1][4] else ""
        assert words == clean(text)


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    once = clean(text)
    assert clean(once) == once
    assert "\n" not in once


def test_what_can_mislead_is_seen():
    assert clean("safe\u202eexe.txt\ud800\ufffe") == "safe\ufffdexe.txt\ufffd\ufffd"
    assert clean("\x00a\x1b[31m\u2028b\u0085") == "a [31m b"


KNOWN = {"Para", "Plain", "BulletList", "OrderedList", "Str", "Space", "SoftBreak", "Emph",
         "Strong", "Code", "Link", "RawEscaped"}  # fmt: skip


def elements(item: Any) -> Any:
    if isinstance(item, dict):
        if "t" in item:
            yield item
        for value in item.values():
            yield from elements(value)
    elif isinstance(item, list):
        for value in item:
            yield from elements(value)


def unknown(markdown: str) -> list[str]:
    found = []
    for element in elements(read(markdown)):
        kind = element["t"]
        if kind == "Link":
            (_, classes, attributes), _, (target, _) = element["c"]
            if not target.startswith(("http://", "https://", "mailto:")) or attributes or classes:
                found.append(target)
        elif kind == "Code" and any(element["c"][0]):
            found.append("attributes of code")
        elif kind not in KNOWN | {"DefaultStyle", "DefaultDelim", "Decimal", "Period"}:
            found.append(kind)
    return found


@settings(max_examples=60)
@given(
    st.one_of(
        st.text(alphabet="ab \\`*_{}[]()<>#+-.!|$@~^:\"'&=/\n1", max_size=120),
        st.lists(st.sampled_from([*HOSTILE, "- a", "1. b", "\n\n", "`c`", "[w](https://a.org)"]))
        .map(" ".join),
    )
)  # fmt: skip
def test_prose_holds_only_what_is_known(text):
    assert unknown(safe_markdown(text)) == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a *b* **c** `d`", {"Emph", "Strong", "Code"}),
        ("- a\n- b", {"BulletList"}),
        ("1. a\n2. b", {"OrderedList"}),
        ("see [there](https://a.org/x?y=1#z)", {"Link"}),
        ("# Title", {"Strong"}),
    ],
)
def test_prose_keeps_what_is_known(text, kinds):
    assert kinds <= {element["t"] for element in elements(read(safe_markdown(text)))}


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](/etc/passwd)",
     "```{=html}\n<b>\n```", "`a`{=html}", "[a]{onclick=x}", "{{< include /etc/passwd >}}",
     "::: {.x}\na\n:::", "[x]: javascript:alert(1)\n\n[x]", "$x$", "\\input{x}", "@cite"],
)  # fmt: skip
def test_prose_turns_all_else_into_text(text):
    written = safe_markdown(text)
    assert unknown(written) == []
    assert "{{<" not in written
