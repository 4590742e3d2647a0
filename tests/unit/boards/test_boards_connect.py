"""Posit Connect, with the real client of `pins` against its API on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.boards import Board, open_board
from reportgen.errors import (
    NotFoundError,
    PinCorruptError,
    PinIncompleteError,
    RetryError,
    UserError,
)
from reportgen.report import BoardSpec, Pin
from tests.boards_support import WRITTEN, python_data_txt
from tests.unit.boards.connect_server import KEY, Connect, connect_server

# `requests` leaves its connections to the pool of its session, which `pins` does not close
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture
def server() -> Iterator[Connect]:
    with connect_server() as connect:
        yield connect


@pytest.fixture
def board(server: Connect, tmp_path: Path) -> Board:
    spec = BoardSpec(type="connect", path=server.address, options={"api_key": KEY})
    return open_board(spec, tmp_path)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a\n1\n")
    return path


def test_a_write_reads_back_as_a_bundle(
    board: Board, server: Connect, rows: Path, tmp_path: Path
) -> None:
    first = board.write("ada/churn", rows, type="csv", created=WRITTEN, title="<b>t</b>")
    assert (first.version, first.files, first.title) == ("8", ("churn.csv",), "<b>t</b>")
    assert board.names() == ("ada/churn",)
    snapshot = board.fetch("ada/churn", "8", tmp_path / "p")
    assert snapshot.path.read_bytes() == b"a\n1\n"
    assert set(server.bundles["guid-churn"]["8"]) == {
        "churn.csv",
        "data.txt",
        "index.html",
        "manifest.json",
    }
    page = server.bundles["guid-churn"]["8"]["index.html"].decode()
    assert "&lt;b&gt;t&lt;/b&gt;" in page
    assert "<b>" not in page
    pin = Pin(
        role="data",
        board=board.address,
        name="ada/churn",
        version="8",
        sha256=snapshot.sha256,
        created=first.created,
        type="csv",
        size_bytes=4,
    )
    assert pin.board == server.address.replace("http", "connect")
    assert KEY not in pin.board


def test_bundles_of_one_second_are_in_the_order_of_their_numbers(board: Board, rows: Path) -> None:
    for number in range(4):
        rows.write_text(str(number))
        board.write("ada/churn", rows, type="csv", created=WRITTEN)
    assert [v.version for v in board.versions("ada/churn")] == ["8", "9", "10", "11"]


def test_damaged_and_empty_bundles_are_named(
    board: Board, server: Connect, rows: Path, tmp_path: Path
) -> None:
    good = board.write("ada/churn", rows, type="csv", created=WRITTEN)
    server.deploy("guid-churn", {"index.html": b""})
    text = python_data_txt({"churn.csv": b"a\n1\n"}, created="20140101T000000Z").encode()
    bad = server.deploy("guid-churn", {"data.txt": text, "churn.csv": b"a\n3\n"})
    lost = server.deploy("guid-churn", {"data.txt": text})
    assert dict(board.incomplete("ada/churn")) == {"9": "has no data.txt; a write was cut off"}
    with pytest.raises(PinIncompleteError, match=r"pin 'ada/churn' version 9"):
        board.fetch("ada/churn", "9", tmp_path / "p")
    with pytest.raises(PinCorruptError, match=r"pin 'ada/churn' version 10.*hash"):
        board.fetch("ada/churn", bad, tmp_path / "p")
    with pytest.raises(RetryError, match=r"404"):
        board.fetch("ada/churn", lost, tmp_path / "p")
    assert board.fetch("ada/churn", good.version, tmp_path / "p").path.is_file()


@pytest.mark.parametrize("name", ["ada/chrun", "bob/churn"])
def test_a_pin_or_user_that_is_not_there(board: Board, rows: Path, name: str) -> None:
    board.write("ada/churn", rows, type="csv", created=WRITTEN)
    with pytest.raises(NotFoundError, match=r"Did you mean 'ada/churn'"):
        board.versions(name)
    with pytest.raises(NotFoundError, match=r"has no version '99'"):
        board.version("ada/churn", "99")
    with pytest.raises(NotFoundError, match=r"user/name"):
        board.versions("churn")


def test_a_wrong_key_is_the_users_to_mend(server: Connect, tmp_path: Path) -> None:
    spec = BoardSpec(type="connect", path=server.address, options={"api_key": "other"})
    with pytest.raises(UserError, match=r"401.*credentials"):
        open_board(spec, tmp_path).names()


def test_a_server_that_is_away_is_a_matter_for_later(tmp_path: Path) -> None:
    spec = BoardSpec(type="connect", path="http://127.0.0.1:9", options={"api_key": KEY})
    with pytest.raises(RetryError, match=r"connect://127.0.0.1:9.*Try again"):
        open_board(spec, tmp_path).names()
