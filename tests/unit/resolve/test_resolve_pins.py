"""From names to versions to verified bytes, with and without a lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from reportgen.boards import Board, PinVersion, Snapshot
from reportgen.errors import (
    NotFoundError,
    PinChangedError,
    PinCorruptError,
    PinError,
    PinIncompleteError,
)
from reportgen.report import (
    BoardSpec,
    EvaluationSpec,
    ModelSpec,
    MonitoringSpec,
    PinRef,
    Project,
    ReportSpec,
)
from reportgen.resolve import (
    fetch_pins,
    lock_project,
    project_requests,
    report_requests,
    resolve_pins,
)
from tests.boards_support import folder_board, hash_of, put_version, python_data_txt

MODEL = ModelSpec(
    name="late-flights",
    pin=PinRef(name="late-flights"),
    evaluation=EvaluationSpec(
        data=PinRef(name="flights-test"), target="late", population=PinRef(name="carrier-shares")
    ),
    monitoring=MonitoringSpec(
        data=PinRef(name="flights-scored"), time="t", reference=PinRef(name="flights-test")
    ),
)
CARD = ReportSpec(name="card", kind="card", model=MODEL, template="model_card")
WEEKLY = ReportSpec(name="weekly", kind="monitoring", model=MODEL, template="monitoring")
NAMES = ("carrier-shares", "flights-scored", "flights-test", "late-flights")


@dataclass
class CountingBoard:
    """A board that says how often it was asked to fetch."""

    board: Board
    fetched: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.board.address

    def names(self) -> tuple[str, ...]:
        return self.board.names()

    def versions(self, name: str) -> tuple[PinVersion, ...]:
        return self.board.versions(name)

    def incomplete(self, name: str) -> tuple[tuple[str, str], ...]:
        return self.board.incomplete(name)

    def version(self, name: str, version: str) -> PinVersion:
        return self.board.version(name, version)

    def fetch(self, name: str, version: str, folder: Path) -> Snapshot:
        self.fetched.append(name)
        return self.board.fetch(name, version, folder)

    def write(
        self,
        name: str,
        path_or_paths: Path | Sequence[Path],
        *,
        type: str,  # noqa: A002
        created: datetime,
        title: str = "",
        description: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> PinVersion:
        return self.board.write(name, path_or_paths, type=type, created=created)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "board"
    for name in NAMES:
        put_version(folder, name, {f"{name}.csv": name.encode()})
    return folder


@pytest.fixture
def board(root: Path) -> CountingBoard:
    return CountingBoard(folder_board(root))


def project(*models: ModelSpec) -> Project:
    return Project(
        folder=Path(),
        name="Flight delays",
        board=BoardSpec(type="folder", path="board"),
        site=Path("site"),
        models={model.name: model for model in models or (MODEL,)},
    )


def test_each_kind_of_report_asks_for_its_pins() -> None:
    assert {role: pin.name for role, pin in report_requests(CARD).items()} == {
        "model": "late-flights",
        "data": "flights-test",
        "population": "carrier-shares",
    }
    assert {role: pin.name for role, pin in report_requests(WEEKLY).items()} == {
        "model": "late-flights",
        "data": "flights-scored",
        "reference": "flights-test",
    }
    bare = replace(CARD, model=ModelSpec(name="m", pin=PinRef(name="late-flights")))
    assert list(report_requests(bare)) == ["model"]
    assert project_requests(project())[PinRef(name="flights-test")] == (
        "models.late-flights.evaluation.data",
        "models.late-flights.monitoring.reference",
    )


def test_a_project_is_locked_to_what_is_newest_now(board: CountingBoard, root: Path) -> None:
    lock = lock_project(project(), board, None)
    assert list(lock.pins) == [f"{name}@latest" for name in NAMES]
    assert sorted(board.fetched) == sorted(NAMES)
    found = lock.pins["flights-test@latest"]
    assert found.version == f"20130501T060000Z-{hash_of(b'flights-test')[:5]}"
    assert (found.type, found.size_bytes) == ("csv", len("flights-test"))
    assert lock.board == "board"


def test_a_locked_version_stays_until_it_is_updated(board: CountingBoard, root: Path) -> None:
    lock = lock_project(project(), board, None)
    newer = put_version(root, "flights-test", {"x.csv": b"new"}, created="20140101T000000Z")
    board.fetched.clear()
    assert lock_project(project(), board, lock) == lock
    assert board.fetched == []
    updated = lock_project(project(), board, lock, update=True)
    assert updated.pins["flights-test@latest"].version == newer
    asked = replace(MODEL, pin=PinRef(name="flights-test", version=newer))
    changed = lock_project(project(asked), board, lock)
    assert changed.pins[f"flights-test@{newer}"].version == newer
    assert changed.pins["flights-test@latest"] == lock.pins["flights-test@latest"]
    assert "late-flights@latest" not in changed.pins


def test_all_missing_pins_are_named_at_once(board: CountingBoard) -> None:
    wrong = replace(
        MODEL,
        pin=PinRef(name="late-flihgts"),
        evaluation=EvaluationSpec(data=PinRef(name="flights-tset"), target="late"),
        monitoring=MonitoringSpec(data=PinRef(name="flights-scored", version="2013"), time="t"),
    )
    with pytest.raises(NotFoundError) as caught:
        lock_project(project(wrong), board, None)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert "models.late-flights.pin" in str(caught.value)
    assert "Did you mean 'late-flights'?" in str(caught.value)
    assert "Did you mean 'flights-test'?" in str(caught.value)
    assert "pin 'flights-scored' has no version '2013'" in str(caught.value)


def test_a_half_written_newest_version_is_passed_over(board: CountingBoard, root: Path) -> None:
    whole = lock_project(project(), board, None)
    (root / "flights-test" / "20150101T000000Z-aaaaa").mkdir()
    assert lock_project(project(), board, None) == whole


def test_a_pin_without_a_whole_version_is_named(board: CountingBoard, root: Path) -> None:
    (root / "empty" / "20150101T000000Z-aaaaa").mkdir(parents=True)
    spec = replace(CARD, model=ModelSpec(name="m", pin=PinRef(name="empty")))
    with pytest.raises(
        PinIncompleteError, match=r"'empty' has no complete version: 2015.*data.txt"
    ):
        resolve_pins(spec, board, None)


def test_a_locked_version_that_is_gone_is_named(board: CountingBoard, root: Path) -> None:
    lock = lock_project(project(), board, None)
    folder = root / "flights-test" / lock.pins["flights-test@latest"].version
    (folder / "data.txt").unlink()
    with pytest.raises(PinIncompleteError, match=r"evaluation.data.*'flights-test' version 2013"):
        lock_project(project(), board, lock)
    with pytest.raises(PinIncompleteError, match=r"'flights-test' version 2013.*no data.txt"):
        fetch_pins(resolve_pins(CARD, board, lock), board, root.parent / "p", lock)


def test_with_a_lock_the_board_is_not_asked(
    board: CountingBoard, root: Path, tmp_path: Path
) -> None:
    lock = lock_project(project(), board, None)
    put_version(root, "flights-test", {"x.csv": b"new"}, created="20140101T000000Z")
    board.fetched.clear()
    pins = resolve_pins(CARD, board, lock)
    assert board.fetched == []
    assert pins["data"].version == lock.pins["flights-test@latest"].version
    assert {role: pin.role for role, pin in pins.items()} == {role: role for role in pins}
    with pytest.raises(NotFoundError, match=r"has no 'other@latest'.*reportgen lock"):
        resolve_pins(
            replace(CARD, model=ModelSpec(name="m", pin=PinRef(name="other"))), board, lock
        )


def test_without_a_lock_the_newest_is_taken_and_not_fetched_twice(
    board: CountingBoard, tmp_path: Path
) -> None:
    pins = resolve_pins(WEEKLY, board, None, tmp_path / "p")
    snapshots = fetch_pins(pins, board, tmp_path / "p")
    inodes = {role: snapshot.path.stat().st_ino for role, snapshot in snapshots.items()}
    again = fetch_pins(pins, board, tmp_path / "p")
    assert {role: snapshot.path.stat().st_ino for role, snapshot in again.items()} == inodes
    assert snapshots["data"].path.read_bytes() == b"flights-scored"
    assert pins["data"].sha256 == snapshots["data"].sha256


def test_a_pin_in_two_roles_is_fetched_once(board: CountingBoard, tmp_path: Path) -> None:
    monitoring = MonitoringSpec(
        data=PinRef(name="flights-test"), time="t", reference=PinRef(name="flights-test")
    )
    spec = replace(WEEKLY, model=replace(MODEL, monitoring=monitoring))
    pins = resolve_pins(spec, board, None, tmp_path / "p")
    assert board.fetched == ["late-flights", "flights-test"]
    board.fetched.clear()
    snapshots = fetch_pins(pins, board, tmp_path / "p")
    assert board.fetched == ["late-flights", "flights-test"]
    assert snapshots["data"] is snapshots["reference"]


def rewrite(root: Path, name: str, content: bytes, **more: Any) -> None:
    """Change a version so that its own data.txt agrees, as far as 20 bits of its name can."""
    (folder,) = (root / name).iterdir()
    text = python_data_txt({f"{name}.csv": content}, created="20130501T060000Z", **more)
    (folder / f"{name}.csv").write_bytes(content)
    (folder / "data.txt").write_text(text)


def test_bytes_that_were_rewritten_with_their_hash_are_refused(
    board: CountingBoard, root: Path, tmp_path: Path
) -> None:
    """xxh64 is not made to withstand intent: find other bytes with the same first five digits."""
    lock = lock_project(project(), board, None)
    before = lock.pins["flights-test@latest"]
    number = 0
    while hash_of(b"%012d" % number)[:5] != before.version[-5:]:
        number += 1
    rewrite(root, "flights-test", b"%012d" % number)
    pins = resolve_pins(CARD, board, lock)
    with pytest.raises(PinChangedError) as caught:
        fetch_pins(pins, board, tmp_path / "p", lock)
    for part in ("'flights-test'", before.version, before.sha256, "reportgen lock --update"):
        assert part in str(caught.value)


def test_a_changed_description_is_refused(
    board: CountingBoard, root: Path, tmp_path: Path
) -> None:
    lock = lock_project(project(), board, None)
    rewrite(root, "late-flights", b"late-flights", user={"vetiver_meta": {"prototype": "other"}})
    pins = resolve_pins(CARD, board, lock)
    with pytest.raises(PinChangedError, match=r"'late-flights'.*data.txt had the SHA-256"):
        fetch_pins(pins, board, tmp_path / "p", lock)


def test_a_flipped_bit_is_refused(board: CountingBoard, root: Path, tmp_path: Path) -> None:
    lock = lock_project(project(), board, None)
    (folder,) = (root / "flights-test").iterdir()
    (folder / "flights-test.csv").write_bytes(b"flights-tesu")
    with pytest.raises(PinCorruptError, match=r"'flights-test'"):
        fetch_pins(resolve_pins(CARD, board, lock), board, tmp_path / "p", lock)
    with pytest.raises(PinError, match=r"models.late-flights.evaluation.data.*hash"):
        lock_project(project(), board, None)
