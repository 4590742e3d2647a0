"""For all documents: no line is lost, no cell invented, no injected value is code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.errors import TemplateError
from reportgen.execute.fences import blocks
from reportgen.execute.inline import find_inline, replace_inline
from reportgen.execute.inside import inline_markdown
from reportgen.execute.kind import kind_of, literal
from reportgen.execute.qmd import read_qmd

LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["", "text", "```", "````", "~~~", "```{python}", "~~~ {python}", "````{python}",
             "  ```{python}", "  ```", "> ```", "```python", "``` `x`", "<!--", "-->", "---",
             "x = 1", "`{python} a`", "- `{python} b` and `c", "``", "\\`{python} no`", "{{python}}"]
        ),
        st.text(alphabet="`~ {}>-<!ab\\", max_size=8),
    ),
    max_size=25,
)  # fmt: skip


@given(LINES)
def test_blocks_cover_all_lines_in_order(lines: list[str]) -> None:
    position = 0
    for block in blocks(lines):
        assert block.start == position
        assert block.end > block.start
        position = block.end
    assert position == len(lines)


@given(LINES)
def test_every_line_of_a_cell_is_where_its_number_says(lines: list[str]) -> None:
    try:
        template = read_qmd(Path("a.qmd"), "\n".join(lines))
    except TemplateError:
        return
    ended = 0
    for cell in template.cells:
        assert cell.line > ended
        for offset, text in enumerate(cell.source.split("\n") if cell.source else []):
            assert lines[cell.line - 1 + offset].endswith(text)
            ended = cell.line + offset
    kept = {c.line - 1 + n for c in template.cells for n in range(c.source.count("\n") + 1)}
    lost = [text for n, text in enumerate(lines) if n not in kept and text.strip(" >`~")]
    assert all("{python}" in text for text in lost)  # only fences of cells


@given(LINES)
def test_replacing_expressions_by_themselves_changes_nothing(lines: list[str]) -> None:
    source = "\n".join(lines)
    try:
        found = find_inline(source)
    except TemplateError:
        return
    same = [source[item.start : item.end] for item in found]
    assert replace_inline(source, found, same) == source
    assert all(text.startswith("`{python}") and text.endswith("`") for text in same)
    assert find_inline(replace_inline(source, found, ["x"] * len(found))) == ()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip


@given(PLAIN)
def test_a_literal_is_read_back_as_the_value_and_is_nothing_else(value: Any) -> None:
    text = literal(value)
    assert "\n" not in text
    assert ast.literal_eval(text) == value
    assert kind_of(value).holds(value)


@settings(max_examples=200)
@given(st.text())
def test_the_markdown_of_a_text_holds_the_text_and_no_markup(text: str) -> None:
    shown = inline_markdown(text)
    assert len(shown.splitlines()) <= 1
    assert re.sub(r"\\(.)", r"\1", shown) == " ".join(text.splitlines())
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_<\[\]{}|$@#^~]", shown)
