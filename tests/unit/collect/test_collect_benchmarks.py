"""Benchmarks in the shapes that people have, and training rows that lack a column."""

import pandas as pd
import pytest

from reportgen.collect.segments import known_segments, population_shares, population_sizes
from reportgen.errors import DataError


def test_joint_counts_give_every_margin_and_the_crossing():
    table = pd.DataFrame(
        {"sex": ["f", "f", "m", "m"], "age": [1, 2, 1, 2], "count": [10, 20, 30, 40]}
    )
    found = population_shares(table, ("sex", "age", "sex×age", "town"))
    assert found["sex"] == {"f": 0.3, "m": 0.7}
    assert found["age"] == {"1": 0.4, "2": 0.6}
    assert found["sex×age"]["m × 2"] == 0.4
    assert "town" not in found


def test_levels_read_as_those_of_the_data_do():
    table = pd.DataFrame({"zone": [1.0, 2.0, None], "share": [0.5, 0.5, 1.0]})
    assert population_shares(table, ("zone",)) == {"zone": {"1": 0.5, "2": 0.5}}


def test_several_segments_in_one_table_keep_apart():
    table = pd.DataFrame(
        {
            "segment": ["sex", "sex", "sex×age"],
            "level": ["f", "m", "f × 1"],
            "share": [0.5, 0.5, 1.0],
            "sample_size": [900, 900, None],
            "sampled": [True, True, False],
        }
    )
    assert population_shares(table, ("sex", "sex×age"))["sex×age"] == {"f × 1": 1.0}
    assert population_sizes(table, ("sex", "sex×age")) == {"sex": 900.0}


def test_counts_of_a_sample_are_its_size():
    table = pd.DataFrame({"sex": ["f", "m"], "count": [40, 60], "sampled": ["true", "true"]})
    assert population_sizes(table, ("sex",)) == {"sex": 100.0}
    assert population_sizes(table.drop(columns="sampled"), ("sex",)) == {}
    assert population_sizes(table.assign(sampled=False), ("sex",)) == {}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"sex": ["f", "f"], "count": [1, 2]}, "has sex f twice"),
        ({"sex": ["f", "m"], "share": [0.5, 0.5], "sampled": [True, True]}, "'sample_size'"),
        ({"sex": ["f", "m"], "count": [1, 2], "sampled": [True, False]}, "only some rows"),
        ({"sex": ["f", "m"], "share": [0.5, 0.5], "sample_size": [9, 8]}, "one number above 0"),
        ({"sex": ["f", "m"], "share": [0.5, -0.5]}, "none negative"),
    ],
)
def test_benchmarks_that_can_be_read_two_ways_are_refused(columns, said):
    read = population_sizes if {"sampled", "sample_size"} & set(columns) else population_shares
    with pytest.raises(DataError, match=said):
        read(pd.DataFrame(columns), ("sex",))


def test_training_rows_without_a_column_have_the_other_segments():
    rows = pd.DataFrame({"sex": ["f", "m"]})
    found = dict(known_segments(rows, (("sex",), ("town",), ("sex", "town")), "training"))
    assert list(found) == ["sex"]
