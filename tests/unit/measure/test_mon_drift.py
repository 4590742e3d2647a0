"""Drift: right by hand, blind to nothing, and silent when only chance is at work."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon

from reportgen.measure import measure_monitoring
from reportgen.measure.drift.drift import (
    Binned,
    compare,
    jensen_shannon,
    noise_level,
    population_stability,
    quantile_edges,
)
from reportgen.measure.monitoring.columns import Watched, level_codes, path_of
from reportgen.measure.monitoring.drift import Moved, measure_drift
from tests.unit.measure.mon_frames import findings_of, frame_of, scored_table, values_of


def column(name: str, kind: Any, before: Any, now: Any) -> Watched:
    return Watched(
        name=name,
        path=path_of(name),
        role="feature",
        kind=kind,
        status="ok",
        before=pd.Series(before),
        now=pd.Series(now),
    )


def moved(kind: Any, before: Any, now: Any) -> Moved:
    return measure_drift((column("x", kind, before, now),))[0]


def test_psi_of_a_hand_worked_case() -> None:
    # (0.2 - 0.5) ln(0.2 / 0.5) + (0.3 - 0.3) ln 1 + (0.5 - 0.2) ln(0.5 / 0.2)
    found = population_stability(np.array([50, 30, 20]), np.array([20, 30, 50]))
    assert found == pytest.approx(0.6 * np.log(2.5))


def test_an_empty_bin_counts_as_half_a_row() -> None:
    found = population_stability(np.array([100, 0]), np.array([50, 50]))
    assert found == pytest.approx(-0.5 * np.log(0.5) + 0.495 * np.log(0.5 / 0.005))


def test_jensen_shannon_is_that_of_scipy() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        before, now = random.integers(0, 50, (2, 8)) + np.array([[1], [0]])
        assert jensen_shannon(before, now) == pytest.approx(jensenshannon(before, now, base=2))


def test_quantile_bins_hold_equal_shares() -> None:
    values = np.random.default_rng(0).lognormal(size=10_000)
    counts = np.bincount(np.searchsorted(quantile_edges(values), values))
    assert counts.tolist() == [1000] * 10


@pytest.mark.parametrize("common", [0.0, 1.0, 7.5])
def test_a_common_value_has_a_bin_of_its_own(common: float) -> None:
    random = np.random.default_rng(0)
    before = np.where(random.random(5000) < 0.9, common, random.uniform(0, 10, 5000))
    now = np.where(random.random(5000) < 0.5, common, random.uniform(0, common or 10, 5000))
    assert moved("number", before, now).state == "alert"


def test_a_flag_that_is_nearly_always_set_is_seen_to_fall() -> None:
    before, now = np.r_[np.ones(995), np.zeros(5)], np.r_[np.ones(500), np.zeros(500)]
    found = moved("number", before, now)
    assert found.state == "alert"
    assert found.binned is not None
    assert found.binned.labels == ("below 1", "1")


@pytest.mark.parametrize("side", ["reference", "current", "both"])
@pytest.mark.parametrize("wild", [1e6, -1e12, np.inf])
def test_one_outlier_blinds_nothing(side: str, wild: float) -> None:
    for seed in range(5):
        random = np.random.default_rng(seed)
        before, now = random.normal(0, 1, 5000), random.normal(0.6, 1, 5000)
        before[0] = wild if side in {"reference", "both"} else before[0]
        now[0] = wild if side in {"current", "both"} else now[0]
        found = moved("number", before, now)
        assert found.state == "alert"
        assert found.effect == pytest.approx(0.36, abs=0.08)


def test_sixty_percent_going_missing_is_drift() -> None:
    random = np.random.default_rng(0)
    before, now = random.normal(size=5000), random.normal(size=1000)
    now[:600] = np.nan
    found = moved("number", before, now)
    assert found.state == "alert"
    assert found.binned is not None
    assert found.binned.now[found.binned.labels.index("missing")] == 600


def test_texts_among_numbers_have_a_bin_of_their_own() -> None:
    before = np.random.default_rng(0).normal(size=1000)
    now = pd.Series([*before[:500], *["n/a"] * 500], dtype=object)
    found = moved("number", before, now)
    assert found.state == "alert"
    assert found.binned is not None
    assert found.binned.now[found.binned.labels.index("not a number")] == 500


@pytest.mark.parametrize("levels", [200, 1000, 5000])
@pytest.mark.parametrize("rows", [1000, 10_000])
def test_many_levels_without_drift_raise_no_alarm(levels: int, rows: int) -> None:
    random = np.random.default_rng(levels + rows)
    shares = 1 / np.arange(1, levels + 1)
    draw = [random.choice(levels, n, p=shares / shares.sum()).astype(str) for n in (rows, rows)]
    assert moved("level", *draw).state == "ok"


def test_a_shift_among_rare_levels_only_is_seen() -> None:
    random = np.random.default_rng(0)
    before = random.integers(10_000, 15_000, 7000).astype(str)
    now = random.integers(12_000, 17_000, 7000).astype(str)
    assert moved("level", before, now).state == "alert"


def test_a_new_level_is_seen_beside_a_far_larger_reference() -> None:
    random = np.random.default_rng(0)
    before = random.choice(["a", "b", "c"], 200_000)
    now = np.r_[random.choice(["a", "b", "c"], 900), ["zz"] * 100]
    found = moved("level", before, now)
    assert found.state == "alert"
    assert found.binned is not None
    assert found.binned.new_levels == ("zz",)


@pytest.mark.parametrize(
    ("n", "m"), [(100, 100), (100, 20_000), (1000, 1000), (1000, 50_000), (20_000, 20_000)]
)
def test_chance_alone_raises_few_alarms(n: int, m: int) -> None:
    alarms = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        shares = 1 / np.arange(1, 501)

        def columns(
            rows: int, random: Any = random, shares: Any = shares
        ) -> list[tuple[str, Any]]:
            return [
                ("number", random.normal(size=rows)),
                ("number", random.lognormal(size=rows)),
                ("number", np.where(random.random(rows) < 0.8, 0, random.normal(size=rows))),
                ("number", np.where(random.random(rows) < 0.02, np.nan, random.normal(size=rows))),
                ("number", random.poisson(2, rows)),
                ("level", random.choice(500, rows, p=shares / shares.sum()).astype(str)),
            ]

        pairs = zip(columns(m), columns(n), strict=True)
        watched = [
            column(f"x{at}", kind, before, now)
            for at, ((kind, before), (_, now)) in enumerate(pairs)
        ]
        alarms += any(one.state != "ok" for one in measure_drift(tuple(watched)))
    assert alarms <= 4  # of 20, where 1 is expected at most: chance of a fifth below 0.003


def test_a_trifle_in_a_million_rows_is_negligible_and_said_so() -> None:
    random = np.random.default_rng(0)
    before, now = random.normal(size=400_000), random.normal(0.05, 1, 400_000)
    found = moved("number", before, now)
    assert found.binned is not None
    assert found.binned.psi > found.noise
    assert (found.state, found.words) == ("ok", "moved, negligibly")


def test_shuffling_agrees_with_the_chi_square_law_where_bins_are_full() -> None:
    counts = np.full(10, 200)
    binned = Binned(labels=tuple("abcdefghij"), before=counts * 4, now=counts)
    law, how = noise_level(binned, 0.05, exact=True)
    assert how == "chi-square"
    random = np.random.default_rng(0)
    drawn = [
        population_stability(
            random.multinomial(8000, np.full(10, 0.1)), random.multinomial(2000, np.full(10, 0.1))
        )
        for _ in range(4000)
    ]
    assert np.quantile(drawn, 0.95) == pytest.approx(law, rel=0.04)


def test_the_noise_of_small_bins_is_shuffled_and_repeatable() -> None:
    binned = Binned(labels=("a", "b"), before=np.array([90, 10]), now=np.array([60, 3]))
    first, again = (noise_level(binned, 0.01, exact=True) for _ in range(2))
    assert first == again
    assert first[1] == "2000 shuffles"


def test_whole_numbers_and_floats_are_one_level() -> None:
    codes, levels = level_codes(pd.Series([1, 1.0, None, "1", 2.5], dtype=object))
    assert levels == ["1", "2.5"]
    assert codes.tolist() == [0, 0, -1, 0, 1]


def test_values_without_a_hash_are_levels_too() -> None:
    codes, levels = level_codes(pd.Series([[1], {"a": 2}, [1], None], dtype=object))
    assert codes.tolist() == [0, 1, 0, -1]
    assert levels == ["[1]", "{'a': 2}"]


@pytest.mark.parametrize("dtype", ["category", "string", "str", "object"])
def test_levels_compare_across_types_of_text(dtype: str) -> None:
    texts = ["a", "b", "a", "c"] * 50
    before = pd.Series(texts, dtype="object")
    found = compare("level", before, pd.Series(texts, dtype=dtype))
    assert found is not None
    assert found.psi == 0


def test_names_of_columns_fit_into_names_of_values() -> None:
    for name in ("x[0]", " .a..b. c", "[", "", "ünïcode 列", "a.psi", "line\nbreak", 7):
        table = scored_table(weeks=2).rename(columns={"temp": name})
        part = measure_monitoring(frame_of(table, features=(name, "carrier")))
        assert f"drift.{path_of(name)}.psi" in values_of(part)


def test_two_names_that_read_alike_stay_apart() -> None:
    table = scored_table(weeks=2).assign(**{"x[0]": 1.0, "x(0)": 2.0})
    values = values_of(measure_monitoring(frame_of(table, features=("x[0]", "x(0)"))))
    assert {"drift.x(0).psi", "drift.x(0) (2).psi"} <= set(values)


def test_drift_is_told_in_the_columns_own_terms_and_ranked_by_effect() -> None:
    table, reference = scored_table(weeks=2, shift=1.5), scored_table(weeks=4, seed=7)
    last = table.index >= 600
    table.loc[last & (table["carrier"] == "DL"), "carrier"] = "ZZ"
    part = measure_monitoring(frame_of(table, reference=reference))
    first, *rest = findings_of(part, "drift", "watch", "alert")
    assert first.sentence.startswith("carrier moved far since the reference (PSI ")
    assert any(
        f.sentence.startswith("temp moved far") and "its median went" in f.sentence for f in rest
    )
    ranking = next(one for one in part.series if one.name == "drift.ranking")
    assert list(ranking.columns["psi"]) == sorted(ranking.columns["psi"], reverse=True)
    shares = next(one for one in part.series if one.name == "drift.carrier.distribution")
    assert sum(shares.columns["share"]) == pytest.approx(2)
    assert set(shares.columns["group"]) == {"The reference", "2013-W20"}


def test_no_drift_is_said_out_loud() -> None:
    part = measure_monitoring(frame_of(scored_table(weeks=6)))
    (found,) = findings_of(part, "drift")
    assert found.sentence == (
        "No drift: none of the 5 columns compared moved materially since the baseline 2013-W19 to "
        "2013-W22."
    )
