"""Points against scikit-learn, intervals against other implementations, edges by reason."""

import numpy as np
import pytest
import sklearn.metrics as skm
from scipy import stats
from sklearn.utils import resample

from reportgen.measure.metrics.calibration import quantile_bins, recalibration, reliability
from reportgen.measure.metrics.classification import (
    BINARY_METRICS,
    BinaryRows,
    binary_cells,
    estimate_classification,
)
from reportgen.measure.metrics.multiclass import (
    MULTICLASS_METRICS,
    MulticlassRows,
    estimate_classes,
    estimate_multiclass,
)
from reportgen.measure.metrics.regression import (
    REGRESSION_METRICS,
    RegressionRows,
    estimate_regression,
)
from reportgen.measure.statistics.intervals import z_of
from reportgen.measure.statistics.ranking import (
    average_precision,
    influence_error,
    rank,
    roc_auc,
    roc_influence,
)


def _binary(n=800, seed=0, ties=20):
    rng = np.random.default_rng(seed)
    scores = np.round(rng.beta(1, 3, n) * ties) / ties
    truth = rng.random(n) < scores * 0.8 + 0.05
    return truth, scores >= 0.4, scores, rng.random(n) + 0.1


def _sklearn_binary(truth, predicted, scores, weights):
    given = {"sample_weight": weights}
    return {
        "accuracy": skm.accuracy_score(truth, predicted, **given),
        "balanced_accuracy": skm.balanced_accuracy_score(truth, predicted, **given),
        "precision": skm.precision_score(truth, predicted, **given),
        "recall": skm.recall_score(truth, predicted, **given),
        "specificity": skm.recall_score(truth, predicted, pos_label=False, **given),
        "f1": skm.f1_score(truth, predicted, **given),
        "matthews_corrcoef": skm.matthews_corrcoef(truth, predicted, **given),
        "roc_auc": skm.roc_auc_score(truth, scores, **given),
        "average_precision": skm.average_precision_score(truth, scores, **given),
        "brier": skm.brier_score_loss(truth, scores, **given),
        "log_loss": skm.log_loss(truth, scores, **given),
    }


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_binary_points_are_scikit_learns(weighted, clustered):
    truth, predicted, scores, weights = _binary()
    own = weights if weighted else None
    clusters = np.arange(800) // 4 if clustered else None
    rows = BinaryRows(
        truth=truth, predicted=predicted, scores=scores, weights=own, clusters=clusters
    )
    found = estimate_classification(rows)
    expected = _sklearn_binary(truth, predicted, scores, own)
    assert {name: e.number for name, e in found.items()} == pytest.approx(expected, abs=1e-12)
    for name, estimate in found.items():
        assert estimate.interval.low <= estimate.number <= estimate.interval.high, name


def test_n_is_the_denominator_that_matters():
    truth, predicted, scores, _ = _binary()
    found = estimate_classification(BinaryRows(truth=truth, predicted=predicted, scores=scores))
    assert found["accuracy"].n == 800
    assert found["precision"].n == predicted.sum()
    assert found["recall"].n == truth.sum()
    assert found["specificity"].n == (~truth).sum()
    assert found["f1"].n == (truth | predicted).sum()


def test_one_row_of_weight_two_is_two_rows():
    truth, predicted, scores, _ = _binary(300)
    times = np.random.default_rng(1).integers(1, 4, 300)
    copies = np.repeat(np.arange(300), times)
    weighted = estimate_classification(
        BinaryRows(truth=truth, predicted=predicted, scores=scores, weights=times.astype(float))
    )
    repeated = estimate_classification(
        BinaryRows(truth=truth[copies], predicted=predicted[copies], scores=scores[copies])
    )
    for name in BINARY_METRICS:
        assert weighted[name].number == pytest.approx(repeated[name].number, abs=1e-12)


def test_f1_interval_is_the_jaccard_interval_carried_over():
    truth, predicted, _scores, _ = _binary()
    _, fp, fn, tp = binary_cells(truth, predicted)
    found = estimate_classification(BinaryRows(truth=truth, predicted=predicted), ["f1"])["f1"]
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(tp, tp + fp + fn, method="wilson")
    assert found.interval.low == pytest.approx(2 * low / (1 + low))
    assert found.interval.high == pytest.approx(2 * high / (1 + high))


def test_f1_interval_agrees_with_a_bootstrap():
    truth, predicted, _, _ = _binary(2_000)
    found = estimate_classification(BinaryRows(truth=truth, predicted=predicted), ["f1"])["f1"]
    draws = [skm.f1_score(*resample(truth, predicted, random_state=seed)) for seed in range(400)]
    width = found.interval.high - found.interval.low
    assert width == pytest.approx(2 * 1.96 * np.std(draws), rel=0.12)


def _slow_delong(truth, scores):
    """Kernel of every pair, as DeLong et al. write it."""
    positive, negative = scores[truth], scores[~truth]
    kernel = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    area = kernel.mean()
    by_positive, by_negative = kernel.mean(axis=1), kernel.mean(axis=0)
    one, two = by_positive.var(ddof=1) / len(positive), by_negative.var(ddof=1) / len(negative)
    df = (one + two) ** 2 / (one**2 / (len(positive) - 1) + two**2 / (len(negative) - 1))
    return area, one + two, df  # the last as Welch and Satterthwaite have it


@pytest.mark.parametrize("ties", [5, 10_000])
def test_delong_is_the_slow_double_loop(ties):
    truth, _, scores, _ = _binary(400, seed=3, ties=ties)
    area, variance, df = _slow_delong(truth, scores)
    found = roc_auc(rank(truth, scores))
    assert found.number == pytest.approx(area, abs=1e-12)
    half = stats.t.ppf(0.975, df) * np.sqrt(variance) / (area * (1 - area))
    middle = np.log(area / (1 - area))
    assert found.interval.low == pytest.approx(1 / (1 + np.exp(half - middle)), abs=1e-12)
    assert found.interval.high == pytest.approx(1 / (1 + np.exp(-half - middle)), abs=1e-12)


def test_delong_by_hand():
    """Two positives (0.9, 0.4), three negatives (0.5, 0.3, 0.2): 5 of 6 pairs are in order."""
    truth = np.array([True, True, False, False, False])
    scores = np.array([0.9, 0.4, 0.5, 0.3, 0.2])
    ranked = rank(truth, scores)
    area, influence = roc_influence(ranked)
    assert area == pytest.approx(5 / 6)
    # components: positives 1 and 2/3, negatives 1/2, 1 and 1, in the order of the scores
    beaten = np.array([1, np.nan, 2 / 3, np.nan, np.nan])
    beating = np.array([np.nan, 1 / 2, np.nan, 1, 1])
    expected = np.where(ranked.truth, (beaten - 5 / 6) / 2, (beating - 5 / 6) / 3)
    assert influence == pytest.approx(expected)
    one, two = (1 / 36 + 1 / 36) / 2, (1 / 9 + 1 / 36 + 1 / 36) / 2 / 3
    error, df = influence_error(influence, (ranked.truth, ~ranked.truth), None)
    assert error == pytest.approx(np.sqrt(one + two))
    assert df == pytest.approx((one + two) ** 2 / (one**2 / 1 + two**2 / 2))
    assert roc_auc(ranked).interval.method == "newcombe", "two positives estimate no variance"


def test_clusters_of_one_row_are_rows():
    truth, _, scores, _ = _binary(2_000)
    ranked = rank(truth, scores)
    plain, clustered = roc_auc(ranked), roc_auc(ranked, clusters=np.arange(2_000))
    assert clustered.interval.low == pytest.approx(plain.interval.low, abs=2e-4)
    assert clustered.interval.method == "delong (logit), clustered"


def test_copies_do_not_make_an_auc_surer():
    truth, _, scores, _ = _binary(300)
    plain = roc_auc(rank(truth, scores))
    truth10, scores10 = np.repeat(truth, 10), np.repeat(scores, 10)
    ranked = rank(truth10, scores10)
    copied = roc_auc(ranked, clusters=np.repeat(np.arange(300), 10))
    naive = roc_auc(ranked)
    width = plain.interval.high - plain.interval.low
    assert copied.interval.high - copied.interval.low == pytest.approx(width, rel=0.03)
    assert naive.interval.high - naive.interval.low < 0.4 * width


def test_average_precision_moves_as_its_influence_says():
    """Leave rows out one by one; the jackknife's error is the infinitesimal one's."""
    truth, _, scores, _ = _binary(300, seed=5)
    found = average_precision(rank(truth, scores))
    assert found.number == pytest.approx(skm.average_precision_score(truth, scores), abs=1e-12)
    left = np.array(
        [
            skm.average_precision_score(np.delete(truth, at), np.delete(scores, at))
            for at in range(300)
        ]
    )
    error = np.sqrt(299 / 300 * ((left - left.mean()) ** 2).sum())
    logit = np.log(found.interval.high / (1 - found.interval.high))
    middle = np.log(found.number / (1 - found.number))
    ours = (logit - middle) * found.number * (1 - found.number) / z_of(0.95)
    assert ours == pytest.approx(error, rel=0.06)


@pytest.mark.parametrize(
    ("truth", "predicted", "metric", "reason"),
    [
        ([], [], "accuracy", "no rows"),
        ([False, False], [False, True], "recall", "no row is positive"),
        ([True, True], [False, True], "specificity", "no row is negative"),
        ([True, False], [False, False], "precision", "no row is predicted positive"),
        ([False, False], [False, False], "f1", "no row is positive or predicted positive"),
        ([True, True], [False, True], "matthews_corrcoef", "all rows are of one class"),
        ([True, True], [False, True], "balanced_accuracy", "no row is negative"),
        ([True, True], [False, True], "roc_auc", "all rows are of one class"),
        ([False, False], [False, True], "average_precision", "no row is positive"),
        ([], [], "brier", "no rows"),
        ([], [], "log_loss", "no rows"),
        ([], [], "matthews_corrcoef", "no rows"),
    ],
)
def test_what_cannot_be_computed_says_why(truth, predicted, metric, reason):
    truth, predicted = np.array(truth, dtype=bool), np.array(predicted, dtype=bool)
    scores = np.linspace(0.1, 0.9, len(truth))
    rows = BinaryRows(truth=truth, predicted=predicted, scores=scores)
    found = estimate_classification(rows, [metric])[metric]
    assert (found.number, found.reason) == (None, reason)


def test_without_scores_nothing_is_ranked():
    truth, predicted, _, _ = _binary(50)
    found = estimate_classification(BinaryRows(truth=truth, predicted=predicted), ["roc_auc"])
    assert found["roc_auc"].reason == "the model gives no scores"


def test_scores_that_are_no_probabilities_are_ranked_but_not_scored():
    truth, predicted, scores, _ = _binary(50)
    rows = BinaryRows(truth=truth, predicted=predicted, scores=scores * 10 - 3)
    found = estimate_classification(rows, ["roc_auc", "brier", "log_loss"])
    assert found["roc_auc"].number is not None
    assert found["brier"].reason == "the scores are not probabilities"
    assert found["log_loss"].reason == "the scores are not probabilities"


def test_constant_scores_rank_like_guessing():
    truth = np.array([True, False] * 20)
    rows = BinaryRows(truth=truth, predicted=truth, scores=np.full(40, 0.5))
    found = estimate_classification(rows)
    assert found["roc_auc"].number == 0.5
    assert found["roc_auc"].interval.low < 0.5 < found["roc_auc"].interval.high
    assert found["average_precision"].number == 0.5
    assert found["brier"].number == 0.25
    assert found["brier"].interval is None


def test_perfect_separation_is_not_certainty():
    truth = np.array([False] * 6 + [True] * 6)
    rows = BinaryRows(truth=truth, predicted=truth, scores=np.arange(12) / 12)
    found = estimate_classification(rows)
    assert found["roc_auc"].number == 1.0
    assert found["roc_auc"].interval.low < 0.8
    assert found["accuracy"].interval.low < 0.8


def _several(n=900, seed=0, k=4):
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.ones(k), n)
    truth = np.array([rng.choice(k, p=row) for row in scores])
    return truth, scores.argmax(axis=1), scores, rng.random(n) + 0.1


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_multiclass_points_are_scikit_learns(weighted, clustered):
    truth, predicted, scores, weights = _several()
    own = {"sample_weight": weights if weighted else None}
    rows = MulticlassRows(
        truth=truth,
        predicted=predicted,
        classes=4,
        scores=scores,
        weights=own["sample_weight"],
        clusters=np.arange(900) // 3 if clustered else None,
    )
    found = estimate_multiclass(rows)
    expected = {
        "accuracy": skm.accuracy_score(truth, predicted, **own),
        "balanced_accuracy": skm.balanced_accuracy_score(truth, predicted, **own),
        "precision_macro": skm.precision_score(truth, predicted, average="macro", **own),
        "recall_macro": skm.recall_score(truth, predicted, average="macro", **own),
        "f1_macro": skm.f1_score(truth, predicted, average="macro", **own),
        "f1_weighted": skm.f1_score(truth, predicted, average="weighted", **own),
        "matthews_corrcoef": skm.matthews_corrcoef(truth, predicted, **own),
        "roc_auc_ovr": skm.roc_auc_score(truth, scores, multi_class="ovr", **own),
        "log_loss": skm.log_loss(truth, scores, **own),
    }
    assert {name: e.number for name, e in found.items()} == pytest.approx(expected, abs=1e-12)
    for name, estimate in found.items():
        assert estimate.interval.low < estimate.number < estimate.interval.high, name


def test_each_class_is_scikit_learns():
    truth, predicted, _, _ = _several()
    rows = MulticlassRows(truth=truth, predicted=predicted, classes=4)
    found = estimate_classes(rows)
    precision, recall, f1, support = skm.precision_recall_fscore_support(truth, predicted)
    assert [e["precision"].number for e in found] == pytest.approx(list(precision))
    assert [e["recall"].number for e in found] == pytest.approx(list(recall))
    assert [e["f1"].number for e in found] == pytest.approx(list(f1))
    assert [e["recall"].n for e in found] == list(support)


def test_a_class_never_predicted_counts_as_scikit_learn_counts_it():
    truth = np.array([0, 0, 1, 1, 2, 2])
    predicted = np.array([0, 0, 1, 0, 1, 0])
    rows = MulticlassRows(truth=truth, predicted=predicted, classes=4)  # class 3 never occurs
    found = estimate_multiclass(rows, ["precision_macro", "recall_macro", "f1_macro"])
    given = {"average": "macro", "zero_division": 0}
    assert found["precision_macro"].number == pytest.approx(
        skm.precision_score(truth, predicted, **given)
    )
    assert found["recall_macro"].number == pytest.approx(
        skm.recall_score(truth, predicted, **given)
    )
    assert found["f1_macro"].number == pytest.approx(skm.f1_score(truth, predicted, **given))


def test_two_classes_as_several_agree_with_two():
    truth, predicted, scores, _ = _binary(500)
    both = np.column_stack([1 - scores, scores])
    several = estimate_multiclass(
        MulticlassRows(
            truth=truth.astype(int), predicted=predicted.astype(int), classes=2, scores=both
        )
    )
    two = estimate_classification(BinaryRows(truth=truth, predicted=predicted, scores=scores))
    for name in ("accuracy", "balanced_accuracy", "matthews_corrcoef", "log_loss"):
        assert several[name].number == pytest.approx(two[name].number)
    assert several["roc_auc_ovr"].number == pytest.approx(two["roc_auc"].number)
    assert several["roc_auc_ovr"].interval.low == pytest.approx(
        two["roc_auc"].interval.low, abs=2e-3
    )
    assert several["balanced_accuracy"].interval == two["balanced_accuracy"].interval


def test_a_class_the_model_does_not_know_is_always_wrong_and_not_scored():
    truth = np.array([0, 1, 2, 0])
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5], [0.7, 0.3]])
    rows = MulticlassRows(truth=truth, predicted=np.array([0, 1, 0, 0]), classes=3, scores=scores)
    found = estimate_multiclass(rows)
    assert found["accuracy"].number == 0.75
    assert found["log_loss"].reason == "1 row has a class the model does not know"
    assert found["roc_auc_ovr"].reason == "1 row has a class the model does not know"


def test_multiclass_edges_have_reasons():
    one = MulticlassRows(
        truth=np.zeros(5, int), predicted=np.zeros(5, int), classes=3, scores=np.eye(3)[[0] * 5]
    )
    found = estimate_multiclass(one)
    assert found["roc_auc_ovr"].reason == "2 of 3 classes do not occur"
    assert found["matthews_corrcoef"].reason == "all rows are of one class"
    assert found["accuracy"].number == 1.0
    empty = MulticlassRows(truth=np.zeros(0, int), predicted=np.zeros(0, int), classes=3)
    assert {e.reason for e in estimate_multiclass(empty).values()} == {"no rows"}
    assert set(estimate_multiclass(empty)) == set(MULTICLASS_METRICS)


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_regression_points_are_scikit_learns(weighted, clustered):
    rng = np.random.default_rng(2)
    truth = rng.gamma(2, 3, 700) + 100
    predicted = truth + rng.normal(0.3, 1, 700)
    own = {"sample_weight": rng.random(700) + 0.1 if weighted else None}
    rows = RegressionRows(
        truth=truth,
        predicted=predicted,
        weights=own["sample_weight"],
        clusters=np.arange(700) // 2 if clustered else None,
    )
    found = estimate_regression(rows)
    expected = {
        "mae": skm.mean_absolute_error(truth, predicted, **own),
        "rmse": skm.root_mean_squared_error(truth, predicted, **own),
        "r2": skm.r2_score(truth, predicted, **own),
        "median_absolute_error": skm.median_absolute_error(truth, predicted, **own),
        "mape": skm.mean_absolute_percentage_error(truth, predicted, **own),
        "mean_error": np.average(predicted - truth, weights=own["sample_weight"]),
    }
    assert {name: e.number for name, e in found.items()} == pytest.approx(expected, rel=1e-9)
    for name, estimate in found.items():
        assert estimate.interval.low < estimate.number < estimate.interval.high, name


def test_mean_error_interval_is_close_to_students():
    rng = np.random.default_rng(3)
    error = rng.normal(0.5, 2, 500)
    found = estimate_regression(
        RegressionRows(truth=np.zeros(500) + 1, predicted=error + 1), ["mean_error"]
    )["mean_error"]
    half = 1.965 * error.std(ddof=1) / np.sqrt(500)
    assert found.interval.low == pytest.approx(error.mean() - half, abs=0.1 * half)
    assert found.interval.high == pytest.approx(error.mean() + half, abs=0.1 * half)


def test_a_large_target_does_not_drown_its_variance():
    rng = np.random.default_rng(4)
    truth = 1e9 + rng.normal(0, 1, 300)
    predicted = truth + rng.normal(0, 0.5, 300)
    found = estimate_regression(RegressionRows(truth=truth, predicted=predicted), ["r2"])["r2"]
    assert found.number == pytest.approx(skm.r2_score(truth, predicted), abs=1e-6)


@pytest.mark.parametrize(
    ("truth", "metric", "reason"),
    [
        ([], "mae", "no rows"),
        ([], "median_absolute_error", "no rows"),
        ([5.0], "r2", "not enough data (n = 1)"),
        ([5.0, 5.0], "r2", "the target does not vary"),
        ([0.0, 5.0], "mape", "not defined: the target is 0 in 1 of 2 rows"),
        ([0.0, 0.0], "mape", "not defined: the target is 0 in 2 of 2 rows"),
    ],
)
def test_regression_edges_have_reasons(truth, metric, reason):
    truth = np.array(truth)
    found = estimate_regression(RegressionRows(truth=truth, predicted=truth + 1), [metric])
    assert (found[metric].number, found[metric].reason) == (None, reason)


def test_one_row_has_numbers_and_no_interval():
    found = estimate_regression(
        RegressionRows(truth=np.array([4.0]), predicted=np.array([5.0])), REGRESSION_METRICS
    )
    assert found["mae"].number == 1.0
    assert found["mae"].interval is None
    assert found["median_absolute_error"].number == 1.0
    assert found["median_absolute_error"].interval is None


def test_bins_are_even_and_ties_stay_together():
    codes = quantile_bins(np.arange(1_000.0), 10)
    assert list(np.bincount(codes)) == [100] * 10
    tied = quantile_bins(np.repeat([0.0, 0.3, 0.9], [700, 200, 100]), 10)
    assert list(np.bincount(tied)) == [700, 200, 100]
    assert len(quantile_bins(np.zeros(0), 10)) == 0


def test_reliability_counts_every_row_once_with_wilson():
    truth, predicted, scores, _ = _binary(997, ties=10_000)
    bins = reliability(BinaryRows(truth=truth, predicted=predicted, scores=scores))
    assert len(bins) == 10
    assert sum(found.observed.n for found in bins) == 997
    hits = sum(found.observed.number * found.observed.n for found in bins)
    assert hits == pytest.approx(truth.sum())
    from statsmodels.stats.proportion import proportion_confint

    first = bins[0].observed
    expected = proportion_confint(round(first.number * first.n), first.n, method="wilson")
    assert (first.interval.low, first.interval.high) == pytest.approx(expected)


@pytest.mark.parametrize("weighted", [False, True])
def test_recalibration_is_statsmodels_with_robust_errors(weighted):
    import statsmodels.api as sm

    truth, predicted, scores, weights = _binary(1_500, ties=10_000)
    own = weights / weights.mean() if weighted else np.ones(1_500)
    rows = BinaryRows(
        truth=truth, predicted=predicted, scores=scores, weights=weights if weighted else None
    )
    found = recalibration(rows)
    sure = np.clip(scores, 1e-6, 1 - 1e-6)
    odds = np.log(sure / (1 - sure))

    def fit(columns, offset):
        def score(at):
            chance = 1 / (1 + np.exp(-(columns @ at + offset)))
            return own * (truth - chance), chance

        model = sm.GLM(
            truth.astype(float), columns, sm.families.Binomial(), offset=offset, freq_weights=own
        ).fit(tol=1e-12)
        residual, chance = score(model.params)
        bread = np.linalg.inv(columns.T @ (columns * (own * chance * (1 - chance))[:, None]))
        meat = (columns * residual[:, None]).T @ (columns * residual[:, None])
        return model.params, np.sqrt(np.diag(bread @ meat @ bread) * 1_500 / 1_499)

    coefficients, errors = fit(np.column_stack([odds, np.ones(1_500)]), np.zeros(1_500))
    slope = found["calibration_slope"]
    assert slope.number == pytest.approx(coefficients[0], rel=1e-6)
    half = (slope.interval.high - slope.interval.low) / 2
    assert half == pytest.approx(1.96 * errors[0], rel=1e-3)
    coefficients, errors = fit(np.ones((1_500, 1)), odds)
    intercept = found["calibration_intercept"]
    assert intercept.number == pytest.approx(coefficients[0], rel=1e-6)
    half = (intercept.interval.high - intercept.interval.low) / 2
    assert half == pytest.approx(1.96 * errors[0], rel=1e-3)


def test_scores_twice_too_sure_have_half_the_slope():
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 1, 20_000)
    truth = rng.random(20_000) < 1 / (1 + np.exp(-odds))
    scores = 1 / (1 + np.exp(-2 * odds))
    rows = BinaryRows(truth=truth, predicted=truth, scores=scores)
    slope = recalibration(rows)["calibration_slope"]
    assert slope.interval.low < 0.5 < slope.interval.high
    assert slope.interval.high < 0.55


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        (np.full(40, 0.5), "the scores do not vary"),
        (np.repeat([0.1, 0.9], 20), "the scores separate the classes"),
        (np.repeat([-3.0, 4.0], 20), "the scores are not probabilities"),
    ],
)
def test_what_cannot_be_recalibrated_says_why(scores, reason):
    truth = np.repeat([False, True], 20)
    slope = recalibration(BinaryRows(truth=truth, predicted=truth, scores=scores))
    assert slope["calibration_slope"].reason == reason


def test_few_rows_of_a_class_are_not_recalibrated():
    truth = np.array([True] * 3 + [False] * 50)
    rows = BinaryRows(truth=truth, predicted=truth, scores=np.linspace(0.9, 0.1, 53))
    reason = "not enough data (3 rows of a class; at least 10 needed)"
    assert recalibration(rows)["calibration_slope"].reason == reason


def test_few_rows_of_a_class_widen_what_rests_on_them():
    """Two positives in sixty rows: the bootstrap alone would be sure of what it cannot know."""
    rng = np.random.default_rng(0)
    truth = np.zeros(60, bool)
    truth[:2] = True
    scores = np.where(truth, 0.6, rng.random(60) * 0.3)
    rows = BinaryRows(truth=truth, predicted=scores > 0.25, scores=scores)
    found = estimate_classification(rows)
    assert found["brier"].interval.method == "wilson on a bounded mean"
    assert found["log_loss"].interval.high > found["log_loss"].number + 0.05
    assert found["roc_auc"].interval.method == "newcombe"
    correlation = found["matthews_corrcoef"]
    assert correlation.interval.method == "wilson, parts at their worst"
    assert correlation.interval.low < 0.1 < correlation.number < 0.8 < correlation.interval.high


def test_a_class_never_predicted_has_a_precision_nobody_knows():
    truth = np.array([0] * 50 + [1] * 50 + [2] * 10)
    predicted = np.array([0] * 50 + [1] * 50 + [0] * 10)
    rows = MulticlassRows(truth=truth, predicted=predicted, classes=3)
    found = estimate_multiclass(rows, ["precision_macro"])["precision_macro"]
    assert found.number == pytest.approx((50 / 60 + 1 + 0) / 3)
    assert found.interval.high > found.number + 0.3
