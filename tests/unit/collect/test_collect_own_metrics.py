"""Own metrics by name: functions of the project, scorers of scikit-learn, and what goes wrong."""

import os
import sys
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as skm

from reportgen.collect.metric_files import metric_files
from reportgen.collect.models.scorers import scorer_metric
from reportgen.collect.own_metrics import own_metrics, with_own_metrics
from reportgen.errors import DataError, NotFoundError, UserError
from reportgen.measure import measure_evaluation
from reportgen.report.frame import EvaluationFrame

MODULE = '''
"""Metrics of a project."""
import numpy as np
from prices import ALARM

def profit(y_true, y_pred, *, sample_weight=None):
    """Euros earned per row.

    More than one line.
    """
    return float(np.average(3 * (y_true & y_pred) - ALARM * (~y_true & y_pred),
                            weights=sample_weight))

profit.label = "Profit (€)"
profit.better = "higher"

def spread(observed, guessed, /, squared=False):
    return float(np.std(observed.astype(float) - guessed))

def confidence(y_true, y_score):
    return float(y_score.mean())

def wants(y_true, y_predd, colour):
    return 0.0

def only(y_pred):
    return 0.0

def sideways(y_true, y_pred):
    return 0.0

sideways.better = "up"
LIMIT = 3
'''


@pytest.fixture
def project(tmp_path):
    (tmp_path / "own.py").write_text(dedent(MODULE), encoding="utf-8")
    (tmp_path / "prices.py").write_text("ALARM = 2\n", encoding="utf-8")
    yield tmp_path
    sys.modules.pop("prices", None)


def _data(n=200):
    rng = np.random.default_rng(0)
    scores = rng.random(n)
    return rng.random(n) < scores, scores > 0.5, scores, rng.random(n) + 0.2


def _one(name, folder, task="classification"):
    return own_metrics([name], folder, task=task, classes=(False, True), positive=True)[0]


def test_a_function_is_found_beside_the_project(project):
    before = list(sys.path)
    metric = _one("own:profit", project)
    truth, predicted, scores, weights = _data()
    earned = 3 * (truth & predicted) - 2 * (~truth & predicted)
    assert metric.measure(truth, predicted, scores, weights) == pytest.approx(
        np.average(earned, weights=weights)
    )
    assert (metric.name, metric.label, metric.better) == ("profit", "Profit (€)", "higher")
    assert metric.meaning == "Euros earned per row."
    assert metric.weighted
    assert metric.source.startswith("own:profit, sha256 ")
    assert sys.path == before


def test_parameters_by_place_and_by_name(project):
    truth, predicted, scores, _ = _data()
    spread = _one("own:spread", project)
    expected = np.std(truth.astype(float) - predicted)
    assert spread.measure(truth, predicted, scores, None) == pytest.approx(expected)
    assert not spread.weighted
    confidence = _one("own:confidence", project)
    assert confidence.measure(truth, predicted, scores, None) == pytest.approx(scores.mean())
    with pytest.raises(DataError, match="the model gives no scores"):
        confidence.measure(truth, predicted, None, None)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("own:proft", NotFoundError, "'proft' is not there. Did you mean 'profit'?"),
        ("own:LIMIT", NotFoundError, "'LIMIT' is no function"),
        ("onw:profit", NotFoundError, "no module 'onw'.* Did you mean 'own'?"),
        ("own:wants", UserError, "asks for 'colour', which is not known"),
        ("own:only", UserError, "takes no truth"),
        ("own:sideways", UserError, "better is 'up', not 'higher' or 'lower'"),
        ("f1_weigthed", NotFoundError, "no scorer 'f1_weigthed'. Did you mean 'f1_weighted'?"),
    ],
)
def test_mistakes_are_named_with_what_was_meant(project, name, error, words):
    with pytest.raises(error, match=words):
        _one(name, project)


def test_a_module_that_fails_says_how(tmp_path):
    (tmp_path / "broken.py").write_text("1 / 0\n", encoding="utf-8")
    (tmp_path / "lacking.py").write_text("import no_such_package_at_all\n", encoding="utf-8")
    with pytest.raises(UserError, match="importing broken failed: ZeroDivisionError"):
        _one("broken:profit", tmp_path)
    with pytest.raises(UserError, match="needs the module 'no_such_package_at_all'"):
        _one("lacking:profit", tmp_path)


def test_two_projects_may_use_the_same_file_name(tmp_path):
    for name, number in (("one", 1.0), ("two", 2.0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "own.py").write_text(
            f"def flat(y_true, y_pred):\n    return {number}\n", encoding="utf-8"
        )
    found = [_one("own:flat", tmp_path / name) for name in ("one", "two")]
    assert [metric.measure(*_data()) for metric in found] == [1.0, 2.0]
    (tmp_path / "one" / "own.py").write_text(
        "def flat(y_true, y_pred):\n    return 3.0\n", encoding="utf-8"
    )
    assert _one("own:flat", tmp_path / "one").measure(*_data()) == 3.0


def test_a_number_that_is_changed_at_once_is_the_new_one(tmp_path, monkeypatch):
    """Also where Python keeps bytecode, which it tells from a file's by size and second."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    found = []
    for number in (1.0, 2.0, 3.0):
        (tmp_path / "own.py").write_text(f"def flat(t, p):\n    return {number}\n")
        os.utime(tmp_path / "own.py", (1_000_000_000, 1_000_000_000))
        found.append(_one("own:flat", tmp_path).measure(*_data()))
    assert found == [1.0, 2.0, 3.0]
    assert [path.name for path in tmp_path.iterdir()] == ["own.py"]


def test_a_name_stands_for_one_value(project):
    with pytest.raises(UserError, match=r"would be the value evaluation\.profit"):
        own_metrics(["own:profit", "own:profit"], project, task="classification")


def test_files_of_metrics_are_digested_without_running_them(project):
    (project / "never.py").write_text("raise SystemExit\n", encoding="utf-8")
    names = ["own:profit", "never:run", "f1", "numpy:mean"]
    found = metric_files(names, project)
    assert set(found) == {"own", "never"}
    (project / "own.py").write_text("x = 1\n", encoding="utf-8")
    assert metric_files(names, project)["own"] != found["own"]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("name", "own_name", "score"),
    [
        ("jaccard", "jaccard", lambda t, p, s, w: skm.jaccard_score(t, p, sample_weight=w)),
        ("roc_auc", "roc_auc", lambda t, p, s, w: skm.roc_auc_score(t, s, sample_weight=w)),
        ("neg_log_loss", "log_loss", lambda t, p, s, w: skm.log_loss(t, s, sample_weight=w)),
        (
            "f1_macro", "f1_macro",
            lambda t, p, s, w: skm.f1_score(t, p, average="macro", sample_weight=w),
        ),
    ],
)  # fmt: skip
def test_scorers_score_answers_that_were_given(name, own_name, score, weighted):
    truth, predicted, scores, weights = _data()
    own = weights if weighted else None
    words = np.array(["no", "yes"])
    metric = scorer_metric(name, "classification", ("no", "yes"), "yes")
    said = metric.measure(words[truth.astype(int)], words[predicted.astype(int)], scores, own)
    assert said == pytest.approx(score(truth, predicted, scores, own))
    assert (metric.name, metric.better) == (
        own_name, "lower" if name.startswith("neg_") else "higher",
    )  # fmt: skip


def test_scorers_of_several_classes_and_of_numbers():
    rng = np.random.default_rng(0)
    truth = rng.choice(["a", "b", "c"], 90)
    scores = rng.dirichlet([1, 1, 1], 90)
    predicted = np.array(["a", "b", "c"])[scores.argmax(1)]
    metric = scorer_metric("roc_auc_ovr", "multiclass", ("a", "b", "c"))
    assert metric.measure(truth, predicted, scores, None) == pytest.approx(
        skm.roc_auc_score(truth, scores, multi_class="ovr")
    )
    x, y = rng.normal(size=(2, 90))
    assert scorer_metric("neg_max_error", "regression").measure(x, y, None, y) == pytest.approx(
        skm.max_error(x, y)
    )
    assert not scorer_metric("neg_max_error", "regression").weighted


def test_a_card_with_own_metrics(project):
    truth, predicted, scores, _ = _data()
    frame = EvaluationFrame(
        task="classification",
        target="late",
        truth=pd.Series(truth, dtype=object),
        predicted=predicted,
        scores=scores,
        classes=(False, True),
        positive=True,
        features=pd.DataFrame(index=range(200)),
    )
    own = with_own_metrics(frame, ["own:profit"], project)
    values = {value.name: value for value in measure_evaluation(own).values}
    earned = 3 * (truth & predicted) - 2 * (~truth & predicted)
    assert values["evaluation.profit"].number == pytest.approx(earned.mean())
    assert values["evaluation.profit"].interval.method == "bootstrap BCa"
