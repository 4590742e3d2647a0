"""For all counts: distances that are none, bounded, symmetric, and the same in any order of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.measure.drift.drift import Binned, compare
from reportgen.measure.drift.moved import measure_drift
from reportgen.measure.drift.page import drift_values
from reportgen.measure.monitoring.bands import learn_band
from reportgen.measure.monitoring.columns import Watched
from reportgen.measure.statistics.divergence import chi_square, jensen_shannon, total_variation

NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 5e-324, 1e308, float("inf"), float("-inf"), float("nan")]),
    st.floats(-10, 10),
)
SIDE = st.lists(NUMBERS, min_size=1, max_size=40)
LEVELS = st.lists(st.sampled_from(["a", "b", "c", "", "[x]", None]), min_size=1, max_size=40)


def column(kind: Any, before: list[Any], now: list[Any]) -> Watched:
    return Watched(
        name="x",
        path="x",
        role="feature",
        kind=kind,
        status="ok",
        before=pd.Series(before, dtype=None if kind == "number" else object),
        now=pd.Series(now, dtype=None if kind == "number" else object),
    )


def distances(binned: Binned) -> list[float]:
    found = [fn(binned.before, binned.now) for fn in (jensen_shannon, total_variation)]
    if binned.shape is not None:
        found.append(binned.shape.kolmogorov)
    return found


@settings(max_examples=80, deadline=None)
@given(before=SIDE, now=SIDE)
def test_every_distance_of_numbers_is_a_number_within_its_bounds(
    before: list[float], now: list[float]
) -> None:
    binned = compare("number", pd.Series(before, dtype=float), pd.Series(now, dtype=float))
    assert binned is not None
    assert binned.before.sum() == len(before)
    assert binned.now.sum() == len(now)
    assert all(0 <= distance <= 1 for distance in distances(binned))
    assert np.isfinite(chi_square(binned.before, binned.now))
    if binned.shape is not None:
        scaled = binned.shape.wasserstein
        assert scaled is None or (scaled >= 0 and np.isfinite(scaled))
    (moved,) = measure_drift((column("number", before, now),))
    assert moved.noise >= 0
    assert all(value.name.startswith("drift.x.") for value in drift_values(moved))


@settings(max_examples=40, deadline=None)
@given(side=SIDE)
def test_a_column_is_no_distance_from_itself(side: list[float]) -> None:
    binned = compare("number", pd.Series(side, dtype=float), pd.Series(side, dtype=float))
    assert binned is not None
    assert binned.psi == 0
    assert max(distances(binned)) == 0
    assert binned.shape is None or not binned.shape.wasserstein


@settings(max_examples=40, deadline=None)
@given(before=SIDE, now=SIDE, seed=st.integers(0, 99))
def test_the_order_of_rows_changes_no_digit(
    before: list[float], now: list[float], seed: int
) -> None:
    random = np.random.default_rng(seed)
    first = measure_drift((column("number", before, now),))[0]
    order = random.permutation(before).tolist(), random.permutation(now).tolist()
    second = measure_drift((column("number", *order),))[0]
    assert drift_values(first) == drift_values(second)
    assert (first.state, first.words) == (second.state, second.words)


@settings(max_examples=40, deadline=None)
@given(before=LEVELS, now=LEVELS, code=st.integers(1, 6))
def test_periods_add_up_to_the_reference(before: list[Any], now: list[Any], code: int) -> None:
    period = np.arange(len(before)) % code
    binned = compare(
        "level", pd.Series(before, dtype=object), pd.Series(now, dtype=object), period
    )
    assert binned is not None
    if binned.periods is not None:
        assert (binned.periods.sum(axis=0) == binned.before).all()
    known = {str(level) for level in before if level is not None}
    assert set(binned.new_levels).isdisjoint(known)
    assert sum(binned.new_rows) == sum(str(v) not in known for v in now if v is not None)


@settings(max_examples=100, deadline=None)
@given(numbers=st.lists(st.floats(-1e6, 1e6), min_size=0, max_size=15))
def test_a_band_holds_the_middle_of_what_it_was_learned_from(numbers: list[float]) -> None:
    band = learn_band(np.array(numbers))
    if len(numbers) < 4:
        assert band is None
        return
    assert band is not None
    assert band.low <= band.high
    assert band.periods + band.left_out == len(numbers)
    assert band.periods >= len(numbers) / 2
