"""Names that may become a path, and those that may not."""

from __future__ import annotations

import pytest

from reportgen.boards.names import check_name, created_of, file_fault, is_name, is_version
from reportgen.errors import NotFoundError

HOSTILE = [
    "",
    ".",
    "..",
    "a/b",
    "../a",
    "a/..",
    "/etc",
    "a\\b",
    "a..b",
    ".hidden",
    "_pins.yaml",
    "a\n",
    "a\0",
    "é",
    "a" * 129,
    "a ",
    "a.",
    "-a",
    "~",
    "C:a",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_refused(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(NotFoundError, match=r"cannot be the name of a pin"):
        check_name(name, "board")


@pytest.mark.parametrize("name", ["a", "late-flights", "A_1.b", "my pin", "x@2", "_x", "a" * 128])
def test_usual_names_pass(name: str) -> None:
    check_name(name, "board")
    assert is_name(name)


def test_names_on_connect_have_an_owner() -> None:
    assert is_name("ada/churn", owner=True)
    for name in ("churn", "ada/", "/churn", "ada/../x", "a/b/c"):
        assert not is_name(name, owner=True)


@pytest.mark.parametrize(
    "version",
    [
        "latest",
        "",
        "..",
        "20130501T060000Z-1A2B3",
        "20130501T060000Z-1a2b",
        "20130501T060000Z",
        "20130501T060000Z-1a2b3/..",
        "20130501T060000Z-1a2b3\n",
        "٢0130501T060000Z-1a2b3",
    ],
)
def test_other_versions_are_refused(version: str) -> None:
    assert not is_version(version)


def test_bundle_ids_are_versions_only_on_connect() -> None:
    assert is_version("17", bundles=True)
    assert not is_version("17")
    assert not is_version("0", bundles=True)
    assert not is_version("1/2", bundles=True)


@pytest.mark.parametrize(
    "text", ["", "2013-05-01", "20130230T000000Z", "20130501T060000", "20130501T250000Z"]
)
def test_impossible_seconds_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not exist|is not like"):
        created_of(text)


@pytest.mark.parametrize(
    "file",
    [
        "",
        ".",
        "..",
        "/etc/passwd",
        "../secret.json",
        "a/b",
        "a\\b",
        "C:x",
        "data.txt",
        "DATA.TXT",
        "a\nb",
        "a\x85b",
        "\ud800",
        "é" * 200,
    ],
)
def test_files_that_are_not_bare_names_are_refused(file: str) -> None:
    assert file_fault(file)


@pytest.mark.parametrize("file", ["m.joblib", "2013:07.csv", "Größe.parquet", "a b.csv", "x"])
def test_usual_files_pass(file: str) -> None:
    assert file_fault(file) == ""
