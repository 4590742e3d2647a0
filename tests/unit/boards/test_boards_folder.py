"""Folder boards: which versions count, what is fetched, what is written."""

from __future__ import annotations

import io
import os
import stat
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from reportgen.boards import Board
from reportgen.boards.digest import read_digest
from reportgen.errors import (
    DataError,
    NotFoundError,
    PinCorruptError,
    PinIncompleteError,
    RetryError,
    UserError,
)
from tests.boards_support import WRITTEN, folder_board, hash_of, put_version, python_data_txt, tree

ROWS = {"x.csv": b"a\n1\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "board"
    folder.mkdir()
    return folder


@pytest.fixture
def board(root: Path) -> Board:
    return folder_board(root)


def test_versions_are_ordered_by_when_they_were_made(root: Path, board: Board) -> None:
    late = put_version(root, "x", ROWS, created="20130601T000000Z")
    early = put_version(root, "x", {"x.csv": b"zzz"}, created="20130501T000000Z")
    assert [v.version for v in board.versions("x")] == [early, late]
    assert board.names() == ("x",)


def test_a_board_or_pin_or_version_that_is_not_there(
    root: Path, board: Board, tmp_path: Path
) -> None:
    version = put_version(root, "churn", ROWS)
    with pytest.raises(NotFoundError, match=r"no pin 'chrun'. Did you mean 'churn'"):
        board.versions("chrun")
    with pytest.raises(NotFoundError, match=f"no version '20130501T060000Z-00000'.*{version}"):
        board.version("churn", "20130501T060000Z-00000")
    with pytest.raises(NotFoundError, match=r"no version '../../x'"):
        board.version("churn", "../../x")
    with pytest.raises(NotFoundError, match=r"no board at"):
        folder_board(tmp_path / "none").versions("churn")


def test_half_written_versions_do_not_count_and_are_named(root: Path, board: Board) -> None:
    good = put_version(root, "x", ROWS)
    (root / "x" / "20130502T000000Z-11111").mkdir()
    cut = put_version(root, "x", {"x.csv": b"b\n2\n"}, created="20130503T000000Z")
    (root / "x" / cut / "x.csv").unlink()
    short = put_version(root, "x", {"x.csv": b"c\n3\n"}, created="20130504T000000Z")
    (root / "x" / short / "x.csv").write_bytes(b"c\n3")
    bad = put_version(root, "x", {"x.csv": b"d\n4\n"}, created="20130505T000000Z", data_txt="a: [")
    empty = put_version(root, "x", {"x.csv": b"e\n5\n"}, created="20130506T000000Z", data_txt="")
    (root / "x" / "tmpfoo").mkdir()
    (root / "x" / ".DS_Store").write_bytes(b"")

    assert [v.version for v in board.versions("x")] == [good]
    assert dict(board.incomplete("x")) == {
        "20130502T000000Z-11111": "has no data.txt; a write was cut off",
        cut: "lacks x.csv, which its data.txt names",
        short: "has a x.csv of 3 bytes, and data.txt says 4",
        bad: dict(board.incomplete("x"))[bad],
        empty: "has a data.txt that cannot be read: it is empty",
        "tmpfoo": "is not named like a version, 20130501T060000Z-1a2b3",
    }
    for version, kind in [
        ("20130502T000000Z-11111", PinIncompleteError),
        (cut, PinIncompleteError),
        (empty, PinIncompleteError),
        (short, PinCorruptError),
        (bad, PinCorruptError),
    ]:
        with pytest.raises(kind, match=f"pin 'x' version {version}"):
            board.version("x", version)


def test_a_folder_that_its_data_txt_does_not_name_is_corrupt(root: Path, board: Board) -> None:
    text = python_data_txt(ROWS, created="20140101T000000Z")
    version = put_version(root, "x", ROWS, data_txt=text)
    with pytest.raises(PinCorruptError, match=r"describes 20140101T000000Z"):
        board.version("x", version)


def test_a_flipped_bit_is_refused_by_name(root: Path, board: Board, tmp_path: Path) -> None:
    version = put_version(root, "x", ROWS)
    (root / "x" / version / "x.csv").write_bytes(b"a\n3\n")
    before = tree(root)
    with pytest.raises(PinCorruptError) as caught:
        board.fetch("x", version, tmp_path / "private")
    for part in ("pin 'x'", version, "x.csv", hash_of(b"a\n3\n"), hash_of(b"a\n1\n")):
        assert part in str(caught.value)
    assert tree(tmp_path / "private") == {}
    assert tree(root) == before


def test_a_file_that_grows_while_it_is_read_is_refused(
    root: Path, board: Board, tmp_path: Path
) -> None:
    version = put_version(root, "x", {"x.csv": b"x" * 10})
    found = board.version("x", version)
    (root / "x" / version / "x.csv").write_bytes(b"x" * 5_000_000)
    with pytest.raises(PinCorruptError, match=r"more than the 10 bytes|5,000,000 bytes"):
        board._download(found, tmp_path / "private" / "x" / version)  # type: ignore[attr-defined]


def test_a_snapshot_is_private_and_exact(root: Path, board: Board, tmp_path: Path) -> None:
    version = put_version(root, "x", ROWS)
    old = os.umask(0)
    try:
        snapshot = board.fetch("x", version, tmp_path / "private")
    finally:
        os.umask(old)
    assert snapshot.path.read_bytes() == b"a\n1\n"
    assert snapshot.sha256 == sha256(b"a\n1\n").hexdigest()
    assert stat.S_IMODE(snapshot.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o700
    assert stat.S_IMODE(snapshot.path.stat().st_mode) == 0o600


def test_a_second_fetch_checks_the_copy_and_mends_it(
    root: Path, board: Board, tmp_path: Path
) -> None:
    version = put_version(root, "x", ROWS)
    first = board.fetch("x", version, tmp_path / "private")
    inode = first.path.stat().st_ino
    assert board.fetch("x", version, tmp_path / "private").path.stat().st_ino == inode
    first.path.write_bytes(b"a\n9\n")
    assert board.fetch("x", version, tmp_path / "private").path.read_bytes() == b"a\n1\n"


def test_a_copy_that_has_no_place_is_named(root: Path, board: Board, tmp_path: Path) -> None:
    version = put_version(root, "x", ROWS)
    (tmp_path / "private").write_bytes(b"a file where the folder should be")
    with pytest.raises(RetryError, match=r"pin 'x' could not be copied"):
        board.fetch("x", version, tmp_path / "private")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told_of_the_copy_not_of_the_board() -> None:
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(RetryError, match=r"/dev/full: No space left"),
    ):
        read_digest("x.csv", io.BytesIO(b"1"), full)


def test_what_one_reader_does_to_metadata_is_not_seen_by_another(root: Path, board: Board) -> None:
    version = put_version(root, "x", ROWS, user={"a": [1]})
    dict(board.version("x", version).metadata)["a"].append(2)
    assert board.version("x", version).metadata == {"a": [1]}


def test_several_files_have_one_hash(root: Path, board: Board, tmp_path: Path) -> None:
    files = {"b.csv": b"1", "a.csv": b"2"}
    version = put_version(root, "x", files, type="file")
    snapshot = board.fetch("x", version, tmp_path / "private")
    assert [path.name for path in snapshot.paths] == ["b.csv", "a.csv"]
    lines = "".join(f"{sha256(content).hexdigest()}  {file}\n" for file, content in files.items())
    assert snapshot.sha256 == sha256(lines.encode()).hexdigest()
    with pytest.raises(ValueError, match=r"has 2 files"):
        snapshot.path  # noqa: B018


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights there")
def test_links_that_leave_the_board_are_refused(root: Path, board: Board, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    elsewhere = put_version(outside, "x", ROWS)
    (root / "x").symlink_to(outside / "x")
    (root / "y").mkdir()
    (root / "y" / elsewhere).symlink_to(outside / "x" / elsewhere)
    version = put_version(root, "z", ROWS)
    (root / "z" / version / "x.csv").unlink()
    (root / "z" / version / "x.csv").symlink_to(outside / "x" / elsewhere / "x.csv")
    put_version(root, "loop", ROWS)
    (root / "loop" / version / "x.csv").unlink()
    (root / "loop" / version / "x.csv").symlink_to("x.csv")
    for name in ("x", "y", "z", "loop"):
        assert board.versions(name) == ()
        with pytest.raises(PinCorruptError, match=f"pin '{name}'.*symbolic link"):
            board.fetch(name, elsewhere, tmp_path / "private")
    with pytest.raises(UserError, match=r"symbolic link"):
        board.write("x", outside / "x" / elsewhere / "x.csv", type="csv", created=WRITTEN)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_does_not_keep_us_waiting(root: Path, board: Board) -> None:
    version = put_version(root, "x", ROWS)
    (root / "x" / version / "x.csv").unlink()
    os.mkfifo(root / "x" / version / "x.csv")
    assert dict(board.incomplete("x")) == {version: "has a x.csv that is not a plain file"}
    (root / "x" / version / "data.txt").unlink()
    (root / "x" / version / "data.txt").mkdir()
    assert board.versions("x") == ()


def test_hostile_names_on_disk_are_not_listed(root: Path, board: Board) -> None:
    put_version(root, "good", ROWS)
    (root / ".git").mkdir()
    (root / "a\nb").mkdir()
    (root / "_pins.yaml").write_text("good: [x]")
    assert board.names() == ("good",)


def test_a_write_reads_back(root: Path, board: Board, tmp_path: Path) -> None:
    source = tmp_path / "some.csv"
    source.write_bytes(b"a\n1\n")
    written = board.write(
        "x", source, type="csv", created=WRITTEN, title="t", description="d", metadata={"k": [1]}
    )
    assert written.version == f"20130501T060000Z-{hash_of(source.read_bytes())[:5]}"
    assert written == board.version("x", written.version)
    assert (written.files, written.title, written.metadata) == (("x.csv",), "t", {"k": [1]})
    assert sorted(path.name for path in (root / "x").iterdir()) == [written.version]
    assert board.fetch("x", written.version, tmp_path / "p").path.read_bytes() == b"a\n1\n"


def test_created_is_written_in_utc(board: Board, tmp_path: Path) -> None:
    source = tmp_path / "x.csv"
    source.write_bytes(b"1")
    from zoneinfo import ZoneInfo

    local = datetime(2013, 5, 1, 2, 0, 0, 999_999, tzinfo=ZoneInfo("America/New_York"))
    assert board.write("x", source, type="csv", created=local).created == WRITTEN
    with pytest.raises(DataError, match=r"no time zone"):
        board.write("x", source, type="csv", created=datetime(2013, 5, 1))


def test_writes_of_one_second_stay_in_order(board: Board, tmp_path: Path) -> None:
    source = tmp_path / "x.csv"
    written = []
    for number in range(5):
        source.write_text(str(number))
        written.append(board.write("x", source, type="csv", created=WRITTEN).version)
    assert [v.version for v in board.versions("x")] == written
    assert board.versions("x")[-1].created == WRITTEN + timedelta(seconds=4)


def test_the_same_write_twice_is_one_version(board: Board, tmp_path: Path) -> None:
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_bytes(b"1")
    second.write_bytes(b"2")
    a = board.write("x", first, type="csv", created=WRITTEN)
    b = board.write("x", second, type="csv", created=WRITTEN)
    assert board.write("x", second, type="csv", created=WRITTEN) == b
    assert board.write("x", first, type="csv", created=WRITTEN) == a
    assert len(board.versions("x")) == 2
    other = board.write("x", first, type="csv", created=WRITTEN, title="another")
    assert other.created == WRITTEN + timedelta(seconds=2)


def test_a_half_written_version_does_not_stop_a_write(
    root: Path, board: Board, tmp_path: Path
) -> None:
    source = tmp_path / "x.csv"
    source.write_bytes(b"1")
    (root / "x" / f"20130501T060000Z-{hash_of(b'1')[:5]}").mkdir(parents=True)
    (root / "x" / ".writing-0000").mkdir()
    written = board.write("x", source, type="csv", created=WRITTEN)
    assert written.created == WRITTEN + timedelta(seconds=1)
    assert [v.version for v in board.versions("x")] == [written.version]
    assert ".writing-0000" in dict(board.incomplete("x"))


def test_files_keep_their_names_when_they_are_files(board: Board, tmp_path: Path) -> None:
    paths = [tmp_path / "b.json", tmp_path / "a.json"]
    for path in paths:
        path.write_text(path.name)
    assert board.write("x", paths, type="file", created=WRITTEN).files == ("b.json", "a.json")
    assert board.write("y", paths[0], type="file", created=WRITTEN).files == ("b.json",)


def test_what_cannot_be_written_leaves_nothing(root: Path, board: Board, tmp_path: Path) -> None:
    source = tmp_path / "x.csv"
    source.write_bytes(b"1")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.csv").write_bytes(b"2")
    (tmp_path / "data.txt").write_bytes(b"3")
    for paths, metadata in [
        ([tmp_path / "none.csv"], {}),
        ([tmp_path], {}),
        ([], {}),
        ([source, tmp_path / "other" / "x.csv"], {}),
        ([source, tmp_path / "data.txt"], {}),
        ([source], {"x": object()}),
    ]:
        with pytest.raises(DataError, match=r"pin"):
            board.write("x", paths, type="csv", created=WRITTEN, metadata=metadata)
    with pytest.raises(NotFoundError, match=r"cannot be the name"):
        board.write("../x", source, type="csv", created=WRITTEN)
    assert list(root.iterdir()) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_named(root: Path, board: Board) -> None:
    put_version(root, "x", ROWS)
    (root / "x").chmod(0)
    try:
        with pytest.raises(UserError, match=r"no permission"):
            board.versions("x")
    finally:
        (root / "x").chmod(0o700)


def test_versions_of_one_second_by_others_are_ordered_by_name(root: Path, board: Board) -> None:
    found = {put_version(root, "x", {"x.csv": str(n).encode()}) for n in range(4)}
    assert [v.version for v in board.versions("x")] == sorted(found)
    assert {v.created for v in board.versions("x")} == {datetime(2013, 5, 1, 6, tzinfo=UTC)}
