"""statsmodels results pinned by vetiver: the card's numbers are statsmodels' and scikit-learn's."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss, r2_score, roc_auc_score
from statsmodels.miscmodels.ordinal_model import OrderedModel

from reportgen.errors import DataError
from tests.models_support import asked_model, card_record, pin_with_vetiver

RANDOM = np.random.default_rng(7)
N = 600
ROWS = pd.DataFrame(
    {
        "price": RANDOM.normal(size=N),
        "odd name": RANDOM.normal(size=N),
        "city": RANDOM.choice(["Bonn", "Kiel", "Ulm"], N),
    }
)
ROWS["sales"] = (
    1 + 2 * ROWS["price"] - ROWS["odd name"] + (ROWS["city"] == "Ulm") + RANDOM.normal(size=N)
)
ROWS["sold"] = (ROWS["sales"] + RANDOM.normal(size=N) > 1).astype(int)
ROWS["label"] = np.where(ROWS["sold"] == 1, "yes", "no")
ROWS["size"] = pd.cut(ROWS["sales"], [-99, 0, 2, 99], labels=["small", "mid", "large"]).astype(str)
TRAIN, TEST = ROWS[:300], ROWS[300:].reset_index(drop=True)
INPUTS = ["price", "odd name", "city"]
FORMULA = "price + Q('odd name') + C(city)"


def fitted(make: Any, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence and deprecation inside statsmodels
        return make.fit(**options)


def test_a_formula_gives_predictions_and_intervals_of_the_asked_level(tmp_path: Path) -> None:
    results = fitted(smf.ols(f"sales ~ {FORMULA}", TRAIN))
    board = pin_with_vetiver(tmp_path, results, TRAIN[INPUTS], TEST)
    record = card_record(board, "sales")
    assert record.values["evaluation.r2"].number == pytest.approx(
        r2_score(TEST["sales"], results.predict(TEST))
    )
    coefficient = record.values["model.coefficient[term=price]"]
    low, high = results.conf_int().loc["price"]
    assert coefficient.number == pytest.approx(results.params["price"])
    assert (coefficient.interval.low, coefficient.interval.high) == pytest.approx((low, high))
    assert coefficient.n == 300
    assert record.facts["model.formula"].text == f"sales ~ {FORMULA}"
    assert record.facts["model.class"].text == "OLS"
    _, frame = asked_model(board, tmp_path / "own", "sales", confidence=0.8)
    by_hand = results.get_prediction(TEST).summary_frame(alpha=0.2)
    assert frame.interval_level == 0.8
    np.testing.assert_allclose(frame.lower, by_hand["obs_ci_lower"])
    np.testing.assert_allclose(frame.upper, by_hand["obs_ci_upper"])


def test_a_row_with_a_missing_value_is_kept_and_has_no_answer(tmp_path: Path) -> None:
    results = fitted(smf.ols(f"sales ~ {FORMULA}", TRAIN))
    rows = TEST.copy()
    rows.loc[[3, 5], "price"] = np.nan
    rows.index = [0] * len(rows)  # statsmodels finds rows by their labels
    board = pin_with_vetiver(tmp_path, results, TRAIN[INPUTS], rows.reset_index(drop=True))
    _, frame = asked_model(board, tmp_path / "own", "sales")
    again = frame.ask(rows[list(frame.features.columns)])
    expected = results.predict(rows.reset_index(drop=True)).to_numpy()
    for predicted, lower in ((frame.predicted, frame.lower), (again.predicted, again.lower)):
        np.testing.assert_allclose(predicted, expected)
        assert np.flatnonzero(np.isnan(predicted)).tolist() == [3, 5]
        assert np.flatnonzero(np.isnan(lower)).tolist() == [3, 5]
    assert card_record(board, "sales").values["evaluation.rows"].number == len(rows) - 2


@pytest.mark.parametrize("named", [True, False], ids=["frame", "array"])
def test_the_constant_of_an_array_need_not_stand_in_the_data(tmp_path: Path, named: bool) -> None:
    inputs = TRAIN[["price", "odd name"]]
    given = sm.add_constant(inputs if named else inputs.to_numpy())
    results = fitted(sm.OLS(TRAIN["sales"] if named else TRAIN["sales"].to_numpy(), given))
    rows = TEST[["price", "odd name", "sales"]]
    board = pin_with_vetiver(tmp_path, results, given, rows)
    _, frame = asked_model(board, tmp_path / "own", "sales")
    expected = results.predict(sm.add_constant(rows[["price", "odd name"]].to_numpy()))
    np.testing.assert_allclose(frame.predicted, expected)


@pytest.mark.parametrize("family", ["logit", "probit", "glm"])
def test_two_classes_are_measured_by_their_fitted_probability(tmp_path: Path, family: str) -> None:
    options = {"family": sm.families.Binomial()} if family == "glm" else {}
    model = getattr(smf, family)(f"sold ~ {FORMULA}", TRAIN, **options)
    results = fitted(model, **({} if family == "glm" else {"disp": 0}))
    board = pin_with_vetiver(tmp_path, results, TRAIN[INPUTS], TEST)
    values = card_record(board, "sold").values
    probability = results.predict(TEST)
    assert values["evaluation.roc_auc"].number == pytest.approx(
        roc_auc_score(TEST["sold"], probability)
    )
    assert values["evaluation.brier"].number == pytest.approx(
        brier_score_loss(TEST["sold"], probability)
    )
    assert values["evaluation.accuracy"].number == pytest.approx(
        accuracy_score(TEST["sold"], probability >= 0.5)
    )
    assert values["evaluation.threshold"].number == 0.5


def test_a_glm_of_words_fits_the_probability_of_the_first_word(tmp_path: Path) -> None:
    """statsmodels takes the first of two dummy columns for success: here 'no'."""
    model = smf.glm(f"label ~ {FORMULA}", TRAIN, family=sm.families.Binomial())
    results = fitted(model)
    assert results.predict(TEST)[TEST["label"] == "no"].mean() > 0.5
    board = pin_with_vetiver(tmp_path, results, TRAIN[INPUTS], TEST)
    _, frame = asked_model(board, tmp_path / "own", "label")
    assert (frame.classes, frame.positive) == (("no", "yes"), "yes")
    np.testing.assert_allclose(frame.scores, 1 - results.predict(TEST))
    _, turned = asked_model(board, tmp_path / "own", "label", positive="no")
    np.testing.assert_allclose(turned.scores, results.predict(TEST))


def test_shares_are_a_regression_of_a_binomial_glm(tmp_path: Path) -> None:
    shares = TRAIN.assign(share=1 / (1 + np.exp(-TRAIN["sales"])))
    results = fitted(smf.glm("share ~ price", shares, family=sm.families.Binomial()))
    rows = TEST.assign(share=1 / (1 + np.exp(-TEST["sales"])))
    board = pin_with_vetiver(tmp_path, results, TRAIN[["price"]], rows)
    _, frame = asked_model(board, tmp_path / "own", "share")
    assert frame.task == "regression"
    np.testing.assert_allclose(frame.predicted, results.predict(rows))


def test_a_multinomial_logit_keeps_its_classes_and_their_coefficients(tmp_path: Path) -> None:
    given = sm.add_constant(TRAIN[["price", "odd name"]])
    results = fitted(sm.MNLogit(TRAIN["size"], given), disp=0)
    board = pin_with_vetiver(tmp_path, results, given, TEST)
    record = card_record(board, "size")
    scores = results.predict(sm.add_constant(TEST[["price", "odd name"]])).to_numpy()
    classes = ["large", "mid", "small"]
    assert record.values["evaluation.log_loss"].number == pytest.approx(
        log_loss(TEST["size"], scores, labels=classes)
    )
    assert record.values["evaluation.accuracy"].number == pytest.approx(
        accuracy_score(TEST["size"], np.array(classes)[scores.argmax(axis=1)])
    )
    name = "model.coefficient[class=small,term=price]"
    assert record.values[name].number == pytest.approx(results.params.loc["price"].iloc[1])
    assert record.values[name].interval.low == pytest.approx(
        results.conf_int().loc[("small", "price"), "lower"]
    )


def test_numbered_classes_and_ordered_ones(tmp_path: Path) -> None:
    numbers = TRAIN["size"].map({"small": 1, "mid": 2, "large": 3})
    given = sm.add_constant(TRAIN[["price"]])
    numbered = fitted(sm.MNLogit(numbers, given), disp=0)
    rows = TEST.assign(grade=TEST["size"].map({"small": 1, "mid": 2, "large": 3}))
    board = pin_with_vetiver(tmp_path, numbered, given, rows)
    _, frame = asked_model(board, tmp_path / "own", "grade")
    assert frame.classes == (1, 2, 3)
    (tmp_path / "two").mkdir()
    levels = pd.Categorical(TRAIN["size"], ["small", "mid", "large"], ordered=True)
    ordered = fitted(
        OrderedModel(pd.Series(levels), TRAIN[["price"]], distr="logit"), method="bfgs", disp=0
    )
    board = pin_with_vetiver(tmp_path / "two", ordered, TRAIN[["price"]], TEST)
    _, frame = asked_model(board, tmp_path / "two" / "own", "size")
    assert frame.classes == ("small", "mid", "large")
    np.testing.assert_allclose(frame.scores, ordered.predict(TEST[["price"]]).to_numpy())


def test_a_poisson_model_is_measured_and_one_with_an_exposure_is_refused(tmp_path: Path) -> None:
    counts = TRAIN.assign(n=np.arange(300) % 5)
    results = fitted(smf.glm("n ~ price", counts, family=sm.families.Poisson()))
    rows = TEST.assign(n=np.arange(300) % 5)
    board = pin_with_vetiver(tmp_path, results, TRAIN[["price"]], rows)
    model, frame = asked_model(board, tmp_path / "own", "n")
    np.testing.assert_allclose(frame.predicted, results.predict(rows))
    table = next(each for each in model.part.tables if each.name == "model.parameters")
    shown = {row[0].text: row[1].text for row in table.rows}
    assert (shown["family"], shown["link"]) == ("Poisson", "Log")
    exposed = fitted(
        smf.glm("n ~ price", counts, family=sm.families.Poisson(), exposure=np.full(300, 2.0))
    )
    (tmp_path / "two").mkdir()
    board = pin_with_vetiver(tmp_path / "two", exposed, TRAIN[["price"]], rows)
    with pytest.raises(DataError, match="fitted with an exposure"):
        asked_model(board, tmp_path / "two" / "own", "n")


def test_a_penalised_fit_has_coefficients_without_intervals(tmp_path: Path) -> None:
    given = TRAIN[["price", "odd name"]]
    results = sm.OLS(TRAIN["sales"], given).fit_regularized(alpha=0.1)
    board = pin_with_vetiver(tmp_path, results, given, TEST)
    values = card_record(board, "sales").values
    value = values["model.coefficient[term=price]"]
    assert value.number == pytest.approx(results.params.iloc[0])
    assert value.interval is None
    assert values["model.standard_error[term=price]"].reason == "the fit gives none"


def test_a_forecast_of_a_series_is_no_answer_about_rows(tmp_path: Path) -> None:
    from statsmodels.tsa.ar_model import AutoReg

    results = AutoReg(TRAIN["sales"].to_numpy(), lags=1).fit()
    board = pin_with_vetiver(tmp_path, results, TRAIN[["price"]], TEST)
    with pytest.raises(DataError, match="forecasts times or durations"):
        asked_model(board, tmp_path / "own", "sales")


def test_a_task_that_the_model_cannot_do_is_refused(tmp_path: Path) -> None:
    results = fitted(smf.ols("sales ~ price", TRAIN))
    board = pin_with_vetiver(tmp_path, results, TRAIN[["price"]], TEST)
    with pytest.raises(DataError, match="task: classification, but the model"):
        asked_model(board, tmp_path / "own", "sold", task="classification")
