"""Editions as versions of a pin, written and read on a real folder board."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from reportgen.errors import ToolError, UserError
from reportgen.publish import open_shelf, publish_document, site_status
from reportgen.publish.pin import PinShelf
from reportgen.report import BoardSpec, Manifest, Project, SiteSpec
from tests.boards_support import PINS_LEAVES_FILES_OPEN, folder_board, put_version
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs

REPORT = "late-flights-weekly"


def publish(
    board: Path, folder: Path, edition: str = "2013-W27", *, now: datetime = NOW, **changed: object
) -> Manifest:
    board.mkdir(exist_ok=True)
    inputs = sample_inputs(**changed)
    year, week = edition.split("-W")
    data = sample_data(edition, as_of=date.fromisocalendar(int(year), int(week), 7))
    document = sample_document(folder / "render", inputs)
    return publish_document(document, data, inputs, PinShelf(folder_board(board)), now)


def test_an_edition_is_a_version_that_pins_reads(tmp_path: Path) -> None:
    made = publish(tmp_path / "board", tmp_path)

    board = folder_board(tmp_path / "board")
    (version,) = board.versions(REPORT)
    assert made.fresh
    assert made.address == f"board/{REPORT}/{version.version}"
    assert (version.type, version.created) == ("file", NOW)
    assert set(version.files) == {
        "files.zip", "index.html", "manifest.json", "report.json", "report.pdf",
    }  # fmt: skip
    assert version.title == "Late flights, weekly, 2013-W27: watch"
    assert version.description == "Recall fell."


@PINS_LEAVES_FILES_OPEN
def test_the_package_pins_downloads_the_page(tmp_path: Path) -> None:
    import pins

    publish(tmp_path / "board", tmp_path)
    theirs = pins.board_folder(str(tmp_path / "board"), versioned=True)
    paths = {Path(path).name: Path(path) for path in theirs.pin_download(REPORT)}
    assert "Recall fell." in paths["index.html"].read_text()
    plain = json.loads(paths["manifest.json"].read_text())
    digest = sha256(paths["report.pdf"].read_bytes()).hexdigest()
    assert plain["files"]["report.pdf"]["sha256"] == digest


def test_every_file_reads_back(tmp_path: Path) -> None:
    made = publish(tmp_path / "board", tmp_path)
    shelf = PinShelf(folder_board(tmp_path / "board"))
    for file in made.files:
        content = shelf.read(made, file.name)
        assert (len(content), sha256(content).hexdigest()) == (file.size_bytes, file.sha256)
    with pytest.raises(ToolError, match=r"has no figures/none\.svg"):
        shelf.read(made, "figures/none.svg")
    with pytest.raises(ToolError, match="has no none"):
        shelf.read(made, "none")


def test_the_same_is_published_once_and_a_change_makes_a_revision(tmp_path: Path) -> None:
    board = tmp_path / "board"
    first = publish(board, tmp_path)
    again = publish(board, tmp_path, now=NOW + timedelta(days=1))
    second = publish(board, tmp_path, now=NOW + timedelta(days=2), parameters={"top": 3})
    back = publish(board, tmp_path, now=NOW + timedelta(days=3))

    assert (again.fresh, again.made) == (False, first.made)
    assert [(m.revision, m.fresh) for m in (second, back)] == [(2, True), (3, True)]
    assert len(folder_board(board).versions(REPORT)) == 3
    (row,) = site_status(PinShelf(folder_board(board)))
    assert (row.editions, row.revisions, row.newest.revision) == (1, 1, 3)


def test_editions_are_in_the_order_of_what_they_speak_of(tmp_path: Path) -> None:
    board = tmp_path / "board"
    for day, edition in enumerate(("2013-W27", "2013-W28", "2013-W20")):
        publish(board, tmp_path, edition, now=NOW + timedelta(days=day))
    shelf = PinShelf(folder_board(board))
    assert [m.edition for m in shelf.editions()] == ["2013-W20", "2013-W27", "2013-W28"]
    assert shelf.find(REPORT, "2013-W2") is None
    assert shelf.find("none", "2013-W27") is None


def test_publishers_at_once_are_counted_once(tmp_path: Path) -> None:
    board = tmp_path / "board"
    made: list[Manifest] = []

    def contend(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        made.append(publish(board, folder, now=NOW + timedelta(microseconds=number)))

    contenders = [threading.Thread(target=contend, args=(n,)) for n in range(4)]
    for contender in contenders:
        contender.start()
    for contender in contenders:
        contender.join(120)
    assert sum(m.fresh for m in made) == 1
    assert len(PinShelf(folder_board(board)).editions()) == 1


def test_a_pin_that_is_no_report_is_left_alone(tmp_path: Path) -> None:
    board = tmp_path / "board"
    put_version(board, REPORT, {f"{REPORT}.csv": b"a\n1\n"})
    with pytest.raises(UserError, match="holds no report"):
        publish(board, tmp_path)
    assert len(folder_board(board).versions(REPORT)) == 1

    inputs = sample_inputs()
    document = sample_document(tmp_path / "render", inputs)
    shelf = PinShelf(folder_board(board), prefix="report-")
    made = publish_document(document, sample_data(), inputs, shelf, NOW)
    assert made.fresh
    assert shelf.editions() == (made,)
    assert PinShelf(folder_board(board)).editions() == ()


def test_a_page_of_other_inputs_is_refused(tmp_path: Path) -> None:
    board = tmp_path / "board"
    board.mkdir()
    document = sample_document(tmp_path / "other", sample_inputs(parameters={"n": 2}))
    shelf = PinShelf(folder_board(board))
    with pytest.raises(ToolError, match="carries"):
        publish_document(document, sample_data(), sample_inputs(), shelf, NOW)
    assert folder_board(board).names() == ()


def test_a_project_publishes_to_its_own_board_or_to_another(tmp_path: Path) -> None:
    own = Project(
        folder=tmp_path,
        name="Flight delays",
        board=BoardSpec(type="folder", path="board"),
        site=SiteSpec(type="pin"),
    )
    (tmp_path / "board").mkdir()
    (tmp_path / "reports").mkdir()
    inputs = sample_inputs()
    document = sample_document(tmp_path / "render", inputs)
    publish_document(document, sample_data(), inputs, open_shelf(own), NOW)
    there = SiteSpec(type="pin", path="reports", options={"prefix": "r-"})
    other = replace(own, site=there)
    publish_document(document, sample_data(), inputs, open_shelf(other), NOW)

    assert folder_board(tmp_path / "board").names() == (REPORT,)
    assert folder_board(tmp_path / "reports").names() == (f"r-{REPORT}",)
    assert [m.made for m in open_shelf(other).editions()] == [datetime(2013, 7, 8, 6, tzinfo=UTC)]
