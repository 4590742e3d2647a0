"""S3 boards against a real S3 API on loopback, with the real client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.boards import Board, open_board, parse_address
from reportgen.errors import (
    NotFoundError,
    PinCorruptError,
    PinIncompleteError,
    RetryError,
    UserError,
)
from reportgen.report import BoardSpec
from tests.boards_support import PINS_LEAVES_FILES_OPEN, WRITTEN, hash_of, python_data_txt
from tests.interop.moto_server import serving
from tests.interop.s3_store import new_bucket, s3_files, s3_options


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def options(server: str) -> dict[str, Any]:
    return s3_options(server)


@pytest.fixture
def files(server: str) -> Any:
    """The real client, for looking at the bucket behind the board's back."""
    return s3_files(server)


@pytest.fixture
def spec(options: dict[str, Any], server: str) -> BoardSpec:
    return BoardSpec(type="s3", path=f"{new_bucket(server)}/boards/prod", options=options)


@pytest.fixture
def board(spec: BoardSpec, tmp_path: Path) -> Board:
    return open_board(spec, tmp_path)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a\n1\n")
    return path


def test_a_write_reads_back(board: Board, rows: Path, spec: BoardSpec, tmp_path: Path) -> None:
    written = board.write("x", rows, type="csv", created=WRITTEN, metadata={"k": {"n": 1}})
    assert board.names() == ("x",)
    assert board.versions("x") == (written,)
    assert board.fetch("x", written.version, tmp_path / "p").path.read_bytes() == b"a\n1\n"
    assert board.address == f"s3://{spec.path}"
    assert "test" not in repr(spec)


def test_another_writer_is_seen_at_once(
    board: Board, rows: Path, spec: BoardSpec, tmp_path: Path
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
    board: Board, rows: Path, spec: BoardSpec, tmp_path: Path
) -> None:
    import pandas as pd
    import pins

    theirs = pins.board_s3(spec.path, cache=None, **spec.options)
    board.write("ours", rows, type="csv", created=WRITTEN, title="t")
    assert theirs.pin_read("ours").to_dict("list") == {"a": [1]}
    assert theirs.pin_meta("ours").title == "t"
    theirs.pin_write(pd.DataFrame({"b": [2]}), "theirs", type="parquet")
    (found,) = board.versions("theirs")
    snapshot = board.fetch("theirs", found.version, tmp_path / "p")
    assert pd.read_parquet(snapshot.path).to_dict("list") == {"b": [2]}
    assert board.names() == ("ours", "theirs")


def test_half_written_versions_do_not_count(
    board: Board, rows: Path, spec: BoardSpec, files: Any, tmp_path: Path
) -> None:
    good = board.write("x", rows, type="csv", created=WRITTEN)
    files.pipe_file(f"{spec.path}/x/20140101T000000Z-00000/x.csv", b"half")
    files.pipe_file(f"{spec.path}/x/20140102T000000Z-00000/data.txt", b"")
    content = {"x.csv": b"lost"}
    lost = f"20140103T000000Z-{hash_of(b'lost')[:5]}"
    text = python_data_txt(content, created="20140103T000000Z")
    files.pipe_file(f"{spec.path}/x/{lost}/data.txt", text.encode())
    files.pipe_file(f"{spec.path}/x/stray.txt", b"")
    assert board.versions("x") == (good,)
    assert dict(board.incomplete("x")) == {
        "20140101T000000Z-00000": "has no data.txt; a write was cut off",
        "20140102T000000Z-00000": "has a data.txt that cannot be read: it is empty",
        lost: "lacks x.csv, which its data.txt names",
    }
    with pytest.raises(PinIncompleteError, match=f"s3://{spec.path}: pin 'x' version 20140101"):
        board.fetch("x", "20140101T000000Z-00000", tmp_path / "p")


def test_a_changed_object_is_refused(
    board: Board, rows: Path, spec: BoardSpec, files: Any, tmp_path: Path
) -> None:
    version = board.write("x", rows, type="csv", created=WRITTEN).version
    files.pipe_file(f"{spec.path}/x/{version}/x.csv", b"a\n3\n")
    with pytest.raises(PinCorruptError, match=hash_of(b"a\n3\n")):
        board.fetch("x", version, tmp_path / "p")
    files.pipe_file(f"{spec.path}/x/{version}/x.csv", b"a\n")
    with pytest.raises(PinCorruptError, match=r"x.csv of 2 bytes, and data.txt says 4"):
        board.fetch("x", version, tmp_path / "p")


def test_a_pin_or_bucket_that_is_not_there(
    board: Board, rows: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    board.write("churn", rows, type="csv", created=WRITTEN)
    with pytest.raises(NotFoundError, match=r"Did you mean 'churn'"):
        board.versions("chrun")
    none = open_board(BoardSpec(type="s3", path="no-such-bucket/x", options=options), tmp_path)
    with pytest.raises(NotFoundError, match=r"no pin 'churn'"):
        none.versions("churn")
    with pytest.raises((UserError, RetryError), match=r"no-such-bucket"):
        none.write("churn", rows, type="csv", created=WRITTEN)


def test_a_large_object_is_read_block_by_block(board: Board, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * (20 * 4096))  # 20 MiB, several blocks
    written = board.write("large", large, type="file", created=WRITTEN)
    fetched = board.fetch("large", written.version, tmp_path / "p")
    assert fetched.path.read_bytes() == large.read_bytes()


def test_a_server_that_does_not_answer_is_a_matter_for_later(tmp_path: Path) -> None:
    options = {
        "endpoint_url": "http://127.0.0.1:9",
        "key": "k",
        "secret": "s",
        "client_kwargs": {"region_name": "eu-west-1"},
        "config_kwargs": {"retries": {"max_attempts": 0}, "connect_timeout": 1},
    }
    board = open_board(BoardSpec(type="s3", path="bucket/x", options=options), tmp_path)
    with pytest.raises(RetryError, match=r"s3://bucket/x: .*Try again"):
        board.versions("x")


def test_credentials_that_are_missing_are_the_users_to_give(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    spec = parse_address("s3://bucket/x")
    options = {"endpoint_url": server, "client_kwargs": {"region_name": "eu-west-1"}}
    board = open_board(BoardSpec(type="s3", path=spec.path, options=options), tmp_path)
    with pytest.raises(UserError, match=r"credentials in the environment"):
        board.versions("x")
