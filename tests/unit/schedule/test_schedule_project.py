"""A small project over some weeks: made when due, made again when late rows change a period."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

from reportgen.api.workbench import Workbench
from reportgen.boards import Board, open_board
from reportgen.errors import CellError, NotFoundError, UserError
from reportgen.project_file import load_project
from reportgen.publish import FolderShelf, fingerprint, publish_document
from reportgen.report import BoardSpec, Document, Manifest, Period
from reportgen.schedule.crew import OwnHands
from reportgen.schedule.making import Maker
from reportgen.schedule.opening import ledger_address, open_ledger
from reportgen.schedule.project import Asked, Ran, ask_due, backfill, look_ahead, run_due
from tests.unit.cli.command import reportgen
from tests.unit.publish.sample import sample_data

PROJECT = """
project: Small
board: {type: folder, path: board, allow_pickle: [m]}
models:
  m:
    evaluation: {data: test, target: y}
    monitoring: {data: scored, time: at, target: y, prediction: p, features: [x], label_delay: 7d}
reports:
  card: {model: m, template: card.qmd, kind: card, formats: [html]}
  weekly: {model: m, template: weekly.qmd, kind: monitoring, formats: [html], reopen_for: 30d}
"""
TEMPLATE = """---
title: Small
---

```{python}
from reportgen.present import open_report, verdict
report = open_report()
verdict(report)
```
"""
# Weeks that end on 8, 15 and 22 January 2024.
WEEKS = ["2024-W01", "2024-W02", "2024-W03"]


def day(number: int) -> datetime:
    return datetime(2024, 1, number, tzinfo=UTC)


def rows(seed: int, number: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    x = random.normal(size=number)
    y = (x + random.normal(size=number) > 0).astype(int)
    return pd.DataFrame({"x": x, "y": y, "p": (x > 0).astype(int)})


def scored(until: datetime, unlabelled_from: datetime | None = None) -> pd.DataFrame:
    frame = rows(1, 600)
    frame["at"] = pd.date_range(day(1), periods=600, freq="1h", tz="UTC")
    frame["y"] = frame["y"].astype("float").where(frame["at"] < (unlabelled_from or until))
    return frame[frame["at"] < until].sample(frac=1, random_state=int(until.day))


class Place:
    """The project's folder and board."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.board: Board = open_board(BoardSpec(type="folder", path="board"), folder)

    def pin(self, name: str, frame: pd.DataFrame, created: datetime) -> None:
        path = self.folder / f"{name}.parquet"
        frame.to_parquet(path)
        self.board.write(name, path, type="parquet", created=created)

    def pin_model(self, seed: int, created: datetime) -> None:
        import joblib
        from sklearn.linear_model import LogisticRegression

        known = rows(seed, 200)
        path = self.folder / "m.joblib"
        joblib.dump(LogisticRegression().fit(known[["x"]], known["y"]), path)
        self.board.write("m", path, type="joblib", created=created)

    @property
    def asked(self) -> Asked:
        return Asked(project=load_project(self.folder), source=self.folder)

    def run(self, now: datetime, **more: object) -> Ran:
        with Maker(wait_s=0.01) as maker:
            return run_due(self.asked, now, OwnHands(maker.make), **more)  # type: ignore[arg-type]

    def editions(self) -> list[str]:
        shelf = FolderShelf(self.folder / "site")
        return [
            f"{m.report} {m.edition[:8]} r{m.revision}{' provisional' * m.provisional}"
            for m in shelf.editions()
        ]


def make_unrendered(bench: Workbench, period: Period | None, asked: object) -> Manifest:
    """Publish the edition of these very inputs without executing and rendering a template.

    What a page costs is tested elsewhere; here it is when there is one.
    """
    pins, asked_spec = bench.pins, bench.spec.model.monitoring
    template = (bench.project.folder / bench.spec.template).read_text()
    if "1 / 0" in template:
        raise CellError("a cell raised ZeroDivisionError")
    named = {role: f"{pin.name}@{pin.version}" for role, pin in pins.items()}
    inputs = {"pins": named, "period": period.key if period else None, "template": template}
    there = bench.outside.shelf.find(
        bench.spec.name, period.key if period else pins["model"].version
    )
    if there and there.fingerprint == fingerprint(inputs):
        return replace(there, fresh=False)
    late = (
        period is not None
        and asked_spec is not None
        and (period.end + asked_spec.label_delay > bench.prepared.as_of)
    )
    data = sample_data(
        period.key if period else pins["model"].version,
        report=bench.spec.name,
        provisional=bool(late),
        as_of=bench.prepared.as_of.date(),
    )
    with TemporaryDirectory() as folder:
        mark = f'<meta name="reportgen-fingerprint" content="{fingerprint(inputs)}">'
        (Path(folder) / "index.html").write_text(mark)
        page = Document(folder=Path(folder), files={"index.html": Path("index.html")}, engines={})
        now = datetime.now(UTC)
        return publish_document(page, data, inputs, bench.outside.shelf, now, refresh=False)


@pytest.fixture
def unrendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workbench, "make", make_unrendered)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "reportgen.yml").write_text(PROJECT)
    for name in ("card.qmd", "weekly.qmd"):
        (tmp_path / name).write_text(TEMPLATE)
    made = Place(tmp_path)
    made.pin_model(5, day(1))
    made.pin("test", rows(2, 300), day(1))
    made.pin("scored", scored(day(16)), day(16))
    return made


def outcomes(ran: Ran) -> list[str]:
    return [
        f"{d.result.report} {d.result.edition[:8]} {d.unit.due.why}: {d.result.outcome}"
        for d in ran.tally.done
    ]


@pytest.mark.usefixtures("unrendered")
def test_a_project_over_some_weeks(place: Place) -> None:
    first = place.run(day(16))

    assert outcomes(first) == [
        "card 20240101 new: published",
        "weekly 2024-W01 missed: published",
        "weekly 2024-W02 new: published",
    ]
    assert place.editions() == [
        "card 20240101 r1", "weekly 2024-W01 r1", "weekly 2024-W02 r1 provisional",
    ]  # fmt: skip
    assert (place.folder / "site" / "index.html").is_file()
    assert outcomes(place.run(day(16))) == []

    # A week later there is another week; the one before has no new rows, but complete labels.
    place.pin("scored", scored(day(23)), day(23))
    second = place.run(day(23))

    assert outcomes(second) == [
        "weekly 2024-W01 late data: unchanged",
        "weekly 2024-W02 labels complete: published",
        "weekly 2024-W03 new: published",
    ]
    assert second.moved == ("scored@latest",)
    assert place.editions()[1:] == [
        "weekly 2024-W01 r1", "weekly 2024-W02 r1 provisional", "weekly 2024-W02 r2",
        "weekly 2024-W03 r1 provisional",
    ]  # fmt: skip

    # Rows of the first week were wrong, and only they.
    mended = scored(day(23))
    mended.loc[mended["at"] < day(3), "x"] += 1
    place.pin("scored", mended, day(24))
    place.pin_model(6, day(24))
    third = place.run(day(24))

    assert sorted(outcomes(third)) == [
        "card 20240124 new: published",
        "weekly 2024-W01 late data: published",
        "weekly 2024-W02 late data: unchanged",
        "weekly 2024-W03 late data: unchanged",
    ]
    assert "weekly 2024-W01 r2" in place.editions()
    assert outcomes(place.run(day(25))) == []

    code = reportgen("run", "--due", "--now", "2024-01-25T00:00Z", folder=place.folder)
    assert (code.code, code.err) == (0, "Nothing is due.\n")
    late = reportgen("run", "--due", "--now", "2024-02-10T00:00Z", "--json", folder=place.folder)
    told = json.loads(late.out)
    assert (late.code, told["exit_code"]) == (4, 4)
    assert told["reports"][1]["late"] == {"periods": 2, "from": "2024-W04"}


@pytest.mark.usefixtures("unrendered")
def test_a_mistake_stops_one_report_and_is_tried_again_when_it_is_mended(place: Place) -> None:
    good = (place.folder / "card.qmd").read_text()
    (place.folder / "card.qmd").write_text(good.replace("verdict(report)", "1 / 0"))

    first = place.run(day(9))

    kinds = {d.result.report: d.result.kind for d in first.tally.done}
    assert kinds == {"card": "tool", "weekly": ""}
    assert outcomes(place.run(day(9), reports=["card"])) == []  # nothing has changed
    (place.folder / "card.qmd").write_text(good)
    assert outcomes(place.run(day(9), reports=["card"])) == ["card 20240101 changed: published"]


def test_a_missing_pin_stops_the_reports_that_need_it(place: Place) -> None:
    shutil.rmtree(place.folder / "board" / "scored")

    ran = place.run(day(16))

    assert [d.result.outcome for d in ran.tally.done] == []
    problems = {plan.report: plan.problem for plan in ran.plan.reports}
    assert isinstance(problems["weekly"], NotFoundError)
    done = reportgen("run", "--due", folder=place.folder)
    assert done.code == 2
    assert "no pin 'scored'" in done.err


@pytest.mark.slow
def test_workers_render_what_is_due(place: Place) -> None:
    """The whole way, by the command: a page of a period, in a worker process."""
    done = reportgen(
        "run", "--due", "weekly", "--now", "2024-01-09T00:00Z", "--json", folder=place.folder
    )

    told = json.loads(done.out)
    assert [(e["edition"], e["outcome"], e["error"]) for e in told["editions"]] == [
        (WEEKS[0], "published", "")
    ]
    assert done.code == 0
    assert place.editions() == ["weekly 2024-W01 r1"]
    again = reportgen("render", "weekly", "--period", WEEKS[0], folder=place.folder)
    assert "1 edition is up to date" in again.err


def test_to_look_ahead_changes_nothing(place: Place) -> None:
    assert look_ahead(place.asked, day(16)) is None
    reportgen("lock", folder=place.folder)
    before = sorted(str(path) for path in place.folder.rglob("*"))

    owed = look_ahead(place.asked, day(16))
    told = reportgen("status", "--now", "2024-01-16T00:00Z", "--json", folder=place.folder)

    assert owed is not None
    assert [unit.run.edition for unit in owed.plan.units][1:] == WEEKS[:2]
    assert owed.newer == ()
    assert sorted(str(path) for path in place.folder.rglob("*")) == before
    weekly = json.loads(told.out)["reports"][1]["schedule"]
    assert [each["edition"] for each in weekly["due"]] == WEEKS[:2]
    assert weekly["next_due"] == "2024-01-22T00:00:00Z"
    place.pin("scored", scored(day(17)), day(17))
    newer = look_ahead(place.asked, day(17))
    assert newer is not None
    assert newer.newer == ("scored@latest",)


@pytest.mark.usefixtures("unrendered")
def test_skipped_periods_are_made_when_they_are_asked_for(place: Place) -> None:
    text = (place.folder / "reportgen.yml").read_text()
    mended = text.replace("reopen_for: 30d", "catch_up: {max: 0}")
    (place.folder / "reportgen.yml").write_text(mended)
    assert outcomes(place.run(day(16), reports=["weekly"])) == ["weekly 2024-W02 new: published"]
    with open_ledger(ledger_address(place.asked.project)) as ledger:
        assert ledger.entries()["weekly", WEEKS[0]].state == "skipped"

    with Maker() as maker:
        hands = OwnHands(maker.make)
        ran = backfill(place.asked, day(16), hands, "weekly", WEEKS[0], WEEKS[1])
        assert outcomes(ran) == ["weekly 2024-W01 asked for: published"]
        for first, last, what in (
            (WEEKS[1], WEEKS[0], "later than"),
            (WEEKS[0], "2024-W40", "has not ended"),
            ("2024-01", "2024-01", "is a month"),
        ):
            with pytest.raises(UserError, match=what):
                backfill(place.asked, day(16), hands, "weekly", first, last)
        with pytest.raises(UserError, match="a card, which has no periods"):
            backfill(place.asked, day(16), hands, "card", WEEKS[0], WEEKS[0])
        with pytest.raises(NotFoundError, match="week"):
            backfill(place.asked, day(16), hands, "weekly", "week 1", WEEKS[0])


def test_the_lock_stays_when_it_is_asked_to(place: Place) -> None:
    with pytest.raises(UserError, match=r"reportgen\.lock is not there"):
        ask_due(replace(place.asked, locked=True), day(16))
    reportgen("lock", folder=place.folder)
    place.pin("scored", scored(day(23)), day(23))

    plan, moved = ask_due(replace(place.asked, locked=True), day(23) + timedelta(days=1))

    assert moved == ()
    assert [unit.run.edition for unit in plan.units][1:] == WEEKS[:2]
