"""data.txt: what Python and R write, and what nobody should."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from reportgen.boards.metadata import read_description, write_description
from reportgen.errors import DataError
from tests.boards_support import python_data_txt, r_data_txt

RIGHT = python_data_txt({"x.csv": b"a\n1\n"}, created="20130501T060000Z")


def test_python_data_txt_is_read() -> None:
    found = read_description(RIGHT.encode())
    assert found.created == datetime(2013, 5, 1, 6, tzinfo=UTC)
    assert (found.files, found.sizes, found.type) == (("x.csv",), (4,), "csv")
    assert (found.title, found.description, found.metadata, found.tags) == ("a pin", "", {}, ())


def test_r_data_txt_is_read() -> None:
    text = r_data_txt({"a.csv": b"1", "b.csv": b"22"}, created="20220214T163720Z", type="file")
    found = read_description(text.encode())
    assert (found.files, found.sizes) == (("a.csv", "b.csv"), (1, 2))
    assert (found.title, found.description, found.tags) == ("x: a pinned 2 x 2 data frame", "", ())


def test_unknown_keys_and_tags_are_kept() -> None:
    found = read_description((RIGHT + "urls: [a, b]\nlocal: {x: 1}\ntags: [nyc, 2013]\n").encode())
    assert found.extra == {"urls": ["a", "b"], "local": {"x": 1}}
    assert found.tags == ("nyc", "2013")


def test_texts_that_look_like_numbers_stay_texts() -> None:
    changed = RIGHT.replace("title: a pin", "title: 2013")
    changed = "\n".join(
        "pin_hash: 0123456701234567" if line.startswith("pin_hash") else line
        for line in changed.splitlines()
    )
    found = read_description(changed.encode())
    assert found.title == "2013"
    assert found.pin_hash == "0123456701234567"


def test_a_size_that_r_rounded_is_unknown() -> None:
    for text in ("3.123457e+09", ".na", "NA"):
        assert read_description(
            RIGHT.replace("file_size: 4", f"file_size: {text}").encode()
        ).sizes == (None,)
    assert read_description(RIGHT.replace("file_size: 4", "file_size: 4.0").encode()).sizes == (4,)


def test_metadata_become_plain_json_data() -> None:
    text = RIGHT.replace(
        "user: {}", "user: {day: 2013-05-01, raw: !!binary aGk=, 2013-01-01: x, 1: y}"
    )
    assert read_description(text.encode()).metadata == {
        "day": "2013-05-01",
        "raw": "6869",
        "2013-01-01": "x",
        "1": "y",
    }


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("- a\n- b\n", "keys and values"),
        ("just text", "keys and values"),
        ("a: [1,", "line [12]: "),
        ("a: !!python/object/apply:os.system [echo]", "could not determine"),
        ("a: !!int x", "not YAML|invalid literal"),
        ("a: !!float y", "could not convert"),
        ("a: 2026-13-45", "month must be"),
        ("a: " + "[" * 3000, "too deep"),
        ("a: &x [*x]", "too deep"),
        ("? [a]\n: 1\n", "not a text"),
        ("a: 1\na: 2\n", "twice"),
        (BOMB, "more than"),
        (RIGHT + "user: {}\n", "twice"),
        (RIGHT.replace("api_version: 1", "api_version: 2"), "api_version is '2'"),
        (RIGHT.replace("api_version: 1\n", ""), "no api_version"),
        (RIGHT.replace("file: x.csv", "file: ../x.csv"), "bare file name"),
        (RIGHT.replace("file: x.csv", "file: data.txt"), "description itself"),
        (RIGHT.replace("file: x.csv", "file: [a.csv, A.csv]"), "twice"),
        (RIGHT.replace("file: x.csv", "file: {a: b}"), "no file"),
        (RIGHT.replace("file: x.csv\n", ""), "no file"),
        (RIGHT.replace("file_size: 4", "file_size: [1, 2]"), "1 files and 2 sizes"),
        (RIGHT.replace("file_size: 4", "file_size: -4"), "file_size"),
        (RIGHT.replace("file_size: 4", "file_size: .inf"), "could not convert|file_size"),
        (RIGHT.replace("20130501T060000Z", "yesterday"), "created is 'yesterday'"),
        (RIGHT.replace("type: csv", "type: a/b"), "type is"),
        (RIGHT.replace("user: {}", "user: 5"), "user is not"),
        (RIGHT.replace("pin_hash: ", "pin_hash: z"), "16 hex digits"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_description(text.encode())


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 40, b"a: \x80", b"a: \x07"])
def test_bytes_that_are_not_text_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"decode|not YAML|special characters|empty|keys"):
        read_description(content)


def test_a_description_that_fills_the_memory_is_refused() -> None:
    with pytest.raises(ValueError, match=r"more than 2,097,152 bytes"):
        read_description(b"a" * (2 * 1024 * 1024 + 1))


def _write(**more: Any) -> bytes:
    given: dict[str, Any] = {
        "created": datetime(2013, 5, 1, 6, tzinfo=UTC),
        "type": "csv",
        "files": ["x.csv"],
        "sizes": [4],
        "pin_hash": "1234567890123456",
        "title": "t",
        "description": "",
        "metadata": {},
    }
    return write_description(**{**given, **more})


def test_what_is_written_reads_back() -> None:
    content = _write(metadata={"vetiver_meta": {"python_version": (3, 11, 7, "final", 0)}})
    found = read_description(content)
    assert found.metadata == {"vetiver_meta": {"python_version": [3, 11, 7, "final", 0]}}
    assert found.pin_hash == "1234567890123456"
    assert list(yaml.safe_load(content)) == [
        "api_version",
        "created",
        "description",
        "file",
        "file_size",
        "pin_hash",
        "title",
        "type",
        "user",
    ]


@pytest.mark.parametrize(
    "metadata", [{"x": object()}, {"x": float("nan")}, {"x": {1: {2: lambda: 0}}}]
)
def test_metadata_that_yaml_cannot_hold_are_refused(metadata: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"metadata of the pin"):
        _write(metadata=metadata)
