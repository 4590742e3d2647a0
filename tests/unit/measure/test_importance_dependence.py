"""Partial dependence, against scikit-learn on the same grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.inspection import partial_dependence
from sklearn.linear_model import LogisticRegression

from reportgen.measure.importance.dependence import mean_answers
from reportgen.measure.statistics.grids import grid_of
from reportgen.report import Series
from reportgen.report.frame import Answers, EvaluationFrame
from reportgen.report.spec import ImportanceSpec
from tests.unit.measure.importance_frames import (
    binary_frame,
    class_frame,
    importance,
    number_frame,
    waves,
)


def _drawn(frame: EvaluationFrame, feature: str) -> Series:
    name = f"importance.dependence.{feature}"
    return next(series for series in importance(frame).series if series.name == name)


def test_means_agree_with_scikit_learn_for_two_classes() -> None:
    features, truth = waves(400)
    model = HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(features, truth)
    found = _drawn(
        binary_frame(features, truth, lambda rows: model.predict_proba(rows)[:, 1]), "a"
    )
    grid = np.array(found.columns["value"])
    assert len(grid) == 20
    theirs = partial_dependence(
        model, features, ["a"], custom_values={"a": grid}, method="brute",
        response_method="predict_proba",
    )  # fmt: skip
    assert found.columns["mean"] == pytest.approx(theirs["average"][0], abs=1e-9)


def test_means_agree_with_scikit_learn_for_numbers() -> None:
    features, _ = waves(300)
    truth = (features["a"] * 3 + features["b"]).to_numpy()
    model = HistGradientBoostingRegressor(max_iter=20, random_state=0).fit(features, truth)
    found = _drawn(number_frame(features, truth, model.predict), "b")
    grid = np.array(found.columns["value"])
    theirs = partial_dependence(model, features, ["b"], custom_values={"b": grid}, method="brute")
    assert found.columns["mean"] == pytest.approx(theirs["average"][0], abs=1e-9)
    assert found.units["mean"] == "number"


def test_several_classes_are_drawn_side_by_side() -> None:
    features, _ = waves(400)
    truth = np.array(["u", "v", "w"], dtype=object)[pd.qcut(features["a"], 3, labels=False)]
    model = LogisticRegression().fit(features, truth)
    found = _drawn(class_frame(features, truth, model.predict_proba, ("u", "v", "w")), "a")
    groups = np.array(found.columns["group"])
    means = np.array(found.columns["mean"])
    grid = np.array(found.columns["value"])[groups == "u"]
    theirs = partial_dependence(
        model, features, ["a"], custom_values={"a": grid}, method="brute",
        response_method="predict_proba",
    )  # fmt: skip
    for place, word in enumerate(("u", "v", "w")):
        assert means[groups == word] == pytest.approx(theirs["average"][place], abs=1e-9)


def test_without_scores_it_is_the_share_predicted() -> None:
    features, truth = waves(200)
    frame = binary_frame(
        features, truth, lambda rows: (rows["a"] > 0).to_numpy(float), scored=False
    )
    found = _drawn(frame, "a")
    assert found.columns["mean"] == tuple(float(x > 0) for x in found.columns["value"])
    assert found.labels["mean"] == "Share predicted positive"


def test_scores_that_fail_leave_a_reason() -> None:
    features, truth = waves(200)
    frame = binary_frame(features, truth, lambda rows: 1 / (1 + np.exp(-rows["a"])))
    limit = float(features["a"].max())
    ask = frame.ask
    assert ask is not None

    def fussy(rows: pd.DataFrame) -> Answers:
        if rows["a"].value_counts().iloc[0] > 50:
            raise ValueError(f"too many rows alike, at most {limit:.0f}")
        return ask(rows)

    changed = EvaluationFrame(
        **{name: getattr(frame, name) for name in frame.__slots__} | {"ask": fussy}
    )
    part = importance(changed)
    value = next(v for v in part.values if v.name == "importance.dependence[feature=a]")
    assert value.reason is not None
    assert value.reason.startswith("the model refused changed rows (ValueError: too many")


def test_the_interval_is_that_of_a_mean() -> None:
    answered = np.random.default_rng(1).random((3, 50))
    mean, low, high = mean_answers(answered, np.ones(50), None, 0.95)
    error = answered.std(axis=1, ddof=1) / 50**0.5
    assert mean == pytest.approx(answered.mean(axis=1))
    assert high - mean == pytest.approx(2.0095752 * error, rel=1e-6)  # Student's t, 49
    assert mean - low == pytest.approx(high - mean)
    twice = np.repeat(answered, 2, axis=1)
    _, wide, _ = mean_answers(twice, np.ones(100), np.repeat(np.arange(50), 2), 0.95)
    assert wide == pytest.approx(low)


def test_a_grid_of_numbers_holds_quantiles_that_occur() -> None:
    values = pd.Series(np.random.default_rng(2).exponential(size=1_000))
    grid = grid_of(values)
    expected = np.quantile(values, np.linspace(0.02, 0.98, 20), method="inverted_cdf")
    assert grid.words == pytest.approx(expected)
    assert sum(grid.n) == 1_000
    assert [values[donor] for donor in grid.donors] == list(grid.words)


def _levels(values: list[Any]) -> tuple[tuple[Any, ...], tuple[int, ...], int]:
    grid = grid_of(pd.Series(values))
    return grid.words, grid.n, grid.left


def test_a_grid_of_few_numbers_holds_all_of_them() -> None:
    assert _levels([3, 1, 2, 2, 3, 3]) == ((1.0, 2.0, 3.0), (1, 2, 3), 0)
    assert _levels([1.0, np.nan, 2.0, 4.0]) == ((1.0, 2.0, 4.0), (1, 1, 1), 0)


def test_a_grid_of_levels_holds_the_commonest_and_what_is_missing() -> None:
    values = [*["b"] * 3, *["a"] * 3, None, None, *"cdefghijk"]
    words, n, left = _levels(values)
    assert words[:3] == ("a", "b", "(missing)")
    assert n[:3] == (3, 3, 2)
    assert len(words) == 10
    assert sum(n) + left == len(values)
    assert _levels([True, False, True]) == (("True", "False"), (2, 1), 0)


def test_the_number_of_figures_and_rows_is_bounded() -> None:
    features, truth = waves(2_500)
    spec = ImportanceSpec(top=1)
    part = importance(
        binary_frame(features, truth, lambda rows: 1 / (1 + np.exp(-rows["a"])), spec=spec)
    )
    drawn = [series for series in part.series if series.name.startswith("importance.dependence")]
    assert [series.name for series in drawn] == ["importance.dependence.a"]
    assert drawn[0].provenance.parameters["rows"] == 500
    assert "500 rows" in drawn[0].note


def test_values_of_few_rows_are_not_drawn_where_small_groups_are_hidden() -> None:
    features, truth = waves(300)
    features["kind"] = ["rare"] * 4 + ["some"] * 100 + ["most"] * 196
    truth = np.where(features["kind"] == "some", 1, truth)

    def score(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        return 1 / (1 + np.exp(-rows["a"] - 4.0 * (rows["kind"] == "some")))

    found = _drawn(binary_frame(features, truth, score, minimum_group=10), "kind")
    assert found.columns["value"] == ("most", "some")
    assert "Rows with rarer values are not drawn." in found.note
    assert "4 rows with rarer" not in found.note
    all_shown = _drawn(binary_frame(features, truth, score), "kind")
    assert all_shown.columns["value"] == ("most", "some", "rare")


def test_texts_and_ids_have_no_curve() -> None:
    features, truth = waves(200)
    features["id"] = [f"{k % 150}: {x:.1f}" for k, x in enumerate(features["a"])]
    features["body"] = np.where(features["a"] > 0, "yes", "no")

    def score(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        told = rows["id"].str.partition(":")[2].astype(float)
        return 1 / (1 + np.exp(-told - 2.0 * (rows["body"] == "yes")))

    part = importance(binary_frame(features, truth, score, text="body"))
    reasons = {value.name: value.reason for value in part.values if "dependence" in value.name}
    assert reasons == {
        "importance.dependence[feature=id]": "its values hardly repeat",
        "importance.dependence[feature=body]": "its values hardly repeat",
    }


def test_decision_values_are_no_shares() -> None:
    features, truth = waves(200)
    found = _drawn(binary_frame(features, truth, lambda rows: 3 * rows["a"].to_numpy()), "a")
    assert found.units["mean"] == "number"
    assert min(found.columns["low"]) < 0


def test_a_grid_has_fewer_points_where_small_groups_are_hidden() -> None:
    values = pd.Series(np.random.default_rng(2).normal(size=1_000))
    grid = grid_of(values, least=100)
    assert len(grid.words) >= 3
    assert min(grid.n) >= 100
    assert sum(grid.n) + grid.left == 1_000
    assert len(grid_of(values, least=600).words) == 0
