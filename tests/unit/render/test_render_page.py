"""Pages of the embedded engine, construct by construct."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.unit.render.notebooks import (
    NOTE,
    TABLE,
    VALUE,
    body,
    code,
    convert,
    markdown,
    printed,
    shown,
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.words += data


def read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    return reader


def elements(page: str, tag: str) -> list[dict[str, str | None]]:
    return [given for name, given in read(page).elements if name == tag]


def test_a_page_has_a_frame_that_needs_nothing_else(tmp_path):
    page, _ = convert(tmp_path, markdown("# First\n\nText.\n\n## Second"), front="title: Card")
    assert '<html lang="en">' in page
    assert "default-src 'none'" in page
    assert page.count("<h1") == 1
    assert '<h1 class="title">Card</h1>' in page
    assert re.search(r"<h2[^>]*>First</h2>", page)
    assert re.search(r"<h3[^>]*>Second</h3>", page)
    assert {"nav", "main", "footer"} <= {name for name, _ in read(page).elements}
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["']https?://""", page)


def test_no_level_of_headings_is_skipped(tmp_path):
    page = body(tmp_path, "# One\n\n#### Deep\n\n## Two")
    levels = [int(name[1]) for name, _ in read(page).elements if re.fullmatch("h[1-6]", name)]
    assert levels == [1, 2, 3, 3]


def test_callouts_carry_their_kind_in_words(tmp_path):
    page = body(
        tmp_path,
        "::: {.callout-warning}\n## Mind this\nBody.\n:::\n\n"
        '::: {.callout-tip collapse="true" title="Folded *tip*"}\nInside.\n:::\n\n'
        "::: callout-note\nPlain.\n:::",
    )
    assert 'class="callout callout-warning"' in page
    assert "Mind this" in page
    assert 'class="callout callout-tip"' in page
    assert "Folded <em>tip</em>" in page
    assert [name for name, _ in read(page).elements].count("details") == 1
    assert "Note" in read(page).words


def test_tabs_are_radio_buttons_with_labels(tmp_path):
    page = body(tmp_path, "::: {.panel-tabset}\n## A\nFirst.\n\n## B\nSecond.\n:::")
    inputs = elements(page, "input")
    assert [given["type"] for given in inputs] == ["radio", "radio"]
    assert len({given["name"] for given in inputs}) == 1
    assert {given["for"] for given in elements(page, "label")} == {given["id"] for given in inputs}
    assert page.index("First.") < page.index("Second.")
    assert len(elements(page, "legend")) == 1


def test_tabs_that_a_cell_gave_out(tmp_path):
    said = "::::: {.panel-tabset}\n\n### A\n\nFirst.\n\n### B\n\nSecond.\n\n:::::"
    page, _ = convert(tmp_path, code("tabset()", shown(markdown=said)))
    assert len(elements(page, "input")) == 2


def test_figures_tables_sections_and_equations_are_referred_to(tmp_path):
    page, conversion = convert(
        tmp_path,
        markdown("# Data {#sec-data}\n\nSee @fig-roc, [-@fig-roc], [Chart @fig-roc], @tbl-x, "
                 "@sec-data, @eq-b, @lst-c and [@fig-roc; @tbl-x].\n\n$$a^2$$ {#eq-b}\n\n"
                 '```{#lst-c .python lst-cap="How"}\nx = 1\n```'),
        code("#| label: fig-roc\n#| fig-cap: 'The *curve*'\nfigure()",
             shown(markdown='![](figures/roc.svg){fig-alt="It rises."}')),
        code("#| label: tbl-x\n#| tbl-cap: Groups\ntable()", shown(markdown=TABLE)),
        front="title: A card\nnumber-sections: true",
    )  # fmt: skip
    links = dict(re.findall(r'<a href="(#[\w-]+)" class="rg-reference">(.*?)</a>', page))
    assert links["#tbl-x"] == "Table\u00a01"
    assert links["#sec-data"] == "Section\u00a01"
    assert links["#eq-b"] == "Equation\u00a0(1)"
    assert links["#lst-c"] == "Listing\u00a01"
    for words in ("Figure\u00a01", ">1<", "Chart\u00a01"):
        assert words in page
    assert '<span class="rg-caption-label">Figure 1:</span> The <em>curve</em>' in page
    assert '<table id="tbl-x">' in page
    assert conversion.warnings == ()


def test_parts_of_a_figure_get_letters(tmp_path):
    page = body(
        tmp_path,
        "::: {#fig-two layout-ncol=2}\n![Left](figures/roc.svg){#fig-l}\n\n"
        "![Right](figures/roc.svg){#fig-r}\n\nBoth\n:::\n\nSee @fig-r.",
    )
    assert "Figure\u00a01b" in page
    assert "(a) Left" in page
    assert "rg-columns-2" in page
    assert "Figure 1:</span> Both" in page


def test_sub_captions_of_a_cell(tmp_path):
    page, conversion = convert(
        tmp_path,
        code("#| label: fig-two\n#| fig-cap: Both\n#| fig-subcap: [Left, Right]\n#| layout-ncol: 2\nx",
             shown(markdown="![](figures/roc.svg)"), shown(markdown="![](figures/roc.svg)")),
        markdown("See @fig-two-2."),
    )  # fmt: skip
    assert "(a) Left" in page
    assert "Figure\u00a01b" in page
    assert conversion.warnings == ()


def test_a_table_says_what_its_cells_head(tmp_path):
    page = body(tmp_path, TABLE + "\n\n: Groups {.rg-table}")
    assert page.count("scope=col") == 2
    assert page.count("scope=row") == 2
    region = next(given for given in elements(page, "div") if given.get("role") == "region")
    assert (region["tabindex"], region["aria-label"]) == ("0", "Groups")
    assert "<caption>Groups</caption>" in page


def test_regions_of_one_name_are_told_apart(tmp_path):
    page = body(tmp_path, f"{TABLE}\n\n: Groups\n\nText.\n\n{TABLE}\n\n: Groups\n")
    labels = [given["aria-label"] for given in elements(page, "div") if given.get("role")]
    assert labels == ["Groups", "Groups (2)"]


def test_a_value_opens_its_source_without_a_script(tmp_path):
    page, _ = convert(
        tmp_path, markdown(f"## Right {VALUE} {{#sec-x}}\n\n| a |\n|---|\n| {VALUE} |\n\n{NOTE}")
    )
    buttons = elements(page, "button")
    notes = {given["id"] for given in elements(page, "span") if "popover" in given}
    assert len(buttons) == 2
    assert {given["popovertarget"] for given in buttons} == notes
    assert {given["name"] for given in buttons} == {"evaluation.accuracy"}
    assert "#note-3" in {given.get("href") for given in elements(page, "a")}
    assert 'id="note-3"' in page
    contents = page[page.index("<nav") : page.index("</nav>")]
    assert "Right 87.3 %" in contents
    assert "<button" not in contents


def test_a_value_without_its_note_links_nowhere(tmp_path):
    page = body(tmp_path, VALUE)
    assert "popovertarget" in page
    assert "#note-3" not in page


def test_details_open_without_a_script(tmp_path):
    page = body(tmp_path, '::: {.rg-details .rg-screen-only title="Data & co"}\nInside.\n:::')
    assert '<details class="rg-details rg-screen-only"><summary>Data &amp; co</summary>' in page


def test_code_is_shown_as_its_options_say(tmp_path):
    hidden, _ = convert(tmp_path / "a", code("secret_name = 1", printed("said")))
    assert "secret_name" not in hidden
    assert "said" in hidden
    folded, _ = convert(
        tmp_path / "b", code("#| echo: true\n#| code-fold: true\n#| code-summary: How\nx = 2")
    )
    assert re.search(r'<details class="code-fold"><summary>How</summary>', folded)
    assert "#|" not in folded
    open_, _ = convert(tmp_path / "c", code("#| echo: true\n#| code-fold: false\nx = 2"))
    assert 'code-fold"' not in open_
    gone, _ = convert(tmp_path / "d", code("#| include: false\nx", printed("said")))
    assert "said" not in gone
    as_is, _ = convert(tmp_path / "e", code("#| output: asis\nx", printed("**bold**")))
    assert "<strong>bold</strong>" in as_is


def test_warnings_of_cells_stay_out_of_the_page(tmp_path):
    page, _ = convert(
        tmp_path, code("x", printed("DeprecationWarning", "stderr"), printed("fine"))
    )
    assert "Deprecation" not in page
    assert "fine" in page


def test_conditional_content(tmp_path):
    text = (
        '::: {.content-visible when-format="html"}\nFor screens.\n:::\n\n'
        '::: {.content-hidden when-format="html"}\nFor paper.\n:::\n\n'
        '::: {.content-visible unless-format="pdf"}\n::: {.content-visible when-format="docx"}\n'
        'For Word.\n:::\nNot PDF.\n:::\n\n[Inline.]{.content-visible when-format="html"}'
    )
    words = read(body(tmp_path / "a", text)).words
    assert "For screens." in words
    assert "Inline." in words
    assert "Not PDF." in words
    assert "For paper." not in words
    assert "For Word." not in words
    paper, _ = convert(tmp_path / "b", markdown(text), to="pdf")
    assert "For paper." in paper
    assert "For screens." not in paper
    assert "Not PDF." not in paper


def test_the_rest_of_markdown(tmp_path):
    page = body(
        tmp_path,
        "Text[^1] with $x^2$.\n\n[^1]: The note.\n\nTerm\n:   Meaning\n\n- [x] done\n- [ ] open\n\n"
        "[aside]{.aside}\n\n```{=html}\n<mark>raw</mark>\n```\n\n```{=typst}\n#strong[no]\n```",
    )
    assert "<math" in page
    assert "<msup>" in page
    assert "The note." in page
    assert "<dt>Term</dt>" in page
    assert page.count('type="checkbox"') == 2
    assert '<span class="aside">' in page
    assert "<mark>raw</mark>" in page
    assert "#strong" not in page


def test_citations(tmp_path):
    tmp_path.joinpath("refs.bib").write_text(
        "@article{w27, title={Probable inference}, author={Wilson, E. B.}, year={1927}}"
    )
    page, conversion = convert(
        tmp_path,
        markdown("As [@w27] says.\n\n# References"),
        front="title: x\nbibliography: refs.bib",
    )
    assert "(Wilson 1927)" in page
    assert "Probable Inference" in page
    assert conversion.warnings == ()


@pytest.mark.parametrize(
    ("lang", "word"), [("de", "Abbildung"), ("fr", "Figure"), ("de-AT", "Abbildung")]
)
def test_the_engines_own_words_follow_the_language(tmp_path, lang, word):
    page, _ = convert(
        tmp_path,
        markdown("![Kurve](figures/roc.svg){#fig-k}"),
        front=f"title: x\nlang: {lang}",
    )
    assert f'<html lang="{lang}">' in page
    assert f"{word} 1:" in page


def test_html_of_a_cell_reaches_other_formats(tmp_path):
    frame = (
        "<table><thead><tr><th>q</th></tr></thead><tbody><tr><td>7.25</td></tr></tbody></table>"
    )
    cell = code("frame", shown(html=frame + "<script>alert(1)</script>", plain="q"))
    page, _ = convert(tmp_path / "a", cell)
    assert "<td>7.25<" in page
    assert "alert(1)" not in page
    paper, _ = convert(tmp_path / "b", cell, to="pdf")
    assert "7.25" in paper
    assert "alert" not in paper


def test_an_unlabelled_cell_with_a_caption(tmp_path):
    page, _ = convert(
        tmp_path, code("#| fig-cap: Just so\nx", shown(markdown="![](figures/roc.svg)"))
    )
    assert "<figcaption><p>Just so</p></figcaption>" in page or ">Just so<" in page
    assert "Figure 1" not in page
