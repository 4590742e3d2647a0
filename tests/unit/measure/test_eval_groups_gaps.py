"""Gaps to all rows: how many rows would show one, and one correction for the whole card."""

import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.stats.proportion as smp
from statsmodels.stats.multitest import multipletests

from reportgen.measure import measure_evaluation
from reportgen.measure.statistics.comparisons import (
    POWER,
    excess_p,
    fisher_p,
    rows_behind,
    rows_for_power,
)
from reportgen.measure.statistics.intervals import wilson
from reportgen.report import Threshold
from reportgen.report.frame import EvaluationFrame


def _frame(n=4_000, seed=0, **changes):
    rng = np.random.default_rng(seed)
    scores = rng.beta(1, 2, n)
    given = {
        "task": "classification",
        "target": "y",
        "truth": pd.Series(rng.random(n) < scores, dtype=object),
        "predicted": scores >= 0.4,
        "scores": scores,
        "classes": (False, True),
        "positive": True,
        "features": pd.DataFrame(index=range(n)),
        "segments": {"region": pd.Series(rng.choice(["n", "s", "e"], n))},
    }
    return EvaluationFrame(**{**given, **changes})


@pytest.mark.parametrize(("usual", "gap"), [(0.8, -0.1), (0.5, 0.1), (0.9, -0.05), (0.3, 0.1)])
def test_a_group_of_the_size_named_shows_the_gap_four_times_in_five(usual, gap):
    """Drawn, not derived: groups that differ by the gap, tested as the card tests them."""
    errors = [np.sqrt(share * (1 - share)) for share in (usual, usual + gap)]
    n = rows_for_power(*errors, abs(gap))
    rng = np.random.default_rng(1)
    others, rest = 20_000, rng.binomial(20_000, usual, 600)
    hits = rng.binomial(n, usual + gap, 600)
    seen = [
        fisher_p(int(own), n, int(own + other), others + n) < 0.05
        for own, other in zip(hits, rest, strict=True)
    ]
    assert np.mean(seen) == pytest.approx(POWER, abs=0.06)


def test_half_of_those_rows_show_it_about_every_other_time():
    n = rows_for_power(0.4, np.sqrt(0.7 * 0.3), 0.1) // 2
    rng = np.random.default_rng(2)
    hits, rest = rng.binomial(n, 0.7, 600), rng.binomial(20_000, 0.8, 600)
    seen = [
        fisher_p(int(a), n, int(a + b), 20_000 + n) < 0.05 for a, b in zip(hits, rest, strict=True)
    ]
    assert 0.4 < np.mean(seen) < 0.6


def test_the_reason_names_the_rows_that_the_power_asks_for():
    frame = _frame()
    region = frame.segments["region"].copy()
    region.iloc[:14] = "island"
    values = {
        v.name: v for v in measure_evaluation(_frame(segments={"region": region})).values
    }  # fmt: skip
    reason = values["evaluation.accuracy[region=island]"].reason
    found = re.fullmatch(
        r"not enough data \(n = 14; about (\d+) needed to see a gap of 0\.10\)", reason
    )
    share = values["evaluation.accuracy"].number
    harder = max(share - 0.1, 1 - share - 0.1, key=lambda other: other * (1 - other))
    expected = rows_for_power(np.sqrt(share * (1 - share)), np.sqrt(harder * (1 - harder)), 0.1)
    assert int(found[1]) == pytest.approx(expected, abs=10)


@pytest.mark.parametrize(("hits", "n"), [(0, 40), (1, 7), (13, 50), (50, 50), (400, 1_000)])
def test_the_rows_behind_an_interval_are_those_it_was_made_of(hits, n):
    assert rows_behind(hits / n, wilson(hits, n), 1e9) == pytest.approx(n)
    assert rows_behind(hits / n, wilson(hits, n), n / 2) == n / 2
    assert rows_behind(hits / n, None, n) == n


def test_a_share_beside_a_sample_is_the_pooled_test_of_statsmodels():
    _, expected = smp.proportions_ztest([30, 45], [100, 220])
    assert excess_p(0.3, 100, 45 / 220, 220) == pytest.approx(expected)


def test_one_correction_for_all_that_the_card_reads():
    """Groups against all, groups against one another, and shares against the population."""
    frame = _frame(population={"region": {"n": 0.3, "s": 0.35, "e": 0.35}})
    part = measure_evaluation(frame)
    adjusted = [v.provenance.parameters["p_holm"] for v in part.values
                if "p_holm" in v.provenance.parameters and "false_negative" not in v.name]  # fmt: skip
    table = next(t for t in part.tables if t.name == "evaluation.groups.region")
    tried = int(re.search(r"all (\d+) comparisons", table.note)[1])
    assert tried == len(adjusted) + 3  # the shares say it in words
    for name in ("fairness.region", "representation.region"):
        other = next(t for t in part.tables if t.name == name)
        assert f"all {tried} comparisons" in other.note
    smallest = min(adjusted)
    assert multipletests([smallest / tried] + [1.0] * (tried - 1), method="holm")[1][0] == (
        pytest.approx(smallest)
    )


def test_the_gap_named_is_the_largest_that_stands():
    frame = _frame(8_000)
    truth = frame.truth.astype(bool).to_numpy().copy()
    region = frame.segments["region"].to_numpy()
    rng = np.random.default_rng(5)
    for level, noise in (("s", 0.25), ("e", 0.6)):
        own = (region == level) & (rng.random(8_000) < noise)
        truth[own] = rng.random(own.sum()) < 0.5
    limits = {"accuracy": Threshold(material=0.02)}
    part = measure_evaluation(
        _frame(8_000, truth=pd.Series(truth, dtype=object), thresholds=limits)
    )
    finding = next(f for f in part.findings if f.kind == "group")
    assert "where region is e" in finding.sentence
    assert finding.state == "watch"
    assert finding.because[0].endswith("[region=e]")


def test_a_crossed_group_is_found_where_neither_side_shows_it():
    rng = np.random.default_rng(6)
    n = 12_000
    one, two = rng.integers(0, 2, n), rng.integers(0, 2, n)
    chance = np.where(one == two, 0.9, 0.7)  # right more often on the diagonal: no margin differs
    truth = rng.random(n) < 0.5
    said = np.where(rng.random(n) < chance, truth, ~truth)
    names = pd.Series(one).map({0: "a", 1: "b"}), pd.Series(two).map({0: "x", 1: "y"})
    part = measure_evaluation(
        _frame(n, truth=pd.Series(truth, dtype=object), predicted=said, scores=None,
               segments={"one": names[0], "two": names[1], "one×two": names[0] + " × " + names[1]})
    )  # fmt: skip
    tables = {t.name: t for t in part.tables}
    for single in ("one", "two"):
        read = {r[-1].text for r in tables[f"evaluation.groups.{single}"].rows}
        assert read == {"no clear gap"}
    crossed = {r[0].text: r[-1].text for r in tables["evaluation.groups.one×two"].rows}
    assert all("accuracy" in crossed[level] for level in ("a × y", "b × x"))
    finding = next(f for f in part.findings if f.kind == "group")
    assert "one × two" in finding.sentence


def test_where_none_stands_the_largest_is_named_as_what_may_be_chance():
    frame = _frame()
    part = measure_evaluation(frame)
    values = {v.name: v for v in part.values}
    finding = next(f for f in part.findings if f.kind == "group")
    assert finding.state == "ok"
    assert finding.sentence.startswith("No group does clearly worse than all rows (")
    assert "may be chance" in finding.sentence
    gap = values[finding.because[0]]
    worse = [v.number for v in part.values if ".gap[region=" in v.name and v.number is not None
             and v.better == "higher" and v.number < 0]  # fmt: skip
    assert gap.number == min(worse)
