"""Six distances on counts: those of scipy, blind to no outlier, and rarely beyond their noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance

from reportgen.measure.drift.drift import Binned, compare
from reportgen.measure.drift.noise import noise_of, spread_of
from reportgen.measure.statistics.divergence import (
    Shape,
    chi_square,
    jensen_shannon,
    total_variation,
)
from tests.unit.measure.mon_frames import findings_of, frame_of, scored_table, values_of


def binned(before: np.ndarray, now: np.ndarray, period: np.ndarray | None = None) -> Binned:
    found = compare("number", pd.Series(before), pd.Series(now), period)
    assert found is not None
    return found


def shape_of(before: np.ndarray, now: np.ndarray) -> Shape:
    shape = binned(before, now).shape
    assert shape is not None
    return shape


def test_total_variation_of_a_hand_worked_case() -> None:
    assert total_variation(np.array([5, 3, 2]), np.array([20, 30, 50])) == pytest.approx(0.3)


def test_chi_square_is_that_of_scipy() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        before, now = random.integers(1, 50, 8), random.integers(0, 90, 8)
        expected = chi2_contingency(np.array([before, now]), correction=False).statistic
        assert chi_square(before, now) == pytest.approx(expected)


def test_kolmogorov_smirnov_is_that_of_scipy_on_the_same_bins() -> None:
    random = np.random.default_rng(0)
    before, now = random.lognormal(size=3000), random.lognormal(0.3, 1.2, 800)
    shape = shape_of(before, now)
    cut = [np.searchsorted(shape.cuts, side) for side in (before, now)]
    assert shape.kolmogorov == pytest.approx(ks_2samp(*cut).statistic)
    whole = ks_2samp(before, now).statistic
    assert whole - 0.03 < shape.kolmogorov <= whole + 1e-12  # between two cuts lie 2.5 % of rows


def test_wasserstein_is_that_of_scipy_on_values_spread_in_their_bins() -> None:
    random = np.random.default_rng(1)
    before, now = random.normal(10, 3, 4000), random.normal(12, 4, 1500)
    shape = shape_of(before, now)
    assert shape.scale is not None
    reach = 1.349 * shape.scale
    ends = np.concatenate([[shape.cuts[0] - reach], shape.cuts, [shape.cuts[-1] + reach]])
    inside = (np.arange(200) + 0.5) / 200
    places = (ends[:-1, None] + inside * np.diff(ends)[:, None]).ravel()
    weights = [np.repeat(side / 200, 200) for side in (shape.before, shape.now)]
    expected = wasserstein_distance(places, places, *weights) / shape.scale
    assert shape.wasserstein == pytest.approx(expected, rel=2e-3)
    assert shape.wasserstein == pytest.approx(wasserstein_distance(before, now) / 3, rel=0.08)


@pytest.mark.parametrize("shift", [0.05, 0.3, 0.6, 1.0, 2.0])
def test_wasserstein_of_a_shift_is_the_shift_in_standard_deviations(shift: float) -> None:
    random = np.random.default_rng(2)
    before = random.normal(size=20_000)
    assert shape_of(before, before + shift).wasserstein == pytest.approx(shift, rel=0.06, abs=0.01)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("wild", [1e6, -1e12, np.inf])
def test_one_outlier_moves_no_distance(side: int, wild: float) -> None:
    random = np.random.default_rng(3)
    sides = [random.normal(size=5000), random.normal(0.6, 1, 5000)]
    clean = shape_of(*sides)
    sides[side][0] = wild
    spoilt = shape_of(*sides)
    assert spoilt.kolmogorov == pytest.approx(clean.kolmogorov, abs=0.005)
    assert clean.wasserstein is not None
    assert spoilt.wasserstein == pytest.approx(clean.wasserstein, rel=0.01)


def test_equal_width_bins_and_the_standard_deviation_are_blinded_where_ours_are_not() -> None:
    random = np.random.default_rng(3)
    before, now = random.normal(size=5000), random.normal(0.6, 1, 5000)
    before[0] = 1e6
    edges = np.linspace(before.min(), before.max(), 14)
    p, q = (np.histogram(side, edges)[0] / 5000 for side in (before, now))
    other = float(((p - q) * np.log(np.maximum(p, 1e-4) / np.maximum(q, 1e-4))).sum())
    assert other < 0.01
    assert wasserstein_distance(before[1:], now) / before.std() < 1e-3
    found = binned(before, now)
    assert found.psi > 0.3
    assert shape_of(before, now).wasserstein == pytest.approx(0.6, abs=0.05)


@pytest.mark.parametrize("values", [np.ones(500), np.r_[np.ones(499), 7.0], np.zeros(500)])
def test_a_reference_that_does_not_vary_has_no_scale(values: np.ndarray) -> None:
    shape = shape_of(values, values + 1)
    assert shape.scale is None
    assert shape.wasserstein is None
    assert shape.wasserstein_law(0.01) == 0.0


def test_a_column_that_is_mostly_zero_has_a_scale_of_what_is_between() -> None:
    random = np.random.default_rng(0)
    before = np.where(random.random(5000) < 0.8, 0.0, random.gamma(2, 1, 5000))
    now = np.where(random.random(5000) < 0.5, 0.0, random.gamma(2, 1, 5000))
    assert 0.3 < (shape_of(before, now).wasserstein or 0) < 2
    assert (shape_of(before, before).wasserstein or 0) == 0


@pytest.mark.parametrize(("n", "m"), [(100, 100), (100, 5000), (2000, 2000)])
def test_chance_passes_no_noise_level_more_often_than_it_may(n: int, m: int) -> None:
    random = np.random.default_rng(n + m)
    passed = dict.fromkeys(
        ("jensen_shannon", "total_variation", "chi_square", "wasserstein", "kolmogorov"), 0
    )
    runs = 150
    for _ in range(runs):
        found = binned(random.normal(size=m), random.normal(size=n))
        shape = found.shape
        assert shape is not None
        noise = noise_of(
            found.before, found.now, found.psi, shape=shape, chance=0.05, tests=1, exact=False
        )
        numbers = {
            "jensen_shannon": jensen_shannon(found.before, found.now),
            "total_variation": total_variation(found.before, found.now),
            "chi_square": chi_square(found.before, found.now),
            "wasserstein": shape.wasserstein,
            "kolmogorov": shape.kolmogorov,
        }
        for name, number in numbers.items():
            assert number is not None
            passed[name] += number > getattr(noise, name)
    assert max(passed.values()) <= 16  # of 150, where 8 are expected at most


def test_periods_that_differ_raise_the_noise_and_those_that_do_not_leave_it() -> None:
    random = np.random.default_rng(5)
    code = np.repeat(np.arange(12), 1000)
    quiet, excess = 0, []
    for _ in range(20):
        same = random.normal(size=(13, 1000))
        levels = same + random.normal(0, 0.4, (13, 1))
        quiet += spread_of(binned(same[:12].ravel(), same[12], code).periods) is None
        spread = spread_of(binned(levels[:12].ravel(), levels[12], code).periods)
        assert spread is not None
        excess.append(spread.excess)
        assert 1 <= spread.freedom < 4  # one direction, bent by the bins
    assert quiet >= 16
    assert np.mean(excess) == pytest.approx(0.4**2 / (1 + 0.4**2), rel=0.25)


def test_three_periods_say_nothing_of_their_spread() -> None:
    counts = np.array([[50, 50], [90, 10], [10, 90]])
    assert spread_of(counts) is None
    assert spread_of(np.vstack([counts, counts[:1]])) is not None
    assert spread_of(None) is None
    assert spread_of(np.array([[5, 0]] * 9)) is None


def test_periods_of_a_baseline_are_taken_into_account_in_a_report() -> None:
    table = scored_table(weeks=6)
    week = np.arange(len(table)) // 600
    table["temp"] += np.array([-4, 4, -4, 4, 0, 4])[week]
    values = values_of(frame_part(table))
    noise = values["drift.temp.noise"].provenance.parameters["method"]
    assert noise.endswith("and the spread of 4 periods")
    assert values["drift.temp.psi"].number < values["drift.temp.noise"].number
    calm = values["drift.carrier.noise"].provenance.parameters["method"]
    assert calm == "chi-square"


def frame_part(table: pd.DataFrame, **more: object):  # type: ignore[no-untyped-def]
    from reportgen.measure import measure_monitoring

    return measure_monitoring(frame_of(table, **more))


def test_levels_that_came_and_went_are_named_with_their_shares() -> None:
    table = scored_table(weeks=6, per_week=4000)
    last = table.index >= 20_000
    table.loc[last & (table["carrier"] == "DL"), "carrier"] = "AA"
    table.loc[table.index[last][:40], "carrier"] = "ZZ"
    part = frame_part(table)
    values = values_of(part)
    assert values["drift.carrier.new[level=ZZ]"].number == pytest.approx(0.01)
    assert values["drift.carrier.gone[level=DL]"].number == pytest.approx(0.2, abs=0.02)
    assert values["drift.carrier.gone_levels"].number == 1
    (levels,) = (one for one in part.tables if one.name == "drift.levels")
    assert [tuple(cell.text for cell in row[:3]) for row in levels.rows] == [
        ("carrier", "ZZ", "new"),
        ("carrier", "DL", "gone"),
    ]


def test_a_level_that_is_gone_is_found_though_the_column_hardly_moved() -> None:
    table = scored_table(weeks=6, per_week=4000)
    table.loc[table.index % 80 == 0, "carrier"] = "HA"
    last = table.index >= 20_000
    table.loc[last & (table["carrier"] == "HA"), "carrier"] = "UA"
    (found,) = findings_of(frame_part(table), "drift", "watch", "alert")
    assert found.sentence == (
        "carrier has no 'HA' any more, 1.2 % of rows in the baseline 2013-W19 to 2013-W22."
    )


def test_distances_of_levels_have_no_order() -> None:
    values = values_of(frame_part(scored_table(weeks=6)))
    lacking = values["drift.carrier.wasserstein"]
    assert (lacking.number, lacking.reason) == (
        None,
        "categories; only numbers have an order and a distance",
    )
    for what in ("jensen_shannon", "total_variation", "wasserstein", "kolmogorov_smirnov"):
        assert values[f"drift.temp.{what}"].number < values[f"drift.temp.{what}.noise"].number
