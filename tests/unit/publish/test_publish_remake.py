"""`render --force`: the same inputs give the same bytes, or exit code 1 and the files that differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from reportgen.boards import open_board
from reportgen.cli.outcome import leave_when_differing, plain_manifest, print_editions
from reportgen.execute.nbclient import NbclientKernel
from reportgen.pipeline import Outside, make_report
from reportgen.publish import FolderShelf, compare_remake
from reportgen.render import find_converter
from reportgen.report import (
    BoardSpec,
    Edition,
    Manifest,
    ModelSpec,
    PinRef,
    Project,
    Remade,
    ReportSpec,
)
from tests.present_support import card_data
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs

TEMPLATE = """---
title: A card
---

```{{python}}
print(open({outside!r}).read())
```
"""


@pytest.fixture
def edition(tmp_path: Path) -> Edition:
    """A report whose template also reads a file that no input names."""
    (tmp_path / "board").mkdir()
    (tmp_path / "outside.txt").write_text("Monday")
    template = tmp_path / "card.qmd"
    template.write_text(TEMPLATE.format(outside=str(tmp_path / "outside.txt")))
    model = ModelSpec(name="late-flights", pin=PinRef(name="late-flights"))
    spec = ReportSpec(
        name="late-flights-card", kind="card", template="card.qmd", model=model, formats=("html",)
    )
    project = Project(
        folder=tmp_path,
        name="Flight delays",
        board=BoardSpec(type="folder", path="board"),
        site=tmp_path / "site",
        timezone="UTC",
        models={model.name: model},
        reports={spec.name: spec},
    )
    return Edition(project=project, spec=spec)


@pytest.fixture
def outside(tmp_path: Path, edition: Edition) -> Iterator[Outside]:
    with NbclientKernel(imports=()) as kernel:
        yield Outside(
            board=open_board(edition.project.board, tmp_path),
            kernel=kernel,
            converter=find_converter("embedded"),
            shelf=FolderShelf(tmp_path / "site"),
            failed=tmp_path / "reportgen-failed",
        )


def test_an_edition_is_made_again_and_compared(
    tmp_path: Path, edition: Edition, outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    data = replace(card_data(evaluated=False), report=edition.spec.name)

    def make(*, force: bool) -> Manifest:
        return make_report(edition, lambda: data, data.pins, outside, NOW, force=force)

    first = make(force=False)
    assert first.fresh
    assert first.folder is not None
    page = first.folder / "index.html"
    before = page.read_bytes()

    same = make(force=True)
    assert (same.fresh, same.remade) == (False, Remade())
    print_editions([same])
    assert "1 edition was made again, byte for byte the same" in capsys.readouterr().err
    leave_when_differing([same, make(force=False)])

    (tmp_path / "outside.txt").write_text("Tuesday")
    other = make(force=True)
    aside = tmp_path / "reportgen-failed" / f"late-flights-card-{data.edition}"
    assert other.remade == Remade(differs=("index.html", "notebook.ipynb"), folder=aside)
    assert not other.fresh
    assert page.read_bytes() == before
    assert b"Tuesday" in (aside / "index.html").read_bytes()
    assert (aside / "report.json").read_bytes() == (first.folder / "report.json").read_bytes()
    print_editions([other])
    said = capsys.readouterr().out
    assert "2 files differ from what is published: index.html, notebook.ipynb." in said
    assert str(aside.name) in said
    with pytest.raises(typer.Exit) as left:
        leave_when_differing([same, other])
    assert left.value.exit_code == 1
    told = plain_manifest(other)["made_again"]
    assert told == {
        "identical": False,
        "differs": ["index.html", "notebook.ipynb"],
        "folder": str(aside),
    }

    (tmp_path / "outside.txt").write_text("Monday")
    page.unlink()
    mended = make(force=True)
    assert (mended.fresh, mended.revision, mended.remade) == (True, 2, Remade())
    assert mended.folder is not None
    assert (mended.folder / "index.html").read_bytes() == before


def test_files_that_are_new_or_gone_differ_too(tmp_path: Path) -> None:
    from reportgen.publish import publish_document

    inputs, data = sample_inputs(), sample_data()
    shelf = FolderShelf(tmp_path / "site")
    document = sample_document(tmp_path / "first", inputs)
    published = publish_document(document, data, inputs, shelf, NOW)
    again = sample_document(tmp_path / "second", inputs)
    assert compare_remake(again, data, published, tmp_path / "aside") == Remade()
    assert not (tmp_path / "aside").exists()

    files = dict(again.files)
    gone = sorted(name for name in files if name != "index.html")[0]
    files["figures/new.svg"] = files.pop(gone)
    (tmp_path / "aside").mkdir()
    (tmp_path / "aside" / "old.txt").write_text("of an earlier alarm")
    remade = compare_remake(replace(again, files=files), data, published, tmp_path / "aside")
    assert set(remade.differs) == {gone, "figures/new.svg"}
    assert (tmp_path / "aside" / "figures" / "new.svg").is_file()
    assert not (tmp_path / "aside" / "old.txt").exists()
