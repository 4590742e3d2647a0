"""The shipped templates, cell by cell, on records of every kind: nothing fails, nothing leaks."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pypandoc
import pytest

from reportgen.report import ReportData
from tests.present_support import card_data, monitoring_data, write_record

TEMPLATES = Path(__file__).parents[3] / "templates"
CELL = re.compile(r"^```\{python\}\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`\{python\} (.+?)`")


def shown(template: str, data: ReportData, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page as Markdown: each cell replaced by what its last expression shows."""
    monkeypatch.chdir(folder)
    write_record(folder, data)
    names: dict[str, Any] = {}

    def cell(found: re.Match[str]) -> str:
        tree = ast.parse(found[1])
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, template, "exec"), names)
        value = eval(ast.unparse(last), names) if last else None
        return "" if value is None else value._repr_markdown_() + "\n"

    body = (TEMPLATES / template).read_text(encoding="utf-8").split("---\n", 2)[2]
    body = CELL.sub(cell, body)
    return INLINE.sub(lambda found: eval(found[1], names)._repr_markdown_(), body)


RECORDS = {
    "classification": ("model_card.qmd", lambda: card_data()),
    "multiclass": ("model_card.qmd", lambda: card_data("multiclass")),
    "regression": ("model_card.qmd", lambda: card_data("regression")),
    "bare": ("model_card.qmd", lambda: card_data(evaluated=False, narrated=False)),
    "hostile card": ("model_card.qmd", lambda: card_data("multiclass", hostile=True)),
    "monitoring": ("monitoring.qmd", lambda: monitoring_data()),
    "unlabelled": ("monitoring.qmd", lambda: monitoring_data(labelled=False)),
    "hostile monitoring": ("monitoring.qmd", lambda: monitoring_data(hostile=True)),
}


@pytest.mark.parametrize(("template", "data"), RECORDS.values(), ids=RECORDS.keys())
def test_a_page(template: str, data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = data()
    markdown = shown(template, record, tmp_path, monkeypatch)
    page = pypandoc.convert_text(markdown, "html5", format="markdown")
    text = re.sub(r"<[^>]+>", " ", page)

    assert page.index("rg-verdict") < page.index("rg-strip") < page.index("rg-changes")
    assert not re.search(r"\b(nan|NaN|None|inf)\b", text)
    assert ":::" not in text.replace("::: {.x}", "")  # every block was closed
    assert "<script" not in page
    assert re.findall(r"<h\d[^>]*></h\d>", page) == []

    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'data-note="(\d+)"', page):
        assert f"note-{target}" in ids
    for file in re.findall(r'(?:src|href)="((?:figures|tables)/[^"]+)"', page):
        assert (tmp_path / file).is_file(), file
    assert len(list((tmp_path / "figures").glob("[!t]*.svg"))) <= 9
    for name in re.findall(r'data-name="([^"]+)"', page):
        assert name.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") in {
            " ".join(known.split()).replace('"', "&quot;") for known in record.values
        }


def test_the_same_record_gives_the_same_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        markdown = shown("model_card.qmd", card_data(), folder, monkeypatch)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        pages.append(
            (markdown, [(p.relative_to(folder).as_posix(), p.read_bytes()) for p in files])
        )
    assert pages[0] == pages[1]


def test_a_card_of_a_model_that_was_not_evaluated_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = card_data(evaluated=False, narrated=False)
    page = shown("model_card.qmd", record, tmp_path, monkeypatch)
    assert "was not evaluated" in page
    for heading in ("Groups", "Who is in the data", "Performance by group", "Use and limits"):
        assert f"## {heading}" not in page
