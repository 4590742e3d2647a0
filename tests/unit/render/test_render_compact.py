"""Fewer bytes, the same page: what a browser reads from both is compared."""

from __future__ import annotations

import re

import pytest

from reportgen.render.compact import compact
from reportgen.render.sanitise import sanitise_html, slim, unique_ids
from tests.unit.render.notebooks import NOTE, TABLE, VALUE, body

WRITTEN = {
    "table": (
        '<table><thead>\n<tr class="header">\n<th style="text-align:left">a b</th>\n'
        '<th scope="col">c</th></tr>\n</thead>\n<tbody>\n<tr><td style="text-align: right;">1</td>'
        "<td></td></tr>\n<tr><th>&lt;/td&gt;</th><td><em>x</em></td></tr></tbody>"
        '<tfoot><tr><td colspan="2">f</td></tr></tfoot></table>'
    ),
    "nested": (
        "<table><tbody><tr><td><table><tbody><tr><td>1</td></tr></tbody></table></td>"
        "<td>2</td></tr></tbody></table><p>after</p>"
    ),
    "drawing": (
        '<svg viewBox="0 0 9 9" role="img"><g clip-path="url(#a)"><path d="M1 2" class="d1"/>'
        '</g><text x="1" y="2" class="d2">a</text><use href="#m" x="1" class="d-3"/></svg>'
    ),
    "attributes": '<table><tbody><tr><td title="a &quot;b&quot; = c">1</td></tr></tbody></table>',
}


def read(markup: str) -> str:
    """What a browser would make of it, written in full, without blanks between its elements."""
    full = sanitise_html(markup).replace('class="r"', 'class="rg-r"')
    return re.sub(r">\s+<", "><", full)


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_browser_reads_the_same(kind):
    page = slim(sanitise_html(WRITTEN[kind]))
    short = compact(page)
    assert read(short) == read(page)
    assert len(short) < len(page) or kind == "attributes"


def test_a_number_in_a_cell_opens_its_note(tmp_path):
    page = body(tmp_path, f"{TABLE.replace('1,000', VALUE)}\n\n{NOTE}")
    button = re.search(r"<td>(<button .*?</span>)<tr>", page)[1]
    assert button == (
        "<button popovertarget=v1 name=evaluation.accuracy value=3>87.3 %</button>"
        "<span id=v1 popover>Accuracy 0.8731; n = 21,104 <a href=#note-3>Note 3</a></span>"
    )


def test_ids_are_told_apart_before_their_quotes_go():
    twice = unique_ids('<p id="a">1</p><p id="a">2</p>')
    assert compact(twice) == '<p id="a">1</p><p id="a-2">2</p>'
