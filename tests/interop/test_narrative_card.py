"""From pins and files to the record: what people wrote holds for this version and these numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import joblib
import jsonschema
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from reportgen import report
from reportgen.boards import open_board
from reportgen.errors import ProjectError
from reportgen.execute.nbclient import NbclientKernel
from reportgen.pipeline import Outside, edition_inputs, measure_edition, prepare
from reportgen.project_file import load_project
from reportgen.publish import FolderShelf
from reportgen.render import find_converter
from reportgen.report import BoardSpec, Edition, Narrative, ReportData, dump_record
from reportgen.resolve import resolve_pins

PROJECT = """\
project: Small
board: {type: folder, path: board, allow_pickle: [small]}
timezone: America/New_York
models:
  small:
    pin: small
    narrative: small.yml
    profile: %s
    evaluation: {data: {pin: rows}, target: bad, segments: [side]}
reports:
  small-card: {model: small, template: model_card}
"""
TEXT = """\
caveats:
  text: "Recall is {{ evaluation.recall }}."
  author: Ada
  date: 2013-05-01
"""
OWN = """\
title: Ours
sections:
  results: {title: Results, computed: {results: evaluation.metrics}, attested: [caveats]}
  groups: {title: Groups, computed: {by group: evaluation.groups.side, plan: no.such}}
  signed: {title: Signed, attested: [contact]}
"""

Measured = Callable[..., ReportData]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board with a model pinned late on 30 April in New York, which is 1 May in UTC."""
    folder = tmp_path_factory.mktemp("small")
    random = np.random.default_rng(1)
    rows = pd.DataFrame({"x": random.normal(size=400), "side": ["a", "b"] * 200})
    rows["bad"] = (rows["x"] + random.normal(size=400) > 0).astype(int)
    rows.to_csv(folder / "rows.csv", index=False)
    joblib.dump(LogisticRegression().fit(rows[["x"]], rows["bad"]), folder / "small.joblib")
    (folder / "board").mkdir()
    pins = open_board(BoardSpec(type="folder", path="board"), folder)
    made = datetime(2013, 5, 1, 2, 0, tzinfo=UTC)
    pins.write("small", folder / "small.joblib", type="joblib", created=made)
    pins.write("rows", folder / "rows.csv", type="csv", created=made)
    return folder / "board"


@pytest.fixture
def measured(board: Path, tmp_path: Path) -> Measured:
    (tmp_path / "board").symlink_to(board)
    (tmp_path / "ours.yml").write_text(OWN)

    def measure(text: str = TEXT, profile: str = "mitchell") -> ReportData:
        (tmp_path / "small.yml").write_text(text)
        (tmp_path / "reportgen.yml").write_text(PROJECT % profile)
        edition, outside = opened(tmp_path)
        pins = resolve_pins(edition.spec, outside.board, None)
        folder = tmp_path / "fetched"
        folder.mkdir(exist_ok=True)
        prepared = prepare(edition.project, edition.spec, pins, outside, folder)
        return measure_edition(edition, prepared)

    return measure


def opened(folder: Path) -> tuple[Edition, Outside]:
    project = load_project(folder)
    outside = Outside(
        board=open_board(project.board, folder),
        kernel=NbclientKernel(),
        converter=find_converter("embedded"),
        shelf=FolderShelf(folder / "site"),
    )
    return Edition(project=project, spec=project.reports["small-card"]), outside


def section(data: ReportData, name: str) -> Narrative:
    return next(entry for entry in data.narrative if entry.section == name)


def test_a_text_of_the_day_of_the_pin_holds_for_that_version(measured: Measured) -> None:
    data = measured(TEXT.replace("2013-05-01", "2013-04-30"))

    caveats = section(data, "caveats")
    assert (caveats.state, caveats.version) == ("attested", data.pins["model"].version)
    assert caveats.cites == ("evaluation.recall",)
    assert caveats.text == "Recall is {{ evaluation.recall }}."

    older = section(measured(TEXT.replace("2013-05-01", "2013-04-29")), "caveats")
    assert older.reason == "written on 2013-04-29 for an older version; this one is of 2013-04-30"


def test_an_unknown_name_is_an_error_with_its_line(measured: Measured) -> None:
    with pytest.raises(ProjectError) as caught:
        measured(TEXT.replace("evaluation.recall", "evaluation.recal"))

    assert "small.yml:2  caveats.text: there is no value or fact 'evaluation.recal'" in str(
        caught.value
    )
    assert "Did you mean 'evaluation.recall'?" in str(caught.value)


def test_a_text_expires_with_the_number_it_rests_on(measured: Measured) -> None:
    data = measured(TEXT + "  expects:\n    evaluation.recall: {min: 0.99}\n")

    assert section(data, "caveats").state == "expired"
    assert data.values["completeness.texts_expired"].number == 1
    expired = next(f for f in data.findings if "completeness.texts_expired" in f.because)
    assert expired.state == "watch"
    assert "it rests on evaluation.recall being at least 0.99; it is 0." in expired.sentence
    assert data.verdict.state in ("watch", "alert")


def test_a_profile_of_ones_own_is_held_against_the_card(measured: Measured) -> None:
    data = measured(profile="ours.yml")

    assert [(s.name, s.state, s.lacking) for s in data.completeness] == [
        ("results", "computed and attested", ()),
        ("groups", "partly", ("plan",)),
        ("signed", "missing", ("owner and contact (to be written)",)),
    ]
    assert [entry.section for entry in data.narrative] == ["caveats", "contact"]
    schema = json.loads((Path(report.__file__).parent / "report.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(dump_record(data))))
    assert data.facts["completeness.profile"].text == "Ours"
    lacks = [f.sentence for f in data.findings if f.because[:1] == ("completeness.missing",)]
    assert lacks == [
        "The card lacks 1 of 3 sections of Ours: 'Signed'. 1 more is covered in part."
    ]


def test_a_profile_that_changed_makes_another_edition(measured: Measured, tmp_path: Path) -> None:
    measured(profile="ours.yml")
    edition, outside = opened(tmp_path)
    pins = resolve_pins(edition.spec, outside.board, None)
    before = edition_inputs(edition, pins, outside)

    (tmp_path / "ours.yml").write_text(OWN + "# read again\n")

    assert edition_inputs(edition, pins, outside) != before
    shipped = replace(edition.spec, model=replace(edition.spec.model, profile="nist"))
    assert edition_inputs(replace(edition, spec=shipped), pins, outside)["profile"] is None


def test_when_a_card_is_made_is_no_part_of_what_it_says(
    measured: Measured, tmp_path: Path
) -> None:
    measured(profile="ours.yml")
    edition, outside = opened(tmp_path)
    pins = resolve_pins(edition.spec, outside.board, None)
    before = edition_inputs(edition, pins, outside)

    later = replace(
        edition.spec,
        schedule="0 6 * * 1",
        grace=timedelta(hours=6),
        reopen_for=timedelta(days=30),
        catch_up={"max": 3},
    )
    assert edition_inputs(replace(edition, spec=later), pins, outside) == before
    titled = replace(edition.spec, title="Another title")
    assert edition_inputs(replace(edition, spec=titled), pins, outside) != before
