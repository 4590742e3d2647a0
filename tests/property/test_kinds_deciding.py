"""Deciding by scores says what ``predict`` says: with ties, constants and any number of rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from reportgen.collect.kinds.arrays import one_interval, softmax
from reportgen.collect.kinds.deciding import decided_by_scores

NUMBERS = st.integers(-3, 3).map(float)


@settings(max_examples=25)
@given(
    rows=arrays(float, st.tuples(st.integers(8, 500), st.just(2)), elements=NUMBERS),
    classes=st.sampled_from([2, 3, 4]),
    model=st.sampled_from([LogisticRegression(), GaussianNB(), DecisionTreeClassifier()]),
)
def test_decided_as_predicted(rows: np.ndarray, classes: int, model: object) -> None:
    truth = np.arange(len(rows)) % classes
    rows[:, 0] += truth % 2  # something to learn, and many rows alike
    fitted = model.fit(rows, truth)
    scores = fitted.predict_proba(rows)
    decided = decided_by_scores(fitted, rows, scores, fitted.classes_)
    assert decided.tolist() == fitted.predict(rows).tolist()


@given(arrays(float, (5, 3), elements=st.floats(-1e6, 1e6)), st.floats(-1e3, 1e3))
def test_a_softmax_adds_up_and_does_not_mind_a_shift(margins: np.ndarray, shift: float) -> None:
    shares = softmax(margins)
    assert np.allclose(shares.sum(axis=1), 1)
    assert np.allclose(shares, softmax(margins + shift), atol=1e-6)


@given(arrays(float, (6, 2), elements=st.floats(allow_nan=False)))
def test_an_interval_never_ends_before_it_starts(ends: np.ndarray) -> None:
    lower, upper = one_interval(ends, 6)
    assert (lower <= upper).all()
    assert (np.sort(ends, axis=1) == np.column_stack([lower, upper])).all()
