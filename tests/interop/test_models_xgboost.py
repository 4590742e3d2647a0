"""xgboost models pinned by vetiver: native Boosters, and estimators in scikit-learn's way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pins
import pytest
import xgboost as xgb
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, roc_auc_score

from reportgen.errors import DataError
from tests.boards_support import PINS_LEAVES_FILES_OPEN
from tests.models_support import asked_model, card_record, pin_with_vetiver

RANDOM = np.random.default_rng(11)
N = 500
ROWS = pd.DataFrame(
    {
        "a": RANDOM.normal(size=N),
        "b": RANDOM.normal(size=N),
        "c": pd.Categorical(RANDOM.choice(["x", "y", "z"], N)),
    }
)
ROWS["y"] = (ROWS["a"] + (ROWS["c"] == "x") + RANDOM.normal(size=N) > 0.5).astype(int)
ROWS["k"] = RANDOM.integers(0, 3, N)
ROWS["v"] = ROWS["a"] * 2 + RANDOM.normal(size=N)
TRAIN, TEST = ROWS[:300], ROWS[300:].reset_index(drop=True)
INPUTS = ["a", "b", "c"]


def matrix(rows: pd.DataFrame, label: str | None = None) -> xgb.DMatrix:
    labels = None if label is None else rows[label]
    return xgb.DMatrix(rows[INPUTS], label=labels, enable_categorical=True)


def trained(objective: str, label: str, **more: Any) -> xgb.Booster:
    settings = {"objective": objective, "max_depth": 2, "eta": 0.3, "seed": 1, **more}
    return xgb.train(settings, matrix(TRAIN, label), 8)


def pinned(folder: Path, model: Any, rows: pd.DataFrame = TEST, **metadata: Any) -> Path:
    return pin_with_vetiver(folder, model, TRAIN[INPUTS].astype({"c": str}), rows, metadata)


def test_a_booster_gives_probabilities_and_says_what_it_is(tmp_path: Path) -> None:
    booster = trained("binary:logistic", "y")
    board = pinned(tmp_path, booster)
    record = card_record(board, "y")
    probability = booster.predict(matrix(TEST))
    assert record.values["evaluation.roc_auc"].number == pytest.approx(
        roc_auc_score(TEST["y"], probability)
    )
    assert record.values["evaluation.accuracy"].number == pytest.approx(
        accuracy_score(TEST["y"], probability >= 0.5)
    )
    assert record.values["evaluation.threshold"].number == 0.5
    assert record.values["model.rounds"].number == 8
    assert record.facts["model.class"].text == "Booster"
    assert record.facts["model.library"].text == "xgboost"
    assert record.facts["model.library_version"].text == xgb.__version__
    shown = {row[0].text: row[1].text for row in record.tables["model.parameters"].rows}
    assert (shown["max_depth"], shown["learning_rate"]) == ("2", "0.3")
    packages = {row[0].text: row[2].text for row in record.tables["model.packages"].rows}
    assert packages == {"xgboost": xgb.__version__}


@pytest.mark.parametrize("objective", ["binary:logitraw", "binary:hinge"])
def test_margins_become_probabilities_and_a_hinge_gives_none(
    tmp_path: Path, objective: str
) -> None:
    booster = trained(objective, "y")
    _, frame = asked_model(pinned(tmp_path, booster), tmp_path / "own", "y")
    output = booster.predict(matrix(TEST))
    if objective == "binary:hinge":
        assert frame.scores is None
        assert frame.threshold is None
        assert frame.predicted.tolist() == output.astype(int).tolist()
    else:
        np.testing.assert_allclose(frame.scores, 1 / (1 + np.exp(-output.astype(float))))


@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
def test_more_classes_have_probabilities_whatever_the_output(
    tmp_path: Path, objective: str
) -> None:
    names = ["small", "mid", "large"]
    rows = TEST.assign(k=TEST["k"].map(dict(enumerate(names))))
    booster = trained(objective, "k", num_class=3)
    board = pinned(tmp_path, booster, rows, classes=names)
    _, frame = asked_model(board, tmp_path / "own", "k")
    probability = trained("multi:softprob", "k", num_class=3).predict(matrix(TEST))
    assert frame.classes == tuple(names)
    np.testing.assert_allclose(frame.scores, probability, atol=1e-6)
    expected = log_loss(TEST["k"], probability / probability.sum(axis=1, keepdims=True))
    value = card_record(board, "k").values["evaluation.log_loss"]
    assert value.number == pytest.approx(expected, abs=1e-6)


def test_classes_without_names_say_where_to_name_them(tmp_path: Path) -> None:
    board = pinned(tmp_path, trained("binary:logistic", "y"), TEST.assign(y="maybe"))
    with pytest.raises(DataError, match="knows its classes by number only"):
        asked_model(board, tmp_path / "own", "y")
    (tmp_path / "two").mkdir()
    board = pinned(tmp_path / "two", trained("binary:logistic", "y"), classes=["a", "b", "c"])
    with pytest.raises(DataError, match="names 3 classes"):
        asked_model(board, tmp_path / "two" / "own", "y")


def test_categories_are_read_as_in_training_whatever_comes_first(tmp_path: Path) -> None:
    booster = trained("reg:squarederror", "v")
    some = TEST[TEST["c"] != "x"].reset_index(drop=True).astype({"c": str})
    _, frame = asked_model(pinned(tmp_path, booster, some), tmp_path / "own", "v")
    in_training = some.assign(c=pd.Categorical(some["c"], categories=["x", "y", "z"]))
    np.testing.assert_allclose(frame.predicted, booster.predict(matrix(in_training)))


def test_three_quantiles_are_a_median_and_an_interval(tmp_path: Path) -> None:
    booster = trained("reg:quantileerror", "v", quantile_alpha=[0.1, 0.5, 0.9])
    _, frame = asked_model(pinned(tmp_path, booster), tmp_path / "own", "v")
    output = booster.predict(matrix(TEST))
    np.testing.assert_allclose(frame.predicted, output[:, 1])
    np.testing.assert_allclose(frame.lower, np.minimum(output[:, 0], output[:, 2]))
    assert frame.interval_level == 0.8
    (tmp_path / "two").mkdir()
    pair = trained("reg:quantileerror", "v", quantile_alpha=[0.1, 0.9])
    with pytest.raises(DataError, match="no prediction to measure"):
        asked_model(pinned(tmp_path / "two", pair), tmp_path / "two" / "own", "v")


def test_rankings_are_refused(tmp_path: Path) -> None:
    board = pinned(tmp_path, trained("rank:pairwise", "y"))
    with pytest.raises(DataError, match="rankings and survival times"):
        asked_model(board, tmp_path / "own", "y")


def test_the_estimator_is_asked_as_scikit_learn_asks(tmp_path: Path) -> None:
    model = xgb.XGBClassifier(n_estimators=6, max_depth=2, enable_categorical=True)
    model.fit(TRAIN[INPUTS], TRAIN["y"])
    board = pinned(tmp_path, model, TEST.astype({"c": str}))
    record = card_record(board, "y")
    probability = model.predict_proba(TEST[INPUTS])[:, 1]
    assert record.values["evaluation.roc_auc"].number == pytest.approx(
        roc_auc_score(TEST["y"], probability)
    )
    table = record.tables["model.parameters"]
    rows = {row[0].text: (row[1].text, row[2].text) for row in table.rows}
    assert rows["max_depth"] == ("2", "yes")
    assert "None" not in {value for value, _ in rows.values()}
    assert "left to xgboost" in table.note
    model = xgb.XGBRegressor(
        n_estimators=6, objective="reg:quantileerror", quantile_alpha=[0.05, 0.5, 0.95]
    ).fit(TRAIN[["a", "b"]], TRAIN["v"])
    (tmp_path / "two").mkdir()
    board = pin_with_vetiver(tmp_path / "two", model, TRAIN[["a", "b"]], TEST)
    values = card_record(board, "v").values
    assert values["evaluation.mae"].number == pytest.approx(
        mean_absolute_error(TEST["v"], model.predict(TEST[["a", "b"]])[:, 1])
    )


@PINS_LEAVES_FILES_OPEN
def test_a_file_of_xgboosts_own_needs_no_trust(tmp_path: Path) -> None:
    booster = trained("binary:logistic", "y")
    booster.save_model(tmp_path / "late.ubj")
    board = pins.board_folder(str(tmp_path / "board"))
    board.pin_upload([str(tmp_path / "late.ubj")], "model")
    board.pin_write(TEST, "rows", type="parquet")
    import reportgen as rg

    record = rg.card(tmp_path / "board", "model", data="rows", target="y").data
    assert record.values["evaluation.roc_auc"].number == pytest.approx(
        roc_auc_score(TEST["y"], booster.predict(matrix(TEST)))
    )
    assert "model.parameters" not in record.tables  # a file does not keep how it was trained
