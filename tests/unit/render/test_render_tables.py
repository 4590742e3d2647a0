"""Tables that can be heard: heads of columns and, where the first column names it, of rows."""

from __future__ import annotations

import re
from zipfile import ZipFile

import pytest

from reportgen.render import load_settings
from reportgen.render.embedded import Embedded
from tests.unit.render.notebooks import (
    TABLE,
    body,
    code,
    convert,
    markdown,
    shown,
    write_notebook,
)

WRAPPED = {
    "labelled": f"::: {{#tbl-x .rg-table}}\n\n{TABLE}\n\n: Groups\n\n:::",
    "unlabelled": f"::: {{.rg-table}}\n\n{TABLE}\n\n: Groups\n\n:::",
    "facts": f"::: {{.rg-facts}}\n\n{TABLE}\n\n:::",
    "data of a figure": f':::: {{.rg-details .rg-screen-only title="Data"}}\n\n{TABLE}\n\n::::',
    "by its own caption": f"{TABLE}\n\n: Groups {{.rg-table}}",
    "in a tab": f"::: {{.panel-tabset}}\n\n## One\n\n::: {{.rg-table}}\n\n{TABLE}\n\n:::\n\n:::",
}


@pytest.mark.parametrize("kind", WRAPPED)
def test_the_first_column_heads_its_row(tmp_path, kind):
    page = body(tmp_path, WRAPPED[kind])
    assert re.findall(r"<th[^>]*scope=col[^>]*>([^<]*)(?=<)", page) == ["Group", "Rows"]
    assert re.findall(r"<th[^>]*scope=row[^>]*>([^<]*)(?=<)", page) == ["north", "south"]
    assert re.findall(r"<td[^>]*>([^<]*)(?=<)", page) == ["1,000", "2,000"]


def test_words_of_a_cell_head_their_rows_too(tmp_path):
    cell = code("table(report, 'x')", shown(markdown=WRAPPED["labelled"]))
    page, _ = convert(tmp_path, cell, front="execute: {echo: false}")
    assert page.count("scope=row") == 2


def test_a_table_of_the_authors_own_is_left_as_it_is(tmp_path):
    page = body(tmp_path, TABLE)
    assert "scope=row" not in page
    assert page.count("scope=col") == 2
    assert page.count("<td") == 4


def test_other_formats_show_the_same_cells(tmp_path):
    text, _ = convert(tmp_path / "gfm", markdown(WRAPPED["labelled"]), to="gfm")
    assert re.search(r"\| *south *\| *2,000 *\|", text)
    text, _ = convert(tmp_path / "pdf", markdown(WRAPPED["labelled"]), to="pdf")
    assert re.search(r"south\s+2,000", text)
    notebook = write_notebook(tmp_path / "docx", markdown(WRAPPED["labelled"]))
    files = Embedded().convert(notebook, ("docx",), load_settings(notebook)).files
    with ZipFile(files["docx"]) as document:
        words = document.read("word/document.xml").decode()
    assert [word in words for word in ("north", "south", "2,000")] == [True] * 3
