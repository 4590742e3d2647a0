"""Writers and readers of one pin at once, in processes of their own; and writers that are killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.boards_support import folder_board, put_version

WRITER = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from reportgen.boards import open_board, parse_address
root, who, count, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
board = open_board(parse_address(str(root)), Path())
source = root.parent / f"{who}.bin"
written = []
for number in range(count):
    source.write_bytes(f"{who} {number} ".encode() * size)
    found = board.write("x", source, type="file", created=datetime(2013, 5, 1, tzinfo=UTC))
    print(json.dumps([found.version, f"{who} {number}"]), flush=True)
"""


def _start(root: Path, who: str, count: int, size: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(root), who, str(count), str(size)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_writers_at_once_lose_nothing_and_share_no_second(tmp_path: Path) -> None:
    root = tmp_path / "board"
    writers = [_start(root, who, 15, 1) for who in ("a", "b", "c")]
    said = [
        json.loads(line) for writer in writers for line in writer.communicate()[0].splitlines()
    ]
    assert all(writer.returncode == 0 for writer in writers)
    board = folder_board(root)
    versions = board.versions("x")
    assert len(said) == 45
    assert {version for version, _ in said} == {v.version for v in versions}
    assert len({v.created for v in versions}) == 45
    assert board.incomplete("x") == ()
    for version, content in said:
        read = board.fetch("x", version, tmp_path / "p").path.read_text()
        assert read == f"{content} "
    for who in "abc":  # each writer's own order is kept
        own = [version for version, content in said if content.startswith(who)]
        assert own == sorted(own)


def test_a_reader_never_sees_half_a_version(tmp_path: Path) -> None:
    root = tmp_path / "board"
    put_version(root, "x", {"x.bin": b"first"}, type="file", created="20130101T000000Z")
    board, writer, reads = folder_board(root), _start(root, "a", 12, 200_000), 0
    while writer.poll() is None or reads == 0:
        newest = board.versions("x")[-1]
        board.fetch("x", newest.version, tmp_path / f"p{reads}")
        assert all(name.startswith(".writing-") for name, _ in board.incomplete("x"))
        reads += 1
    writer.communicate()
    assert writer.returncode == 0
    assert len(board.versions("x")) == 13


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_write_leaves_no_version_and_stops_nobody(tmp_path: Path) -> None:
    root = tmp_path / "board"
    put_version(root, "x", {"x.bin": b"first"}, type="file", created="20130101T000000Z")
    board, acknowledged = folder_board(root), []
    for attempt in range(8):
        writer = _start(root, f"w{attempt}", 1000, 100_000)
        assert writer.stdout is not None
        acknowledged.append(json.loads(writer.stdout.readline())[0])
        time.sleep(0.003 * attempt)
        writer.send_signal(signal.SIGKILL)
        acknowledged += [json.loads(line)[0] for line in writer.stdout if line.endswith("\n")]
        writer.stdout.close()
        writer.wait()
    versions = {v.version for v in board.versions("x")}
    assert versions.issuperset(acknowledged)
    assert all(name.startswith(".writing-") for name, _ in board.incomplete("x"))
    for version in versions:
        board.fetch("x", version, tmp_path / "p")
