"""Our drift of a report beside what Evidently and NannyML said of the same rows.

What they said is kept in `oracle_evidently.json` and `oracle_nannyml.json`; `oracle_asked.py` says
how they were asked. Where a number is another, a test says by what, and docs/drift.md lists it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, chisquare, ks_2samp, wasserstein_distance

from reportgen.measure import measure_monitoring
from reportgen.report import Part, Value, period_of
from reportgen.report.frame import MonitoringFrame
from reportgen.report.spec import DriftSpec
from tests.interop import oracle_rows as rows

SOUND = ("normal", "still")
MOVED = {"normal", "spoilt", "wild", "nulls", "new"}


def kept(tool: str) -> dict[str, Any]:
    found = json.loads(Path(__file__).with_name(f"oracle_{tool}.json").read_text())
    assert found["rows"] == rows.names(), "these are not the rows that were asked about"
    return dict(found)


@pytest.fixture(scope="module")
def evidently() -> dict[str, Any]:
    return dict(kept("evidently")["drift"])


@pytest.fixture(scope="module")
def nannyml() -> dict[str, Any]:
    return dict(kept("nannyml")["drift"])


def report(before: pd.DataFrame, now: pd.DataFrame, *, together: bool = False) -> Part:
    start = rows.START.tz_localize("UTC")
    times = pd.Series(start + pd.to_timedelta(np.arange(len(now)), unit="min"))
    return measure_monitoring(
        MonitoringFrame(
            task="regression",
            rows=now.assign(time=times),
            times=times.astype("datetime64[ns, UTC]"),
            every="week",
            timezone="UTC",
            period=period_of(start.to_pydatetime(), "week", "UTC"),
            features=tuple(now.columns),
            reference=before,
            as_of=start + pd.Timedelta(weeks=9),
            drift=DriftSpec(multivariate=together),
        )
    )


@pytest.fixture(scope="module")
def part() -> Part:
    return report(*rows.drift_rows())


@pytest.fixture(scope="module")
def ours(part: Part) -> dict[str, Value]:
    return {value.name: value for value in part.values}


def number(ours: dict[str, Value], column: str, what: str) -> float:
    found = ours[f"drift.{column}.{what}"].number
    assert found is not None
    return float(found)


@pytest.mark.parametrize("column", ["few", "level", "same", "new", "calm"])
def test_psi_of_levels_and_of_few_numbers_is_evidentlys(
    column: str, ours: dict[str, Value], evidently: dict[str, Any]
) -> None:
    """An empty bin is half a row here and 0.0001 of the rows there: of 5,000 rows the same."""
    assert number(ours, column, "psi") == pytest.approx(evidently[column]["psi"], rel=1e-12)


@pytest.mark.parametrize("column", ["few", "level", "same", "new", "calm"])
def test_jensen_shannon_is_nannymls_and_evidentlys_in_other_units(
    column: str, ours: dict[str, Value], evidently: dict[str, Any], nannyml: dict[str, Any]
) -> None:
    distance = number(ours, column, "jensen_shannon")
    theirs = evidently[column]["jensenshannon"]  # natural logarithms; ours and NannyML's to base 2
    assert distance == pytest.approx(theirs / np.sqrt(np.log(2)), rel=1e-9)
    if column != "few":  # which NannyML counts in bins of equal width, as any numbers
        assert distance == pytest.approx(nannyml[column]["jensen_shannon"], rel=1e-9)


@pytest.mark.parametrize("column", ["level", "same", "new", "calm"])
def test_chi_square_is_nannymls_and_total_variation_bounds_its_largest_gap(
    column: str, ours: dict[str, Value], nannyml: dict[str, Any]
) -> None:
    assert number(ours, column, "chi_square") == pytest.approx(nannyml[column]["chi2"], rel=1e-12)
    variation = number(ours, column, "total_variation")
    assert nannyml[column]["l_infinity"] <= variation + 1e-12
    hellinger = nannyml[column]["hellinger"]
    assert hellinger**2 <= variation + 1e-12 <= np.sqrt(2) * hellinger + 2e-12


def test_the_largest_gap_is_all_of_the_variation_where_one_level_is_new(
    ours: dict[str, Value], nannyml: dict[str, Any]
) -> None:
    assert number(ours, "new", "total_variation") == pytest.approx(nannyml["new"]["l_infinity"])
    assert number(ours, "new", "new[level=x]") == pytest.approx(nannyml["new"]["l_infinity"])


@pytest.mark.parametrize("column", ["level", "same", "calm"])
def test_evidentlys_chi_square_takes_the_reference_for_the_truth(
    column: str, ours: dict[str, Value], evidently: dict[str, Any]
) -> None:
    """So its p-values are too small: of sides as large as each other, half of the noise is left."""
    before, now = (side[column].value_counts().sort_index() for side in rows.drift_rows())
    alone = chisquare(now, before * now.sum() / before.sum())
    assert evidently[column]["chisquare"] == pytest.approx(alone.pvalue, rel=1e-9)
    found = ours[f"drift.{column}.chi_square"]
    freedom = found.provenance.parameters["degrees_of_freedom"]
    assert chi2.sf(found.number, freedom) > alone.pvalue
    # The reference's own noise makes ours smaller by about 1 + n / m.
    assert found.number == pytest.approx(alone.statistic / (1 + 3_000 / 5_000), rel=0.08)


@pytest.mark.parametrize("column", ["level", "same", "new", "calm"])
def test_total_variation_passes_our_noise_only_where_evidentlys_shuffles_do_not_reach_it(
    column: str, ours: dict[str, Value], evidently: dict[str, Any]
) -> None:
    beyond = number(ours, column, "total_variation") > number(
        ours, column, "total_variation.noise"
    )
    assert not beyond or evidently[column]["TVD"] < 0.05


@pytest.mark.parametrize("column", SOUND)
def test_distances_of_numbers_are_near_theirs_whatever_the_bins(
    column: str, ours: dict[str, Value], evidently: dict[str, Any], nannyml: dict[str, Any]
) -> None:
    """Theirs are of equal width; the outer ones hold few rows, which adds noise at rest."""
    near = {"rel": 0.1} if column == "normal" else {"abs": 0.015}
    psi, jensen = number(ours, column, "psi"), number(ours, column, "jensen_shannon")
    assert psi == pytest.approx(evidently[column]["psi"], **near)
    assert jensen == pytest.approx(nannyml[column]["jensen_shannon"], **near)
    assert jensen == pytest.approx(evidently[column]["jensenshannon"] / np.sqrt(np.log(2)), **near)
    assert number(ours, column, "wasserstein") == pytest.approx(
        evidently[column]["wasserstein"], rel=0.08
    )


@pytest.mark.parametrize("column", ["normal", "still", "few", "spoilt", "wild"])
def test_kolmogorov_smirnov_is_nannymls_less_a_bin_and_evidentlys_p_value_is_of_the_same(
    column: str, ours: dict[str, Value], evidently: dict[str, Any], nannyml: dict[str, Any]
) -> None:
    before, now = (side[column].to_numpy() for side in rows.drift_rows())
    raw = ks_2samp(before, now)
    assert nannyml[column]["kolmogorov_smirnov"] == pytest.approx(raw.statistic)
    assert evidently[column]["ks"] == pytest.approx(raw.pvalue, rel=1e-6)
    found = number(ours, column, "kolmogorov_smirnov")
    assert raw.statistic - 1 / 40 <= found <= raw.statistic + 1e-12
    if column == "few":  # every value has a bin of its own
        assert found == pytest.approx(raw.statistic)


def test_wasserstein_of_few_values_is_nannymls_over_the_robust_scale(
    ours: dict[str, Value], nannyml: dict[str, Any]
) -> None:
    """Evidently divides by the standard deviation, NannyML by nothing, ours by the quartiles'."""
    before, now = (side["few"].to_numpy() for side in rows.drift_rows())
    assert nannyml["few"]["wasserstein"] == pytest.approx(wasserstein_distance(before, now))
    quartiles = np.quantile(before, [0.25, 0.75], method="inverted_cdf")
    scale = (quartiles[1] - quartiles[0]) / 1.349
    theirs = nannyml["few"]["wasserstein"] / scale
    assert number(ours, "few", "wasserstein") == pytest.approx(theirs)


def test_one_wild_value_blinds_theirs_and_not_ours(
    ours: dict[str, Value], evidently: dict[str, Any], nannyml: dict[str, Any]
) -> None:
    """All three columns moved by 0.4 standard deviations."""
    for column in ("spoilt", "wild"):
        assert evidently[column]["psi"] < 0.001 < 0.13 < number(ours, column, "psi")
        assert evidently[column]["jensenshannon"] < 0.02
        for what in ("psi", "jensen_shannon", "wasserstein", "kolmogorov_smirnov"):
            clean = number(ours, "normal", what)
            assert number(ours, column, what) == pytest.approx(clean, rel=0.1), (column, what)
    assert nannyml["spoilt"]["jensen_shannon"] < 0.02  # its bins are the reference's
    assert evidently["spoilt"]["wasserstein"] < 0.02  # blinded by a reference that is spoilt
    assert evidently["wild"]["wasserstein"] > 300  # and frightened by a period that is
    assert nannyml["wild"]["wasserstein"] > 300


def test_values_that_went_missing_are_drift_here_and_not_there(
    ours: dict[str, Value], evidently: dict[str, Any], nannyml: dict[str, Any]
) -> None:
    assert evidently["nulls"]["psi"] < 0.1  # its threshold
    assert evidently["nulls"]["jensenshannon"] < 0.1
    assert nannyml["nulls"]["jensen_shannon"] < 0.1
    assert number(ours, "nulls", "psi") > 1
    # Where order matters, only what is known is compared: there they agree.
    raw = nannyml["nulls"]["kolmogorov_smirnov"]
    assert raw - 1 / 40 <= number(ours, "nulls", "kolmogorov_smirnov") <= raw + 1e-12


def test_a_thousand_levels_at_rest_are_drift_there_and_not_here(
    ours: dict[str, Value], evidently: dict[str, Any], nannyml: dict[str, Any]
) -> None:
    """Rare levels share bins here, and chance is taken off."""
    assert evidently["many"]["psi"] > 0.5
    assert evidently["many"]["jensenshannon"] > 0.1
    assert nannyml["many"]["jensen_shannon"] > 0.3
    assert number(ours, "many", "psi") < number(ours, "many", "noise") < 0.1


def test_the_verdict_names_what_moved_and_nothing_else(part: Part) -> None:
    """What moved in `level` and `few` (PSI of 0.03 and 0.08) is too small to be called."""
    called = {
        finding.because[0].split(".")[1]
        for finding in part.findings
        if finding.kind == "drift" and finding.state in {"watch", "alert"}
    }
    assert called == MOVED


def test_all_columns_together_are_told_apart_as_nannymls_classifier_does() -> None:
    theirs = kept("nannyml")["together"]
    for correlation in (0.0, 0.95):
        found = report(*rows.together_rows(correlation), together=True)
        values = {value.name: value.number for value in found.values}
        auc, noise = values["drift.multivariate.auc"], values["drift.multivariate.auc.noise"]
        assert auc is not None
        assert noise is not None
        # Theirs learns on four fifths of 3,000 rows of each side, ours on half.
        assert auc == pytest.approx(theirs[str(correlation)], abs=0.05)
        assert (auc > noise) == (correlation > 0)
