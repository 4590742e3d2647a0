"""Volumes of Databricks, with its real client against the Files API on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from reportgen.boards import Board, open_board, parse_address
from reportgen.errors import NotFoundError, PinCorruptError, PinIncompleteError, UserError
from reportgen.report import BoardSpec
from tests.boards_support import PINS_LEAVES_FILES_OPEN, WRITTEN
from tests.unit.boards.volume_server import TOKEN, Volume, volume_server

pytestmark = [
    PINS_LEAVES_FILES_OPEN,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

ROOT = "/Volumes/main/models/board"


@pytest.fixture(scope="module", autouse=True)
def _client() -> None:
    """Not above: seconds of import that only the worker with these tests has to wait for."""
    pytest.importorskip("databricks.sdk", reason="pip install 'reportgen[databricks]'")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Volume]:
    with volume_server() as volume:
        monkeypatch.setenv("DATABRICKS_HOST", volume.address)
        monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
        monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "none"))
        yield volume


@pytest.fixture
def board(server: Volume, tmp_path: Path) -> Board:
    return open_board(parse_address(f"databricks:{ROOT}"), tmp_path)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a\n1\n")
    return path


def test_a_write_reads_back(board: Board, rows: Path, tmp_path: Path) -> None:
    first = board.write("x", rows, type="csv", created=WRITTEN, title="t")
    rows.write_bytes(b"a\n2\n")
    second = board.write("x", rows, type="csv", created=WRITTEN)
    assert second.created == WRITTEN + timedelta(seconds=1)
    assert board.names() == ("x",)
    assert board.versions("x") == (first, second)
    assert board.fetch("x", second.version, tmp_path / "p").path.read_bytes() == b"a\n2\n"
    assert board.address == f"databricks:{ROOT}"


def test_damage_and_halves_are_named(
    board: Board, server: Volume, rows: Path, tmp_path: Path
) -> None:
    good = board.write("x", rows, type="csv", created=WRITTEN).version
    server.files[f"{ROOT}/x/20140101T000000Z-00000/x.csv"] = b"half"
    assert [v.version for v in board.versions("x")] == [good]
    with pytest.raises(PinIncompleteError, match=r"20140101T000000Z-00000 has no data.txt"):
        board.fetch("x", "20140101T000000Z-00000", tmp_path / "p")
    server.files[f"{ROOT}/x/{good}/x.csv"] = b"a\n3\n"
    with pytest.raises(PinCorruptError, match=rf"pin 'x' version {good}.*hash"):
        board.fetch("x", good, tmp_path / "p")
    del server.files[f"{ROOT}/x/{good}/x.csv"]
    with pytest.raises(PinIncompleteError, match=r"lacks x.csv"):
        board.fetch("x", good, tmp_path / "p")


def test_what_is_not_there_is_named(board: Board, rows: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There are none"):
        board.versions("churn")
    board.write("churn", rows, type="csv", created=WRITTEN)
    with pytest.raises(NotFoundError, match=r"Did you mean 'churn'"):
        board.versions("chrun")


def test_a_wrong_token_is_the_users_to_mend(
    board: Board, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "other")
    with pytest.raises(UserError, match=r"credentials"):
        board.versions("x")


def test_options_and_other_paths_are_refused(server: Volume, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no options"):
        open_board(BoardSpec(type="databricks", path=ROOT, options={"token": "x"}), tmp_path)
    with pytest.raises(UserError, match=r"begins with /Volumes/"):
        open_board(parse_address("databricks:/dbfs/x"), tmp_path)
