"""Addresses, typed and shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.boards import open_board, parse_address
from reportgen.boards.address import shown_address
from reportgen.errors import MissingToolError, UserError
from reportgen.report import BoardSpec


@pytest.mark.parametrize(
    ("uri", "kind", "path"),
    [
        ("board", "folder", "board"),
        ("../shared/board", "folder", "../shared/board"),
        ("file:///srv/board", "folder", "/srv/board"),
        ("C:\\boards", "folder", "C:\\boards"),
        ("s3://bucket/a/b/", "s3", "bucket/a/b"),
        ("gs://bucket", "gcs", "bucket"),
        ("gcs://bucket/x", "gcs", "bucket/x"),
        ("az://container/x", "azure", "container/x"),
        ("connect://connect.example.com/", "connect", "https://connect.example.com"),
        ("databricks:/Volumes/a/b/c", "databricks", "/Volumes/a/b/c"),
        ("https://example.com/board/", "url", "https://example.com/board/"),
    ],
)
def test_each_kind_is_recognised(uri: str, kind: str, path: str) -> None:
    assert parse_address(uri) == BoardSpec(type=kind, path=path)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "empty"),
        ("s4://bucket", "Did you mean 's3:'"),
        ("s3://", "does not say where"),
        ("s3://key:secret@bucket/x", "user name or password"),
        ("https://ada:pw@example.com/board", "user name or password"),
    ],
)
def test_other_addresses_are_refused(uri: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        parse_address(uri)
    assert "secret" not in str(caught.value)
    assert ":pw" not in str(caught.value)


def test_a_folder_is_shown_without_where_the_project_lies(tmp_path: Path) -> None:
    inside = BoardSpec(type="folder", path=str(tmp_path / "boards" / "prod"))
    assert shown_address(inside, tmp_path) == "boards/prod"
    outside = BoardSpec(type="folder", path=str(tmp_path.parent / "prod"))
    assert shown_address(outside, tmp_path) == "prod"
    assert open_board(BoardSpec(type="folder", path="./board"), tmp_path).address == "board"


def test_the_shown_address_holds_no_secret() -> None:
    spec = BoardSpec(type="url", path="https://ada:pw@example.com/board?sig=abc")
    assert shown_address(spec, Path()) == "https://example.com/board"
    spec = BoardSpec(type="s3", path="bucket/x", options={"key": "k", "secret": "s"})
    assert shown_address(spec, Path()) == "s3://bucket/x"


@pytest.mark.parametrize("option", ["allow_pickle_read", "cache", "storage_options"])
def test_options_that_undo_the_checks_are_refused(option: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=option):
        open_board(BoardSpec(type="s3", path="b", options={option: True}), tmp_path)


def test_an_unknown_option_of_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no option 'region'"):
        open_board(BoardSpec(type="folder", path="b", options={"region": "x"}), tmp_path)


@pytest.mark.parametrize(
    ("kind", "package"),
    [("s3", "s3fs"), ("gcs", "gcsfs"), ("azure", "adlfs"), ("databricks", "databricks")],
)
def test_a_missing_package_is_named_with_how_to_get_it(
    kind: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as if it were not installed: whether it is differs from machine to machine
    monkeypatch.setattr(
        "reportgen.boards.opening.find_spec", lambda name: None if name == package else 1 / 0
    )
    with pytest.raises(MissingToolError, match=rf"pip install 'reportgen\[{kind}\]'"):
        open_board(BoardSpec(type=kind, path="Volumes/b"), tmp_path)
