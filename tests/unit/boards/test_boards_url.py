"""Boards served over HTTP, from a real server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reportgen.boards import Board, open_board, parse_address
from reportgen.errors import NotFoundError, PinCorruptError, PinIncompleteError, UserError
from reportgen.report import BoardSpec
from tests.boards_support import WRITTEN, put_version, r_data_txt


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "board"


@pytest.fixture
def address(root: Path) -> Iterator[str]:
    root.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=partial(server.serve_forever, 0.02), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def named(address: str, tmp_path: Path, paths: dict[str, Any]) -> Board:
    spec = BoardSpec(type="url", path=address, options={"pin_paths": paths})
    return open_board(spec, tmp_path)


def test_a_pin_at_an_address_is_fetched(address: str, root: Path, tmp_path: Path) -> None:
    text = r_data_txt({"Größe 1.csv": b"a\n1\n"}, created="20220214T163720Z")
    version = put_version(
        root, "x", {"Größe 1.csv": b"a\n1\n"}, created="20220214T163720Z", data_txt=text
    )
    board = named(address, tmp_path, {"x": f"x/{version}/"})
    assert (board.names(), board.address) == (("x",), address)
    assert [v.version for v in board.versions("x")] == [version]
    assert board.fetch("x", version, tmp_path / "p").path.read_bytes() == b"a\n1\n"
    with pytest.raises(NotFoundError, match=r"no version '20130501T060000Z-00000'"):
        board.fetch("x", "20130501T060000Z-00000", tmp_path / "p")


def test_the_manifest_of_r_names_the_pins(address: str, root: Path, tmp_path: Path) -> None:
    old = put_version(root, "x", {"x.csv": b"1"}, created="20130101T000000Z")
    new = put_version(root, "x", {"x.csv": b"2"}, created="20130102T000000Z")
    (root / "_pins.yaml").write_text(f"x:\n- x/{new}/\n- x/{old}/\n'../y': [z]\n")
    board = open_board(parse_address(address), tmp_path)
    assert board.names() == ("x",)
    assert [v.version for v in board.versions("x")] == [new]


def test_what_is_wrong_is_named(address: str, root: Path, tmp_path: Path) -> None:
    version = put_version(root, "x", {"x.csv": b"a\n1\n"})
    (root / "x" / version / "x.csv").write_bytes(b"a\n2\n")
    empty = put_version(root, "y", {"y.csv": b"1"}, data_txt="")
    board = named(address, tmp_path, {"x": f"x/{version}/", "y": f"y/{empty}/", "z": "z/v/"})
    with pytest.raises(PinCorruptError, match=rf"pin 'x' version {version}.*hash"):
        board.fetch("x", version, tmp_path / "p")
    assert board.versions("y") == ()
    assert board.versions("z") == ()
    assert dict(board.incomplete("z")) == {"(no version)": "has no data.txt; a write was cut off"}
    with pytest.raises(PinIncompleteError, match=r"pin 'z'.*no data.txt"):
        board.version("z", "(no version)")
    with pytest.raises(NotFoundError, match=r"no pin 'w'"):
        board.versions("w")
    with pytest.raises(UserError, match=r"read-only"):
        board.write("x", root / "x" / version / "x.csv", type="csv", created=WRITTEN)


def test_a_server_without_a_manifest_asks_for_paths(address: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no _pins.yaml.*pin_paths"):
        open_board(parse_address(address), tmp_path)


@pytest.mark.parametrize("text", ["[", "- a", "!!python/name:os.system", "a: !!int x"])
def test_a_bad_manifest_is_refused(address: str, root: Path, tmp_path: Path, text: str) -> None:
    (root / "_pins.yaml").write_text(text)
    with pytest.raises(UserError, match=r"_pins.yaml"):
        open_board(parse_address(address), tmp_path)


@pytest.mark.parametrize(
    "path",
    ["../x/", "/../x", "x/../../y/", "http://other/x/", "x?y/", "x#y/", "", "x//y/", 5],
)
def test_a_path_that_leads_elsewhere_is_refused(
    address: str, tmp_path: Path, path: object
) -> None:
    with pytest.raises(UserError, match=r"not the folder of a version"):
        named(address, tmp_path, {"x": path})
