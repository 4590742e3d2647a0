"""Importance over any rows: ties, constants, one class, weights, missing values, few rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.report.spec import ImportanceSpec
from tests.unit.measure.importance_frames import (
    binary_frame,
    class_frame,
    importance,
    number_frame,
)

SPEC = ImportanceSpec(rows=30, repeats=3, top=2)


@st.composite
def _rows(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(0, 40))
    number = st.one_of(st.integers(-2, 2).map(float), st.none())
    column = st.lists(number, min_size=n, max_size=n)
    return {
        "features": pd.DataFrame(
            {
                "x": pd.array(draw(column), dtype="Float64").to_numpy(float, na_value=np.nan),
                "y": pd.Series(draw(column), dtype=float),
                "level": pd.Series(
                    draw(st.lists(st.sampled_from(["p", "q", None]), min_size=n, max_size=n)),
                    dtype=object,
                ),
            }
        ),
        "truth": np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)), dtype=int),
        "weights": draw(
            st.none()
            | st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=n, max_size=n).map(np.array)
        ),
        "order": np.array(draw(st.permutations(range(n))), dtype=int),
        "constant": draw(st.booleans()),
    }


def _score(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
    x = rows["x"].fillna(0).to_numpy(float)
    return np.round(1 / (1 + np.exp(-x)) + 0.05 * (rows["level"] == "p").to_numpy(float), 2) / 1.1


def _frame(kind: str, given: dict[str, Any], order: np.ndarray[Any, Any]) -> Any:
    features = given["features"].iloc[order].reset_index(drop=True)
    truth = given["truth"][order]
    weights = None if given["weights"] is None else given["weights"][order]

    def score(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        return np.full(len(rows), 0.3) if given["constant"] else _score(rows)

    if kind == "number":
        return number_frame(features, truth.astype(float), score, SPEC, weights=weights)
    if kind == "classes":

        def scores(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
            one = score(rows)
            return np.column_stack([one / 2, 1 - one, one / 2])

        return class_frame(features, truth, scores, (0, 1, 2), SPEC, weights=weights)
    return binary_frame(
        features, truth % 2, score, scored=kind == "scores", spec=SPEC, weights=weights
    )


@settings(max_examples=60, deadline=None)
@given(_rows(), st.sampled_from(["number", "classes", "scores", "labels"]))
def test_every_feature_has_a_number_or_a_reason(given: dict[str, Any], kind: str) -> None:
    frame = _frame(kind, given, np.arange(len(given["truth"])))
    part = importance(frame)
    names = {value.name: value for value in part.values}
    for feature in ("x", "y", "level"):
        value = names[f"importance.permutation[feature={feature}]"]
        assert (value.number is None) == (value.reason is not None)
        if value.interval is not None and value.number is not None:
            assert value.interval.low <= value.number <= value.interval.high
    if names["importance.permutation[feature=y]"].number is not None:
        assert names["importance.permutation[feature=y]"].number == 0  # nobody looks at it
    for table in part.tables:
        for row in table.rows:
            assert all(cell.value is None or cell.value in names for cell in row)
    for finding in part.findings:
        assert set(finding.because) <= set(names)


@settings(max_examples=40, deadline=None)
@given(_rows(), st.sampled_from(["number", "classes", "scores", "labels"]))
def test_the_order_of_the_rows_changes_nothing(given: dict[str, Any], kind: str) -> None:
    straight = _frame(kind, given, np.arange(len(given["truth"])))
    assert importance(straight) == importance(_frame(kind, given, given["order"]))
