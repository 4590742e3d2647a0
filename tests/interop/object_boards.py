"""What every board in an object store must do; run against each store's own emulator."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.boards import Board, open_board
from reportgen.errors import (
    NotFoundError,
    PinCorruptError,
    PinIncompleteError,
    RetryError,
    UserError,
)
from reportgen.report import BoardSpec
from tests.boards_support import PINS_LEAVES_FILES_OPEN, WRITTEN, hash_of, python_data_txt

__all__ = ["ObjectBoardTests"]


class ObjectBoardTests:
    """Tests of one kind of store.

    A module that inherits them has the fixtures ``spec`` (a fresh bucket), ``files`` (the real
    client, to look behind the board's back) and ``theirs`` (the same board, opened by pins).
    """

    @pytest.fixture
    def board(self, spec: BoardSpec, tmp_path: Path) -> Board:
        return open_board(spec, tmp_path)

    @pytest.fixture
    def rows(self, tmp_path: Path) -> Path:
        path = tmp_path / "rows.csv"
        path.write_bytes(b"a\n1\n")
        return path

    def test_a_write_reads_back(
        self, board: Board, rows: Path, spec: BoardSpec, tmp_path: Path
    ) -> None:
        written = board.write("x", rows, type="csv", created=WRITTEN, metadata={"k": {"n": 1}})
        assert board.names() == ("x",)
        assert board.versions("x") == (written,)
        assert board.fetch("x", written.version, tmp_path / "p").path.read_bytes() == b"a\n1\n"
        assert board.address.endswith(f"://{spec.path}")
        assert "secret" not in repr(spec)

    def test_another_writer_is_seen_at_once(
        self, board: Board, rows: Path, spec: BoardSpec, tmp_path: Path
    ) -> None:
        first = board.write("x", rows, type="csv", created=WRITTEN)
        assert board.versions("x") == (first,)
        rows.write_bytes(b"a\n2\n")
        other = open_board(spec, tmp_path)
        second = other.write("x", rows, type="csv", created=WRITTEN)
        assert second.created == WRITTEN + timedelta(seconds=1)
        assert board.versions("x") == (first, second)
        assert other.write("x", rows, type="csv", created=WRITTEN) == second

    @PINS_LEAVES_FILES_OPEN
    def test_pins_reads_what_we_write_and_we_what_pins_writes(
        self, board: Board, rows: Path, theirs: Any, tmp_path: Path
    ) -> None:
        import pandas as pd

        board.write("ours", rows, type="csv", created=WRITTEN, title="t")
        assert theirs.pin_read("ours").to_dict("list") == {"a": [1]}
        assert theirs.pin_meta("ours").title == "t"
        theirs.pin_write(pd.DataFrame({"b": [2]}), "theirs", type="parquet")
        (found,) = board.versions("theirs")
        snapshot = board.fetch("theirs", found.version, tmp_path / "p")
        assert pd.read_parquet(snapshot.path).to_dict("list") == {"b": [2]}
        assert board.names() == ("ours", "theirs")

    def test_half_written_versions_do_not_count(
        self, board: Board, rows: Path, spec: BoardSpec, files: Any, tmp_path: Path
    ) -> None:
        good = board.write("x", rows, type="csv", created=WRITTEN)
        files.pipe_file(f"{spec.path}/x/20140101T000000Z-00000/x.csv", b"half")
        files.pipe_file(f"{spec.path}/x/20140102T000000Z-00000/data.txt", b"")
        lost = f"20140103T000000Z-{hash_of(b'lost')[:5]}"
        text = python_data_txt({"x.csv": b"lost"}, created="20140103T000000Z")
        files.pipe_file(f"{spec.path}/x/{lost}/data.txt", text.encode())
        files.pipe_file(f"{spec.path}/x/stray.txt", b"")
        assert board.versions("x") == (good,)
        assert dict(board.incomplete("x")) == {
            "20140101T000000Z-00000": "has no data.txt; a write was cut off",
            "20140102T000000Z-00000": "has a data.txt that cannot be read: it is empty",
            lost: "lacks x.csv, which its data.txt names",
        }
        with pytest.raises(PinIncompleteError, match=rf"{spec.path}: pin 'x' version 20140101"):
            board.fetch("x", "20140101T000000Z-00000", tmp_path / "p")

    def test_a_changed_object_is_refused(
        self, board: Board, rows: Path, spec: BoardSpec, files: Any, tmp_path: Path
    ) -> None:
        version = board.write("x", rows, type="csv", created=WRITTEN).version
        files.pipe_file(f"{spec.path}/x/{version}/x.csv", b"a\n3\n")
        with pytest.raises(PinCorruptError, match=hash_of(b"a\n3\n")):
            board.fetch("x", version, tmp_path / "p")
        files.pipe_file(f"{spec.path}/x/{version}/x.csv", b"a\n")
        with pytest.raises(PinCorruptError, match=r"x.csv of 2 bytes, and data.txt says 4"):
            board.fetch("x", version, tmp_path / "p")

    def test_a_pin_or_bucket_that_is_not_there(
        self, board: Board, rows: Path, spec: BoardSpec, tmp_path: Path
    ) -> None:
        board.write("churn", rows, type="csv", created=WRITTEN)
        with pytest.raises(NotFoundError, match=r"Did you mean 'churn'"):
            board.versions("chrun")
        nowhere = BoardSpec(type=spec.type, path="no-such-bucket/x", options=spec.options)
        none = open_board(nowhere, tmp_path)
        with pytest.raises(NotFoundError, match=r"no pin 'churn'"):
            none.versions("churn")
        with pytest.raises((UserError, RetryError), match=r"no-such-bucket"):
            none.write("churn", rows, type="csv", created=WRITTEN)

    @pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")  # gcsfs
    def test_a_large_object_is_read_block_by_block(self, board: Board, tmp_path: Path) -> None:
        large = tmp_path / "large.bin"
        large.write_bytes(bytes(range(256)) * (20 * 4096))  # 20 MiB, several blocks
        written = board.write("large", large, type="file", created=WRITTEN)
        fetched = board.fetch("large", written.version, tmp_path / "p")
        assert fetched.path.read_bytes() == large.read_bytes()
