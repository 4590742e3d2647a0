"""Two classes: what was predicted, and how good the scores are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from reportgen.measure.statistics.bootstrap import (
    REPLICATES,
    bootstrap_cells,
    bootstrap_sums,
    canonical_order,
    seed_of,
    units_of,
)
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import (
    Array,
    combined,
    correlation_of,
    dense_codes,
    proportion,
    ratio,
    wilson,
    with_weight,
)
from reportgen.measure.statistics.losses import MeanOf, estimate_sums, sum_columns
from reportgen.measure.statistics.ranking import average_precision, rank, roc_auc
from reportgen.measure.statistics.uncertainty import family_of
from reportgen.report.value import Interval

__all__ = [
    "BINARY_METRICS",
    "BinaryRows",
    "binary_cells",
    "estimate_classification",
    "matthews_corrcoef",
]

BINARY_METRICS = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1",
    "matthews_corrcoef",
    "roc_auc",
    "average_precision",
    "brier",
    "log_loss",
)
SCORE_METRICS = frozenset({"roc_auc", "average_precision", "brier", "log_loss"})
NO_SCORES = "the model gives no scores"
FEWEST_OF_A_CLASS = 10
"""Below this, mean losses get an interval that does not rest on the few."""
NO_PROBABILITIES = "the scores are not probabilities"


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryRows:
    """Labelled rows of a two-class model.

    Attributes
    ----------
    truth, predicted : shape (n,), bool; True is the positive class
    scores : shape (n,), probability of the positive class, or None
    weights : shape (n,), not negative, or None
    clusters : shape (n,), codes from 0; rows with one code belong together; or None
    """

    truth: Array
    predicted: Array
    scores: Array | None = None
    weights: Array | None = None
    clusters: Array | None = None

    def take(self, rows: Array) -> BinaryRows:
        """Some of the rows, by position or mask."""
        return BinaryRows(
            truth=self.truth[rows],
            predicted=self.predicted[rows],
            scores=None if self.scores is None else self.scores[rows],
            weights=None if self.weights is None else self.weights[rows],
            clusters=None if self.clusters is None else self.clusters[rows],
        )


def binary_cells(truth: Array, predicted: Array, groups: Array | None = None) -> Array:
    """Count true negatives, false positives, false negatives and true positives.

    Parameters
    ----------
    truth, predicted : shape (n,), bool
    groups : shape (n,), codes from 0; None: all rows together

    Returns
    -------
    shape (4,), or (groups, 4)
    """
    codes = truth.astype(np.intp) * 2 + predicted
    if groups is None:
        return np.bincount(codes, minlength=4)
    many = int(groups.max()) + 1 if len(groups) else 0
    return np.bincount(groups * 4 + codes, minlength=many * 4).reshape(many, 4)


def matthews_corrcoef(cells: Array) -> Array:
    """Correlation of prediction and truth, from cells (..., 4); 0 where either is constant."""
    tn, fp, fn, tp = (cells[..., i].astype(float) for i in range(4))
    spread = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    safe = np.where(spread > 0, spread, 1.0)
    return np.asarray(np.where(spread > 0, (tp * tn - fp * fn) / safe, 0.0))


_SHARES: Mapping[str, tuple[str, str]] = {  # metric -> (reason when empty, of which rows)
    "accuracy": ("no rows", "all"),
    "selection_rate": ("no rows", "all"),
    "prevalence": ("no rows", "all"),
    "precision": ("no row is predicted positive", "predicted"),
    "recall": ("no row is positive", "positive"),
    "specificity": ("no row is negative", "negative"),
    "f1": ("no row is positive or predicted positive", "either"),
}


def _share(rows: BinaryRows, name: str, level: float) -> Estimate:
    """Share of rows, of those in the denominator, that the metric counts as hits."""
    reason, which = _SHARES[name]
    truth, predicted = rows.truth, rows.predicted
    among = {
        "all": np.ones_like(truth),
        "predicted": predicted,
        "positive": truth,
        "negative": ~truth,
        "either": truth | predicted,
    }[which]
    hits = {
        "accuracy": truth == predicted,
        "selection_rate": predicted,
        "prevalence": truth,
        "specificity": ~truth & ~predicted,
    }.get(name, truth & predicted)
    if rows.weights is None and rows.clusters is None:
        return proportion(int(hits.sum()), int(among.sum()), level, reason=reason)
    weights = np.ones(len(truth)) if rows.weights is None else rows.weights
    return ratio(weights * hits, weights * among, level, clusters=rows.clusters, reason=reason)


def _f1(rows: BinaryRows, level: float) -> Estimate:
    """F1 is 2j / (1 + j) of j, the share of hits among rows positive or predicted positive.

    So j's interval carries over, whole: nothing is approximated on the way.
    """
    jaccard = _share(rows, "f1", level)
    if jaccard.number is None or jaccard.interval is None:
        return jaccard
    low, number, high = (
        2 * j / (1 + j) for j in (jaccard.interval.low, jaccard.number, jaccard.interval.high)
    )
    interval = Interval(low=low, high=high, level=level, method=jaccard.interval.method)
    return replace(jaccard, number=number, interval=interval)


def _balanced(rows: BinaryRows, level: float) -> Estimate:
    parts = [_share(rows, name, level) for name in ("recall", "specificity")]
    if rows.clusters is None or parts[0].number is None or parts[1].number is None:
        return combined(parts, level)
    weights = np.ones(len(rows.truth)) if rows.weights is None else rows.weights
    right = weights * (rows.truth == rows.predicted)
    own = dense_codes(rows.clusters)
    residuals = [
        np.bincount(own, weights=(right - (part.number or 0.0) * weights) * among)
        for part, among in zip(parts, (rows.truth, ~rows.truth), strict=True)
    ]
    return combined(parts, level, correlation=correlation_of(np.column_stack(residuals)))


def _matthews(rows: BinaryRows, level: float, replicates: int) -> Estimate:
    n = len(rows.truth)
    if n == 0 or rows.truth.all() or not rows.truth.any():
        reason = "all rows are of one class" if n else "no rows"
        return Estimate(number=None, n=n, reason=reason)
    found = _resampled(rows, matthews_corrcoef, level, replicates)
    if min(int(rows.truth.sum()), int((~rows.truth).sum())) < FEWEST_OF_A_CLASS:
        return _boxed(rows, found, level)
    return found


def _boxed(rows: BinaryRows, found: Estimate, level: float) -> Estimate:
    """Widen the interval of a correlation where one class has next to no rows to draw.

    The correlation is recall plus specificity less one, times the root of the ratio of the
    variances of truth and prediction. The ends of the interval take each at its worst.
    """
    skill = _balanced(rows, level)
    shares = [_share(rows, name, level) for name in ("prevalence", "selection_rate")]
    spreads = [_spread(share) for share in shares]
    if found.number is None or skill.interval is None or not all(spreads):
        return found
    (true_low, true_high), (said_low, said_high) = spreads
    if said_low <= 0:
        return replace(found, interval=None, seed=None, replicates=None)
    scales = sqrt(true_low / said_high), sqrt(true_high / said_low)
    ends = [(2 * end - 1) * scale for end in (skill.interval.low, skill.interval.high)
            for scale in scales]  # fmt: skip
    interval = Interval(
        low=max(min(*ends, found.number), -1.0),
        high=min(max(*ends, found.number), 1.0),
        level=level,
        method="wilson, parts at their worst",
    )
    return replace(found, interval=interval, seed=None, replicates=None)


def _spread(share: Estimate) -> tuple[float, float]:
    """Smallest and largest p(1 - p) over the interval of a share."""
    if share.interval is None:
        return (0.0, 0.25)
    low, high = share.interval.low, share.interval.high
    ends = low * (1 - low), high * (1 - high)
    return min(ends), 0.25 if low < 0.5 < high else max(ends)


def _resampled(
    rows: BinaryRows, statistic: Callable[[Array], Array], level: float, replicates: int
) -> Estimate:
    """Estimate a function of the four cells, by drawing cells, or rows where they differ."""
    n = len(rows.truth)
    cells = binary_cells(rows.truth, rows.predicted)
    if rows.weights is None and rows.clusters is None:
        seed, number = seed_of(cells), float(statistic(cells))
        interval = bootstrap_cells(cells, statistic, level, replicates=replicates, seed=seed)
    else:
        codes = rows.truth.astype(np.intp) * 2 + rows.predicted
        weights = np.ones(n) if rows.weights is None else rows.weights
        each = np.eye(4)[codes] * weights[:, None]
        order = canonical_order(
            codes, weights, *(() if rows.clusters is None else (rows.clusters,))
        )
        own = None if rows.clusters is None else rows.clusters[order]
        units = units_of(each[order], own)
        seed, number = seed_of(units), float(statistic(each[order].sum(axis=0)))
        interval = bootstrap_sums(units, statistic, level, seed=seed, replicates=replicates)
    if not np.isfinite(number):
        return Estimate(number=None, n=n, reason="not defined for these rows")
    return Estimate(number=number, n=n, interval=interval, seed=seed, replicates=replicates)


def _forecast(
    rows: BinaryRows, names: set[str], level: float, replicates: int
) -> dict[str, Estimate]:
    """Brier score and log loss, with one set of draws."""
    assert rows.scores is not None
    if len(rows.scores) and not ((rows.scores >= 0) & (rows.scores <= 1)).all():
        lacking = Estimate(number=None, n=len(rows.truth), reason=NO_PROBABILITIES)
        return dict.fromkeys(("brier", "log_loss"), lacking)
    edge = np.finfo(float).eps  # as scikit-learn clips, or one sure miss would be infinite
    sure = np.clip(rows.scores.astype(float), edge, 1 - edge)
    brier = (rows.scores - rows.truth) ** 2
    surprise = -np.log(np.where(rows.truth, sure, 1 - sure))
    columns = sum_columns(brier, surprise, weights=rows.weights)
    statistics = {
        name: MeanOf(column=column)
        for column, name in enumerate(("brier", "log_loss"))
        if name in names
    }
    found = estimate_sums(
        columns, statistics, level, clusters=rows.clusters, replicates=replicates
    )
    fewest = min(int(rows.truth.sum()), int((~rows.truth).sum()))
    if len(rows.truth) == 0 or fewest >= FEWEST_OF_A_CLASS:
        return found
    most = {
        "brier": float(np.maximum(rows.scores**2, (1 - rows.scores) ** 2).max()),
        "log_loss": float(-np.log(np.minimum(sure, 1 - sure)).max()),
    }
    return {name: _bounded(rows, each, most[name], level) for name, each in found.items()}


def _bounded(rows: BinaryRows, estimate: Estimate, most: float, level: float) -> Estimate:
    """Widen the interval of a mean loss where one class has next to no rows.

    Losses of the class that is missing from the sample cannot be resampled. They can be no
    larger than the scores allow, and among means of losses in [0, most], one made of hits and
    misses alone has the widest interval: Wilson's.
    """
    units = len(rows.truth) if rows.clusters is None else len(np.unique(rows.clusters))
    if rows.weights is not None and rows.weights.sum() > 0:
        units = min(units, int(rows.weights.sum() ** 2 / (rows.weights**2).sum()))
    if estimate.number is None or not most > 0:
        return estimate
    widest = wilson(units * min(estimate.number / most, 1.0), units, level)
    if widest is None:
        return estimate
    low, high = widest.low * most, widest.high * most
    if estimate.interval is not None:
        low, high = min(low, estimate.interval.low), max(high, estimate.interval.high)
    interval = Interval(
        low=min(low, estimate.number),
        high=max(high, estimate.number),
        level=level,
        method="wilson on a bounded mean",
    )
    return replace(estimate, interval=interval, seed=None, replicates=None)


def _ranking(rows: BinaryRows, names: set[str], level: float) -> dict[str, Estimate]:
    assert rows.scores is not None
    ranked = rank(rows.truth, rows.scores, rows.weights)
    found = {}
    if "roc_auc" in names:
        found["roc_auc"] = roc_auc(ranked, level, clusters=rows.clusters)
    if "average_precision" in names:
        found["average_precision"] = average_precision(ranked, level, clusters=rows.clusters)
    return found


def estimate_classification(
    rows: BinaryRows,
    metrics: Iterable[str] = BINARY_METRICS,
    level: float = 0.95,
    *,
    replicates: int = REPLICATES,
) -> dict[str, Estimate]:
    """Estimate metrics of a two-class model; what cannot be computed says why.

    Parameters
    ----------
    metrics : of `BINARY_METRICS`, and ``selection_rate`` and ``prevalence``

    Examples
    --------
    >>> truth = np.array([True, True, False, False])
    >>> rows = BinaryRows(truth=truth, predicted=np.array([True, False, False, False]))
    >>> estimate_classification(rows, ["recall"])["recall"].number
    0.5
    """
    asked, rows = list(metrics), with_weight(rows)
    found: dict[str, Estimate] = {}
    wanted = SCORE_METRICS.intersection(asked)
    if wanted and rows.scores is not None:
        found |= _ranking(rows, set(wanted), level)
        if wanted & {"brier", "log_loss"}:
            found |= _forecast(rows, set(wanted), level, replicates)
    for name in asked:
        if name in SCORE_METRICS:
            found.setdefault(name, Estimate(number=None, n=len(rows.truth), reason=NO_SCORES))
            continue
        match family_of(name):
            case "function of a share":
                found[name] = _f1(rows, level)
            case "sum of shares":
                found[name] = _balanced(rows, level)
            case "function of counts":
                found[name] = _matthews(rows, level, replicates)
            case _:
                found[name] = _share(rows, name, level)
    return {name: found[name] for name in asked}
