"""Expected calibration error: as it is usually computed, what of it is chance, and the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reportgen.measure.metrics.calibration import quantile_bins
from reportgen.measure.metrics.classification import (
    FEWEST_OF_A_CLASS,
    NO_PROBABILITIES,
    BinaryRows,
)
from reportgen.measure.statistics.bootstrap import canonical_order, seed_of
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import (
    Array,
    dense_codes,
    with_weight,
)
from reportgen.report.value import Interval

__all__ = ["BINS", "CalibrationError", "calibration_error"]

BINS = 10
DRAWS = 2_000
_STEPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationError:
    """Three readings of one error.

    Attributes
    ----------
    ece : mean distance of score and outcome over the bins; always above 0
    chance : the same, as a perfectly calibrated model would show it on these rows
    corrected : the error that would most plausibly show as `ece`, with its interval; 0 where
        chance alone shows as much
    """

    ece: Estimate
    chance: Estimate
    corrected: Estimate


def calibration_error(rows: BinaryRows, level: float = 0.95) -> CalibrationError:
    """Estimate the expected calibration error in ten bins of about equal size.

    Parameters
    ----------
    rows : with scores in [0, 1]

    Notes
    -----
    The usual estimate averages distances, so noise only ever adds to it. To read it, the same
    bins are drawn again with errors of every size, in the proportions that were seen, plus the
    noise of the bins (of their ids, where there are clusters). Errors under which the observed
    number would be neither unusually high nor unusually low make up the interval; the one under
    which it is the median is the corrected reading.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015); Bröcker (2012) and Kumar, Liang and Ma (2019) on the
    bias. The interval inverts a test over a family of one parameter: exact where the model is
    calibrated, and where errors are large beside the noise; simulated in between.
    """
    rows = with_weight(rows)
    n, reason = len(rows.truth), _lacking(rows)
    if reason or rows.scores is None:
        missing = Estimate(number=None, n=n, reason=reason)
        return CalibrationError(ece=missing, chance=missing, corrected=missing)
    share, gap, root, seed = _bins(rows)
    shown = float(share @ np.abs(gap))
    # Drawn in pairs of opposite sign: half of the noise of the quantiles is gone for free.
    half = np.random.default_rng(seed).standard_normal((DRAWS // 2, len(gap))) @ root
    noise = np.concatenate([half, -half])
    direction = _direction(gap, share, np.sqrt((root**2).sum(axis=0)))

    def quantile(size: float, at: float) -> float:
        return _quantile(np.abs(size * direction + noise) @ share, at)

    by_chance = float((np.abs(noise) @ share).mean())
    ends = [
        _error_that_shows(shown, at, quantile) for at in ((1 + level) / 2, 0.5, (1 - level) / 2)
    ]
    low, middle, high = ends[0], ends[1], max(ends[1], ends[2])
    interval = Interval(low=low, high=high, level=level, method="test inverted, binned noise")
    return CalibrationError(
        ece=Estimate(number=shown, n=n),
        chance=Estimate(number=by_chance, n=n),
        corrected=Estimate(number=middle, n=n, interval=interval, seed=seed, replicates=DRAWS),
    )


def _direction(gap: Array, share: Array, error: Array) -> Array:
    """Gaps of a model that is off by 1: as they were seen, less what noise adds to their spread.

    Where the sizes of the gaps differ no more than noise would make them, they are taken as in
    proportion to it: an over-confident model is off most where outcomes vary most.
    """
    size, middle, common = np.abs(gap), float(share @ np.abs(gap)), float(share @ error)
    if not (middle > 0 and common > 0):
        return np.asarray(gap / middle if middle > 0 else np.zeros_like(gap))
    expected = middle * error / common
    spread = float(share @ (size - expected) ** 2)
    noise = min(float(share @ error**2) / spread, 1.0) if spread > 0 else 1.0
    likely = expected + (1 - noise) * (size - expected)
    return np.asarray(np.where(gap < 0, -1.0, 1.0) * likely / float(share @ likely))


def _lacking(rows: BinaryRows) -> str:
    if rows.scores is None:
        return "the model gives no scores"
    if len(rows.truth) == 0:
        return "no rows"
    if not ((rows.scores >= 0) & (rows.scores <= 1)).all():
        return NO_PROBABILITIES
    fewest = FEWEST_OF_A_CLASS * 2
    if len(rows.truth) < fewest:
        return f"not enough data (n = {len(rows.truth)}; at least {fewest} needed)"
    return ""


def _bins(rows: BinaryRows) -> tuple[Array, Array, Array, int]:
    """Weight and gap of each bin, a root of the gaps' covariance, and a seed from the content."""
    assert rows.scores is not None
    codes = quantile_bins(rows.scores, BINS)
    many = int(codes.max()) + 1
    weights = np.ones(len(codes)) if rows.weights is None else rows.weights.astype(float)
    keys = [rows.scores, rows.truth, weights]
    order = canonical_order(*keys, *(() if rows.clusters is None else (rows.clusters,)))
    codes, weights = codes[order], weights[order]
    error = (rows.truth - rows.scores)[order]
    heavy = np.bincount(codes, weights=weights, minlength=many)
    filled = np.where(heavy > 0, heavy, 1.0)
    gap = np.bincount(codes, weights=weights * error, minlength=many) / filled
    # Each row's distance from its bin's gap is what the bin's gap owes to chance. A bin without
    # an outcome of one kind shows none, though its scores promise some: the larger one counts.
    promised = (rows.scores * (1 - rows.scores))[order]
    residual = weights * (error - gap[codes])
    if rows.clusters is not None:
        root = _clustered_root(residual, codes, rows.clusters[order], filled)
        return heavy / heavy.sum(), gap, root, seed_of(gap, heavy)
    size = np.bincount(codes, minlength=many)
    spread = np.bincount(codes, weights=residual**2, minlength=many)
    owed = np.bincount(codes, weights=weights**2 * promised, minlength=many)
    error = np.sqrt(np.maximum(spread * (size / np.maximum(size - 1, 1)), owed)) / filled
    return heavy / heavy.sum(), gap, np.diag(error), seed_of(gap, heavy)


def _clustered_root(residual: Array, codes: Array, clusters: Array, heavy: Array) -> Array:
    """Root of the covariance of the bins' gaps, where rows of one id stand in several bins."""
    own, many = dense_codes(clusters), len(heavy)
    groups = int(own.max()) + 1
    sums = np.bincount(own * many + codes, weights=residual, minlength=groups * many)
    each = sums.reshape(groups, many) / heavy
    values, vectors = np.linalg.eigh(each.T @ each * (groups / max(groups - 1, 1)))
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))).T)


def _quantile(numbers: Array, at: float) -> float:
    """Quantile between the two nearest ranks, without a sort."""
    place = at * (len(numbers) - 1)
    below = min(int(place), len(numbers) - 2)
    low, high = np.partition(numbers, (below, below + 1))[below : below + 2]
    return float(low + (place - below) * (high - low))


def _error_that_shows(shown: float, at: float, quantile: Callable[[float, float], float]) -> float:
    """Size of the error at which what was shown is the quantile; 0 where chance is enough.

    The quantile grows with the error nearly in proportion, so that a few chords find the place
    (Illinois method: Dowell and Jarratt, 1971).
    """
    low, missing = 0.0, quantile(0.0, at) - shown
    if missing >= 0:
        return 0.0
    high, beyond = 2 * shown, quantile(2 * shown, at) - shown
    for _ in range(_STEPS):
        if beyond >= 0:
            break
        low, missing, high = high, beyond, 2 * high
        beyond = quantile(high, at) - shown
    side = 0
    for _ in range(_STEPS):
        if high - low < 1e-4 * shown or beyond <= missing:
            break
        middle = (low * beyond - high * missing) / (beyond - missing)
        found = quantile(middle, at) - shown
        if abs(found) < 1e-6 * shown:
            return middle
        if found < 0:
            low, missing = middle, found
            beyond = beyond / 2 if side < 0 else beyond
            side = -1
        else:
            high, beyond = middle, found
            missing = missing / 2 if side > 0 else missing
            side = 1
    return (low + high) / 2
