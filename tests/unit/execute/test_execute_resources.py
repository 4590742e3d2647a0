from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.errors import TemplateError
from reportgen.execute import execute_template
from reportgen.execute.nbclient import NbclientKernel
from reportgen.execute.resources import copy_resources
from reportgen.execute.template import read_template

Write = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    for name in ("refs.bib", "logo.svg", "extra.css", "data/a.csv", "data/b.csv", "secret.txt"):
        (folder / name).write_text(name)
    (tmp_path / "outside.txt").write_text("outside")
    return folder


def copied(project: Path, text: str, kept: tuple[str, ...] = ()) -> tuple[str, ...]:
    (project / "page.qmd").write_text(text)
    target = project.parent / "target"
    target.mkdir()
    names = copy_resources(read_template(project / "page.qmd"), target, kept)
    assert all((target / name).read_text() == name for name in names)
    return names


def test_what_the_header_and_images_name(project: Path) -> None:
    text = (
        "---\nbibliography: refs.bib\nformat:\n  html:\n    css: [extra.css]\n"
        'resources: ["data/*.csv"]\n---\n\n![A logo](logo.svg){width=10%} and ![](absent.png)\n'
    )
    assert copied(project, text) == (
        "data/a.csv",
        "data/b.csv",
        "extra.css",
        "logo.svg",
        "refs.bib",
    )


def test_nothing_from_outside_and_nothing_over_our_own_files(project: Path) -> None:
    (project / "report.json").write_text("theirs")
    (project / "link.txt").symlink_to(project.parent / "outside.txt")
    text = (
        f"---\nbibliography: ../outside.txt\ncsl: {project.parent / 'outside.txt'}\n"
        "css: link.txt\ntitle: report.json\n---\n\n![](../outside.txt)\n"
    )
    assert copied(project, text, ("report.json",)) == ()


@pytest.mark.parametrize("name", ["absent.csv", "../outside.txt", "data", "no/*.csv"])
def test_declared_resources_must_be_there(project: Path, name: str) -> None:
    with pytest.raises(TemplateError, match="though its `resources` name it"):
        copied(project, f"---\nresources: {name}\n---\n")


def test_cells_find_them_and_cannot_change_the_originals(
    project: Path, kernel: NbclientKernel
) -> None:
    (project / "words.py").write_text("def hello():\n    return 'from beside'\n")
    (project / "page.qmd").write_text(
        "---\nresources: [words.py, data/a.csv]\n---\n\n```{python}\nimport words, pathlib\n"
        "file = pathlib.Path('data/a.csv')\ntext = file.read_text()\nfile.write_text('changed')\n"
        "```\n\n`{python} words.hello()` `{python} text`\n"
    )
    out = project.parent / "out"
    done = execute_template(project / "page.qmd", {}, {}, out, kernel)
    assert "from beside data/a\\\\.csv" in done.notebook.read_text()
    assert (project / "data/a.csv").read_text() == "data/a.csv"
