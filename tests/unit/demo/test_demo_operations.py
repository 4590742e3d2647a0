"""How fast the demo's newest model answers is measured where it is built, for its card alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reportgen.demo import build
from reportgen.project_file import load_project
from reportgen.report import PinRef
from reportgen.report.operations import Measurement, load_measurement


@pytest.fixture(scope="module")
def measured(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `reportgen demo` adds to the demo that all tests share."""
    folder = tmp_path_factory.mktemp("measured")
    for name in ("late-flights", "flights-test"):
        shutil.copytree(demo / "board" / name, folder / "board" / name)
    known = {"logistic": "20130501T060000Z-1a2b3", "threshold": "0.25"}
    build._write_project(folder, {**known, "operations": build._measure(folder)})
    return folder


def measurement(folder: Path) -> Measurement:
    (path,) = (folder / "board" / "late-flights-operations").glob("*/*.json")
    return load_measurement(path.read_bytes())


@pytest.mark.slow
def test_the_newest_model_is_measured(measured: Path) -> None:
    found = measurement(measured)
    newest = max(path.name for path in (measured / "board" / "late-flights").iterdir())

    assert found.model.version == newest
    assert len(found.starts) == 1
    assert found.one_row.distinct == 100
    assert len(found.one_row.took_ns) > 0
    assert found.machine.packages["scikit-learn"]


@pytest.mark.slow
def test_its_card_alone_names_the_pin(measured: Path) -> None:
    models = load_project(measured / build.PROJECT_FILE).models

    asked = {
        name: model.evaluation and model.evaluation.operations for name, model in models.items()
    }
    assert asked == {
        "late-flights": PinRef(name="late-flights-operations"),
        "late-flights-logistic": None,
    }


def test_the_demo_that_tests_share_asks_for_no_measurement(demo: Path) -> None:
    models = load_project(demo / build.PROJECT_FILE).models

    assert {model.evaluation and model.evaluation.operations for model in models.values()} == {
        None
    }
    assert not (demo / "board" / "late-flights-operations").exists()
