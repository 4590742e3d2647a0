"""Metrics as the population is: each group counts by its share there, not by its share in the data.

A metric is weighed anew, and its uncertainty is that of the groups: how far rows of one group pull
the metric apart. What a row pulls is its influence, the change of the metric as the row's weight
grows; within a group only its distance to the group's mean is uncertain, for how much the group
counts is known from the benchmark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from reportgen.measure.evaluation.rows import Rows
from reportgen.measure.metrics.classification import BinaryRows
from reportgen.measure.metrics.multiclass import MulticlassRows
from reportgen.measure.metrics.regression import RegressionRows
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, logit_interval, quantile_t, wilson, z_of
from reportgen.measure.statistics.ranking import rank, roc_influence
from reportgen.report.value import Interval

__all__ = ["NEGLIGIBLE", "POSTSTRATIFIED", "Stratum", "poststratify"]

NEGLIGIBLE = 0.001
"""Of the population: so few that no share among all could move by more than this."""

POSTSTRATIFIED: Mapping[type, tuple[str, ...]] = {
    BinaryRows: ("accuracy", "precision", "recall", "specificity", "roc_auc", "brier"),
    MulticlassRows: ("accuracy", "recall_macro"),
    RegressionRows: ("mae", "rmse", "mean_error"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A group of rows that counts by its share in the population.

    Attributes
    ----------
    share : in the population, above 0
    positions : of its rows
    """

    level: str
    share: float
    positions: Array


def poststratify(
    rows: Rows, strata: Sequence[Stratum], level: float = 0.95, *, sampled: float | None = None
) -> dict[str, Estimate]:
    """Estimate metrics with the weight of each group made that of its share in the population.

    Parameters
    ----------
    strata : of the population's groups, each row in at most one; rows in none are left out
    sampled : how many the benchmark asked, where it is itself a sample

    Returns
    -------
    metrics of `POSTSTRATIFIED`; without a number where groups of the population have no rows, and
    are together more of it than `NEGLIGIBLE`

    References
    ----------
    Holt and Smith (1979); Deville (1999) for the linearisation of ratios.
    """
    names = POSTSTRATIFIED[type(rows)]
    lacking = _lacking(rows, strata)
    strata = [stratum for stratum in strata if _weight(rows, stratum) > 0] or strata
    used = np.concatenate([stratum.positions for stratum in strata])
    if lacking:
        return {name: Estimate(number=None, n=len(used), reason=lacking) for name in names}
    codes = np.repeat(np.arange(len(strata)), [len(stratum.positions) for stratum in strata])
    shares = np.array([stratum.share for stratum in strata])
    own = rows.take(used)
    weights = np.ones(len(used)) if own.weights is None else own.weights.astype(float)
    heavy = np.bincount(codes, weights=weights, minlength=len(strata))
    weights = weights * (shares / shares.sum() / heavy)[codes]
    sample = _Sample(
        weights=weights, codes=codes, clusters=own.clusters, level=level, sampled=sampled
    )
    return {name: _estimate(own, name, sample) for name in names}


def _lacking(rows: Rows, strata: Sequence[Stratum]) -> str:
    empty = [stratum for stratum in strata if not _weight(rows, stratum) > 0]
    total = sum(stratum.share for stratum in empty) / sum(s.share for s in strata)
    if total <= NEGLIGIBLE and len(empty) < len(strata):
        return ""
    first = max(empty, key=lambda stratum: stratum.share)
    who = first.level if len(empty) == 1 else f"{first.level} and {len(empty) - 1} more"
    return f"no rows of {who}, {100 * total:.2g} % of the population"


def _weight(rows: Rows, stratum: Stratum) -> float:
    if rows.weights is None:
        return float(len(stratum.positions))
    return float(rows.weights[stratum.positions].sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """How rows count: weights add up to 1, each group's to its share."""

    weights: Array
    codes: Array
    clusters: Array | None
    level: float
    sampled: float | None

    def error(self, influence: Array) -> float:
        """Standard error of a metric whose rows have these influences.

        Notes
        -----
        A group of one row has no distance of its own; it takes the root of the mean square that
        rows of the other groups have.
        """
        heavy = np.bincount(self.codes, weights=self.weights)
        means = np.bincount(self.codes, weights=self.weights * influence) / heavy
        apart = influence - means[self.codes]
        sizes = np.bincount(self.codes)
        alone = (sizes == 1)[self.codes]
        if alone.all():
            apart = influence
        elif alone.any():
            apart = np.where(alone, sqrt(float((apart[~alone] ** 2).mean())), apart)
        pulls = self.weights * apart
        if self.clusters is None:
            many = sizes[self.codes]
            square = float((many / np.maximum(many - 1, 1) * pulls**2).sum())
        else:
            sums = np.bincount(np.unique(self.clusters, return_inverse=True)[1], weights=pulls)
            square = len(sums) / max(len(sums) - 1, 1) * float((sums**2).sum())
        if self.sampled is not None:
            spread = float((heavy * means**2).sum()) - float((heavy * means).sum()) ** 2
            square += max(spread, 0.0) / self.sampled
        return sqrt(square)

    @property
    def units(self) -> int:
        """Rows or clusters that were drawn."""
        return len(self.codes) if self.clusters is None else len(np.unique(self.clusters))

    @property
    def kish(self) -> float:
        """Rows of equal weight that would be worth as much."""
        return 1 / float((self.weights**2).sum())


def _estimate(rows: Rows, name: str, sample: _Sample) -> Estimate:
    """Find the metric and the influence of each row on it."""
    if isinstance(rows, RegressionRows):
        return _mean_loss(rows, name, sample)
    if isinstance(rows, MulticlassRows):
        return _of_classes(rows, name, sample)
    if name == "roc_auc":
        return _area(rows, sample)
    if name == "brier":
        return _brier(rows, sample)
    right = rows.truth == rows.predicted
    among = {
        "accuracy": np.ones(len(right), dtype=bool),
        "precision": rows.predicted,
        "recall": rows.truth,
        "specificity": ~rows.truth,
    }[name]
    reason = {
        "precision": "no row is predicted positive",
        "recall": "no row is positive",
        "specificity": "no row is negative",
    }.get(name, "no rows")
    return _share(right, among, sample, reason)


def _share(hits: Array, among: Array, sample: _Sample, reason: str) -> Estimate:
    heavy, n = float((sample.weights * among).sum()), int(among.sum())
    if not heavy > 0:
        return Estimate(number=None, n=n, reason=reason)
    number = min(float((sample.weights * (hits & among)).sum()) / heavy, 1.0)
    error = sample.error((hits.astype(float) - number) * among / heavy)
    return Estimate(number=number, n=n, interval=_of_share(number, error, sample, heavy))


def _of_share(number: float, error: float, sample: _Sample, heavy: float) -> Interval | None:
    """Wilson's interval, on as many rows as would be as sure as this."""
    rows = number * (1 - number) / error**2 if error > 0 else 0.0
    if not rows > 0:
        rows = sample.kish * heavy  # all hits or none: rows tell nothing about their likeness
    rows *= (z_of(sample.level) / quantile_t(sample.level, sample.units - 1)) ** 2
    found = wilson(number * rows, rows, sample.level)
    if found is None:
        return None
    return Interval(
        low=min(found.low, number),
        high=max(found.high, number),
        level=sample.level,
        method="wilson on effective n, poststratified",
    )


def _of_classes(rows: MulticlassRows, name: str, sample: _Sample) -> Estimate:
    right = rows.truth == rows.predicted
    if name == "accuracy":
        return _share(right, np.ones(len(right), dtype=bool), sample, "no rows")
    occurs = np.unique(rows.truth)
    influence, total = np.zeros(len(right)), 0.0
    for code in occurs:
        among = rows.truth == code
        heavy = float((sample.weights * among).sum())
        if not heavy > 0:
            return Estimate(number=None, n=len(right), reason="a class has no weight")
        recall = float((sample.weights * (right & among)).sum()) / heavy
        total += recall / len(occurs)
        influence += (right - recall) * among / heavy / len(occurs)
    number = min(total, 1.0)
    interval = _of_share(number, sample.error(influence), sample, 1.0)
    return Estimate(number=number, n=len(right), interval=interval)


def _mean_loss(rows: RegressionRows, name: str, sample: _Sample) -> Estimate:
    error = rows.predicted - rows.truth
    losses = {"mae": np.abs(error), "rmse": error**2, "mean_error": error}[name]
    mean = float((sample.weights * losses).sum())
    influence = losses - mean
    if name == "rmse":
        mean = sqrt(max(mean, 0.0))
        influence = influence / (2 * mean) if mean > 0 else influence
    return _with_t(mean, influence, sample, lowest=None if name == "mean_error" else 0.0)


def _brier(rows: BinaryRows, sample: _Sample) -> Estimate:
    n = len(rows.truth)
    if rows.scores is None:
        return Estimate(number=None, n=n, reason="the model gives no scores")
    if not ((rows.scores >= 0) & (rows.scores <= 1)).all():
        return Estimate(number=None, n=n, reason="the scores are not probabilities")
    losses = (rows.scores - rows.truth) ** 2
    mean = float((sample.weights * losses).sum())
    return _with_t(mean, losses - mean, sample, lowest=0.0)


def _with_t(number: float, influence: Array, sample: _Sample, *, lowest: float | None) -> Estimate:
    n = len(influence)
    if sample.units < 2:
        return Estimate(number=number, n=n)
    half = quantile_t(sample.level, sample.units - 1) * sample.error(influence)
    low = number - half if lowest is None else max(number - half, lowest)
    interval = Interval(
        low=min(low, number), high=number + half, level=sample.level, method="t, poststratified"
    )
    return Estimate(number=number, n=n, interval=interval)


def _area(rows: BinaryRows, sample: _Sample) -> Estimate:
    n = len(rows.truth)
    if rows.scores is None:
        return Estimate(number=None, n=n, reason="the model gives no scores")
    ranked = rank(rows.truth, rows.scores, sample.weights)
    if not (ranked.total_positive > 0 and ranked.total_negative > 0):
        return Estimate(number=None, n=n, reason="all rows are of one class")
    number, pulls = roc_influence(ranked)
    moved = np.zeros(n)
    moved[ranked.order] = pulls
    influence = np.divide(moved, sample.weights, out=np.zeros(n), where=sample.weights > 0)
    fewest = min(int(rows.truth.sum()), int((~rows.truth).sum()))
    interval = logit_interval(
        float(number),
        sample.error(influence),
        sample.level,
        method="delong (logit), poststratified",
        df=max(fewest - 1, 1),
    )
    return Estimate(number=float(number), n=n, interval=interval)
