"""Estimates without labels for any rows: nothing raises, ranges hold their number, order is nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.measure.estimated.calibration import Counted, calibrate
from reportgen.measure.estimated.classes import estimate_binary
from reportgen.measure.estimated.rows import pick
from reportgen.measure.estimated.tables import estimate_tables
from reportgen.measure.monitoring.performance import Scored

SCORES = st.sampled_from([0.0, 0.1, 0.5, 0.5, 0.9, 1.0, float("nan")])
LABELS = st.sampled_from([0.0, 1.0, 1.0, float("nan")])
ROWS = st.lists(st.tuples(SCORES, LABELS, st.sampled_from([0.0, 1.0])), min_size=1, max_size=40)


def binary(rows: list[tuple[float, float, float]]) -> Scored:
    score, truth, said = (np.array(column) for column in zip(*rows, strict=True))
    return Scored(task="classification", truth=truth, predicted=said, score=score)


def usable(rows: list[tuple[float, float, float]]) -> bool:
    known = {truth for score, truth, _ in rows if score == score and truth == truth}
    return known == {0.0, 1.0}


@settings(max_examples=15, deadline=None)
@given(before=ROWS, now=ROWS)
def test_binary_estimates_hold_for_ties_and_rows_of_one_class(
    before: list[tuple[float, float, float]], now: list[tuple[float, float, float]]
) -> None:
    before = [*before, (0.2, 0.0, 0.0), (0.8, 1.0, 1.0)]
    assert usable(before)
    now = [*now, (0.3, float("nan"), 0.0)]
    _, (found,) = estimate_binary(binary(before), (binary(now),), 0.95)
    _, (again,) = estimate_binary(binary(before[::-1]), (binary(now[::-1]),), 0.95)
    assert found == again
    for name, one in found.items():
        if one.number is None:
            assert one.reason
            continue
        assert one.interval is not None
        assert one.interval.low <= one.number <= one.interval.high
        lowest = -1.0 if name == "matthews_corrcoef" else 0.0
        assert one.number >= lowest - 1e-12
        assert name == "log_loss" or one.number <= 1 + 1e-12


@settings(max_examples=15, deadline=None)
@given(
    before=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), SCORES), min_size=1, max_size=30
    ),
    now=st.lists(st.tuples(st.integers(0, 3), SCORES), min_size=1, max_size=30),
    scored=st.booleans(),
)
def test_tables_keep_all_rows_of_any_classes(
    before: list[tuple[int, int, float]], now: list[tuple[int, float]], scored: bool
) -> None:
    truth, said, score = (np.array(column, dtype=float) for column in zip(*before, strict=True))
    guess, sure = (np.array(column, dtype=float) for column in zip(*now, strict=True))
    reference = Scored(
        task="multiclass", truth=truth, predicted=said, score=score if scored else None, classes=4
    )
    period = Scored(
        task="multiclass",
        truth=np.full(len(guess), np.nan),
        predicted=guess,
        score=sure if scored else None,
        classes=4,
    )
    _, (found,) = estimate_tables(reference, (period,), 0.95)
    assert found["accuracy"].n == len(now)
    for one in found.values():
        assert one.number is not None
        assert -1e-12 <= one.number <= 1 + 1e-12


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12),
    asked=st.lists(st.floats(-3, 3), min_size=1, max_size=6),
)
def test_a_curve_is_a_chance_that_never_falls(
    rows: list[tuple[int, int]], asked: list[float]
) -> None:
    ups, downs = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    ups[0], downs[-1] = ups[0] + 1, downs[-1] + 1
    kept = ups + downs > 0
    score = np.linspace(-1, 1, len(rows))[kept]
    place = np.sort(np.array(asked))
    counted = Counted(score=score, ups=ups[kept], downs=downs[kept])
    curve = calibrate(counted, place, probabilities=False)
    assert ((curve.chance >= 0) & (curve.chance <= 1)).all()
    assert np.isfinite(curve.drawn).all()
    if curve.curve == "isotonic":
        assert (np.diff(curve.chance) >= -1e-12).all()


@settings(max_examples=60, deadline=None)
@given(keys=st.lists(st.integers(0, 5), min_size=1, max_size=60), most=st.integers(1, 30))
def test_the_order_of_rows_picks_no_others(keys: list[int], most: int) -> None:
    marks = np.array(keys, dtype=np.uint64)
    chosen = pick(marks, most)
    assert len(set(chosen.tolist())) == min(most, len(keys))
    other = marks[::-1].copy()
    assert sorted(marks[chosen]) == sorted(other[pick(other, most)])
