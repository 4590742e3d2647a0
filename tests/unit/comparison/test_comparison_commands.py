"""`reportgen diff`, and the card of a project that compares with the version before."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from reportgen.api import project as open_project
from reportgen.api.workbench import Asked, Workbench
from reportgen.pipeline import measure_edition
from reportgen.report import Edition
from tests.unit.cli.command import reportgen, reportgen_here
from tests.unit.comparison.conftest import Pinned

PROJECT = """
project: Tumours
board: {type: folder, path: board, allow_pickle: [tumours]}
site: site
models:
  tumours:
    pin: tumours
    evaluation:
      data: {pin: tumours-test}
      target: benign
      segments: [site]
      baseline: previous
      thresholds: {roc_auc: {material: 0.2}}
  older:
    pin: tumours
    version: $first
    evaluation: {data: {pin: tumours-test}, target: benign, baseline: previous}
reports:
  card: {model: tumours, template: model_card, formats: [html]}
  older-card: {model: older, template: model_card, formats: [html]}
"""


@pytest.fixture
def project(pinned: Pinned) -> Path:
    folder = pinned.folder.parent
    text = PROJECT.replace("$first", pinned.versions["first"])
    (folder / "reportgen.yml").write_text(text)
    return folder


def test_diff_in_a_project(project: Path) -> None:
    done = reportgen("diff", "tumours", "previous", "latest", "--json", folder=project)
    told = json.loads(done.out)
    assert done.code == int(told["differs"]), done.err
    assert told["metrics"]["roc_auc"]["reading"] in ("slightly better", "slightly worse", "no material change")  # fmt: skip
    auc = told["metrics"]["roc_auc"]
    assert auc["change"] == pytest.approx(auc["now"] - auc["before"])
    assert auc["low"] <= auc["change"] <= auc["high"]
    assert ["Model class", "LogisticRegression", "HistGradientBoostingClassifier"] in (
        told["changed"]["changes.model"]
    )
    assert not (project / "reportgen.lock").exists()


@pytest.mark.slow
def test_diff_in_words_and_on_a_page(project: Path) -> None:
    done = reportgen("diff", "tumours", "20130501", "20130502", "-o", "diff.html", folder=project)
    lines = done.out.splitlines()
    assert done.code in (0, 1), done.err
    page = (project / "diff.html").read_text()
    for words in ("Now minus before", "Row by row", "Changes by site", "Compared with"):
        assert words in page
    assert lines[-1] == "diff.html"
    assert lines[0].split()[0] in "✓◆▲?"
    assert any(line.startswith("- Since the version of 2013-05-01, the model itself") for line in lines)  # fmt: skip
    table = [line.split("\t") for line in lines if "\t" in line]
    assert [row[0] for row in table][:2] == ["Accuracy", "Balanced accuracy"]
    assert all(len(row) == 5 for row in table)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["tumor", "previous", "latest"], "has no model 'tumor'. Did you mean 'tumours'?"),
        (["tumours", "previous", "latest", "--trust-model"], "--trust-model is for --board"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_yours_to_fix(
    project: Path, words: list[str], why: str
) -> None:
    done = reportgen_here("diff", *words, folder=project)
    assert done.code == 2
    assert why in done.err


def test_a_card_knows_what_changed_and_a_first_version_that_it_is_one(
    project: Path, pinned: Pinned
) -> None:
    handle = open_project(project)
    lock = handle.lock()
    first = pinned.versions["first"]
    assert lock.pins["tumours@before:latest"].version == first
    assert lock.absent == (f"tumours@before:{first}",)
    records = {}
    for name, spec in handle.reports.items():
        with Workbench(handle.project, spec, Asked()) as bench:
            edition = Edition(project=handle.project, spec=spec)
            records[name] = measure_edition(edition, bench.prepared)
    card, older = records["card"], records["older-card"]
    assert card.pins["baseline"].version == first
    interval = card.values["changes.roc_auc"].interval
    assert interval is not None
    assert interval.method == "delong, paired"
    assert card.as_of == date(2013, 5, 2)
    assert "baseline" not in older.pins
    said = [finding.sentence for finding in older.findings if finding.kind == "change"]
    assert said == ["Nothing to compare with: this is the first version of tumours."]
