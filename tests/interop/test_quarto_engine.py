"""Quarto and the embedded engine say the same words about the same notebook."""

from __future__ import annotations

import re
import shutil
from html import unescape

import pytest

from reportgen.render import find_converter, load_settings, render_document
from tests.unit.render.notebooks import (
    NOTE,
    TABLE,
    VALUE,
    code,
    markdown,
    pdf_text,
    shown,
    write_notebook,
)

pytestmark = pytest.mark.skipif(
    shutil.which("quarto") is None, reason="quarto is not on the PATH of this machine"
)

CELLS = (
    markdown(
        f"# Results {{#sec-results}}\n\nRight {VALUE} of the time, see @tbl-groups and @fig-roc.\n\n"
        "::: {.callout-note}\n## Mind this\nA note.\n:::\n\n"
        "::: {.panel-tabset}\n## First\nOne.\n\n## Second\nTwo.\n:::"
    ),
    code("#| label: tbl-groups\n#| tbl-cap: Groups\ntable()", shown(markdown=TABLE)),
    code(
        "#| label: fig-roc\n#| fig-cap: The curve\nfigure()",
        shown(markdown='![](figures/roc.svg){fig-alt="It rises."}'),
    ),
    markdown(NOTE),
)
WORDS = (
    "Results", "87.3", "Mind this", "A note.", "First", "One.", "Two.", "Groups", "north", "1,000",
    "The curve", "evaluation.accuracy",
)  # fmt: skip


def words_of(page: str) -> str:
    without = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", page)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", without)))


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    made = {}
    for name in ("embedded", "quarto"):
        folder = tmp_path_factory.mktemp(name)
        notebook = write_notebook(folder, *CELLS, front="title: A card\nnumber-sections: true")
        settings = load_settings(notebook)
        made[name] = render_document(
            notebook, ("html", "pdf", "gfm"), find_converter(name), settings, "f" * 64
        )
    return made


@pytest.mark.parametrize("engine", ["embedded", "quarto"])
def test_pages_hold_the_words(documents, engine):
    page = documents[engine].files["index.html"].read_text(encoding="utf-8")
    for words in WORDS:
        assert words in words_of(page), words
    assert "popovertarget" in page
    assert f'content="{"f" * 64}"' in page
    assert documents[engine].engines["index.html"] == engine


@pytest.mark.parametrize("engine", ["embedded", "quarto"])
def test_pdfs_hold_the_words(documents, engine):
    text = pdf_text(documents[engine].files["report.pdf"])
    for words in WORDS:
        assert words in text, words


@pytest.mark.parametrize("engine", ["embedded", "quarto"])
def test_references_have_the_same_numbers(documents, engine):
    text = words_of(documents[engine].files["index.html"].read_text(encoding="utf-8"))
    text = text.replace("\u00a0", " ")
    assert re.search(r"see Table 1 ?and Figure 1", re.sub(r"\s+", " ", text))
