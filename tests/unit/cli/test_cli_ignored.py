"""`lock` and `status` name the versions that do not count, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.boards_support import hash_of, put_version
from tests.unit.cli.command import reportgen_here

PROJECT = """\
project: Flights
board: {type: folder, path: board}
models:
  late: {pin: late-flights, evaluation: {data: {pin: flights-test}, target: late}}
reports:
  late-card: {model: late, template: model_card}
"""
EMPTY = "20130602T060000Z-bbbbb"
ROWS = {"test.csv": b"late\n0\n"}
HALF = f"20130601T060000Z-{hash_of(*ROWS.values())[:5]}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two good pins, two half-written versions, and a bad pin that nobody uses."""
    board = tmp_path / "board"
    put_version(board, "late-flights", {"late-flights.joblib": b"never loaded"}, type="joblib")
    put_version(board, "flights-test", {"test.csv": b"late\n1\n"})
    assert put_version(board, "flights-test", ROWS, created=HALF.partition("-")[0]) == HALF
    (board / "flights-test" / HALF / "test.csv").unlink()
    (board / "late-flights" / EMPTY).mkdir()
    (board / "late-flights" / EMPTY / "late-flights.joblib").write_bytes(b"still on its way")
    (board / "unused" / EMPTY).mkdir(parents=True)
    (tmp_path / "reportgen.yml").write_text(PROJECT)
    return tmp_path


@pytest.mark.parametrize("command", ["lock", "status"])
def test_half_written_versions_are_named_with_the_reason(project: Path, command: str) -> None:
    done = reportgen_here(command, folder=project)

    assert done.code == 0, done.err
    lines = [line for line in done.err.splitlines() if line.startswith("ignored ")]
    assert [line.split(":")[0] for line in lines] == [
        f"ignored flights-test {HALF}",
        f"ignored late-flights {EMPTY}",
    ]
    assert "test.csv" in lines[0]
    assert "data.txt" in lines[1]
    assert HALF not in done.out
    assert EMPTY not in done.out

    told = json.loads(reportgen_here(command, "--json", folder=project).out)
    assert [(each["pin"], each["version"]) for each in told["ignored"]] == [
        ("flights-test", HALF),
        ("late-flights", EMPTY),
    ]
    assert all(f": {each['why']}" in done.err for each in told["ignored"])


def test_status_goes_on_without_the_board(project: Path) -> None:
    (project / "board").rename(project / "moved")
    done = reportgen_here("status", folder=project)

    assert done.code == 0
    assert "late-card" in done.out
    assert "The board could not be looked through" in done.err
    assert json.loads(reportgen_here("status", "--json", folder=project).out)["board"]
