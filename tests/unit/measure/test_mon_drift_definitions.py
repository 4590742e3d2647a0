"""Our distances beside those of scipy, Evidently and NannyML, each definition written out here.

Where a number differs from theirs, a test says why: bins that an outlier cannot widen, an empty
bin that counts as half a row, a scale that one wild value cannot stretch.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2, chi2_contingency, ks_2samp, wasserstein_distance

from reportgen.measure.drift.drift import Binned, compare
from reportgen.measure.drift.moved import judge_column
from reportgen.measure.drift.page import drift_values
from reportgen.measure.monitoring.columns import Watched
from reportgen.measure.statistics.divergence import (
    chi_square,
    jensen_shannon,
    population_stability,
    total_variation,
)


def evidently_psi(before: np.ndarray, now: np.ndarray, bins: np.ndarray) -> float:
    """Shares in common bins; an empty one is filled with 0.0001 of the rows."""
    shares = [np.histogram(side, bins)[0] / len(side) for side in (before, now)]
    p, q = (np.where(share == 0, 0.0001, share) for share in shares)
    return float(((p - q) * np.log(p / q)).sum())


def sturges(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Bins of equal width from the smallest to the largest of both samples."""
    return np.histogram_bin_edges(np.concatenate([before, now]), bins="sturges")


def nannyml_hellinger(p: np.ndarray, q: np.ndarray) -> float:
    return float(np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2))


def binned(before: object, now: object, kind: str = "number") -> Binned:
    found = compare(kind, pd.Series(before), pd.Series(now))  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.fixture(scope="module")
def normal() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(size=5000), random.normal(0.4, 1, 3000)


def test_psi_is_evidentlys_on_the_same_bins(normal: tuple[np.ndarray, np.ndarray]) -> None:
    edges = np.quantile(normal[0], np.arange(1, 10) / 10, method="inverted_cdf")
    counted = binned(*normal)
    # Theirs are closed on the left, ours on the right: a step up makes them the same.
    theirs = np.concatenate([[-np.inf], np.nextafter(edges, np.inf), [np.inf]])
    bins = np.where(np.isfinite(theirs), theirs, np.sign(theirs) * 1e300)
    assert counted.psi == pytest.approx(evidently_psi(*normal, bins), rel=1e-12)


def test_psi_on_bins_of_equal_width_is_near_while_nothing_is_wild(
    normal: tuple[np.ndarray, np.ndarray],
) -> None:
    ours = binned(*normal).psi
    assert ours == pytest.approx(evidently_psi(*normal, sturges(*normal)), rel=0.25)
    wild = normal[1].copy()
    wild[0] = 1e6
    assert evidently_psi(normal[0], wild, sturges(normal[0], wild)) < 0.01
    assert binned(normal[0], wild).psi == pytest.approx(ours, rel=0.02)


def test_an_empty_bin_is_half_a_row_and_not_a_ten_thousandth() -> None:
    before, now = np.array([500, 500]), np.array([1000, 0])
    p, q = np.array([0.5, 0.5]), np.array([1.0, 0.5 / 1000])
    assert population_stability(before, now) == pytest.approx(((q - p) * np.log(q / p)).sum())
    few, fewer = np.array([15, 5]), np.array([20, 0])
    theirs = float((np.array([0.75, 0.25]) - [1, 0.0001]) @ np.log([0.75 / 1, 0.25 / 0.0001]))
    assert theirs > 1.5 * population_stability(few, fewer)  # of 20 rows, an empty bin says little


def test_jensen_shannon_is_scipys_in_base_two(
    normal: tuple[np.ndarray, np.ndarray],
) -> None:
    counted = binned(*normal)
    p, q = counted.before / counted.before.sum(), counted.now / counted.now.sum()
    assert jensen_shannon(counted.before, counted.now) == pytest.approx(
        jensenshannon(p, q, base=2)
    )
    assert jensen_shannon(counted.before, counted.now) <= nannyml_hellinger(p, q) * np.sqrt(
        1 / np.log(2)
    )


def test_jensen_shannon_of_many_rare_levels_is_not_drift_by_itself() -> None:
    """On every level by itself, as others count, 1,000 levels without drift are called drift."""
    random = np.random.default_rng(1)
    before, now = (random.integers(0, 1000, n).astype(str) for n in (10_000, 10_000))
    shares = [pd.Series(side).value_counts(normalize=True) for side in (before, now)]
    p, q = pd.concat(shares, axis=1).fillna(0).to_numpy().T
    assert jensenshannon(p, q, base=2) > 0.1  # the threshold of Evidently
    one = judge_column(
        Watched(name="x", path="x", role="feature", kind="level", status="ok"),
        binned(before, now, "level"),
        25,
    )
    assert (one.state, one.words) == ("ok", "within noise")


def test_total_variation_holds_nannymls_largest_difference() -> None:
    random = np.random.default_rng(2)
    for _ in range(50):
        before, now = random.integers(1, 99, 6), random.integers(0, 99, 6)
        gaps = np.abs(before / before.sum() - now / now.sum())
        whole = total_variation(before, now)
        assert whole == pytest.approx(gaps.sum() / 2)
        assert gaps.max() <= whole + 1e-12 <= 6 * gaps.max() / 2 + 2e-12


def test_chi_square_with_its_degrees_of_freedom_gives_the_p_value_of_scipy() -> None:
    random = np.random.default_rng(3)
    before = random.choice(list("abcd"), 4000, p=[0.4, 0.3, 0.2, 0.1])
    now = random.choice(list("abcd"), 900, p=[0.37, 0.3, 0.2, 0.13])
    counted = binned(before, now, "level")
    column = Watched(name="x", path="x", role="feature", kind="level", status="ok")
    values = {one.name: one for one in drift_values(judge_column(column, counted, 1))}
    found = values["drift.x.chi_square"]
    freedom = found.provenance.parameters["degrees_of_freedom"]
    expected = chi2_contingency(pd.crosstab(
        np.concatenate([before, now]), np.repeat([0, 1], [4000, 900])
    ), correction=False)  # fmt: skip
    assert found.number == pytest.approx(expected.statistic)
    assert chi2.sf(found.number, freedom) == pytest.approx(expected.pvalue)
    assert found.number == pytest.approx(chi_square(counted.before, counted.now))


def test_kolmogorov_smirnov_is_that_of_the_raw_rows_but_for_a_bin(
    normal: tuple[np.ndarray, np.ndarray],
) -> None:
    shape = binned(*normal).shape
    assert shape is not None
    raw = ks_2samp(*normal).statistic
    assert raw - 1 / 40 <= shape.kolmogorov <= raw + 1e-12
    few = np.arange(20.0)  # every value has a bin of its own: nothing is lost
    shape = binned(few, few[5:]).shape
    assert shape is not None
    assert shape.kolmogorov == pytest.approx(ks_2samp(few, few[5:]).statistic)


def test_wasserstein_is_evidentlys_while_the_reference_is_sound(
    normal: tuple[np.ndarray, np.ndarray],
) -> None:
    before, now = normal
    theirs = wasserstein_distance(before, now) / before.std()
    shape = binned(before, now).shape
    assert shape is not None
    assert shape.wasserstein == pytest.approx(theirs, rel=0.08)
    spoilt = before.copy()
    spoilt[0] = 1e6
    assert wasserstein_distance(spoilt[1:], now) / spoilt.std() < 0.001
    shape = binned(spoilt, now).shape
    assert shape is not None
    assert shape.wasserstein == pytest.approx(theirs, rel=0.08)
