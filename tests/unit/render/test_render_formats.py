"""PDF, Word and Markdown, and the document as a whole."""

from __future__ import annotations

import json
import zipfile

import pytest

from reportgen.errors import MissingToolError, NotFoundError, TemplateError
from reportgen.render import find_converter, load_settings, render_document
from reportgen.render.embedded import Embedded
from tests.unit.render.notebooks import (
    NOTE,
    TABLE,
    VALUE,
    code,
    convert,
    markdown,
    pdf_text,
    shown,
    write_notebook,
)

COMPONENTS = f"""
::: {{.rg-verdict .rg-alert}}
[[▲]{{.rg-shape aria-hidden="true"}} Alert]{{.rg-state .rg-alert}} Recall fell to {VALUE}.
:::

::: {{.rg-strip}}
Model version 1
:::

::: {{.rg-tiles}}
::: {{.rg-tile .rg-ok}}
Accuracy

[{VALUE}]{{.rg-number}}
:::
::: {{.rg-tile}}
Rows

[21,104]{{.rg-number}}
:::
:::

::: {{.rg-details .rg-screen-only title="For screens"}}
Unseen.
:::

::: {{.rg-details title="How to check"}}
Seen.
:::

{NOTE}
"""
FIGURE = code(
    "#| label: fig-roc\n#| fig-cap: The curve\nx",
    shown(markdown='![](figures/roc.svg){fig-alt="It rises to 0.8."}'),
)


def test_a_pdf_is_tagged_and_says_what_it_is(tmp_path):
    import pikepdf

    notebook = write_notebook(
        tmp_path,
        markdown(
            f"# Results\n\nRight {VALUE} of the time, $x^2$.\n\n### Deep\n\n{NOTE}\n\n{TABLE}\n\n: G"
        ),
        FIGURE,
        front="title: A card\nlang: de-AT",
    )
    settings = load_settings(notebook, None, {"as-of": "2013-05-31"})
    document = render_document(notebook, ("pdf",), Embedded(), settings, "f" * 64)
    path = document.files["report.pdf"]
    with pikepdf.open(path) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "de-AT"
        assert "pdfuaid:part" in pdf.open_metadata()
        assert pdf.docinfo["/Title"] == "A card"
        assert "/CreationDate" not in pdf.docinfo
        assert f"reportgen-fingerprint:{'f' * 64}" in str(pdf.docinfo["/Keywords"])
        assert b"It rises to 0.8." in b"".join(
            bytes(item.Alt)
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and "/Alt" in item
        )
    text = pdf_text(path)
    assert "Stand 2013-05-31" in text
    assert "Seite 1 von 1" in text
    assert "Abbildung 1: The curve" in text


def test_components_in_a_pdf(tmp_path):
    text, conversion = convert(tmp_path, markdown(COMPONENTS), to="pdf")
    for words in ("Alert", "Model version 1", "Accuracy", "21,104", "How to check", "Seen."):
        assert words in text
    assert "Unseen." not in text
    assert conversion.warnings == ()


def test_long_tables_repeat_their_head(tmp_path):
    rows = "\n".join(f"| carrier {number} | {number},000 |" for number in range(120))
    text, _ = convert(
        tmp_path, markdown(f"| Carrier | Rows |\n|:--|--:|\n{rows}\n\n: Groups"), to="pdf"
    )
    assert text.count("Carrier\nRows") + text.count("Carrier Rows") >= 3
    assert "carrier 119" in text


def test_a_heading_its_sentence_and_its_table_are_on_one_page(tmp_path):
    import pypdf

    # Of different lengths, so that sections begin at many heights of a page.
    written = "".join(
        f"## Heading {at}.\n\nLead {at}. A sentence on what is below.\n\n| A | B |\n|:--|--:|\n"
        + "".join(f"| row | {row} |\n" for row in range(2 + at % 12))
        + f"\n: Caption {at}.\n\n"
        for at in range(24)
    )
    _, conversion = convert(tmp_path, markdown(written), to="pdf")
    pages = [page.extract_text() for page in pypdf.PdfReader(conversion.files["pdf"]).pages]
    for at in range(24):
        homes = [
            next(number for number, page in enumerate(pages) if f"{what} {at}." in page)
            for what in ("Heading", "Lead", "Caption")
        ]
        assert len(set(homes)) == 1, (at, homes)
    assert len(pages) > 4


def test_a_row_of_tiles_is_on_one_page(tmp_path):
    import pypdf

    tile = "::: {.rg-tile}\nTile\n\n[NUMBER]{.rg-number}\n\nof it\n\nabout it\n:::\n"
    tiles = f"::: {{.rg-tiles}}\n{tile * 3}:::\n"
    written = "".join("A line.\n\n" * (1 + at % 5) + f"{tiles}\n" for at in range(30))
    _, conversion = convert(tmp_path, markdown(written), to="pdf")
    pages = [page.extract_text() for page in pypdf.PdfReader(conversion.files["pdf"]).pages]
    assert len(pages) > 3
    for page in pages:
        assert page.count("Tile") == page.count("NUMBER") == page.count("about it") > 0


def test_ten_columns_and_long_words_stay_on_the_paper(tmp_path):
    import pypdf

    head = "|" + "|".join(f" column {number} " for number in range(10)) + "|"
    row = "|" + "|".join(["`" + "0123456789abcdef" * 4 + "`", *["1"] * 9]) + "|"
    _, conversion = convert(tmp_path, markdown(f"{head}\n|{'--|' * 10}\n{row}"), to="pdf")
    page = pypdf.PdfReader(conversion.files["pdf"]).pages[0]
    places = []
    page.extract_text(
        visitor_text=lambda text, _c, tm, *_: places.append(tm[4]) if text.strip() else None
    )
    assert max(places) < float(page.mediabox.width) - 40


def test_other_alphabets_do_not_stop_a_pdf(tmp_path):
    text, _ = convert(tmp_path, markdown("Łódź, Αθήνα, Москва, 東京, ▲ ● ☐ 😀"), to="pdf")
    for words in ("Łódź", "Αθήνα", "Москва", "▲"):
        assert words in text


@pytest.mark.parametrize(
    ("front", "why"),
    [
        ("papersize: a44", r"template.ipynb:\d+  papersize 'a44'.*'a4'"),
        ("format: {typst: {margin: {left: wide}}}", "is no margin"),
        ("fontsize: big", "is no size"),
    ],
)
def test_settings_that_paper_does_not_know(tmp_path, front, why):
    with pytest.raises(TemplateError, match=why):
        convert(tmp_path, markdown("x"), to="pdf", front=f"title: x\n{front}")


def test_a_word_file_has_pictures_notes_and_alt_text(tmp_path):
    import docx

    notebook = write_notebook(
        tmp_path, markdown(COMPONENTS), FIGURE, markdown(f"{TABLE}\n\n: Groups")
    )
    path = Embedded().convert(notebook, ("docx",), load_settings(notebook)).files["docx"]
    document = docx.Document(str(path))
    words = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "A card" in words
    assert "Figure 1: The curve" in words
    assert "Unseen." not in words
    tiles = document.tables[0]
    assert "Accuracy" in tiles.cell(0, 0).text
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("word/document.xml").decode()
        pictures = [name for name in archive.namelist() if name.startswith("word/media/")]
        assert all(entry.date_time == (1980, 1, 1, 0, 0, 0) for entry in archive.infolist())
        styles = archive.read("word/styles.xml").decode()
    assert 'descr="It rises to 0.8."' in xml
    assert len(pictures) == 1
    assert pictures[0].endswith(".png")
    assert 'w:anchor="note-3"' in xml
    assert "Source Sans Pro" in styles


def test_markdown_for_github(tmp_path):
    text, _ = convert(
        tmp_path,
        markdown(COMPONENTS + "\n::: {.callout-tip}\nMind.\n:::\n"),
        FIGURE,
        markdown(f"{TABLE}\n\n: Groups"),
        to="gfm",
    )
    assert "# A card" in text
    assert "> [!TIP]" in text
    assert "![It rises to 0.8.](figures/roc.svg)" in text
    assert "| north |" in text.replace("  ", " ")
    assert "87.3 %" in text
    for markup in ("<div", "<span", "<button", ":::", "rg-value"):
        assert markup not in text


def test_the_document_names_its_files_and_engines(tmp_path):
    notebook = write_notebook(tmp_path, FIGURE, markdown("See @fig-none."))
    tmp_path.joinpath("tables").mkdir()
    tmp_path.joinpath("tables", "x.csv").write_text("a\n1\n")
    document = render_document(
        notebook, ("html", "gfm"), find_converter("embedded"), load_settings(notebook), "ab" * 32
    )
    assert set(document.files) == {
        "index.html", "report.md", "notebook.ipynb", "figures/roc.svg", "tables/x.csv",
    }  # fmt: skip
    assert document.engines == dict.fromkeys(
        ("index.html", "report.md", "notebook.ipynb"), "embedded"
    )
    assert all(path.is_relative_to(tmp_path) for path in document.files.values())
    assert f'<meta name="reportgen-fingerprint" content="{"ab" * 32}">' in document.files[
        "index.html"
    ].read_text(encoding="utf-8")
    assert document.warnings == (
        "template.ipynb:1  @fig-none refers to nothing. Did you mean 'fig-roc'?",
    )
    tidy = json.loads(document.files["notebook.ipynb"].read_text(encoding="utf-8"))
    assert "reportgen" not in json.dumps([cell["metadata"] for cell in tidy["cells"]])


def test_slides_need_quarto(tmp_path):
    notebook = write_notebook(tmp_path, markdown("x"))
    with pytest.raises(MissingToolError, match="--engine quarto"):
        Embedded().convert(notebook, ("revealjs",), load_settings(notebook))


def test_engines_by_name(monkeypatch):
    from reportgen.render import quarto

    assert find_converter("embedded").name == "embedded"
    assert find_converter("embedded").version.startswith("pandoc 3.")
    with pytest.raises(NotFoundError, match="Did you mean 'quarto'"):
        find_converter("quatro")
    monkeypatch.setattr(quarto.shutil, "which", lambda _: None)
    quarto.quarto_program.cache_clear()
    try:
        assert find_converter("auto").name == "embedded"
        with pytest.raises(MissingToolError, match="not on the PATH"):
            find_converter("quarto")
    finally:
        quarto.quarto_program.cache_clear()


def test_what_is_no_notebook(tmp_path):
    path = write_notebook(tmp_path, markdown("x"))
    settings = load_settings(path)
    path.write_text("{}")
    with pytest.raises(TemplateError, match="is not a Jupyter notebook"):
        Embedded().convert(path, ("html",), settings)
