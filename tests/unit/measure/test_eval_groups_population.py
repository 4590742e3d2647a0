"""Who is in the data, and how good the model is where the population differs from them."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.stats.proportion as smp
from sklearn import metrics as skm
from statsmodels.stats.weightstats import DescrStatsW

from reportgen.measure import measure_evaluation
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.intervals import wilson
from reportgen.measure.statistics.poststratified import NEGLIGIBLE, Stratum, poststratify
from reportgen.report.frame import EvaluationFrame

POPULATION = {"n": 0.2, "s": 0.3, "e": 0.5}


def _frame(n=2_000, seed=0, **changes):
    rng = np.random.default_rng(seed)
    region = rng.choice(["n", "s", "e"], n, p=[0.5, 0.3, 0.2])
    scores = rng.beta(1, 2, n)
    truth = rng.random(n) < np.where(region == "e", 0.3 + 0.4 * scores, scores)
    given = {
        "task": "classification",
        "target": "y",
        "truth": pd.Series(truth, dtype=object),
        "predicted": scores >= 0.4,
        "scores": scores,
        "classes": (False, True),
        "positive": True,
        "features": pd.DataFrame(index=range(n)),
        "segments": {"region": pd.Series(region)},
        "population": {"region": POPULATION},
    }
    return EvaluationFrame(**{**given, **changes})


def _part(**changes):
    part = measure_evaluation(_frame(**changes))
    return part, {value.name: value for value in part.values}


def test_training_and_evaluation_stand_beside_the_population():
    training = pd.Series(["n"] * 700 + ["s"] * 290 + ["w"] * 10)
    part, values = _part(training=training.to_frame("region"),
                         training_segments={"region": training})  # fmt: skip
    share = values["representation.training[region=n]"]
    assert share.number == 0.7
    assert share.interval.low == pytest.approx(wilson(700, 1_000).low)
    gap = values["representation.training.gap[region=n]"]
    assert gap.number == pytest.approx(0.5)
    assert gap.interval.high == pytest.approx(wilson(700, 1_000).high - 0.2)
    assert values["representation.training[region=e]"].number == 0.0
    assert values["representation.share[region=w]"].number == 0.0
    assert values["representation.population[region=w]"].reason == "not in the benchmark"
    assert gap.provenance.pins == ("training", "population")
    table = next(t for t in part.tables if t.name == "representation.region")
    readings = {row[0].text: row[-1].text for row in table.rows}
    assert readings["e"] == "under-represented; training data: missing"
    assert readings["n"] == "over-represented; training data: over-represented"
    assert readings["w"] == "not in the benchmark"


def test_without_a_benchmark_training_is_what_there_is_to_compare_with():
    frame = _frame()
    training = pd.Series(["n"] * 200 + ["s"] * 700 + ["e"] * 100)
    part, values = _part(population={}, training_segments={"region": training})
    change = values["representation.change[region=s]"]
    own = (frame.segments["region"] == "s").sum()
    low, high = smp.confint_proportions_2indep(own, 2_000, 700, 1_000, method="newcomb")
    assert change.number == pytest.approx(own / 2_000 - 0.7)
    assert change.interval.low == pytest.approx(low, abs=1e-9)
    assert change.interval.high == pytest.approx(high, abs=1e-9)
    table = next(t for t in part.tables if t.name == "representation.region")
    readings = {row[0].text: row[-1].text for row in table.rows}
    assert readings["s"] == "less than in training"
    assert readings["n"] == "more than in training"
    assert table.note.startswith("No benchmark given")
    series = next(s for s in part.series if s.name == "representation.region")
    assert series.lines == {"as in the training data": 0.0}


def test_what_nobody_gave_is_said_to_be_unknown():
    part, values = _part(population={})
    table = next(t for t in part.tables if t.name == "representation.region")
    assert "is not known" in table.note
    assert "No training data given" in table.note
    assert not any(s.name.startswith("representation") for s in part.series)
    assert not any("poststratified" in name for name in values)


def test_rows_of_an_unknown_level_are_a_share_and_no_gap():
    region = _frame().segments["region"].copy()
    region.iloc[:100] = None
    part, values = _part(segments={"region": region})
    assert values["representation.share[region=(unknown)]"].number == 0.05
    assert values["representation.gap[region=(unknown)]"].reason == "not known"
    assert values["representation.population[region=(unknown)]"].number is None
    table = next(t for t in part.tables if t.name == "representation.region")
    assert {r[0].text: r[-1].text for r in table.rows}["(unknown)"] == "not known"


def test_a_benchmark_that_is_a_sample_brings_its_own_uncertainty():
    exact = _part()[1]["representation.gap[region=e]"]
    part, values = _part(population_sizes={"region": 400})
    gap = values["representation.gap[region=e]"]
    count = int((_frame().segments["region"] == "e").sum())
    low, high = smp.confint_proportions_2indep(count, 2_000, 200, 400, method="newcomb")
    assert gap.interval.low == pytest.approx(low, abs=1e-9)
    assert gap.interval.high == pytest.approx(high, abs=1e-9)
    assert gap.interval.high - gap.interval.low > exact.interval.high - exact.interval.low
    population = values["representation.population[region=e]"]
    assert population.interval.low == pytest.approx(wilson(200, 400).low)
    assert population.n == 400
    table = next(t for t in part.tables if t.name == "representation.region")
    assert "a sample of 400" in table.note


def test_the_chart_shows_signed_gaps_with_their_intervals():
    part, values = _part()
    series = next(s for s in part.series if s.name == "representation.region")
    assert series.mark == "intervals"
    for level, gap, low, n in zip(
        *(series.columns[c] for c in ("level", "gap", "low", "n")), strict=True
    ):
        value = values[f"representation.gap[region={level}]"]
        assert (gap, low) == (value.number, value.interval.low)
        assert n == (_frame().segments["region"] == level).sum()
    assert series.lines == {"as in the population": 0.0}


def _weights(frame):
    region = frame.segments["region"]
    return region.map(POPULATION) / region.map(region.value_counts())


def test_weighed_metrics_are_scikit_learns_with_the_populations_weights():
    frame = _frame()
    values = _part()[1]
    truth, said, weights = frame.truth.astype(bool), frame.predicted, _weights(frame)
    expected = {
        "accuracy": skm.accuracy_score(truth, said, sample_weight=weights),
        "precision": skm.precision_score(truth, said, sample_weight=weights),
        "recall": skm.recall_score(truth, said, sample_weight=weights),
        "specificity": skm.recall_score(~truth, ~said, sample_weight=weights),
        "roc_auc": skm.roc_auc_score(truth, frame.scores, sample_weight=weights),
        "brier": skm.brier_score_loss(truth, frame.scores, sample_weight=weights),
    }
    for name, number in expected.items():
        value = values[f"evaluation.{name}.poststratified[population=region]"]
        assert value.number == pytest.approx(number)
        assert value.interval.low < number < value.interval.high
        assert value.provenance.pins == ("model", "data", "population")


def test_the_point_and_width_agree_with_statsmodels_and_a_sum_by_hand():
    frame = _frame()
    right = (frame.truth.astype(bool) == frame.predicted).astype(float)
    described = DescrStatsW(right, weights=_weights(frame))
    variance = 0.0
    for level, share in POPULATION.items():
        own = right[frame.segments["region"] == level]
        variance += share**2 * own.var(ddof=1) / len(own)
    value = _part()[1]["evaluation.accuracy.poststratified[population=region]"]
    assert value.number == pytest.approx(described.mean)
    half = (value.interval.high - value.interval.low) / 2
    assert half == pytest.approx(1.96 * np.sqrt(variance), rel=0.01)


@pytest.mark.parametrize("name", ["precision", "roc_auc"])
def test_the_width_agrees_with_a_bootstrap_within_the_groups(name):
    frame = _frame(n=1_200)
    value = _part(n=1_200)[1][f"evaluation.{name}.poststratified[population=region]"]
    score = {
        "precision": lambda at, w: skm.precision_score(truth[at], said[at], sample_weight=w),
        "roc_auc": lambda at, w: skm.roc_auc_score(truth[at], scores[at], sample_weight=w),
    }[name]
    truth, said, scores = frame.truth.to_numpy(bool), frame.predicted, frame.scores
    weights = _weights(frame).to_numpy()
    members = [np.flatnonzero(frame.segments["region"] == level) for level in POPULATION]
    rng, draws = np.random.default_rng(0), []
    for _ in range(200):
        at = np.concatenate([rng.choice(own, len(own)) for own in members])
        draws.append(score(at, weights[at]))
    width = value.interval.high - value.interval.low
    assert width == pytest.approx(2 * 1.96 * np.std(draws), rel=0.15)


def test_intervals_hold_the_populations_value():
    """Samples with too many of one group, of a population whose groups differ."""
    rng = np.random.default_rng(8)
    shares, sizes, rates = (0.7, 0.2, 0.1), (60, 120, 220), (0.6, 0.8, 0.95)
    truth_there = float(np.dot(shares, rates))
    codes = np.repeat(np.arange(3), sizes)
    strata = [
        Stratum(level=str(code), share=share, positions=np.flatnonzero(codes == code))
        for code, share in enumerate(shares)
    ]
    held = 0
    for _ in range(400):
        right = rng.random(400) < np.array(rates)[codes]
        rows = BinaryRows(truth=np.ones(400, bool), predicted=right)
        interval = poststratify(rows, strata)["accuracy"].interval
        held += interval.low <= truth_there <= interval.high
    assert 0.925 <= held / 400 <= 0.985


def test_a_sampled_benchmark_widens_what_rests_on_it():
    codes = np.repeat([0, 1], 500)
    right = np.concatenate([np.arange(500) < 250, np.arange(500) < 450])
    rows = BinaryRows(truth=np.ones(1_000, bool), predicted=right)
    strata = [
        Stratum(level=str(c), share=0.5, positions=np.flatnonzero(codes == c)) for c in (0, 1)
    ]
    widths = []
    for sampled in (None, 10_000, 50):
        interval = poststratify(rows, strata, sampled=sampled)["accuracy"].interval
        widths.append(interval.high - interval.low)
    assert widths[0] < widths[1] < widths[2]
    extra = 0.5 * 0.5 * (0.9 - 0.5) ** 2 / 50
    known = 0.25 * (0.25 / 499 + 0.09 / 499)
    assert widths[2] == pytest.approx(2 * 1.96 * np.sqrt(known + extra), rel=0.02)


def test_a_group_of_the_population_without_rows_is_a_refusal():
    values = _part(population={"region": {**POPULATION, "w": 0.25}})[1]
    value = values["evaluation.accuracy.poststratified[population=region]"]
    assert value.reason == "no rows of w, 20 % of the population"
    negligible = {**POPULATION, "w": NEGLIGIBLE / 2}
    part, values = _part(population={"region": negligible})
    assert values["evaluation.accuracy.poststratified[population=region]"].number is not None
    table = next(t for t in part.tables if t.name == "poststratified.region")
    assert "1 level without rows, 0.05 % of the population, left out." in table.note


def test_rows_outside_the_benchmark_are_counted_as_left_out():
    region = _frame().segments["region"].copy()
    region.iloc[:30], region.iloc[30:50] = None, "elsewhere"
    part, values = _part(segments={"region": region})
    table = next(t for t in part.tables if t.name == "poststratified.region")
    assert "50 rows have a level that is unknown or not in the benchmark" in table.note
    assert values["evaluation.accuracy.poststratified[population=region]"].n == 1_950
    assert [c.label for c in table.columns[1:]] == ["As the data are", "As the population is"]


def test_groups_of_one_row_and_clusters_are_allowed_for():
    rng = np.random.default_rng(0)
    rows = BinaryRows(truth=np.ones(41, bool), predicted=rng.random(41) < 0.7,
                      clusters=np.repeat(np.arange(21), 2)[:41])  # fmt: skip
    strata = [
        Stratum(level="many", share=0.9, positions=np.arange(40)),
        Stratum(level="one", share=0.1, positions=np.array([40])),
    ]
    found = poststratify(rows, strata)["accuracy"]
    assert found.interval.low < found.number < found.interval.high
    assert found.interval.high - found.interval.low > 0.2
    lone = poststratify(BinaryRows(truth=np.ones(1, bool), predicted=np.ones(1, bool)),
                        [Stratum(level="one", share=1.0, positions=np.array([0]))])  # fmt: skip
    assert lone["accuracy"].number == 1.0
    assert lone["accuracy"].interval.low < 0.3
    assert lone["roc_auc"].reason == "the model gives no scores"


def test_other_tasks_are_weighed_too():
    rng = np.random.default_rng(1)
    codes = np.repeat([0, 1], [300, 700])
    strata = [
        Stratum(level=str(c), share=0.5, positions=np.flatnonzero(codes == c)) for c in (0, 1)
    ]
    weights = np.where(codes == 0, 0.5 / 300, 0.5 / 700)
    truth = rng.integers(0, 3, 1_000)
    said = np.where(rng.random(1_000) < 0.7, truth, rng.integers(0, 3, 1_000))
    found = poststratify(MulticlassRows(truth=truth, predicted=said, classes=3), strata)
    expected = skm.recall_score(truth, said, average="macro", sample_weight=weights)
    assert found["recall_macro"].number == pytest.approx(expected)
    wanted = skm.accuracy_score(truth, said, sample_weight=weights)
    assert found["accuracy"].number == pytest.approx(wanted)
    numbers = rng.normal(0, 1, 1_000)
    guess = numbers + rng.normal(0.3 * codes, 1)
    of_numbers = poststratify(RegressionRows(truth=numbers, predicted=guess), strata)
    described = DescrStatsW(guess - numbers, weights=weights)
    assert of_numbers["mean_error"].number == pytest.approx(described.mean)
    squares = skm.mean_squared_error(numbers, guess, sample_weight=weights)
    assert of_numbers["rmse"].number == pytest.approx(np.sqrt(squares))
    for estimate in (*found.values(), *of_numbers.values()):
        assert estimate.interval.low < estimate.number < estimate.interval.high
