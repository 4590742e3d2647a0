"""The version that a card compares with: found on the board, locked, or known to be absent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reportgen.boards import Board
from reportgen.errors import NotFoundError, UserError
from reportgen.report import BoardSpec, EvaluationSpec, ModelSpec, PinRef, Project, ReportSpec
from reportgen.resolve import (
    Lock,
    baseline_request,
    lock_project,
    read_lock,
    report_requests,
    resolve_pins,
    resolve_requests,
    write_lock,
)
from tests.boards_support import folder_board, put_version

PREVIOUS = ModelSpec(
    name="late-flights",
    pin=PinRef(name="late-flights"),
    evaluation=EvaluationSpec(
        data=PinRef(name="flights-test"), target="late", baseline="previous"
    ),
)
DAYS = ("20130101T060000Z", "20130201T060000Z", "20130301T060000Z")


def card(model: ModelSpec) -> ReportSpec:
    return ReportSpec(name="card", kind="card", model=model, template="model_card")


def project(model: ModelSpec) -> Project:
    return Project(
        folder=Path("/nowhere"),
        name="flights",
        board=BoardSpec(type="folder", path="board"),
        site=Path("site"),
        models={"late-flights": model},
    )


def with_baseline(baseline: str, version: str = "latest") -> ModelSpec:
    assert PREVIOUS.evaluation is not None
    return replace(
        PREVIOUS,
        pin=PinRef(name="late-flights", version=version),
        evaluation=replace(PREVIOUS.evaluation, baseline=baseline),
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put_version(tmp_path / "board", "flights-test", {"t.csv": b"t"}, created=DAYS[0])
    return tmp_path / "board"


def versions_of(root: Path, many: int) -> list[str]:
    """Pin what is not pinned yet, and name all versions."""
    there = len(list((root / "late-flights").glob("*")))
    for day in DAYS[there:many]:
        put_version(root, "late-flights", {"m.csv": day.encode()}, created=day)
    return [each.version for each in folder_board(root).versions("late-flights")]


@pytest.fixture
def board(root: Path) -> Board:
    return folder_board(root)


def test_previous_is_the_version_before_the_one_that_the_card_is_of(
    root: Path, board: Board
) -> None:
    first, second, third = versions_of(root, 3)
    pins = resolve_pins(card(PREVIOUS), board, None)
    assert (pins["model"].version, pins["baseline"].version) == (third, second)
    assert pins["baseline"].role == "baseline"
    pins = resolve_pins(card(with_baseline("previous", second)), board, None)
    assert (pins["model"].version, pins["baseline"].version) == (second, first)


def test_an_incomplete_version_is_no_version_to_compare_with(root: Path, board: Board) -> None:
    first, second, third = versions_of(root, 3)
    (root / "late-flights" / second / "data.txt").unlink()
    pins = resolve_pins(card(PREVIOUS), board, None)
    assert (pins["model"].version, pins["baseline"].version) == (third, first)


def test_an_exact_version_is_taken_as_it_is_named(root: Path, board: Board) -> None:
    first, _, third = versions_of(root, 3)
    pins = resolve_pins(card(with_baseline(first)), board, None)
    assert (pins["model"].version, pins["baseline"].version) == (third, first)
    with pytest.raises(NotFoundError, match=r"late-flights"):
        resolve_pins(card(with_baseline("20120101T000000Z-abcde")), board, None)


def test_a_card_that_asks_for_no_comparison_has_no_baseline() -> None:
    assert PREVIOUS.evaluation is not None
    plain = replace(PREVIOUS, evaluation=replace(PREVIOUS.evaluation, baseline=None))
    assert baseline_request(plain) is None
    assert "baseline" not in report_requests(card(plain))
    assert baseline_request(replace(plain, evaluation=None)) is None


def test_the_first_version_has_nothing_before_it_and_the_lock_says_so(
    root: Path, board: Board, tmp_path: Path
) -> None:
    versions_of(root, 1)
    assert "baseline" not in resolve_pins(card(PREVIOUS), board, None)
    lock = lock_project(project(PREVIOUS), board, None)
    assert lock.absent == ("late-flights@before:latest",)
    write_lock(tmp_path / "reportgen.lock", lock)
    assert read_lock(tmp_path / "reportgen.lock") == lock
    assert "baseline" not in resolve_pins(card(PREVIOUS), board, lock)


def test_the_lock_keeps_both_versions_when_a_newer_one_is_pinned(root: Path, board: Board) -> None:
    first, second = versions_of(root, 2)
    lock = lock_project(project(PREVIOUS), board, None)
    assert lock.pins["late-flights@before:latest"].version == first
    third = versions_of(root, 3)[2]
    again = lock_project(project(PREVIOUS), board, lock)
    assert again == lock
    pins = resolve_pins(card(PREVIOUS), board, again)
    assert (pins["model"].version, pins["baseline"].version) == (second, first)
    updated = resolve_pins(
        card(PREVIOUS), board, lock_project(project(PREVIOUS), board, lock, update=True)
    )
    assert (updated["model"].version, updated["baseline"].version) == (third, second)


def test_a_first_version_stays_one_until_the_lock_is_updated(root: Path, board: Board) -> None:
    (first,) = versions_of(root, 1)
    lock = lock_project(project(PREVIOUS), board, None)
    versions_of(root, 2)
    assert lock_project(project(PREVIOUS), board, lock) == lock
    updated = lock_project(project(PREVIOUS), board, lock, update=True)
    assert updated.absent == ()
    assert updated.pins["late-flights@before:latest"].version == first


def test_a_comparison_asked_for_later_is_with_the_version_before_the_locked_one(
    root: Path, board: Board
) -> None:
    assert PREVIOUS.evaluation is not None
    first, second = versions_of(root, 2)
    plain = replace(PREVIOUS, evaluation=replace(PREVIOUS.evaluation, baseline=None))
    lock = lock_project(project(plain), board, None)
    versions_of(root, 3)
    later = lock_project(project(PREVIOUS), board, lock)
    assert later.pins["late-flights@latest"].version == second
    assert later.pins["late-flights@before:latest"].version == first


def test_an_older_lock_asks_to_be_made_again(root: Path, board: Board) -> None:
    versions_of(root, 2)
    lock = lock_project(project(PREVIOUS), board, None)
    older = Lock(board=lock.board, pins={k: v for k, v in lock.pins.items() if "before" not in k})
    with pytest.raises(NotFoundError, match=r"no 'late-flights@before:latest'.*reportgen lock"):
        resolve_pins(card(PREVIOUS), board, older)


def test_requests_beyond_the_lock_are_answered_by_the_board(root: Path, board: Board) -> None:
    first, second = versions_of(root, 2)
    lock = lock_project(project(PREVIOUS), board, None)
    third = versions_of(root, 3)[2]
    asked = {
        "model": PinRef(name="late-flights", version=third),
        "baseline": PinRef(name="late-flights", version=first),
        "data": PinRef(name="flights-test"),
    }
    pins = resolve_requests(asked, board, lock)
    assert [pins[role].version for role in ("model", "baseline")] == [third, first]
    assert pins["data"].sha256 == lock.pins["flights-test@latest"].sha256
    assert pins["baseline"].sha256 == lock.pins["late-flights@before:latest"].sha256
    assert (
        resolve_requests({"model": PinRef(name="late-flights")}, board, lock)["model"].version
        == second
    )


@pytest.mark.parametrize("said", ["latest", [1], {"a": "b"}])
def test_a_lock_whose_absent_requests_are_damaged_is_refused(said: object, tmp_path: Path) -> None:
    path = tmp_path / "reportgen.lock"
    write_lock(path, Lock(board="board"))
    path.write_text(json.dumps({**json.loads(path.read_text()), "absent": said}))
    with pytest.raises(UserError, match=r"damaged"):
        read_lock(path)
