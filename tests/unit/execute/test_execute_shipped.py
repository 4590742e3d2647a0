from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.errors import NotFoundError, UserError
from reportgen.execute import eject_template, find_template, shipped_templates


@pytest.mark.parametrize("name", ["diff", "model_card", "monitoring"])
def test_shipped_templates_have_names_and_titles(name: str, tmp_path: Path) -> None:
    assert shipped_templates()[name]
    assert find_template(name, tmp_path).name == f"{name}.qmd"


def test_a_path_starts_from_the_project(tmp_path: Path) -> None:
    (tmp_path / "cards").mkdir()
    own = tmp_path / "cards" / "own.qmd"
    own.write_text("x")
    assert find_template("cards/own.qmd", tmp_path) == own.resolve()
    assert find_template(str(own), Path("elsewhere")) == own.resolve()


def test_near_misses_among_names_and_files(tmp_path: Path) -> None:
    (tmp_path / "weekly.qmd").write_text("x")
    with pytest.raises(NotFoundError, match="Did you mean 'model_card'"):
        find_template("model-card", tmp_path)
    with pytest.raises(NotFoundError, match=r"Did you mean 'weekly\.qmd'"):
        find_template("weekli.qmd", tmp_path)


def test_eject_copies_once_and_never_overwrites(tmp_path: Path) -> None:
    copy = eject_template("model_card", tmp_path / "new")
    assert copy.read_bytes() == find_template("model_card", tmp_path).read_bytes()
    copy.write_text("mine")
    with pytest.raises(UserError, match="not overwritten"):
        eject_template("model_card", tmp_path / "new")
    assert copy.read_text() == "mine"
    with pytest.raises(NotFoundError, match="Did you mean 'monitoring'"):
        eject_template("monitorin", tmp_path)
