"""Hostile names and descriptions: nothing outside the board is read, nothing outside written."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.boards.metadata import read_description, write_description
from reportgen.boards.names import file_fault, is_name, is_version
from reportgen.errors import DataError, ReportgenError
from tests.boards_support import WRITTEN, folder_board, hash_of, put_version, tree

pieces = st.sampled_from(
    [
        "..",
        ".",
        "/",
        "\\",
        "x",
        "data.txt",
        "secret",
        "~",
        "\0",
        "\n",
        " ",
        "C:",
        "%2e",
        "－",
        "é",
        "20130501T060000Z-1a2b3",
        "latest",
        "-",
        "@",
        "{",
        "$HOME",
        "con",
        "\ud800",
        "\u202e",
    ]
)
hostile = st.one_of(st.lists(pieces, max_size=6).map("".join), st.text(max_size=30))


@settings(max_examples=400, deadline=None)
@given(hostile, hostile, hostile)
def test_no_name_leads_out_of_the_board(name: str, version: str, file: str) -> None:
    with TemporaryDirectory() as folder:
        base = Path(folder)
        (base / "secret").write_text("secret")
        (base / "outside").mkdir()
        put_version(base / "outside", "x", {"x": b"secret"})
        root = base / "board"
        description = yaml.safe_dump(
            {
                "api_version": 1,
                "created": "20130501T060000Z",
                "file": file,
                "file_size": 6,
                "pin_hash": hash_of(b"secret"),
                "type": "file",
                "title": "t",
                "user": {},
            }
        )
        inner = f"20130501T060000Z-{hash_of(b'secret')[:5]}"
        put_version(root, "x", {"x.csv": b"1"}, data_txt=description, version=inner)
        board, before = folder_board(root), tree(base)
        for call in (
            lambda: board.versions(name),
            lambda: board.version("x", version),
            lambda: board.fetch(name, version, base / "private"),
            lambda: board.fetch("x", inner, base / "private"),
            lambda: board.write(name, base / "secret", type="file", created=WRITTEN),
        ):
            try:
                found = call()
            except ReportgenError:
                continue
            if found and hasattr(found, "folder"):
                assert found.folder.is_relative_to(base / "private")
        after = tree(base)
        changed = {path for path in after if after[path] != before.get(path)}
        assert all(path.startswith((f"board/{name}/", "private/")) for path in changed)
        assert all(path in after for path in before)
        assert not any(v == b"secret" for k, v in after.items() if k.startswith("private/x/"))


@settings(max_examples=500, deadline=None)
@given(hostile)
def test_a_name_that_passes_is_one_path_component(text: str) -> None:
    if is_name(text) or is_version(text) or not file_fault(text):
        assert Path("/board", text).parent == Path("/board")
        assert os.path.normpath(f"/board/{text}") == f"/board/{text}"
        assert text not in {"", ".", ".."}


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))
    )
)
def test_any_description_is_read_or_refused(content: bytes) -> None:
    assert _outcome(content)


def _outcome(content: bytes) -> object:
    """What was read, or why not; anything but a ValueError fails the test."""
    try:
        return read_description(content).files
    except ValueError as refused:
        return str(refused)


RIGHT = write_description(
    created=WRITTEN,
    type="joblib",
    files=["m.joblib"],
    sizes=[7],
    pin_hash="0" * 16,
    title="t",
    description="d",
    metadata={"vetiver_meta": {"prototype": '{"a": 1}', "version": [3, 11]}},
).decode()


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(RIGHT)), st.sampled_from("[]{}:,-?!&*|>'\"%@`#\n\t ~0é\0")),
        min_size=1,
        max_size=4,
    )
)
def test_a_mistyped_description_is_read_or_refused(changes: list[tuple[int, str]]) -> None:
    text = RIGHT
    for where, letter in changes:
        text = text[:where] + letter + text[where + 1 :]
    assert _outcome(text.encode())


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.text(max_size=8), plain, max_size=3),
    st.text(max_size=40),
    st.text(max_size=40),
)
def test_metadata_read_back_as_written_or_are_refused(
    metadata: dict[str, Any], title: str, description: str
) -> None:
    try:
        content = write_description(
            created=WRITTEN,
            type="csv",
            files=["x.csv"],
            sizes=[1],
            pin_hash="a" * 16,
            title=title,
            description=description,
            metadata=metadata,
        )
    except DataError:
        surrogates = any("\ud800" <= x <= "\udfff" for x in f"{title}{description}{metadata!r}")
        assert surrogates, "only text that is no Unicode cannot be written"
        return
    found = read_description(content)
    assert (found.metadata, found.title, found.description) == (metadata, title, description)
