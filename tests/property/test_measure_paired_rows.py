"""For all pairs of answers: what a difference must be, whatever the rows."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.measure.evaluation.rows import Rows
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.paired import PAIRED_METRICS, paired_changes

LEVEL = 0.95
SCORES = st.sampled_from([0.0, 0.1, 0.5, 0.5, 0.9, 1.0])  # ties, and sure of it


@st.composite
def more(draw: Any, n: int) -> dict[str, Any]:
    """Weights, some of them 0, and clusters, or neither."""
    weights = draw(st.none() | st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=n, max_size=n))  # fmt: skip
    clusters = draw(st.none() | st.lists(st.integers(0, 3), min_size=n, max_size=n))
    return {
        "weights": None if weights is None or not any(weights) else np.array(weights),
        "clusters": None if clusters is None else np.array(clusters),
    }


def lists(of: Any, n: int) -> Any:
    return st.lists(of, min_size=n, max_size=n).map(np.array)


@st.composite
def two_classes(draw: Any) -> tuple[Rows, Rows]:
    n = draw(st.integers(1, 30))
    truth = draw(lists(st.booleans(), n))
    same = draw(more(n))
    scored = draw(st.booleans())
    sides = []
    for _ in range(2):
        scores = draw(lists(SCORES, n))
        said = scores >= draw(st.sampled_from([0.0, 0.5, 2.0]))  # all, some or none
        sides.append(
            BinaryRows(truth=truth, predicted=said, scores=scores if scored else None, **same)
        )
    return sides[0], sides[1]


@st.composite
def three_classes(draw: Any) -> tuple[Rows, Rows]:
    n = draw(st.integers(1, 30))
    codes = lists(st.integers(0, 2), n)
    truth, same = draw(codes), draw(more(n))
    sides = [
        MulticlassRows(truth=truth, predicted=draw(codes), classes=3, **same) for _ in range(2)
    ]
    return sides[0], sides[1]


@st.composite
def numbers(draw: Any) -> tuple[Rows, Rows]:
    n = draw(st.integers(1, 30))
    some = lists(st.sampled_from([-2.0, 0.0, 0.5, 1.0, 7.0]), n)
    truth, same = draw(some), {**draw(more(n)), "clusters": None}
    sides = [RegressionRows(truth=truth, predicted=draw(some), **same) for _ in range(2)]
    return sides[0], sides[1]


@pytest.mark.parametrize("kind", [two_classes, three_classes, numbers], ids=lambda k: k.__name__)
def test_a_difference_is_a_number_with_its_interval_or_a_reason(kind: Any) -> None:
    @settings(max_examples=15, deadline=None)
    @given(kind())
    def holds(pair: tuple[Rows, Rows]) -> None:
        new, old = pair
        # R² has its own tests: its interval is not made for two or three units.
        names = [name for name in PAIRED_METRICS[type(new)] if name != "r2"]
        found = paired_changes(new, old, names, LEVEL, replicates=50)
        turned = paired_changes(old, new, names, LEVEL, replicates=50)
        for name in names:
            paired, change = found[name], found[name].change
            assert (change.number is None) == bool(change.reason), name
            if change.number is None:
                assert paired.now.number is None or paired.before.number is None
                continue
            assert paired.now.number is not None
            assert paired.before.number is not None
            step = paired.now.number - paired.before.number
            assert change.number == pytest.approx(step, abs=1e-9), name
            assert change.number == pytest.approx(-(turned[name].change.number or 0.0), abs=1e-9)
            if change.interval is not None:
                low, high = change.interval.low, change.interval.high
                assert isfinite(low), name
                assert low <= change.number + 1e-12, name
                assert change.number - 1e-12 <= high, name
            if change.p is not None:
                assert 0 <= change.p <= 1, name

    holds()
