"""`reportgen render PATH.qmd`: documents of one's own, outside any project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reportgen.api.document import render_own
from reportgen.cli.document import split_documents
from reportgen.errors import CellError, NotFoundError, ParameterError, TemplateError, UserError
from tests.unit.cli.command import reportgen, reportgen_here

DOCUMENT = """---
title: My analysis
format:
  html: default
  typst: default
---

```{python}
#| tags: [parameters]
region: str = "south"
limit: float = 0.5
```

```{python}
import pandas as pd

rows = pd.read_csv("data/rows.csv")
picked = rows[rows.region == region]
pathlib = __import__("pathlib")
pathlib.Path("scratch.txt").write_text("gone afterwards")
```

In `{python} region` there are `{python} len(picked)` rows over `{python} limit`.

![A logo](figures/logo.svg)
"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h7v7z"/></svg>'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.csv").write_text("region,value\nnorth,1\nsouth,2\nsouth,3\n")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "logo.svg").write_text(LOGO)
    (tmp_path / "analysis.qmd").write_text(DOCUMENT)
    return tmp_path


def test_a_document_is_written_beside_itself_in_the_formats_it_names(place: Path) -> None:
    done = reportgen("render", "analysis.qmd", "-P", "region=north", "-P", "limit=1", folder=place)

    assert (done.code, done.out.split()) == (0, ["analysis.html", "analysis.pdf"]), done.err
    page = (place / "analysis.html").read_text()
    assert "In north there are 1 rows over 1.0." in page
    assert '<h1 class="title">My analysis</h1>' in page
    assert (place / "analysis.pdf").read_bytes().startswith(b"%PDF-")
    assert sorted(path.name for path in place.iterdir()) == [
        "analysis.html", "analysis.pdf", "analysis.qmd", "data", "figures",
    ]  # fmt: skip
    assert [path.name for path in (place / "figures").iterdir()] == ["logo.svg"]


def test_a_notebook_keeps_its_source_and_says_where_it_went(place: Path) -> None:
    source = {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": "# Notes"},
            {"cell_type": "code", "metadata": {}, "source": "6 * 7", "outputs": [],
             "execution_count": None},
        ],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 4,
    }  # fmt: skip
    (place / "notes.ipynb").write_text(json.dumps(source))
    done = reportgen("render", "notes.ipynb", "--to", "ipynb,gfm", "--json", folder=place)

    told = json.loads(done.out)["documents"]
    assert told[0]["document"] == "notes.ipynb"
    names = [Path(file).name for file in told[0]["files"]]
    assert names == ["notes.out.ipynb", "notes.md"]
    assert json.loads((place / "notes.ipynb").read_text()) == source
    assert '"42"' in (place / "notes.out.ipynb").read_text()
    assert "42" in (place / "notes.md").read_text()


def test_what_a_text_refers_to_lies_in_a_folder_of_its_name(place: Path) -> None:
    files = render_own(place / "analysis.qmd", formats=("gfm",), output=place / "out")

    assert files == (place / "out" / "analysis.md",)
    assert "](analysis_files/figures/logo.svg)" in files[0].read_text()
    assert (place / "out" / "analysis_files" / "figures" / "logo.svg").read_text() == LOGO


def test_settings_of_the_project_above_apply(place: Path) -> None:
    (place / "_quarto.yml").write_text("execute: {echo: true}\ntoc-title: In this note\n")
    inside = place / "notes" / "deep"
    inside.mkdir(parents=True)
    (inside / "a.qmd").write_text("# One\n\n```{python}\nsecret = 41 + 1\n```\n\n# Two\n")
    (page,) = render_own(inside / "a.qmd")

    text = page.read_text()
    assert page == inside / "a.html"
    assert "secret" in text
    assert "In this note" in text


def test_a_failing_cell_is_named_and_what_ran_is_kept(place: Path) -> None:
    (place / "bad.qmd").write_text("```{python}\nx = 1\n```\n\n```{python}\n1 / 0\n```\n")
    with pytest.raises(CellError, match=r"bad\.qmd:6") as caught:
        render_own(place / "bad.qmd", formats=("html",))

    assert caught.value.notebook == place / "bad.failed.ipynb"
    assert str(place / "bad.failed.ipynb") in str(caught.value)
    assert "ZeroDivisionError" in (place / "bad.failed.ipynb").read_text()
    assert not (place / "bad.html").exists()


def test_mistakes_are_named_before_anything_is_run(place: Path) -> None:
    document = place / "analysis.qmd"
    with pytest.raises(ParameterError, match=r"limit.*float.*\n.*no parameter 'regin'") as caught:
        render_own(document, parameters={"limit": "much", "regin": "x"})
    assert "Did you mean 'region'?" in str(caught.value)
    with pytest.raises(NotFoundError, match=r"Did you mean 'analysis\.qmd'"):
        render_own(place / "analysi.qmd")
    with pytest.raises(TemplateError, match=r"is a \.qmd or an \.ipynb"):
        render_own(place / "data" / "rows.csv")
    (place / "deck.qmd").write_text("---\nformat: beamer\n---\n")
    with pytest.raises(TemplateError, match=r"asks for the format 'beamer'.*--to"):
        render_own(place / "deck.qmd")
    (place / "note.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    with pytest.raises(TemplateError, match=r"note\.ipynb is the document itself"):
        render_own(place / "note.ipynb", formats=("ipynb",), output=place / "note.ipynb")


def test_slides_name_the_engine_that_makes_them(place: Path) -> None:
    done = reportgen_here(
        "render", "analysis.qmd", "--to", "revealjs", "--engine", "embedded", folder=place
    )

    assert done.code == 2
    assert "no revealjs slides" in done.err
    assert "--engine quarto" in done.err
    assert not list(place.glob("*.html"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--period", "2013-W27"], "--period is for reports of a project"),
        (["--fail-on", "alert"], "--fail-on is for reports of a project"),
        (["-P", "region"], "is not a parameter. Write it as: -P name=value"),
    ],
)
def test_options_that_a_document_does_not_know(place: Path, words: list[str], said: str) -> None:
    done = reportgen_here("render", "analysis.qmd", *words, folder=place)

    assert done.code == 2
    assert said in done.err


def test_reports_and_documents_are_told_apart() -> None:
    assert split_documents(["a/b.qmd", "c.ipynb"]) == ((Path("a/b.qmd"), Path("c.ipynb")), [])
    assert split_documents(["weekly"]) == ((), ["weekly"])
    with pytest.raises(UserError, match="one after the other"):
        split_documents(["a.qmd", "weekly"])
