"""Gain, lift and calibration error: by hand, by slow loops and by simulation."""

from dataclasses import replace

import numpy as np
import pytest

from reportgen.measure.metrics.calibration import quantile_bins
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.ece import calibration_error
from reportgen.measure.metrics.gains import estimate_tops
from reportgen.measure.statistics.intervals import proportion, quotient


def _rows(n=1_000, seed=0, *, ties=0, weighted=False, clustered=False):
    rng = np.random.default_rng(seed)
    scores = rng.beta(1, 3, n)
    truth = rng.random(n) < scores
    if ties:
        scores = np.round(scores * ties) / ties
    return BinaryRows(
        truth=truth,
        predicted=scores >= 0.4,
        scores=scores,
        weights=rng.random(n) + 0.2 if weighted else None,
        clusters=np.arange(n) // 4 if clustered else None,
    )


def _by_lot(rows, share, times=4_000):
    """Gain of the top share when ties are broken by lot, over and over."""
    rng = np.random.default_rng(0)
    weights = np.ones(len(rows.truth)) if rows.weights is None else rows.weights
    gains = []
    for _ in range(times):
        order = np.lexsort((rng.random(len(rows.truth)), -rows.scores))
        heavy, hit = weights[order], rows.truth[order]
        room = share * weights.sum() - np.concatenate([[0], np.cumsum(heavy)[:-1]])
        inside = np.clip(room / heavy, 0, 1)
        gains.append((inside * heavy * hit).sum() / (heavy * hit).sum())
    return np.mean(gains)


@pytest.mark.parametrize("weighted", [False, True])
def test_ties_are_broken_by_lot(weighted):
    rows = _rows(60, ties=5, weighted=weighted)
    for top in estimate_tops(rows, (0.15, 0.5)):
        assert top.gain.number == pytest.approx(_by_lot(rows, top.share), abs=0.01)


def test_without_ties_the_top_is_a_slice():
    rows = _rows()
    order = np.argsort(-rows.scores)
    for top in estimate_tops(rows, (0.01, 0.1, 0.5, 1.0)):
        best = rows.truth[order][: round(1_000 * top.share)]
        assert top.gain.number == pytest.approx(best.sum() / rows.truth.sum())
        assert top.precision.number == pytest.approx(best.mean())
        assert top.lift.number == pytest.approx(best.mean() / rows.truth.mean())


def test_everything_is_at_the_top_of_everything():
    (top,) = estimate_tops(_rows(), (1.0,))
    assert (top.gain.number, top.lift.number) == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize("how", ["plain", "weighted", "clustered"])
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_intervals_are_as_wide_as_resampled_rows_say(how, share):
    rows = _rows(2_000, 1, weighted=how == "weighted", clustered=how == "clustered")
    rng = np.random.default_rng(1)
    drawn = []
    for _ in range(250):
        if rows.clusters is None:
            picks = rng.integers(0, 2_000, 2_000)
        else:
            picks = (4 * rng.integers(0, 500, 500)[:, None] + np.arange(4)).ravel()
        (top,) = estimate_tops(replace(rows.take(picks), clusters=None), (share,))
        drawn.append((top.gain.number, top.precision.number, top.lift.number))
    (top,) = estimate_tops(rows, (share,))
    spread = np.std(drawn, axis=0)
    for found, error in zip((top.gain, top.precision, top.lift), spread, strict=True):
        assert found.interval.low < found.number < found.interval.high
        assert found.interval.high - found.interval.low == pytest.approx(3.92 * error, rel=0.2)


def test_lift_cannot_pass_what_the_share_allows():
    rows = _rows(400)
    rows = replace(rows, truth=rows.scores >= np.quantile(rows.scores, 0.7))  # all found
    for top in estimate_tops(rows, (0.05, 0.3, 0.5)):
        assert top.gain.interval.high <= 1.0
        assert top.lift.interval.high <= 1 / top.share + 1e-9


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (replace(_rows(50), scores=None), "the model gives no scores"),
        (replace(_rows(50), truth=np.zeros(50, bool)), "no row is positive"),
        (replace(_rows(50), weights=np.zeros(50)), "no rows"),
    ],
)
def test_why_there_is_no_lift(rows, reason):
    (top,) = estimate_tops(rows, (0.1,))
    assert {top.gain.reason, top.lift.reason, top.precision.reason} == {reason}


def test_less_than_one_row_is_no_top():
    (top,) = estimate_tops(_rows(30), (0.01,))
    assert top.lift.reason == "not enough data (n = 30)"


def test_a_quotient_of_shares_agrees_with_resampling():
    rng = np.random.default_rng(0)
    one, two = proportion(140, 400), proportion(90, 500)
    drawn = rng.binomial(400, 0.35, 20_000) / 400 / (rng.binomial(500, 0.18, 20_000) / 500)
    low, high = np.quantile(drawn, [0.025, 0.975])
    found = quotient(one, two)
    assert found.number == pytest.approx(0.35 / 0.18)
    assert found.interval.low == pytest.approx(low, rel=0.03)
    assert found.interval.high == pytest.approx(high, rel=0.03)


# Calibration error


@pytest.mark.parametrize("weighted", [False, True])
def test_the_usual_error_by_a_slow_loop(weighted):
    rows = _rows(weighted=weighted)
    weights = np.ones(1_000) if rows.weights is None else rows.weights
    codes, total = quantile_bins(rows.scores, 10), 0.0
    for code in set(codes):
        own = codes == code
        gap = np.average((rows.truth - rows.scores)[own], weights=weights[own])
        total += weights[own].sum() / weights.sum() * abs(gap)
    assert calibration_error(rows).ece.number == pytest.approx(total)


def test_chance_alone_is_what_calibrated_models_show():
    rng = np.random.default_rng(0)
    scores = rng.beta(1, 3, 600)
    shown = []
    for _ in range(100):
        rows = BinaryRows(truth=rng.random(600) < scores, predicted=scores > 0.5, scores=scores)
        shown.append(calibration_error(rows).ece.number)
    found = calibration_error(rows)
    assert found.chance.number == pytest.approx(np.mean(shown), rel=0.15)


def _overconfident(rng, n):
    odds = rng.normal(-0.5, 1.2, n)
    scores = 1 / (1 + np.exp(-1.6 * odds))
    truth = rng.random(n) < 1 / (1 + np.exp(-odds))
    return BinaryRows(truth=truth, predicted=scores > 0.5, scores=scores)


def test_the_corrected_error_is_right_where_the_usual_one_is_not():
    rng = np.random.default_rng(1)
    true = calibration_error(_overconfident(rng, 300_000)).ece.number
    found = [calibration_error(_overconfident(rng, 200)) for _ in range(120)]
    usual = np.median([each.ece.number for each in found])
    corrected = np.median([each.corrected.number for each in found])
    held = [each.corrected.interval.low <= true <= each.corrected.interval.high for each in found]
    assert usual > true + 0.015
    assert corrected == pytest.approx(true, abs=0.01)
    assert np.mean(held) >= 0.9


def test_a_calibrated_model_is_not_told_it_is_off():
    rng = np.random.default_rng(2)
    zero = 0
    for _ in range(60):
        scores = rng.beta(1, 3, 300)
        rows = BinaryRows(truth=rng.random(300) < scores, predicted=scores > 0.5, scores=scores)
        zero += calibration_error(rows).corrected.interval.low == 0
    assert zero >= 56


def test_clusters_widen_the_noise():
    rng = np.random.default_rng(3)
    scores = np.repeat(rng.beta(1, 3, 200), 5)
    truth = np.repeat(rng.random(200) < scores[::5], 5)  # five copies of one outcome
    rows = BinaryRows(truth=truth, predicted=scores > 0.5, scores=scores)
    alone = calibration_error(rows)
    together = calibration_error(replace(rows, clusters=np.repeat(np.arange(200), 5)))
    assert together.ece.number == alone.ece.number
    assert together.chance.number > 1.8 * alone.chance.number


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (replace(_rows(50), scores=None), "the model gives no scores"),
        (replace(_rows(50), scores=np.linspace(-2, 2, 50)), "the scores are not probabilities"),
        (_rows(12), "not enough data (n = 12; at least 20 needed)"),
    ],
)
def test_why_there_is_no_calibration_error(rows, reason):
    found = calibration_error(rows)
    assert {found.ece.reason, found.chance.reason, found.corrected.reason} == {reason}


def test_constant_scores_are_one_bin():
    rows = BinaryRows(
        truth=np.arange(100) < 30, predicted=np.zeros(100, bool), scores=np.full(100, 0.3)
    )
    found = calibration_error(rows)
    assert found.ece.number == pytest.approx(0, abs=1e-12)
    assert found.corrected.number == 0
