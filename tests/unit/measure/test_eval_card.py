"""The whole evaluation: every row counted, every number named, every group read fairly."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as skm

from reportgen.errors import DataError
from reportgen.measure import measure_evaluation
from reportgen.measure.evaluation.rows import unique_names
from reportgen.measure.groups.groups import split_levels
from reportgen.measure.statistics.comparisons import holm
from reportgen.report import Threshold, canonical_json
from reportgen.report.frame import EvaluationFrame
from reportgen.report.record import _plain


def _frame(n=3_000, seed=0, **changes):
    rng = np.random.default_rng(seed)
    scores = np.round(rng.beta(1, 3, n), 3)
    truth = pd.Series(rng.random(n) < scores, dtype=object)
    region = pd.Series(rng.choice(["north", "south", "east"], n, p=[0.6, 0.35, 0.05]))
    given = {
        "task": "classification",
        "target": "late",
        "truth": truth,
        "predicted": scores >= 0.4,
        "scores": scores,
        "classes": (False, True),
        "positive": True,
        "features": pd.DataFrame(index=range(n)),
        "segments": {"region": region},
    }
    return EvaluationFrame(**{**given, **changes})


def _values(part):
    names = [value.name for value in part.values]
    assert len(names) == len(set(names)), "a name is used twice"
    return {value.name: value for value in part.values}


def _check_record(part):
    """Everything that a page or a finding refers to is in the part."""
    values = _values(part)
    for table in part.tables:
        for row in table.rows:
            for cell in row:
                assert cell.value is None or cell.value in values, cell.value
    for finding in part.findings:
        assert all(name in values for name in finding.because)
    canonical_json([_plain(value) for value in part.values])
    return values


def test_every_metric_of_the_contract_is_there():
    values = _check_record(measure_evaluation(_frame()))
    for name in (
        "rows", "unlabelled", "prevalence", "threshold", "accuracy", "balanced_accuracy",
        "precision", "recall", "specificity", "f1", "matthews_corrcoef", "roc_auc",
        "average_precision", "brier", "log_loss",
    ):  # fmt: skip
        assert f"evaluation.{name}" in values
    assert values["evaluation.threshold"].reason == "the model decides by itself"
    recall = values["evaluation.recall"]
    assert (recall.label, recall.better, recall.unit) == ("Recall", "higher", "ratio")
    assert recall.provenance.by == "evaluation.recall@1"
    assert recall.provenance.pins == ("model", "data")
    assert recall.provenance.parameters == {"target": "late", "positive": "True"}


def test_resampled_values_say_from_which_seed():
    values = _values(measure_evaluation(_frame()))
    parameters = values["evaluation.brier"].provenance.parameters
    assert parameters["replicates"] == 1_000
    assert isinstance(parameters["seed"], int)
    assert "seed" not in values["evaluation.recall"].provenance.parameters


def test_tables_and_series_of_the_contract_are_there():
    part = measure_evaluation(_frame())
    assert {table.name for table in part.tables} == {
        "evaluation.metrics", "evaluation.confusion", "evaluation.groups.region",
        "evaluation.calibration", "evaluation.thresholds", "evaluation.gain",
        "representation.region", "fairness.region", "rates.region",
    }  # fmt: skip
    series = {drawn.name: drawn for drawn in part.series}
    assert set(series) == {
        "evaluation.confusion", "evaluation.scores", "evaluation.roc",
        "evaluation.precision_recall", "evaluation.calibration", "evaluation.groups.region",
        "evaluation.thresholds", "evaluation.gain", "evaluation.lift",
    }  # fmt: skip
    assert len(series["evaluation.roc"].columns["recall"]) <= 200
    assert sum(series["evaluation.scores"].columns["n"]) == 3_000
    assert sum(series["evaluation.calibration"].columns["n"]) == 3_000
    assert sum(series["evaluation.confusion"].columns["n"]) == 3_000


def test_a_thinned_roc_curve_has_the_area_of_the_whole():
    frame = _frame(20_000)
    part = measure_evaluation(frame)
    roc = next(s for s in part.series if s.name == "evaluation.roc")
    area = skm.auc(roc.columns["false_positive_rate"], roc.columns["recall"])
    assert area == pytest.approx(_values(part)["evaluation.roc_auc"].number, abs=5e-4)
    assert roc.columns["threshold"][0] is None


def test_missing_labels_are_counted_and_not_measured():
    frame = _frame()
    truth = frame.truth.copy()
    truth.iloc[:40] = None
    part = measure_evaluation(_frame(truth=truth))
    values = _values(part)
    assert values["evaluation.unlabelled"].number == 40
    assert values["evaluation.rows"].number == 2_960
    expected = skm.recall_score(truth[40:].astype(bool), frame.predicted[40:])
    assert values["evaluation.recall"].number == pytest.approx(expected)
    shares = sum(
        v.n * v.number for k, v in values.items() if k.startswith("representation.share[")
    )
    assert shares == pytest.approx(3_000), "representation counts unlabelled rows too"


def test_a_label_the_model_does_not_know_is_said():
    frame = _frame()
    truth = frame.truth.copy()
    truth.iloc[0] = "perhaps"
    part = measure_evaluation(_frame(truth=truth))
    values = _check_record(part)
    assert values["evaluation.unknown"].number == 1
    assert values["evaluation.rows"].number == 2_999
    said = [f.sentence for f in part.findings if f.kind == "completeness"]
    assert said == ["1 row has a label the model does not know ('perhaps'); no metric counts it."]


def test_a_row_without_an_answer_is_said():
    predicted = pd.array([1.0, 2.0, np.nan, 4.0])
    part = measure_evaluation(
        EvaluationFrame(
            task="regression",
            target="price",
            truth=pd.Series([1.0, 2.5, 3.0, np.nan]),
            predicted=np.asarray(predicted, dtype=float),
            features=pd.DataFrame(),
        )
    )
    values = _check_record(part)
    counted = {name: values[f"evaluation.{name}"].number for name in
               ("rows", "unlabelled", "unscored")}  # fmt: skip
    assert counted == {"rows": 2, "unlabelled": 1, "unscored": 1}


def test_no_labels_at_all_gives_reasons_everywhere():
    truth = pd.Series([None] * 3_000, dtype=object)
    part = measure_evaluation(_frame(truth=truth))
    values = _check_record(part)
    assert values["evaluation.rows"].number == 0
    assert values["evaluation.accuracy"].reason == "no rows"
    assert values["evaluation.roc_auc"].reason == "no rows"
    assert part.series == ()


def test_an_empty_frame_is_measured():
    part = measure_evaluation(
        _frame(
            truth=pd.Series([], dtype=object),
            predicted=np.zeros(0, bool),
            scores=np.zeros(0),
            segments={"region": pd.Series([], dtype=object)},
        )
    )
    assert _check_record(part)["evaluation.accuracy"].reason == "no rows"


@pytest.mark.parametrize("label", [True, False])
def test_one_row_is_measured(label):
    part = measure_evaluation(
        _frame(
            truth=pd.Series([label], dtype=object),
            predicted=np.array([True]),
            scores=np.array([0.7]),
            segments={"region": pd.Series(["north"])},
        )
    )
    values = _check_record(part)
    assert values["evaluation.accuracy"].number == float(label)
    assert values["evaluation.accuracy"].interval is not None
    assert values["evaluation.roc_auc"].reason == "all rows are of one class"
    brier = values["evaluation.brier"]  # of the other class nothing is known
    assert brier.number == pytest.approx(0.09 if label else 0.49)
    assert brier.interval.method == "wilson on a bounded mean"
    assert brier.interval.high - brier.interval.low > 0.35


def test_a_threshold_decides_instead_of_the_model():
    frame = _frame(threshold=0.2)
    values = _values(measure_evaluation(frame))
    assert values["evaluation.threshold"].number == 0.2
    expected = skm.recall_score(frame.truth.astype(bool), frame.scores >= 0.2)
    assert values["evaluation.recall"].number == pytest.approx(expected)
    assert values["evaluation.recall"].provenance.parameters["threshold"] == 0.2


def test_words_as_classes_keep_the_positive_one_last():
    frame = _frame()
    words = np.array(["on time", "late"], dtype=object)
    truth = pd.Series(words[frame.truth.astype(int)], dtype=object)
    predicted = words[frame.predicted.astype(int)]
    given = {"classes": ("on time", "late"), "positive": "late"}
    part = measure_evaluation(_frame(truth=truth, predicted=predicted, **given))
    plain = _values(measure_evaluation(frame))
    values = _values(part)
    assert values["evaluation.recall"].number == plain["evaluation.recall"].number
    cell = values["evaluation.confusion[predicted=late,true=on time]"]
    assert cell.number == plain["evaluation.confusion[predicted=True,true=False]"].number
    assert cell.label == "Rows that are on time, predicted late"


def test_a_groups_numbers_are_scikit_learns():
    frame = _frame()
    values = _values(measure_evaluation(frame))
    for region in ("north", "south"):
        own = (frame.segments["region"] == region).to_numpy()
        truth, predicted = frame.truth[own].astype(bool), frame.predicted[own]
        expected = {
            "accuracy": skm.accuracy_score(truth, predicted),
            "precision": skm.precision_score(truth, predicted),
            "recall": skm.recall_score(truth, predicted),
            "roc_auc": skm.roc_auc_score(truth, frame.scores[own]),
            "selection_rate": predicted.mean(),
            "rows": own.sum(),
        }
        for name, number in expected.items():
            found = values[f"evaluation.{name}[region={region}]"]
            assert found.number == pytest.approx(number)
            if name != "rows":
                gap = values[f"evaluation.{name}.gap[region={region}]"]
                whole = values[f"evaluation.{name}"].number
                assert gap.number == pytest.approx(number - whole)
                assert gap.interval.low < gap.number < gap.interval.high


@pytest.mark.parametrize("metric", ["accuracy", "recall", "roc_auc"])
def test_gap_intervals_agree_with_a_bootstrap(metric):
    frame = _frame(2_000, seed=7)
    gap = _values(measure_evaluation(frame))[f"evaluation.{metric}.gap[region=south]"]
    truth, own = frame.truth.to_numpy(bool), (frame.segments["region"] == "south").to_numpy()
    score = {
        "accuracy": lambda at: skm.accuracy_score(truth[at], frame.predicted[at]),
        "recall": lambda at: skm.recall_score(truth[at], frame.predicted[at]),
        "roc_auc": lambda at: skm.roc_auc_score(truth[at], frame.scores[at]),
    }[metric]
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(250):
        at = rng.integers(0, 2_000, 2_000)
        draws.append(score(at[own[at]]) - score(at))
    width = gap.interval.high - gap.interval.low
    assert width == pytest.approx(2 * 1.96 * np.std(draws), rel=0.15)


def test_a_small_group_says_how_many_rows_it_would_need():
    frame = _frame()
    region = frame.segments["region"].copy()
    region.iloc[:14] = "islands"
    values = _values(measure_evaluation(_frame(segments={"region": region})))
    found = values["evaluation.accuracy[region=islands]"]
    accuracy = values["evaluation.accuracy"].number
    there = accuracy - 0.1  # four times in five, in a comparison by itself
    errors = [np.sqrt(share * (1 - share)) for share in (accuracy, there)]
    needed = (1.959964 * errors[0] + 0.841621 * errors[1]) ** 2 / 0.01
    about = int(np.ceil(needed / 10)) * 10
    assert found.number is None
    assert found.reason == (f"not enough data (n = 14; about {about} needed to see a gap of 0.10)")
    assert values["evaluation.rows[region=islands]"].number == 14


def test_a_group_without_positives_says_so():
    frame = _frame()
    region = frame.segments["region"].where(frame.truth.astype(bool), "calm")
    values = _values(measure_evaluation(_frame(segments={"region": region})))
    n = int((region == "calm").sum())
    reason = values["evaluation.recall[region=calm]"].reason
    assert reason == f"no row is positive (n = {n})"
    assert values["evaluation.roc_auc[region=calm]"].reason == (
        f"all rows are of one class (n = {n})"
    )


def test_a_planted_gap_is_found_and_named():
    frame = _frame(6_000)
    rng = np.random.default_rng(5)
    truth = frame.truth.astype(bool).to_numpy().copy()
    south = (frame.segments["region"] == "south").to_numpy()
    truth[south] = rng.random(south.sum()) < 0.25  # scores say nothing there
    part = measure_evaluation(_frame(6_000, truth=pd.Series(truth, dtype=object)))
    finding = next(f for f in part.findings if f.kind == "group")
    assert finding.state == "watch"
    assert "where region is south" in finding.sentence
    assert "after correction for" in finding.sentence
    assert "below" in finding.sentence
    table = next(t for t in part.tables if t.name == "evaluation.groups.region")
    readings = {row[0].text: row[-1].text for row in table.rows}
    assert readings["south"].startswith("worse: ")


def test_without_a_gap_that_is_said_out_loud():
    part = measure_evaluation(_frame())
    finding = next(f for f in part.findings if f.kind == "group")
    assert finding.state == "ok"
    assert finding.sentence.startswith("No group does clearly worse than all rows (")


def test_false_alarms_over_a_whole_card_stay_below_one_in_twenty():
    """Forty cards without any true gap, 30 levels each: few may name a group."""
    alarms = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        truth = pd.Series(rng.random(2_000) < 0.2, dtype=object)
        part = measure_evaluation(
            _frame(
                2_000,
                truth=truth,
                predicted=rng.random(2_000) < 0.2,
                scores=None,
                segments={name: pd.Series(rng.integers(0, 10, 2_000)).map(str) for name in "abc"},
            )
        )
        readings = {row[-1].text for table in part.tables for row in table.rows
                    if table.name.startswith("evaluation.groups")}  # fmt: skip
        alarms += readings != {"no clear gap"}
    assert alarms <= 5  # P(more than 5 of 40) is 1 % at a rate of 0.05


def test_readings_use_one_correction_for_the_card():
    values = _values(measure_evaluation(_frame()))
    adjusted = [
        v.provenance.parameters["p_holm"]
        for v in values.values()
        if "p_holm" in v.provenance.parameters
    ]
    assert len(adjusted) >= 8
    assert all(0 <= p <= 1 for p in adjusted)
    assert holm([0.5, 0.9]) == [1.0, 1.0]


def test_levels_beyond_twenty_are_summed_and_unknown_ones_named():
    rng = np.random.default_rng(1)
    levels = pd.Series(rng.integers(0, 40, 3_000)).map(lambda number: f"L{number:02}")
    levels[::100] = None
    split = split_levels(levels)
    assert len(split) == 21
    assert split[-2][0] == "other levels (21)"
    assert split[-1][0] == "(unknown)"
    assert len(split[-1][1]) == 30
    every = np.sort(np.concatenate([rows for _, rows in split]))
    assert (every == np.arange(3_000)).all()
    values = _check_record(measure_evaluation(_frame(segments={"airport": levels})))
    rows = [v.number for k, v in values.items() if k.startswith("evaluation.rows[airport=")]
    assert sum(rows) == 3_000
    assert "evaluation.accuracy[airport=other levels (21)]" in values


def test_levels_that_a_name_cannot_tell_apart_are_told_apart():
    assert unique_names(["a[1]", "a(1)", "a\n1", ""]) == ("a(1)", "a(1) (2)", "a 1", "(empty)")
    levels = pd.Series(["a[1]", "a(1)", ""] * 1_000)
    values = _check_record(measure_evaluation(_frame(segments={"odd": levels})))
    assert values["evaluation.rows[odd=a(1)]"].number == 1_000
    assert values["evaluation.rows[odd=a(1) (2)]"].number == 1_000
    assert values["evaluation.rows[odd=(empty)]"].number == 1_000


def test_what_the_project_watches_leads_the_group_table():
    limits = {"recall": Threshold(minimum=0.6, material=0.02)}
    part = measure_evaluation(_frame(thresholds=limits))
    series = next(s for s in part.series if s.name == "evaluation.groups.region")
    assert series.labels["value"] == "Recall"
    assert series.lines["overall"] == _values(part)["evaluation.recall"].number
    reason = _values(part)["evaluation.recall[region=east]"].reason
    assert reason.endswith("to see a gap of 0.02)")


def test_clusters_and_weights_reach_every_group():
    rng = np.random.default_rng(3)
    frame = _frame(
        clusters=pd.Series(rng.integers(0, 200, 3_000)).map(lambda k: f"id{k}"),
        weights=rng.random(3_000) + 0.5,
    )
    values = _check_record(measure_evaluation(frame))
    own = (frame.segments["region"] == "north").to_numpy()
    expected = skm.recall_score(
        frame.truth[own].astype(bool), frame.predicted[own], sample_weight=frame.weights[own]
    )
    found = values["evaluation.recall[region=north]"]
    assert found.number == pytest.approx(expected)
    assert found.interval.method == "wilson on effective n, clustered"
    assert found.provenance.parameters["clusters"] == 200
    assert found.provenance.parameters["weighted"] is True
    confusion = [v.number for k, v in values.items() if k.startswith("evaluation.confusion[")]
    assert sum(confusion) == 3_000


def test_representation_stands_beside_the_benchmark():
    frame = _frame(population={"region": {"north": 0.6, "south": 0.2, "east": 0.1, "west": 0.1}})
    part = measure_evaluation(frame)
    values = _check_record(part)
    share = values["representation.share[region=south]"]
    assert share.number == (frame.segments["region"] == "south").mean()
    assert share.interval.method == "wilson"
    assert values["representation.population[region=south]"].number == 0.2
    gap = values["representation.gap[region=south]"]
    assert gap.number == pytest.approx(share.number - 0.2)
    assert gap.interval.low == pytest.approx(share.interval.low - 0.2)
    table = next(t for t in part.tables if t.name == "representation.region")
    readings = {row[0].text: row[-1].text for row in table.rows}
    assert readings == {
        "north": "as in the population",
        "south": "over-represented",
        "east": "under-represented",
        "west": "missing from the data",
    }
    assert values["representation.share[region=west]"].number == 0.0


def test_without_a_benchmark_that_is_said():
    part = measure_evaluation(_frame())
    table = next(t for t in part.tables if t.name == "representation.region")
    assert table.note.startswith("No benchmark given")
    assert [column.name for column in table.columns] == ["level", "share"]


def test_a_level_outside_the_benchmark_is_named():
    part = measure_evaluation(_frame(population={"region": {"north": 0.7, "south": 0.3}}))
    values = _check_record(part)
    assert values["representation.population[region=east]"].reason == "not in the benchmark"
    table = next(t for t in part.tables if t.name == "representation.region")
    assert {row[0].text: row[-1].text for row in table.rows}["east"] == "not in the benchmark"


def _several_frame(k=3, n=1_200):
    rng = np.random.default_rng(0)
    words = tuple(f"class {code}" for code in range(k))
    scores = rng.dirichlet(np.ones(k), n)
    truth = pd.Series([words[rng.choice(k, p=row)] for row in scores], dtype=object)
    predicted = np.array(words, dtype=object)[scores.argmax(axis=1)]
    return EvaluationFrame(
        task="multiclass",
        target="kind",
        truth=truth,
        predicted=predicted,
        scores=scores,
        classes=words,
        features=pd.DataFrame(),
        segments={"half": pd.Series(np.where(np.arange(n) % 2, "odd", "even"))},
    )


def test_several_classes_have_their_own_tables():
    frame = _several_frame()
    part = measure_evaluation(frame)
    values = _check_record(part)
    for name in (
        "accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro",
        "f1_weighted", "matthews_corrcoef", "roc_auc_ovr", "log_loss",
    ):  # fmt: skip
        assert values[f"evaluation.{name}"].interval is not None
    _, recall, _, support = skm.precision_recall_fscore_support(frame.truth, frame.predicted)
    assert values["evaluation.recall[class=class 1]"].number == pytest.approx(recall[1])
    assert values["evaluation.rows[class=class 1]"].number == support[1]
    table = next(t for t in part.tables if t.name == "evaluation.classes")
    assert [row[0].text for row in table.rows] == list(frame.classes)
    gap = values["evaluation.f1_macro.gap[half=odd]"]
    assert gap.interval.low < gap.number < gap.interval.high


def test_many_classes_are_summed_in_the_confusion_table_only():
    frame = _several_frame(k=15)
    part = measure_evaluation(frame)
    values = _check_record(part)
    cells = [v.number for k, v in values.items() if k.startswith("evaluation.confusion[")]
    assert len(cells) == 144
    assert sum(cells) == 1_200
    assert "evaluation.recall[class=class 14]" in values


def test_a_class_unknown_to_a_model_of_several_is_a_class_more():
    frame = _several_frame()
    truth = frame.truth.copy()
    truth.iloc[:5] = "never seen"
    part = measure_evaluation(
        EvaluationFrame(
            task="multiclass",
            target="kind",
            truth=truth,
            predicted=frame.predicted,
            scores=frame.scores,
            classes=frame.classes,
            features=pd.DataFrame(),
        )
    )
    values = _check_record(part)
    assert values["evaluation.rows"].number == 1_200
    assert values["evaluation.recall[class=never seen]"].number == 0.0
    assert values["evaluation.log_loss"].reason == "5 rows have a class the model does not know"
    expected = skm.accuracy_score(truth, frame.predicted)
    assert values["evaluation.accuracy"].number == pytest.approx(expected)


def test_a_regression_is_drawn_and_its_groups_compared():
    rng = np.random.default_rng(0)
    truth = pd.Series(rng.gamma(2, 3, 2_000))
    side = pd.Series(rng.choice(["left", "right"], 2_000))
    predicted = truth.to_numpy() + rng.normal(0, 1, 2_000) + (side == "right") * 0.8
    part = measure_evaluation(
        EvaluationFrame(
            task="regression",
            target="price",
            truth=truth,
            predicted=np.asarray(predicted),
            features=pd.DataFrame(),
            segments={"side": side},
        )
    )
    values = _check_record(part)
    own = (side == "right").to_numpy()
    error = np.asarray(predicted) - truth.to_numpy()
    assert values["evaluation.mae[side=right]"].number == pytest.approx(np.abs(error[own]).mean())
    gap = values["evaluation.mean_error.gap[side=right]"]
    assert gap.number == pytest.approx(error[own].mean() - error.mean())
    assert gap.interval.low > 0
    finding = next(f for f in part.findings if f.kind == "group")
    assert "side is right" in finding.sentence
    series = {drawn.name: drawn for drawn in part.series}
    assert {"evaluation.residuals", "evaluation.predicted", "evaluation.errors"} <= set(series)
    assert sum(series["evaluation.residuals"].columns["n"]) == 2_000
    assert sum(series["evaluation.errors"].columns["n"]) == 2_000


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"predicted": np.zeros(5, bool)}, "predicted: 5 rows"),
        ({"weights": np.full(3_000, -1.0)}, "weights must be finite"),
        ({"weights": np.full(3_000, np.nan)}, "weights must be finite"),
        ({"population": {"regions": {"north": 1.0}}}, "Did you mean 'region'?"),
        ({"segments": {"region": pd.Series(["a"])}}, "segment 'region': 1 rows"),
    ],
)
def test_columns_that_do_not_fit_are_refused_by_name(changes, said):
    with pytest.raises(DataError, match=said.replace("?", r"\?")):
        measure_evaluation(_frame(**changes))


def test_ids_that_are_missing_belong_to_nobody():
    rng = np.random.default_rng(0)
    ids = pd.Series(rng.integers(0, 200, 3_000)).astype("Int64")
    ids[:100] = pd.NA
    values = _check_record(measure_evaluation(_frame(clusters=ids)))
    known = ids[100:].nunique()
    assert values["evaluation.recall"].provenance.parameters["clusters"] == known + 100


def test_one_cluster_is_one_observation():
    clusters = pd.Series(["all"] * 3_000)
    part = measure_evaluation(_frame(clusters=clusters))
    values = _check_record(part)
    for name in ("accuracy", "recall", "roc_auc"):
        interval = values[f"evaluation.{name}"].interval
        assert interval.high - interval.low > 0.5, name
    assert values["evaluation.brier"].interval is None
    finding = next(f for f in part.findings if f.kind == "group")
    assert finding.state == "ok"
    assert finding.sentence.startswith("No group does clearly worse")
    table = next(t for t in part.tables if t.name == "evaluation.metrics")
    assert "With only 1 groups" not in table.note
    assert "With only 1 group of such rows" in table.note


@pytest.mark.parametrize("task", ["classification", "multiclass", "regression"])
def test_weights_that_are_all_zero_leave_no_rows(task):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, 50)
    part = measure_evaluation(
        EvaluationFrame(
            task=task,
            target="y",
            truth=pd.Series(codes),
            predicted=codes,
            classes=(0, 1) if task != "regression" else (),
            positive=1 if task == "classification" else None,
            features=pd.DataFrame(),
            weights=np.zeros(50),
            segments={"half": pd.Series(["a", "b"] * 25)},
        )
    )
    values = _check_record(part)
    name = "mae" if task == "regression" else "accuracy"
    assert values[f"evaluation.{name}"].reason == "no rows"
    assert values["evaluation.rows"].number == 50


@pytest.mark.parametrize("kind", ["Int64", "Float64", "boolean", "object"])
def test_labels_of_any_kind_are_measured(kind):
    frame = _frame()
    truth = frame.truth.astype(int).astype(kind)
    truth = truth.mask(pd.Series(np.arange(3_000) < 5))
    part = measure_evaluation(_frame(truth=truth))
    values = _values(part)
    plain = skm.accuracy_score(frame.truth[5:].astype(bool), frame.predicted[5:])
    assert values["evaluation.unlabelled"].number == 5
    assert values["evaluation.accuracy"].number == pytest.approx(plain)


def _note_of(part):
    return next(t for t in part.tables if t.name == "evaluation.metrics").note


def test_the_page_says_where_intervals_are_not_to_be_relied_on():
    truth = pd.Series(np.arange(3_000) < 7, dtype=object)
    note = _note_of(measure_evaluation(_frame(truth=truth)))
    assert "Only 7 rows are True: do not rely on the interval of average precision; other" in note
    assert "Only" not in _note_of(measure_evaluation(_frame()))


def test_the_page_says_how_many_rows_each_metric_rests_on():
    frame = _frame()
    note = _note_of(measure_evaluation(frame))
    predicted, positive = int(frame.predicted.sum()), int(frame.truth.sum())
    assert f"n is 3,000 rows; for precision {predicted:,}, recall {positive:,}, spec" in note
    assert f"specificity {3_000 - positive:,}" in note


def test_the_page_says_where_weights_leave_the_worth_of_few_rows():
    truth = pd.Series(np.arange(3_000) < 60, dtype=object)
    weights = np.where(np.arange(3_000) < 8, 50.0, 1.0)
    worth = (8 * 50 + 52) ** 2 / (8 * 50**2 + 52)
    note = _note_of(measure_evaluation(_frame(truth=truth, weights=weights)))
    assert f"With their weights, the rows that are True tell as much as {round(worth)}:" in note
    even = measure_evaluation(_frame(truth=truth, weights=np.ones(3_000)))
    assert "tell as much as" not in _note_of(even)


@pytest.mark.parametrize(("told", "said"), [(9, True), (10, False)])
def test_the_page_names_classes_that_are_hardly_predicted(told, said):
    truth = np.repeat(["a", "b", "c"], 60)
    predicted = np.where(truth == "c", "a", truth).astype(object)
    predicted[-told:] = "c"
    frame = EvaluationFrame(
        task="multiclass",
        target="kind",
        truth=pd.Series(truth),
        predicted=predicted,
        classes=("a", "b", "c"),
        features=pd.DataFrame(index=range(180)),
    )
    note = _note_of(measure_evaluation(frame))
    assert ("Hardly predicted: c. What their precision is nobody knows" in note) is said


def test_the_page_names_classes_that_do_not_occur():
    frame = _several_frame()
    kept = frame.truth.mask(frame.truth == "class 2")
    part = measure_evaluation(
        EvaluationFrame(
            task="multiclass",
            target="kind",
            truth=kept,
            predicted=frame.predicted,
            scores=frame.scores,
            classes=frame.classes,
            features=pd.DataFrame(),
        )
    )
    assert "Not in the data, and so not judged: class 2." in _note_of(part)


@pytest.mark.parametrize(("tails", "said"), [("heavy", True), ("normal", False)])
def test_the_page_says_when_few_errors_dominate(tails, said):
    rng = np.random.default_rng(0)
    error = rng.standard_t(3, 2_000) if tails == "heavy" else rng.normal(0, 1, 2_000)
    part = measure_evaluation(
        EvaluationFrame(
            task="regression",
            target="price",
            truth=pd.Series(np.arange(2_000.0)),
            predicted=np.arange(2_000.0) + error,
            features=pd.DataFrame(),
        )
    )
    assert ("A few large errors dominate" in _note_of(part)) is said
