"""Permutation importance: its points, its intervals, what it says and what it does not ask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score, root_mean_squared_error

from reportgen.measure import asking
from reportgen.measure.evaluation.card import measure_evaluation
from reportgen.measure.headline import LOSS_SIGN, degrees_of_freedom, influence_of
from reportgen.measure.importance.sample import draw_sample
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.shuffling import draw_rows, estimate_loss
from reportgen.report.frame import EvaluationFrame
from reportgen.report.spec import ImportanceSpec
from tests.unit.measure.importance_frames import (
    binary_frame,
    class_frame,
    context_of,
    importance,
    logistic,
    loss,
    number_frame,
    values_of,
    wave_score,
    waves,
)


def _slow(frame: EvaluationFrame, column: int, metric: Any) -> float:
    """Shuffle by hand, along the drawn order, with plain scikit-learn."""
    sample = draw_sample(context_of(frame))
    rows, m = sample.features, len(sample.truth)
    assert frame.ask is not None

    def told(donors: np.ndarray[Any, Any], taken: bool) -> float:
        changed = rows.copy()
        if taken:
            changed.iloc[:, column] = rows.iloc[donors, column].to_numpy()
        weights = sample.weights * sample.weights[donors]
        answers = frame.ask(changed)
        said = answers.predicted if answers.scores is None else answers.scores
        if metric is accuracy_score:
            said = answers.predicted
        return float(metric(sample.truth, said, sample_weight=weights))

    shifts = [(np.arange(m) + shift) % m for shift in range(1, sample.plan.repeats + 1)]
    return float(np.mean([told(donors, True) - told(donors, False) for donors in shifts]))


@pytest.mark.parametrize("weighted", [False, True])
def test_points_agree_with_shuffling_by_hand(weighted: bool) -> None:
    features, truth = waves(120)
    weights = np.random.default_rng(5).integers(0, 4, 120).astype(float) if weighted else None
    spec = ImportanceSpec(repeats=7)
    scored = binary_frame(features, truth, wave_score, spec=spec, weights=weights)
    plain = binary_frame(features, truth, wave_score, scored=False, spec=spec, weights=weights)
    numbers = number_frame(
        features,
        features["a"].to_numpy() + truth,
        lambda rows: 2 * rows["a"],
        spec,
        weights=weights,
    )
    cases = ((scored, roc_auc_score, -1), (plain, accuracy_score, -1),
             (numbers, root_mean_squared_error, 1))  # fmt: skip
    for frame, metric, sign in cases:
        part = importance(frame)
        for place, name in enumerate(features.columns):
            expected = sign * _slow(frame, place, metric)
            assert loss(part, name).number == pytest.approx(expected, abs=1e-12)


def test_points_of_all_pairs_are_those_of_a_double_loop() -> None:
    """With as many repeats as rows, every row is given the value of every other one."""
    features, _ = waves(25)
    truth = features["a"].to_numpy() * 2 + 1
    frame = number_frame(
        features, truth, lambda rows: rows["a"] + rows["b"], ImportanceSpec(repeats=200)
    )
    sample = draw_sample(context_of(frame))
    x, y = sample.features.to_numpy(), sample.truth
    roots = []
    for shift in range(1, 25):
        squares = [(x[(i + shift) % 25, 0] + x[i, 1] - y[i]) ** 2 for i in range(25)]
        roots.append(np.sqrt(np.mean(squares)))
    before = np.sqrt(np.mean((x[:, 0] + x[:, 1] - y) ** 2))
    assert loss(importance(frame), "a").number == pytest.approx(np.mean(roots) - before)


def test_points_agree_with_scikit_learn() -> None:
    features, truth = waves(600)
    model = LogisticRegression().fit(features, truth)
    frame = binary_frame(
        features, truth, lambda rows: model.predict_proba(rows)[:, 1],
        spec=ImportanceSpec(repeats=40, top=0),
    )  # fmt: skip
    part = importance(frame)
    theirs = permutation_importance(
        model, features, truth, scoring="roc_auc", n_repeats=40, random_state=0
    )
    for place, name in enumerate(features.columns):
        noise = theirs.importances_std[place] / 40**0.5
        # A random shuffle leaves one row in 600 where it is; ours leaves none.
        own = loss(part, name).number
        assert own == pytest.approx(theirs.importances_mean[place], abs=6 * noise + 5e-4)


def _draw_wave(metric: str, n: int, random: np.random.Generator) -> tuple[Any, Any]:
    x = random.normal(size=(n, 3))
    eta = 1.2 * x[:, 0] + 0.5 * x[:, 1] * x[:, 2]
    if metric == "rmse":
        return x, eta + random.normal(size=n)
    return x, random.random(n) < logistic(eta)


def _answer_wave(metric: str, x: Any) -> Any:
    eta = x[:, 0] + 0.6 * x[:, 1] * x[:, 2] + 0.2 * x[:, 2]
    return eta > 0 if metric == "accuracy" else eta


def _estimated(metric: str, x: Any, y: Any, column: int, repeats: int) -> Estimate:
    even, sign = np.ones(len(y)), LOSS_SIGN[metric]
    before, own = influence_of(metric, y, _answer_wave(metric, x), even)
    losses, moved = [], []
    for shift in range(1, repeats + 1):
        changed = x.copy()
        changed[:, column] = np.roll(x[:, column], -shift)
        after, influence = influence_of(metric, y, _answer_wave(metric, changed), even)
        losses.append(sign * (after - before))
        moved.append(sign * (influence - own))
    df = degrees_of_freedom(metric, y, None)
    return estimate_loss(np.array(losses), np.stack(moved), df, 0.95)


@pytest.mark.parametrize("metric", ["roc_auc", "accuracy", "rmse"])
@pytest.mark.parametrize("column", [0, 2])
def test_intervals_hold_the_value_of_a_huge_sample(metric: str, column: int) -> None:
    random = np.random.default_rng(20)
    truth = _estimated(metric, *_draw_wave(metric, 300_000, random), column, 2).number
    assert truth is not None
    samples = 400
    covered = 0
    for _ in range(samples):
        x, y = _draw_wave(metric, 200, random)
        interval = _estimated(metric, x, y, column, 5).interval
        assert interval is not None
        covered += interval.low <= truth <= interval.high
    assert 0.915 <= covered / samples <= 0.98


def test_the_interval_counts_the_shuffling_too() -> None:
    features, truth = waves(300)
    few = importance(binary_frame(features, truth, wave_score, spec=ImportanceSpec(repeats=3)))
    many = importance(binary_frame(features, truth, wave_score, spec=ImportanceSpec(repeats=150)))
    for name in ("a", "b", "c"):
        one, two = loss(few, name).interval, loss(many, name).interval
        assert one is not None
        assert two is not None
        assert one.high - one.low > two.high - two.low


def test_what_the_model_ignores_has_no_effect() -> None:
    features, truth = waves(200)
    frame = binary_frame(features, truth, lambda rows: logistic(rows["a"]))
    part = importance(frame)
    for name in ("b", "c"):
        value = loss(part, name)
        assert value.number == 0
        assert value.interval is not None
        assert value.interval.low <= 0 <= value.interval.high
    table = next(table for table in part.tables if table.name == "importance.features")
    readings = {row[0].text: row[2].text for row in table.rows}
    assert readings == {
        "a": "relied on",
        "b": "no measurable effect: no answer changes",
        "c": "no measurable effect: no answer changes",
    }


def test_an_answer_that_never_turns_right_or_wrong_is_not_taken_for_certain() -> None:
    features = pd.DataFrame({"x": [0.0, 1.0] * 10})
    classes = ("u", "v", "w")

    def scores(rows: pd.DataFrame) -> np.ndarray[Any, Any]:  # says u or v; the truth is w
        x = rows["x"].to_numpy()
        return np.column_stack([x, 1 - x, np.zeros(len(x))])

    part = importance(class_frame(features, np.array(["w"] * 20, dtype=object), scores, classes))
    value = loss(part, "x")
    assert value.number == 0
    assert value.interval is not None
    assert value.interval.high == pytest.approx(0.1611, abs=1e-4)  # Wilson, 0 of 20


def test_rows_in_another_order_give_the_same_part() -> None:
    features, truth = waves(400)
    features["kind"] = np.random.default_rng(3).choice(["x", "y", None], 400)
    weights = np.random.default_rng(4).integers(1, 5, 400).astype(float)
    ids = pd.Series(np.random.default_rng(6).integers(0, 80, 400))
    order = np.random.default_rng(2).permutation(400)
    spec = ImportanceSpec(rows=150)
    one = binary_frame(features, truth, wave_score, spec=spec, weights=weights, clusters=ids)
    two = binary_frame(
        features.iloc[order], truth[order], wave_score, spec=spec,
        weights=weights[order], clusters=ids.iloc[order],
    )  # fmt: skip
    assert importance(one) == importance(two)


def test_a_draw_is_said_and_depends_on_the_content() -> None:
    features, truth = waves(3_000)
    part = importance(binary_frame(features, truth, wave_score, spec=ImportanceSpec(rows=500)))
    assert values_of(part)["importance.rows"].number == 500
    table = next(table for table in part.tables if table.name == "importance.features")
    assert "on 500 of 3,000 rows, chosen at random." in table.note
    other = binary_frame(features + 1, truth, wave_score, spec=ImportanceSpec(rows=500))
    seeds = {loss(p, "a").provenance.parameters["seed"] for p in (part, importance(other))}
    assert len(seeds) == 2


def test_a_rare_class_is_drawn_more_often_and_weighted_back() -> None:
    random = np.random.default_rng(8)
    features = pd.DataFrame(random.normal(size=(20_000, 2)), columns=["a", "b"])
    truth = (random.random(20_000) < logistic(1.5 * features["a"] - 5.5)).astype(int)
    frame = binary_frame(
        features, truth, lambda rows: logistic(rows["a"] - 5.5), spec=ImportanceSpec(rows=1_000)
    )
    sample = draw_sample(context_of(frame))
    assert int(sample.truth.sum()) == 200
    assert len(sample.truth) == 1_000
    assert np.average(sample.truth, weights=sample.weights) == pytest.approx(truth.mean())
    whole = importance(
        binary_frame(
            features,
            truth,
            lambda rows: logistic(rows["a"] - 5.5),
            spec=ImportanceSpec(rows=20_000, top=0),
        )
    )
    part = importance(frame)
    found, target = loss(part, "a"), loss(whole, "a").number
    assert found.interval is not None
    assert target is not None
    assert found.interval.low < target < found.interval.high
    assert "weighted back" in part.tables[0].note


def test_a_rare_class_stands_anywhere_in_the_order() -> None:
    """Donors stand next to receivers, so the drawn order must be random over classes too."""
    random = np.random.default_rng(1)
    keys = random.integers(0, 2**63, 10_000).astype(np.uint64)
    classes = (np.arange(10_000) % 100 == 0).astype(np.intp)
    draw = draw_rows(keys, 1_000, classes)
    places = np.flatnonzero(classes[draw.rows] == 1)
    assert len(places) == 100
    assert 400 < places.mean() < 600
    assert np.bincount(classes[draw.rows], weights=draw.weights) == pytest.approx([990, 10])


def test_clusters_widen_the_interval() -> None:
    features, truth = waves(60)
    features, truth = pd.concat([features] * 5, ignore_index=True), np.tile(truth, 5)
    ids = pd.Series(np.tile(np.arange(60), 5))
    alone = loss(importance(binary_frame(features, truth, wave_score)), "a").interval
    linked = loss(
        importance(binary_frame(features, truth, wave_score, clusters=ids)), "a"
    ).interval
    assert alone is not None
    assert linked is not None
    assert linked.high - linked.low > 1.5 * (alone.high - alone.low)


def test_features_that_move_together_are_shuffled_together() -> None:
    features, truth = waves(800)
    features["twin"] = features["a"] + np.random.default_rng(1).normal(size=800) / 100
    part = importance(
        binary_frame(features, truth, lambda rows: logistic(0.6 * (rows["a"] + rows["twin"])))
    )
    values = values_of(part)
    both = values["importance.permutation[features=a + twin]"].number
    assert both is not None
    assert both > 1.5 * max(loss(part, "a").number or 0, loss(part, "twin").number or 0)
    assert values["importance.association[features=a + twin]"].number > 0.99  # type: ignore[operator]
    features_table, groups = part.tables
    assert "understated" in features_table.note
    moves = {row[0].text: row[3].text for row in features_table.rows}
    assert moves == {"a": "twin", "twin": "a", "b": "", "c": ""}
    assert groups.rows[0][0].text == "a + twin"


def test_many_changes_are_asked_in_few_calls_of_bounded_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "MOST_ROWS", 1_000)
    features, truth = waves(200)
    sizes: list[int] = []

    def score(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        sizes.append(len(rows))
        return wave_score(rows)

    importance(binary_frame(features, truth, score, spec=ImportanceSpec(repeats=5, top=0)))
    assert max(sizes) <= 1_000
    # By hand, itself once more, 3 features once, and 3 features 4 times, 5 in a call.
    assert len(sizes) == 1 + 1 + 1 + 3


def test_each_column_keeps_its_type() -> None:
    n = 60
    features = pd.DataFrame(
        {
            "whole": np.arange(n),
            "flag": np.arange(n) % 2 == 0,
            "level": pd.Categorical(["x", "y", "z"] * 20),
            "text": [f"word {k}" for k in range(n)],
            "maybe": pd.array([1, None] * 30, dtype="Int64"),
            "day": pd.date_range("2024-01-01", periods=n, tz="UTC"),
            "span": pd.to_timedelta(np.arange(n), unit="h"),
            "list": [[k, k + 1] for k in range(n)],
        }
    )
    seen: set[tuple[str, ...]] = set()

    def predict(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        seen.add(tuple(str(kind) for kind in rows.dtypes))
        day = (rows["day"] - pd.Timestamp("2024-01-01", tz="UTC")).dt.days.to_numpy(float)
        code = rows["level"].cat.codes.to_numpy(float)
        return rows["whole"].to_numpy(float) + day + 3 * code + rows["flag"].to_numpy(float)

    truth = predict(features) + np.arange(n) % 7
    seen.clear()
    part = importance(number_frame(features, truth, predict, ImportanceSpec(top=8)))
    assert seen == {tuple(str(kind) for kind in features.dtypes)}
    assert (loss(part, "whole").number or 0) > 0
    assert loss(part, "list").number == 0
    drawn = {series.name.rpartition(".")[2]: series.mark for series in part.series}
    assert drawn["whole"] == drawn["day"] == "line"
    assert drawn["level"] == "intervals"


def test_the_limit_of_seconds_leaves_reasons_and_says_so() -> None:
    features, truth = waves(100)
    ticks = iter([0.0, 0.0, 0.0, 5.0, *[99.0] * 50])
    part = importance(
        binary_frame(features, truth, wave_score, spec=ImportanceSpec(seconds=1.0)),
        clock=lambda: next(ticks),
    )
    missing = [loss(part, name) for name in ("a", "b", "c")]
    assert {value.reason for value in missing} == {"not computed within 1 seconds"}
    finding = next(found for found in part.findings if found.kind == "completeness")
    assert finding.state == "watch"
    assert "cannot be reproduced" in finding.sentence
    assert finding.sentence.startswith("The importance of 3 of 3 features is missing.")
    assert not part.series


def test_the_clock_does_not_reach_the_numbers() -> None:
    features, truth = waves(100)
    frame = binary_frame(features, truth, wave_score)
    ticks = iter(np.arange(100) / 50)
    assert importance(frame, clock=lambda: next(ticks)) == importance(frame, clock=lambda: 0.0)


def test_a_model_that_cannot_be_asked_has_reasons() -> None:
    features, truth = waves(100)
    frame = binary_frame(features, truth, wave_score)
    silent = EvaluationFrame(
        **{name: getattr(frame, name) for name in frame.__slots__} | {"ask": None}
    )
    part = importance(silent)
    assert loss(part, "a").reason == "the model cannot be asked about changed rows"
    assert not part.series


def test_a_model_that_refuses_changed_rows_has_a_reason() -> None:
    features, truth = waves(100)
    known = set(map(tuple, features.to_numpy()))

    def score(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        if not set(map(tuple, rows.to_numpy())) <= known:
            raise ValueError("never seen\nsuch a row")
        return wave_score(rows)

    part = importance(binary_frame(features, truth, score))
    assert loss(part, "a").reason == ("the model refused changed rows (ValueError: never seen)")


def test_an_answer_that_is_not_a_number_is_a_reason() -> None:
    features, truth = waves(100)
    sums = set(features.sum(axis=1).round(9))

    def score(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        odd = ~rows.sum(axis=1).round(9).isin(sums)
        return np.where(odd, np.nan, wave_score(rows))

    part = importance(binary_frame(features, truth, score))
    assert loss(part, "b").reason == "the model gives no answer for some changed rows"


@pytest.mark.parametrize(
    ("n", "labels", "reason"),
    [
        (0, [], "not enough data (n = 0)"),
        (1, [1], "not enough data (n = 1)"),
        (9, [0, 1] * 4 + [1], "not enough data (n = 9)"),
        (12, [1] * 12, "all rows are of one class"),
        (12, [1] * 11 + [0], "not enough data (one row of a class)"),
    ],
)
def test_too_little_data_is_a_reason(n: int, labels: list[int], reason: str) -> None:
    features, _ = waves(n)
    part = importance(binary_frame(features, np.array(labels, dtype=int), wave_score))
    assert loss(part, "a").reason == reason


def test_a_model_that_answers_differently_each_time_is_named() -> None:
    features, truth = waves(100)
    random = np.random.default_rng(1)
    part = importance(binary_frame(features, truth, lambda rows: random.random(len(rows))))
    assert values_of(part)["importance.unrepeatable"].number == 100
    assert any("not deterministic" in found.sentence for found in part.findings)


def test_one_feature_above_all_others_is_said() -> None:
    features, truth = waves(400)
    part = importance(binary_frame(features, truth, wave_score))
    (finding,) = part.findings
    assert finding.kind == "importance"
    assert finding.state == "ok"
    assert finding.sentence.startswith(
        "The model relies on a above all: with it shuffled, ROC AUC falls by 0."
    )
    assert finding.because == ("importance.permutation[feature=a]",)


def test_a_feature_that_harms_is_said_when_it_matters() -> None:
    features, _ = waves(1_000)
    truth = (features["a"] > 0).to_numpy().astype(int)
    part = importance(
        binary_frame(features, truth, lambda rows: logistic(rows["a"] - 2 * np.sign(rows["a"])
                     * np.abs(rows["b"]) * (rows["a"] * rows["b"] > 0)))
    )  # fmt: skip
    table = next(table for table in part.tables if table.name == "importance.features")
    readings = {row[0].text: row[2].text for row in table.rows}
    harmful = [name for name, reading in readings.items() if reading == "better when shuffled"]
    said = [found for found in part.findings if "does better when" in found.sentence]
    assert len(said) == len(harmful)
    for found in said:
        assert found.state == "watch"


def test_a_feature_that_gives_the_answer_away_is_watched() -> None:
    features, truth = waves(500)
    features["refund"] = truth + np.random.default_rng(1).normal(size=500) / 10
    features["code"] = np.where(truth == 1, "late fee", "none")
    part = importance(binary_frame(features, truth, lambda rows: logistic(rows["refund"])))
    values = values_of(part)
    assert values["importance.alone[feature=refund]"].number == pytest.approx(
        roc_auc_score(truth, features["refund"])
    )
    assert values["importance.alone[feature=code]"].number == 1
    assert "importance.alone[feature=a]" not in values
    said = [found.sentence for found in part.findings if "gives y away" in found.sentence]
    assert len(said) == 2


def test_a_category_with_a_level_for_each_row_gives_nothing_away() -> None:
    features, truth = waves(500)
    features["id"] = [f"id {k}" for k in range(500)]
    features["many"] = [f"group {k % 45}" for k in range(500)]
    part = importance(binary_frame(features, truth, wave_score))
    assert not [name for name in values_of(part) if name.startswith("importance.alone")]


def test_names_that_a_value_cannot_bear_are_written_otherwise() -> None:
    features, truth = waves(100)
    features.columns = pd.Index(["x[0]", "x(0)", 7])
    part = importance(
        binary_frame(features, truth, lambda rows: logistic(rows.iloc[:, 0] + rows.iloc[:, 2]))
    )
    names = [name for name in values_of(part) if name.startswith("importance.permutation")]
    assert sorted(names) == [
        "importance.permutation[feature=7]",
        "importance.permutation[feature=x(0) (2)]",
        "importance.permutation[feature=x(0)]",
    ]


def test_a_card_that_does_not_ask_for_it_has_none() -> None:
    features, truth = waves(50)
    frame = binary_frame(features, truth, wave_score)
    bare = EvaluationFrame(
        **{name: getattr(frame, name) for name in frame.__slots__} | {"importance": None}
    )
    part = measure_evaluation(bare)
    assert not [value for value in part.values if value.name.startswith("importance")]
    asked = measure_evaluation(frame)
    assert [value for value in asked.values if value.name.startswith("importance")]


@pytest.mark.parametrize(("n", "said"), [(199, True), (200, False)])
def test_too_narrow_intervals_are_named(n: int, said: bool) -> None:
    features, _ = waves(n)
    part = importance(number_frame(features, features["a"].to_numpy() + 1, lambda rows: rows["a"]))
    assert ("somewhat too narrow" in part.tables[0].note) is said
