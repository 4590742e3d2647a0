"""Differences of metrics on the same rows, against scikit-learn, slow loops and a plain bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from reportgen.measure.evaluation.rows import Rows
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.intervals import quantile_t
from reportgen.measure.statistics.losses import MeanOf, estimate_sums, sum_columns
from reportgen.measure.statistics.paired import PAIRED_METRICS, Paired, paired_changes

Array = np.ndarray[Any, Any]


def binary(n: int = 400, seed: int = 0, rate: float = 0.4, **more: Any) -> list[BinaryRows]:
    rng = np.random.default_rng(seed)
    truth, hard = rng.random(n) < rate, rng.normal(size=n)
    scores = [
        np.round(1 / (1 + np.exp(-(gain * (truth - 0.5) + hard + 0.6 * rng.normal(size=n)))), 2)
        for gain in (2.2, 1.6)
    ]
    return [BinaryRows(truth=truth, predicted=each >= 0.5, scores=each, **more) for each in scores]


def several(n: int = 400, seed: int = 0, **more: Any) -> list[MulticlassRows]:
    rng = np.random.default_rng(seed)
    truth, hard = rng.choice(3, n, p=[0.5, 0.3, 0.2]), rng.normal(size=(n, 3))
    found = []
    for gain in (1.8, 1.3):
        logit = hard + 0.6 * rng.normal(size=(n, 3))
        logit[np.arange(n), truth] += gain
        odds = np.exp(logit)
        scores = odds / odds.sum(axis=1, keepdims=True)
        said = scores.argmax(axis=1)
        found.append(MulticlassRows(truth=truth, predicted=said, classes=3, scores=scores, **more))
    return found


def numbers(n: int = 400, seed: int = 0, **more: Any) -> list[RegressionRows]:
    rng = np.random.default_rng(seed)
    truth, hard = rng.normal(50, 10, n), rng.normal(size=n)
    return [
        RegressionRows(truth=truth, predicted=truth + bias + spread * hard + rng.normal(size=n), **more)
        for bias, spread in ((0.0, 3.0), (0.5, 3.6))
    ]  # fmt: skip


def compared(pair: list[Any], **more: Any) -> dict[str, Paired]:
    return paired_changes(pair[0], pair[1], PAIRED_METRICS[type(pair[0])], **more)


Metric = Callable[[Any, Array | None], float]
BINARY: dict[str, Metric] = {
    "accuracy": lambda r, w: sk.accuracy_score(r.truth, r.predicted, sample_weight=w),
    "balanced_accuracy": lambda r, w: sk.balanced_accuracy_score(r.truth, r.predicted, sample_weight=w),
    "precision": lambda r, w: sk.precision_score(r.truth, r.predicted, sample_weight=w),
    "recall": lambda r, w: sk.recall_score(r.truth, r.predicted, sample_weight=w),
    "specificity": lambda r, w: sk.recall_score(~r.truth, ~r.predicted, sample_weight=w),
    "f1": lambda r, w: sk.f1_score(r.truth, r.predicted, sample_weight=w),
    "matthews_corrcoef": lambda r, w: sk.matthews_corrcoef(r.truth, r.predicted, sample_weight=w),
    "roc_auc": lambda r, w: sk.roc_auc_score(r.truth, r.scores, sample_weight=w),
    "average_precision": lambda r, w: sk.average_precision_score(r.truth, r.scores, sample_weight=w),
    "brier": lambda r, w: sk.brier_score_loss(r.truth, r.scores, sample_weight=w),
    "log_loss": lambda r, w: sk.log_loss(r.truth, r.scores, sample_weight=w),
    "selection_rate": lambda r, w: float(np.average(r.predicted, weights=w)),
}  # fmt: skip
SEVERAL: dict[str, Metric] = {
    "accuracy": BINARY["accuracy"],
    "balanced_accuracy": BINARY["balanced_accuracy"],
    "precision_macro": lambda r, w: sk.precision_score(r.truth, r.predicted, average="macro", sample_weight=w),
    "recall_macro": lambda r, w: sk.recall_score(r.truth, r.predicted, average="macro", sample_weight=w),
    "f1_macro": lambda r, w: sk.f1_score(r.truth, r.predicted, average="macro", sample_weight=w),
    "f1_weighted": lambda r, w: sk.f1_score(r.truth, r.predicted, average="weighted", sample_weight=w),
    "matthews_corrcoef": BINARY["matthews_corrcoef"],
    "roc_auc_ovr": lambda r, w: sk.roc_auc_score(r.truth, r.scores, multi_class="ovr", sample_weight=w),
    "log_loss": lambda r, w: sk.log_loss(r.truth, r.scores, sample_weight=w),
}  # fmt: skip
NUMBERS: dict[str, Metric] = {
    "mae": lambda r, w: sk.mean_absolute_error(r.truth, r.predicted, sample_weight=w),
    "rmse": lambda r, w: sk.root_mean_squared_error(r.truth, r.predicted, sample_weight=w),
    "r2": lambda r, w: sk.r2_score(r.truth, r.predicted, sample_weight=w),
    "median_absolute_error": lambda r, w: sk.median_absolute_error(r.truth, r.predicted, sample_weight=w),
    "mape": lambda r, w: sk.mean_absolute_percentage_error(r.truth, r.predicted, sample_weight=w),
    "mean_error": lambda r, w: float(np.average(r.predicted - r.truth, weights=w)),
}  # fmt: skip
KINDS = {"binary": (binary, BINARY), "several": (several, SEVERAL), "numbers": (numbers, NUMBERS)}


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("kind", list(KINDS))
def test_numbers_are_scikit_learns_of_either_side(kind: str, weighted: bool) -> None:
    draw, expected = KINDS[kind]
    weights = np.random.default_rng(9).exponential(size=400) if weighted else None
    pair = draw(weights=weights)  # type: ignore[operator]
    found = compared(pair)
    assert set(found) == set(expected)
    for name, metric in expected.items():
        now, before = (metric(rows, weights) for rows in pair)
        if weighted and name == "median_absolute_error":
            continue  # scikit-learn's weighted median is another one; see test_eval_metrics
        change = found[name].change
        assert found[name].now.number == pytest.approx(now, abs=1e-9), name
        assert change.number == pytest.approx(now - before, abs=1e-9), name
        assert change.interval is not None, name
        assert change.interval.low <= change.number <= change.interval.high, name  # type: ignore[operator]


def cells(rows: Any) -> tuple[int, int, int, int]:
    true, said = rows.truth, rows.predicted
    return tuple(  # type: ignore[return-value]
        int(both.sum()) for both in (true & said, ~true & said, true & ~said, ~true & ~said)
    )


def f1(rows: Any) -> float:
    hits, alarms, missed, _ = cells(rows)
    return 2 * hits / (2 * hits + alarms + missed)


def matthews(rows: Any) -> float:
    tp, fp, fn, tn = cells(rows)
    return (tp * tn - fp * fn) / sqrt(float((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


def f1_macro(rows: Any) -> float:
    found = []
    for code in range(3):
        true, said = rows.truth == code, rows.predicted == code
        found.append(2 * (true & said).sum() / (true.sum() + said.sum()))
    return float(np.mean(found))


def explained(rows: Any) -> float:
    squares = ((rows.truth - rows.predicted) ** 2).sum()
    return float(1 - squares / ((rows.truth - rows.truth.mean()) ** 2).sum())


FAST: dict[tuple[str, str], Callable[[Any], float]] = {
    ("binary", "accuracy"): lambda r: float((r.truth == r.predicted).mean()),
    ("binary", "balanced_accuracy"): lambda r: (
        float(r.predicted[r.truth].mean() + 1 - r.predicted[~r.truth].mean()) / 2
    ),
    ("binary", "precision"): lambda r: float(r.truth[r.predicted].mean()),
    ("binary", "recall"): lambda r: float(r.predicted[r.truth].mean()),
    ("binary", "f1"): f1,
    ("binary", "matthews_corrcoef"): matthews,
    ("binary", "brier"): lambda r: float(((r.scores - r.truth) ** 2).mean()),
    ("several", "f1_macro"): f1_macro,
    ("numbers", "mae"): lambda r: float(np.abs(r.truth - r.predicted).mean()),
    ("numbers", "rmse"): lambda r: sqrt(float(((r.truth - r.predicted) ** 2).mean())),
    ("numbers", "r2"): explained,
    ("numbers", "median_absolute_error"): lambda r: float(
        np.median(np.abs(r.truth - r.predicted))
    ),
}


def plain_bootstrap(
    pair: list[Any], metric: Callable[[Any], float], clusters: Array | None = None
) -> float:
    """Standard deviation of the difference, drawing rows (or clusters) with both answers."""
    rng = np.random.default_rng(5)
    n, drawn = len(pair[0].truth), []
    members = [] if clusters is None else [np.flatnonzero(clusters == c) for c in set(clusters)]
    for _ in range(400):
        if clusters is None:
            rows = rng.integers(0, n, n)
        else:
            rows = np.concatenate(
                [members[at] for at in rng.integers(0, len(members), len(members))]
            )
        new, old = (side.take(rows) for side in pair)
        drawn.append(metric(new) - metric(old))
    return float(np.std(drawn))


@pytest.mark.parametrize(("kind", "name"), list(FAST))
def test_widths_are_those_of_a_plain_paired_bootstrap(kind: str, name: str) -> None:
    draw, _ = KINDS[kind]
    pair = draw(n=500, seed=2)  # type: ignore[operator]
    found = paired_changes(pair[0], pair[1], (name,))[name].change
    assert found.interval is not None
    half = (found.interval.high - found.interval.low) / 2
    rough = 0.35 if name == "median_absolute_error" else 0.2  # its bootstrap is rough itself
    assert half == pytest.approx(1.96 * plain_bootstrap(pair, FAST[kind, name]), rel=rough)


@pytest.mark.parametrize("name", ["accuracy", "precision", "f1", "brier"])
def test_clusters_widen_intervals_as_drawing_clusters_does(name: str) -> None:
    clusters = np.repeat(np.arange(100), 5)
    plain = binary(n=500, seed=6)
    turned = np.repeat(np.random.default_rng(8).random(100) < 0.3, 5)
    scores = np.where(turned, 1 - plain[1].truth, plain[1].scores)  # whole clusters are wrong
    pair = [
        BinaryRows(truth=plain[0].truth, predicted=each >= 0.5, scores=each, clusters=clusters)
        for each in (plain[0].scores, scores)
    ]
    interval = paired_changes(pair[0], pair[1], (name,))[name].change.interval
    assert interval is not None
    spread = plain_bootstrap(pair, FAST["binary", name], clusters)
    assert (interval.high - interval.low) / 2 == pytest.approx(2 * spread, rel=0.25)


def test_the_change_of_auc_has_delongs_variance() -> None:
    """The covariance of two areas from their structural components, each pair by itself."""
    new, old = binary(n=150, seed=3)
    components = []
    for rows in (new, old):
        assert rows.scores is not None
        positive, negative = rows.scores[rows.truth], rows.scores[~rows.truth]
        won = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
        components.append((won.mean(axis=1), won.mean(axis=0)))
    steps = [components[0][side] - components[1][side] for side in (0, 1)]
    variance = sum(step.var(ddof=1) / len(step) for step in steps)
    sizes = [len(step) for step in steps]
    doubt = sum((s.var(ddof=1) / len(s)) ** 2 / (len(s) - 1) for s in steps)
    change = compared([new, old])["roc_auc"].change
    assert min(sizes) >= 20
    half = quantile_t(0.95, variance**2 / doubt) * sqrt(variance)
    assert change.interval is not None
    assert change.number is not None
    assert change.interval.high == pytest.approx(change.number + half, abs=1e-9)
    assert change.interval.method == "delong, paired"


def test_average_precision_moves_by_the_jackknife() -> None:
    """Leaving out each row moves the difference as its influence says, to first order."""
    new, old = binary(n=120, seed=7)
    full = BINARY["average_precision"](new, None) - BINARY["average_precision"](old, None)
    left_out = []
    for row in range(120):
        kept = np.arange(120) != row
        sides = [BINARY["average_precision"](side.take(kept), None) for side in (new, old)]
        left_out.append(sides[0] - sides[1])
    jackknife = sqrt(119 / 120 * float(((np.array(left_out) - np.mean(left_out)) ** 2).sum()))
    change = compared([new, old])["average_precision"].change
    assert change.interval is not None
    assert change.number == pytest.approx(full)
    half = (change.interval.high - change.interval.low) / 2
    assert half == pytest.approx(2.01 * jackknife, rel=0.06)


def test_what_both_models_share_makes_the_interval_narrower_than_two_numbers_suggest() -> None:
    pair = binary(n=2_000, seed=1)
    found = compared(pair)
    for name in ("accuracy", "roc_auc", "brier", "f1"):
        sides = [found[name].now.interval, found[name].before.interval]
        apart = sqrt(sum(((side.high - side.low) / 2) ** 2 for side in sides if side))
        own = found[name].change.interval
        assert own is not None
        assert (own.high - own.low) / 2 < 0.8 * apart, name


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_same_model_twice_did_not_change(kind: str) -> None:
    draw, _ = KINDS[kind]
    rows: Rows = draw()[0]  # type: ignore[operator]
    for name, paired in compared([rows, rows]).items():
        assert paired.change.number == 0, name
        interval = paired.change.interval
        bounded = kind != "numbers" and name != "log_loss"
        if bounded:
            assert interval is not None, name
            assert interval.low < 0 < interval.high, name
            assert interval.high < 0.1, name


@pytest.mark.parametrize("kind", list(KINDS))
def test_exchanging_the_models_turns_every_number_round(kind: str) -> None:
    draw, _ = KINDS[kind]
    pair = draw()  # type: ignore[operator]
    one, other = compared(pair), compared(pair[::-1])
    for name in one:
        assert one[name].change.number == pytest.approx(-other[name].change.number, abs=1e-12)  # type: ignore[operator]
        assert one[name].now == other[name].before


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_order_of_rows_changes_no_number(kind: str) -> None:
    draw, _ = KINDS[kind]
    pair = draw(n=1_500)  # type: ignore[operator]
    shuffled = np.random.default_rng(0).permutation(1_500)
    one, other = compared(pair), compared([rows.take(shuffled) for rows in pair])
    for name, paired in one.items():
        there, here = paired.change, other[name].change
        assert here.number == pytest.approx(there.number, abs=1e-12)
        assert here.interval is not None
        assert there.interval is not None
        assert here.interval.low == pytest.approx(there.interval.low, abs=1e-9)


def test_few_rows_of_a_class_get_intervals_that_do_not_lean_on_them() -> None:
    new, old = binary(n=600, seed=4, rate=0.015)
    assert 2 < new.truth.sum() < 20
    found = compared([new, old])
    for name in ("roc_auc", "average_precision", "f1", "brier", "log_loss"):
        interval = found[name].change.interval
        assert interval is not None, name
        assert interval.method == "mover, paired", name


@pytest.mark.parametrize("few", [2, 10, 100])
def test_an_error_that_few_rows_decide_has_their_degrees_of_freedom(few: int) -> None:
    values = np.where(np.arange(200) < few, 1.0, 0.0) + np.linspace(0, 0.01, 200)
    columns, mean = sum_columns(values), {"mean": MeanOf(column=0, floor=None)}
    plain, wide = (
        estimate_sums(columns, mean, replicates=300, widened=names)["mean"]
        for names in ((), ("mean",))
    )
    assert plain.interval is not None
    assert wide.interval is not None
    assert plain.number is not None
    freedom = 2 * 200 / (stats.kurtosis(values, fisher=False) - 1)
    expected = stats.t.ppf(0.975, freedom) / stats.norm.ppf(0.975)
    assert (wide.interval.high - plain.number) / (plain.interval.high - plain.number) == (
        pytest.approx(expected)
    )
    assert (wide.interval.low - plain.number) / (plain.interval.low - plain.number) == (
        pytest.approx(expected)
    )


def test_weights_make_a_class_few() -> None:
    """Thirty positives of which two weigh nearly all are worth two: no variance rests on them."""
    pair = binary(n=100, rate=0.3)
    weights = np.where(np.cumsum(pair[0].truth) <= 2, 100.0, 1.0)
    heavy = [replace(rows, weights=weights) for rows in pair]
    for name in ("brier", "log_loss", "roc_auc"):
        plain, weighed = compared(pair)[name].change, compared(heavy)[name].change
        assert plain.interval is not None
        assert weighed.interval is not None
        assert plain.interval.method != "mover, paired"
        assert weighed.interval.method == "mover, paired", name


@pytest.mark.parametrize(("n", "method"), [(90, "mover"), (300, "infinitesimal jackknife")])
def test_average_precision_needs_fifty_rows_of_a_class(n: int, method: str) -> None:
    """With thirty the jackknife's interval covered 92 %, and missed on one side alone."""
    interval = compared(binary(n=n, rate=0.3))["average_precision"].change.interval
    assert interval is not None
    assert interval.method == f"{method}, paired"


@pytest.mark.parametrize("truth", [[True], [False], [True, True, True], [True, False]])
@pytest.mark.parametrize("said", [True, False])
def test_one_row_or_one_class_gives_reasons_not_errors(truth: list[bool], said: bool) -> None:
    labels = np.array(truth)
    pair = [
        BinaryRows(truth=labels, predicted=np.full(len(labels), answer),
                   scores=np.full(len(labels), 0.5))
        for answer in (said, True)
    ]  # fmt: skip
    for name, paired in compared(pair).items():
        change = paired.change
        assert (change.number is None) == bool(change.reason), name
        if change.interval is not None:
            assert change.interval.low <= change.number <= change.interval.high  # type: ignore[operator]
    if not labels.any():
        assert compared(pair)["recall"].change.reason == "no row is positive"
    if len(set(truth)) == 1:
        assert compared(pair)["roc_auc"].change.reason == "all rows are of one class"


def test_a_perfect_ranking_against_none_is_not_no_change() -> None:
    """Not one row moves either area, and yet they differ."""
    truth = np.array([False] * 40 + [True] * 40)
    perfect = BinaryRows(truth=truth, predicted=truth, scores=truth.astype(float))
    tied = BinaryRows(truth=truth, predicted=truth, scores=np.zeros(80))
    change = paired_changes(perfect, tied, ("roc_auc",))["roc_auc"].change
    assert change.number == 0.5
    assert change.interval is not None
    assert 0.3 < change.interval.low < 0.5 <= change.interval.high


def test_a_side_that_has_no_number_gives_its_reason() -> None:
    truth = np.array([True, False] * 20)
    new = BinaryRows(truth=truth, predicted=truth)
    old = BinaryRows(truth=truth, predicted=np.zeros(40, dtype=bool))
    found = paired_changes(new, old, ("precision", "roc_auc", "recall"))
    assert found["precision"].change.reason == "not before: no row is predicted positive"
    assert found["roc_auc"].change.reason == "the model gives no scores"
    assert found["recall"].change.number == 1


def test_one_row_of_a_regression() -> None:
    pair = [RegressionRows(truth=np.array([1.0]), predicted=np.array([p])) for p in (1.5, 3.0)]
    found = compared(pair)
    assert found["mae"].change.number == pytest.approx(-1.5)
    assert found["mae"].change.interval is None
    assert found["r2"].change.reason is not None


def test_rows_that_are_not_the_same_are_refused() -> None:
    new, old = binary()
    other = BinaryRows(truth=~old.truth, predicted=old.predicted, scores=old.scores)
    with pytest.raises(ValueError, match="same rows"):
        paired_changes(new, other, ("accuracy",))
    heavy = BinaryRows(truth=old.truth, predicted=old.predicted, weights=np.ones(400))
    with pytest.raises(ValueError, match="same rows"):
        paired_changes(new, heavy, ("accuracy",))
