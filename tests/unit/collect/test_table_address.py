"""Addresses of tables: what is opened, and what may be shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.collect.tables.address import (
    is_address,
    resolved_address,
    shown_address,
    shown_name,
    table_files,
)
from reportgen.errors import NotFoundError, UserError
from reportgen.report import TableRef

SECRET = "s/3cr@t:?"
URL = "postgresql://ada:${PASSWORD}@db.example:5432/prod?sslmode=require&password=${PASSWORD}"


def test_a_password_is_put_in_when_opened_and_never_shown() -> None:
    opened = resolved_address(URL, {"PASSWORD": SECRET})

    assert opened == (
        "postgresql://ada:s%2F3cr%40t%3A%3F@db.example:5432/prod"
        "?sslmode=require&password=s%2F3cr%40t%3A%3F"
    )
    assert shown_address(URL) == "postgresql://db.example:5432/prod"
    assert shown_address(opened.partition("?")[0]) == "postgresql://db.example:5432/prod"


def test_a_whole_address_may_come_from_the_environment() -> None:
    assert resolved_address("${DATABASE}", {"DATABASE": URL}) == URL
    assert resolved_address("${DATABASE:-scored.csv}", {}) == "scored.csv"
    assert shown_address("${DATABASE}") == "${DATABASE}"


def test_a_variable_that_is_not_set_is_named_without_the_rest() -> None:
    with pytest.raises(UserError, match="no variable PASSWORD") as caught:
        resolved_address("postgresql://ada:${PASSWORD}@db/prod", {})

    assert "ada" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "shown", "name"),
    [
        ("scored/*.parquet", "scored/*.parquet", "scored"),
        ("scored/2013/**/*.parquet", "scored/2013/**/*.parquet", "2013"),
        ("scored.csv.gz", "scored.csv.gz", "scored"),
        ("/home/ada/flights/scored.csv", "scored.csv", "scored"),
        ("/home/ada/flights/w*/scored.csv", "flights/w*/scored.csv", "scored"),
        ("../elsewhere/scored.csv", "scored.csv", "scored"),
        ("~/scored.csv", "scored.csv", "scored"),
        ("*.parquet", "*.parquet", "table"),
        ("söme däta!.csv", "söme däta!.csv", "s-me d-ta"),
    ],
)
def test_what_is_shown_of_files(address: str, shown: str, name: str) -> None:
    assert not is_address(address)
    assert shown_address(address) == shown
    assert shown_name(TableRef(address=address)) == name


def test_files_that_spark_reads_are_shown_like_other_files() -> None:
    assert shown_address("pyspark:///srv/data/scored.parquet") == "pyspark://scored.parquet"
    assert shown_address("pyspark://") == "pyspark://"


def test_a_table_of_a_database_has_its_own_name() -> None:
    assert is_address("postgresql://db/prod")
    assert is_address("pyspark:")
    assert shown_name(TableRef(address="postgresql://db/prod", name="ml.scored")) == "ml.scored"
    assert shown_name(TableRef(address="a.duckdb", name="my..table!")) == "my.table"


def test_files_are_found_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("scored/b.csv", "scored/a.csv", "scored/deep/c.csv", "scored/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n1\n")

    def names(address: str) -> list[str]:
        found = table_files(TableRef(address=address), tmp_path)
        return [path.relative_to(tmp_path).as_posix() for path in found]

    assert names("scored/*.csv") == ["scored/a.csv", "scored/b.csv"]
    assert names("scored/**/*.csv") == ["scored/a.csv", "scored/b.csv", "scored/deep/c.csv"]
    assert names("scored") == ["scored/a.csv", "scored/b.csv", "scored/deep/c.csv"]
    assert names(str(tmp_path / "scored/b.csv")) == ["scored/b.csv"]


def test_a_bracket_in_a_folder_of_the_project_is_no_pattern(tmp_path: Path) -> None:
    base = tmp_path / "flights [old]"
    (base / "scored").mkdir(parents=True)
    (base / "scored" / "a.csv").write_text("x\n1\n")

    assert len(table_files(TableRef(address="scored/*.csv"), base)) == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("scoerd.csv", "Did you mean 'scored.csv'"),
        ("none/*.parquet", "no file fits this pattern"),
        ("empty", "a folder without tables"),
    ],
)
def test_what_is_not_there_is_said(address: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "scored.csv").write_text("x\n1\n")
    (tmp_path / "empty").mkdir()

    with pytest.raises(NotFoundError, match=said):
        table_files(TableRef(address=address), tmp_path)
