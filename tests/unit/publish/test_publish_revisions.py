"""An edition that is made again from other inputs names the revisions before it, and only then."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportgen.api.workbench import Asked, Workbench
from reportgen.boards import Board, open_board
from reportgen.execute.nbclient import NbclientKernel
from reportgen.measure.monitoring.revisions import measure_revisions
from reportgen.project_file import load_project
from reportgen.publish import FolderShelf
from reportgen.report import BoardSpec, Manifest, ReportData, load_record, parse_period
from reportgen.report.revision import Revision
from reportgen.report.value import Interval

PROJECT = """
project: Small
board: {type: folder, path: board}
models:
  m:
    monitoring: {data: scored, time: at, target: y, prediction: p, features: [x], label_delay: 7d}
reports:
  weekly: {model: m, template: weekly.qmd, kind: monitoring, formats: [html]}
"""
TEMPLATE = """---
title: Small
---

```{python}
from reportgen.present import findings, open_report, tables, verdict
report = open_report()
verdict(report)
```

```{python}
findings(report, "revision")
```

```{python}
tables(report, "revisions")
```
"""
WEEK = parse_period("2024-W02", "UTC")
ASKED = Asked(formats=("html",))


def day(number: int) -> datetime:
    return datetime(2024, 1, number, tzinfo=UTC)


def scored(labels_until: datetime) -> pd.DataFrame:
    random = np.random.default_rng(1)
    x = random.normal(size=600)
    frame = pd.DataFrame({"x": x, "p": (x > 0).astype(int)})
    frame["at"] = pd.date_range(day(1), periods=600, freq="1h", tz="UTC")
    truth = (x + random.normal(size=600) > 0).astype(float)
    frame["y"] = pd.Series(truth).where(frame["at"] < labels_until)
    return frame[frame["at"] < day(16)]


class Place:
    """A project whose scored rows get their labels bit by bit."""

    def __init__(self, folder: Path, kernel: NbclientKernel) -> None:
        self.folder = folder
        self.kernel = kernel
        self.board: Board = open_board(BoardSpec(type="folder", path="board"), folder)

    def pin(self, name: str, frame: pd.DataFrame, created: datetime) -> None:
        path = self.folder / f"{name}.parquet"
        frame.to_parquet(path)
        self.board.write(name, path, type="parquet", created=created)

    def make(self, **asked: Any) -> Manifest:
        project = load_project(self.folder)
        with Workbench(project, project.reports["weekly"], ASKED, self.kernel) as bench:
            found = bench.published(WEEK, ASKED)
            made = bench.make(WEEK, replace(ASKED, **asked))
            assert (found is not None) == (not made.fresh)
            return made

    def record(self, made: Manifest) -> ReportData:
        return load_record(json.loads(self.read(made, "report.json")))

    def read(self, made: Manifest, name: str) -> bytes:
        return FolderShelf(self.folder / "site").read(made, name)


@pytest.fixture(scope="module")
def kernel() -> Iterator[NbclientKernel]:
    with NbclientKernel(imports=()) as opened:
        yield opened


def begun(folder: Path, kernel: NbclientKernel) -> Place:
    (folder / "reportgen.yml").write_text(PROJECT)
    (folder / "weekly.qmd").write_text(TEMPLATE)
    made = Place(folder, kernel)
    made.pin("m", pd.DataFrame({"weight": [1.0]}), day(1))
    made.pin("scored", scored(day(10)), day(16))
    return made


@pytest.fixture
def place(tmp_path: Path, kernel: NbclientKernel) -> Place:
    return begun(tmp_path, kernel)


@pytest.fixture(scope="module")
def revised(
    tmp_path_factory: pytest.TempPathFactory, kernel: NbclientKernel
) -> tuple[Place, tuple[Manifest, ...]]:
    """A week that was published three times, as its labels came in; nobody changes it."""
    place = begun(tmp_path_factory.mktemp("revised"), kernel)
    made = [place.make()]
    for labels_until, created in ((13, 20), (20, 24)):
        place.pin("scored", scored(day(labels_until)), day(created))
        made.append(place.make())
    return place, tuple(made)


def cells(data: ReportData) -> list[list[str | float | None]]:
    shown = data.tables["revisions"]
    return [
        [c.text if c.value is None else data.values[c.value].number for c in row]
        for row in shown.rows
    ]


def column(data: ReportData, name: str) -> list[str | float | None]:
    names = [one.name for one in data.tables["revisions"].columns]
    return [row[names.index(name)] for row in cells(data)]


def test_labels_that_came_late_make_a_revision_that_says_so(
    revised: tuple[Place, tuple[Manifest, ...]],
) -> None:
    place, (first, again, made) = revised
    before, second, third = (place.record(one) for one in (first, again, made))

    assert "revisions" not in before.tables
    assert "revisions" not in first.inputs
    assert made.revision == 3
    assert column(third, "revision") == ["this one", "r2", "r1"]
    assert column(third, "rows") == [168.0, 168.0, 168.0]
    # 48 hours of labels until the 10th, 120 until the 13th, and then all of the week.
    assert column(third, "labels") == [168.0, 120.0, 48.0]
    assert column(third, "accuracy") == [
        data.values["performance.accuracy"].number for data in (third, second, before)
    ]
    assert column(third, "verdict")[2] == f"{before.verdict.state}, provisional"
    changed = column(third, "changed")
    assert changed[2] == "first published"
    assert str(changed[0]).startswith("newer data; more outcomes")
    shas = {str(text).removeprefix("data ") for text in column(third, "pins")}
    assert len(shas) == 3
    assert third.pins["data"].sha256[:7] in shas
    assert "the same model" in third.tables["revisions"].note
    (found,) = [finding for finding in third.findings if finding.kind == "revision"]
    assert found.sentence.startswith(
        "This page takes the place of r2 of 2024-W02: 48 more outcomes since (newer data)."
    )
    assert third.values["revisions.labels.change"].number == 48
    copied = third.values["revisions.accuracy[revision=r1]"]
    assert copied.interval == before.values["performance.accuracy"].interval
    assert (
        copied.provenance.parameters["record"]
        == {file.name: file.sha256 for file in first.files}["report.json"]
    )
    assert b"takes the place of r2" in place.read(made, "index.html")
    assert [file.sha256 for file in first.files if file.name == "report.json"] == [
        sha256(place.read(first, "report.json")).hexdigest()
    ]  # the old one stays


def test_the_same_inputs_are_the_same_edition_however_often_they_are_asked(
    revised: tuple[Place, tuple[Manifest, ...]],
) -> None:
    place, (*_, made) = revised

    again, forced = place.make(), place.make(force=True)

    assert not again.fresh
    assert not forced.fresh
    assert again.fingerprint == forced.fingerprint == made.fingerprint
    assert forced.remade is not None
    assert forced.remade.differs == ()  # every byte, the revisions among them
    assert len(FolderShelf(place.folder / "site").editions()) == 3


def test_a_site_that_never_saw_the_first_says_nothing_of_it(
    revised: tuple[Place, tuple[Manifest, ...]], tmp_path: Path
) -> None:
    place, (*_, made) = revised
    record = place.record(made)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(place.folder, elsewhere, ignore=shutil.ignore_patterns("site"))
    other = Place(elsewhere, place.kernel)

    alone = other.record(other.make())

    assert "revisions" not in alone.tables
    own = {name: v for name, v in record.values.items() if not name.startswith("revisions.")}
    assert own == dict(alone.values)
    assert record.verdict == alone.verdict


def test_what_else_changed_is_named_and_a_damaged_record_stops_nothing(place: Place) -> None:
    first = place.make()
    (place.folder / "weekly.qmd").write_text(TEMPLATE.replace("Small", "Other"))
    place.make()
    assert first.folder is not None
    (first.folder / "report.json").write_text("{}")
    text = (place.folder / "reportgen.yml").read_text()
    (place.folder / "reportgen.yml").write_text(text.replace("features: [x]", "features: []"))

    made = place.make()
    told = place.record(made)

    assert column(told, "changed") == [
        "other settings",
        "another template",
        "its record cannot be read",
    ]
    assert column(told, "accuracy")[2] == "–"
    assert made.inputs["revisions"][0]["record"] == "changed after it was published"
    (found,) = [finding for finding in told.findings if finding.kind == "revision"]
    assert "the same number of rows and outcomes (other settings)" in found.sentence


def test_a_number_outside_what_was_said_is_named(
    revised: tuple[Place, tuple[Manifest, ...]],
) -> None:
    place, (first, *_) = revised
    record = place.record(first)
    accuracy = record.values["performance.accuracy"]
    interval = Interval(low=0.0, high=0.02, method="wilson")
    moved = replace(accuracy, number=0.01, interval=interval)
    earlier = replace(record, values={**record.values, "performance.accuracy": moved})
    inputs = {"pins": {"data": {"sha256": "a" * 64}}}
    before = Revision(number=1, sha256="b" * 64, inputs=inputs, record=earlier)

    part = measure_revisions(record, {"pins": {"data": {"sha256": "c" * 64}}}, (before,))

    sentence = part.findings[0].sentence
    assert part.findings[0].state == "watch"
    assert "Accuracy went from 0.01 to" in sentence
    assert "outside the interval given before" in sentence
    assert "accuracy outside the interval" in str(part.tables[0].rows[0][-1].text)
    assert "data aaaaaaa" in str(part.tables[0].rows[1][1].text)
    assert measure_revisions(record, inputs, ()).tables == ()
    with pytest.raises(ValueError, match="the reason there is none"):
        Revision(number=1, sha256="", inputs={})
