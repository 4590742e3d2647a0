"""`templates eject`: a copy to change, with what Quarto needs to render it by itself."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from reportgen.api.eject import eject
from reportgen.errors import NotFoundError, UserError
from reportgen.execute import find_template
from reportgen.render import load_settings, settings_files
from reportgen.render.pandoc import pandoc_program
from tests.unit.cli.command import reportgen
from tests.unit.render.notebooks import VALUE, convert, markdown

SUPPORT = ("rowheads.lua", "values.lua", "components.lua", "palette.css", "report.css")
PAGE = (
    f"Right {VALUE} of the time.\n\n::: {{#tbl-x .rg-table}}\n\n| Group | Rows |\n|:--|--:|\n"
    "| north | 1,000 |\n\n: Groups\n\n:::\n\n"
    '::: {.rg-details title="More"}\nfolded\n:::\n'
)


def test_what_is_ejected(tmp_path: Path) -> None:
    done = reportgen("templates", "eject", "model_card", "-o", "mine", "--json", folder=tmp_path)

    assert done.code == 0, done.err
    told = json.loads(done.out)
    files = [Path(name).relative_to("mine").as_posix() for name in told["files"]]
    assert files == ["model_card.qmd", *(f"_reportgen/{name}" for name in SUPPORT), "_quarto.yml"]
    assert all((tmp_path / name).is_file() for name in told["files"])
    assert told["settings_lacking"] == ""
    settings = yaml.safe_load((tmp_path / "mine" / "_quarto.yml").read_text())
    named = [*settings["filters"], *settings["format"]["html"]["css"]]
    assert all((tmp_path / "mine" / name).is_file() for name in named)


def test_pandoc_alone_makes_the_components_with_the_ejected_filters(tmp_path: Path) -> None:
    eject("model_card", tmp_path)
    filters = yaml.safe_load((tmp_path / "_quarto.yml").read_text())["filters"]
    command = [pandoc_program(), "--to=html", *(f"--lua-filter={name}" for name in filters)]
    done = subprocess.run(
        command, input=PAGE, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )

    assert re.search(r'<th[^>]*scope="row"', done.stdout)
    assert re.search(r'<button class="rg-value" popovertarget="v1"', done.stdout)
    assert "<summary>More</summary>" in done.stdout
    assert done.stderr == ""


def test_nothing_is_written_over_without_force(tmp_path: Path) -> None:
    eject("model_card", tmp_path)
    eject("monitoring", tmp_path)  # the filters are there already, and are the same
    own = tmp_path / "_reportgen" / "values.lua"
    own.write_text("-- mine")
    (tmp_path / "model_card.qmd").unlink()
    with pytest.raises(UserError, match=r"values\.lua exists already.*--force"):
        eject("model_card", tmp_path)
    assert not (tmp_path / "model_card.qmd").exists()
    assert own.read_text() == "-- mine"

    own.unlink()
    (tmp_path / "model_card.qmd").write_text("mine")
    with pytest.raises(UserError, match=r"model_card\.qmd exists already.*--force"):
        eject("model_card", tmp_path)
    assert (tmp_path / "model_card.qmd").read_text() == "mine"

    eject("model_card", tmp_path, force=True)
    shipped = find_template("model_card", tmp_path).read_bytes()
    assert (tmp_path / "model_card.qmd").read_bytes() == shipped
    with pytest.raises(NotFoundError, match="Did you mean 'monitoring'"):
        eject("monitorin", tmp_path)


def test_settings_that_are_there_are_left_and_what_they_lack_is_said(tmp_path: Path) -> None:
    (tmp_path / "_quarto.yml").write_text("toc: false\n")
    done = reportgen("templates", "eject", "model_card", folder=tmp_path)

    assert done.code == 0
    assert (tmp_path / "_quarto.yml").read_text() == "toc: false\n"
    assert "_quarto.yml was there and is left as it is" in done.err
    lacking = done.err.split("it lacks:\n")[1]
    (tmp_path / "_quarto.yml").write_text(f"toc: false\n{lacking}")
    (tmp_path / "model_card.qmd").unlink()
    assert eject("model_card", tmp_path).lacking == ""


def test_an_ejected_copy_looks_the_same_in_reportgen(tmp_path: Path) -> None:
    plain, _ = convert(tmp_path / "plain", markdown(PAGE))
    eject("model_card", tmp_path / "ejected")
    page, conversion = convert(tmp_path / "ejected", markdown(PAGE))

    assert page == plain
    assert conversion.warnings == ()


def test_the_settings_beside_a_template_are_known_to_count(tmp_path: Path) -> None:
    eject("model_card", tmp_path / "templates")
    (tmp_path / "_quarto.yml").write_text("toc: false\n")
    (tmp_path / "_brand.yml").write_text("color: {primary: '#123456'}\n")
    template = tmp_path / "templates" / "model_card.qmd"
    found = settings_files(template, tmp_path)

    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "_quarto.yml", "_brand.yml", "templates/_quarto.yml",
    ]  # fmt: skip
    assert load_settings(template, tmp_path).option("toc", "docx") is False
    shipped = find_template("model_card", tmp_path)
    assert settings_files(shipped, shipped.parent) == ()
