"""How models in scikit-learn's way are asked, each against its own ``predict``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from reportgen.collect.models.answering import answer_rows
from reportgen.collect.models.estimator import Estimator
from reportgen.errors import DataError
from reportgen.report import EvaluationSpec, PinRef

RANDOM = np.random.default_rng(1)
N = 900
ROWS = pd.DataFrame(RANDOM.normal(size=(N, 3)), columns=["a", "b", "c"])
TWO = pd.Series(np.where(ROWS["a"] + RANDOM.normal(size=N) > 0.4, "yes", "no"), name="y")
THREE = pd.Series(RANDOM.choice([1, 2, 3], N) + (ROWS["a"] > 1) * 0, name="y")
NUMBER = pd.Series(ROWS["a"] * 2 + RANDOM.normal(size=N), name="y")


def asked(model: Any, truth: pd.Series, rows: pd.DataFrame = ROWS, task: Any = None, **spec: Any):
    evaluation = EvaluationSpec(data=PinRef(name="rows"), target="y", **spec)
    return answer_rows(Estimator(model=model), rows, truth, task, evaluation)


class Counted:
    """Counts the rows that a model is asked about; everything else is the model's own."""

    def __init__(self, model: Any) -> None:
        self.model, self.predicted = model, 0

    def predict(self, rows: Any) -> Any:
        self.predicted += len(rows)
        return self.model.predict(rows)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)


MODELS = [
    LogisticRegression(),
    make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_iter=5)),
    RandomForestClassifier(5, max_depth=3, random_state=0),  # with many ties
    KNeighborsClassifier(4),
    SVC(probability=True, random_state=0),  # whose probabilities are fitted apart
    CalibratedClassifierCV(LinearSVC(), ensemble=False),
    FixedThresholdClassifier(LogisticRegression(), threshold=0.3),
    GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2),
    DummyClassifier(),
]


CASES = [
    (model, truth)
    for model in MODELS
    for truth in (TWO, THREE)
    if not (isinstance(model, FixedThresholdClassifier) and truth is THREE)
]


@pytest.mark.filterwarnings("ignore:The `probability` parameter:FutureWarning")
@pytest.mark.parametrize(("model", "truth"), CASES)
def test_every_row_is_decided_as_the_model_decides(model: Any, truth: pd.Series) -> None:
    model.fit(ROWS, truth)
    answered = asked(model, truth)
    assert answered.answers.predicted.tolist() == model.predict(ROWS).tolist()
    assert set(answered.classes) == set(model.classes_)
    if hasattr(model, "predict_proba"):
        scores = model.predict_proba(ROWS)
        np.testing.assert_array_equal(
            answered.answers.scores, scores[:, 1] if truth is TWO else scores
        )


def test_where_it_is_safe_few_rows_are_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    own = LogisticRegression.predict
    monkeypatch.setattr(
        LogisticRegression,
        "predict",
        lambda self, rows: counts.append(len(rows)) or own(self, rows),
    )
    answered = asked(LogisticRegression().fit(ROWS, TWO), TWO)
    assert sum(counts) == 200
    assert len(answered.answers.predicted) == N
    counts.clear()
    asked(FixedThresholdClassifier(LogisticRegression(), threshold=0.3).fit(ROWS, TWO), TWO)
    assert counts == []  # it never asks its inner model to decide; and was asked itself


def test_an_unknown_class_is_asked_about_every_row() -> None:
    class Contrary(LogisticRegression):
        def predict(self, rows: Any) -> Any:
            return np.where(super().predict(rows) == "yes", "no", "yes")

    model = Counted(Contrary().fit(ROWS, TWO))
    assert asked(model, TWO).answers.predicted.tolist() == model.model.predict(ROWS).tolist()
    assert model.predicted == N


def test_a_known_class_that_answers_otherwise_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = LogisticRegression().fit(ROWS, TWO)
    monkeypatch.setattr(
        LogisticRegression, "predict", lambda self, rows: np.full(len(rows), "no", dtype=object)
    )
    assert set(asked(model, TWO).answers.predicted) == {"no"}


def test_decision_values_rank_and_are_no_probabilities() -> None:
    model = LinearSVC().fit(ROWS, TWO)
    answered = asked(model, TWO)
    values = model.decision_function(ROWS)
    np.testing.assert_array_equal(answered.answers.scores, values)
    assert answered.read_as.startswith("decision values")
    turned = asked(model, TWO, positive="no")
    np.testing.assert_array_equal(turned.answers.scores, -values)
    assert roc_auc_score(TWO == "no", turned.answers.scores) > 0.5


def test_decision_values_that_would_pass_for_probabilities_are_not_shown() -> None:
    model = LinearSVC().fit(ROWS, TWO)
    values = model.decision_function(ROWS)
    alike = ROWS[(values > 0) & (values < 1)]
    answered = asked(model, TWO[alike.index], alike)
    assert answered.answers.scores is None
    assert answered.ask(ROWS).scores is None  # and later answers are read in the same way


def test_decision_values_of_three_classes_are_on_no_common_scale() -> None:
    assert asked(SGDClassifier(random_state=0).fit(ROWS, THREE), THREE).answers.scores is None


def test_a_threshold_decides_without_asking_again() -> None:
    model = Counted(LogisticRegression().fit(ROWS, TWO))
    answered = asked(model, TWO, threshold=0.7)
    above = model.predict_proba(ROWS)[:, 1] >= 0.7
    assert answered.answers.predicted.tolist() == np.where(above, "yes", "no").tolist()
    assert model.predicted == 0
    with pytest.raises(DataError, match="gives no scores"):
        asked(_Words(), TWO, threshold=0.7)


class _Words:
    classes_ = np.array(["no", "yes"])
    feature_names_in_ = np.array(["a", "b", "c"])

    def predict(self, rows: Any) -> Any:
        return np.full(len(rows), "no")


class _Intervals:
    """A regression with conformal intervals, as MAPIE gives them."""

    feature_names_in_ = np.array(["a", "b", "c"])

    def __init__(self, level: Any, levels: int, *, pair: bool = False) -> None:
        self.confidence_level, self.levels, self.pair = level, levels, pair

    def predict(self, rows: Any) -> Any:
        return rows["a"].to_numpy()

    def predict_interval(self, rows: Any) -> Any:
        points = rows["a"].to_numpy()
        widths = np.arange(1, self.levels + 1)
        ends = np.stack([points[:, None] - widths, points[:, None] + widths], axis=1)
        return (points + 1, ends) if self.pair else ends[:, :, 0]


@pytest.mark.parametrize(
    ("model", "level", "half"),
    [
        (_Intervals(0.9, 1), 0.9, 1),
        (_Intervals([0.5, 0.95], 2, pair=True), 0.95, 2),
        (_Intervals(None, 1), None, 1),
        (_Intervals([0.5, 0.9], 1), None, 1),  # it says two and gives one
    ],
)
def test_prediction_intervals_and_what_they_promise(model: Any, level: Any, half: int) -> None:
    answered = asked(model, NUMBER)
    assert answered.interval_level == level
    np.testing.assert_allclose(answered.answers.upper - ROWS["a"], half)
    np.testing.assert_allclose(answered.answers.lower - ROWS["a"], -half)
    np.testing.assert_allclose(answered.answers.predicted - ROWS["a"], 1 if model.pair else 0)


def test_a_model_around_another_gets_the_frame_that_the_other_needs() -> None:
    class Around:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def predict(self, rows: Any) -> Any:
            return self.inner.predict(rows)

    inner = make_pipeline(
        make_column_transformer((StandardScaler(), ["a"])), LinearRegression()
    ).fit(ROWS, NUMBER)
    estimator = Estimator(model=Around(inner))
    answered = asked(Around(inner), NUMBER, estimator.inputs(ROWS, ("a", "b", "c")))
    np.testing.assert_array_equal(answered.answers.predicted, inner.predict(ROWS))


def test_several_outputs_are_refused() -> None:
    both = LinearRegression().fit(ROWS, np.column_stack([NUMBER, NUMBER]))
    with pytest.raises(DataError, match="only models with one output"):
        asked(both, NUMBER)
    twice = KNeighborsClassifier().fit(ROWS, np.column_stack([THREE, THREE]))
    with pytest.raises(DataError, match="2 targets at once"):
        asked(twice, THREE)


def test_a_pipeline_of_texts_gets_texts_and_not_the_name_of_the_column() -> None:
    words = pd.Series(["late again", "on time", "very late", "early"] * 50, name="y")
    truth = words.str.contains("late").map({True: "bad", False: "good"})
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(words, truth)
    frame = pd.DataFrame({"comment": words, "other": 1})
    inputs = Estimator(model=model).inputs(frame, (), text="comment")
    answered = asked(model, truth, inputs)
    assert answered.answers.predicted.tolist() == truth.tolist()
    with pytest.raises(DataError, match="1 rows have no text in 'comment'"):
        answered.ask(pd.DataFrame({"comment": ["late", None]}))


@pytest.mark.parametrize(
    ("task", "truth", "message"),
    [
        ("classification", THREE, "is one for multiclass with the classes 1, 2, 3"),
        ("regression", TWO, "not numbers"),
    ],
)
def test_a_task_against_the_model(task: Any, truth: pd.Series, message: str) -> None:
    with pytest.raises(DataError, match=message):
        asked(LogisticRegression().fit(ROWS, truth), truth, task=task)


def test_whole_numbers_can_be_measured_as_numbers() -> None:
    model = RandomForestClassifier(5, random_state=0).fit(ROWS, THREE)
    answered = asked(model, THREE, task="regression")
    assert answered.task == "regression"
    np.testing.assert_array_equal(answered.answers.predicted, model.predict(ROWS))
    words = LogisticRegression().fit(ROWS, TWO)
    with pytest.raises(DataError, match="a regression needs numbers, and the model gives"):
        asked(words, NUMBER, task="regression")


def test_what_a_model_raises_is_told_with_its_name() -> None:
    model = LogisticRegression().fit(ROWS, TWO)
    with pytest.raises(DataError, match=r"LogisticRegression\) failed .* ValueError"):
        asked(model, TWO, ROWS.assign(a=np.nan))
    with pytest.raises(DataError, match="no rows to predict"):
        Estimator(model=model).reply(ROWS[:0], None)
