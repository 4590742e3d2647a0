"""A table instead of a data pin, on the command line."""

from __future__ import annotations

from reportgen.cli.lacking import Asked, lacking


def test_a_table_takes_the_place_of_the_data_pin() -> None:
    asked = Asked(command="monitor", model="late", board="board", table="scored/*.parquet")

    said = str(lacking(asked, ()))

    assert "--data" not in said
    assert "--time" in said
    assert "--table 'scored/*.parquet'" in said


def test_the_columns_of_a_table_are_not_looked_for_on_the_board() -> None:
    asked = Asked(command="monitor", model="late", board="board", table="scored.csv", time="at")

    assert asked.wants_columns_of() == ()
