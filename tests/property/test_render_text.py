"""For all text: it comes out of every engine as it went in, and none of it is markup."""

from __future__ import annotations

import re
import subprocess
from html import unescape

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reportgen.render.compose import compose_markdown
from reportgen.render.notebook import Cell
from reportgen.render.pandoc import escape_markdown, pandoc_program
from reportgen.render.prose import prose_lines, replace_outside_code
from reportgen.render.sanitise import sanitise_html, unique_ids
from reportgen.render.settings import Settings

TEXT = st.text(
    alphabet=st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf", "Co", "Cn")
    ),
    max_size=60,
)
MARKUP = st.text(alphabet="<>/=\"' :;&#()scriptonlaerhfjvu:abg\\-!", max_size=80)
LINES = st.lists(
    st.sampled_from(
        [
            "",
            "text",
            "```",
            "````",
            "~~~",
            "``` {.python}",
            "`code`",
            ":::",
            "::: {.x}",
            "# h",
            "- a",
            "> b",
        ]
    ),
    max_size=12,
)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(max_examples=12, deadline=None)
@given(st.lists(TEXT.filter(str.strip), min_size=1, max_size=20))
def test_text_goes_through_pandoc_unchanged(texts):
    source = "\n\n".join(escape_markdown(text) for text in texts)
    done = subprocess.run(
        [pandoc_program(), "--from=markdown", "--to=html", "--wrap=none"],
        input=source.encode(),
        capture_output=True,
        check=True,
    )
    found = [
        " ".join(unescape(re.sub(r"<[^>]+>", "", part)).split())
        for part in re.findall(r"(?s)<p>(.*?)</p>", done.stdout.decode())
    ]
    assert found == [" ".join(text.split()) for text in texts]


@FEW
@given(MARKUP)
def test_sanitised_html_stays_as_it_is_and_runs_nothing(markup):
    once = sanitise_html(markup)
    assert sanitise_html(once) == once
    for tag in re.findall(r"<[a-zA-Z][^>]*>", once):
        assert not re.search(r"(?i)\son\w+\s*=|javascript:|<script", tag)


@FEW
@given(st.lists(st.sampled_from(["a", "b", "a-2", "a-3"]), max_size=8))
def test_ids_are_unique_afterwards(names):
    changed = unique_ids("".join(f'<p id="{name}"></p>' for name in names))
    found = re.findall(r'id="([^"]*)"', changed)
    assert len(found) == len(set(found)) == len(names)


@FEW
@given(LINES)
def test_nothing_is_lost_between_code_and_prose(lines):
    source = "\n".join(lines)
    assert "\n".join(line.whole for line in prose_lines(source)) == source
    assert replace_outside_code(source, re.compile("nothing"), lambda *_: "") == source


@FEW
@given(st.lists(LINES, min_size=1, max_size=4))
def test_every_block_that_a_cell_opens_is_closed(outputs):
    cells = [
        Cell(
            kind="code",
            source="x",
            outputs=(
                {"output_type": "display_data", "data": {"text/markdown": "\n".join(lines)}},
            ),
        )
        for lines in outputs
    ]
    closed = 0
    for line in compose_markdown(cells, Settings(), "pdf", {}).split("\n"):
        if re.match(r":::+ ", line):
            closed += 1
        elif line.startswith(":::"):
            closed -= 1
        assert closed >= 0
    assert closed == 0
