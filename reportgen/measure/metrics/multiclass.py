"""Several classes: each against the rest, and their averages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from reportgen.measure.metrics.classification import NO_SCORES, BinaryRows, estimate_classification
from reportgen.measure.statistics.bootstrap import (
    REPLICATES,
    Statistic,
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
    logit_interval,
    proportion,
    ratio,
    with_weight,
)
from reportgen.measure.statistics.losses import MeanOf, estimate_sums, sum_columns
from reportgen.measure.statistics.ranking import influence_error, rank, roc_auc, roc_influence
from reportgen.measure.statistics.uncertainty import family_of
from reportgen.report.value import Interval

__all__ = [
    "MULTICLASS_METRICS",
    "MulticlassRows",
    "class_cells",
    "estimate_classes",
    "estimate_multiclass",
    "label_statistic",
]

MULTICLASS_METRICS = (
    "accuracy",
    "balanced_accuracy",
    "precision_macro",
    "recall_macro",
    "f1_macro",
    "f1_weighted",
    "matthews_corrcoef",
    "roc_auc_ovr",
    "log_loss",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MulticlassRows:
    """Labelled rows of a model with several classes.

    Attributes
    ----------
    truth, predicted : shape (n,), codes of the classes, from 0 to `classes` - 1
    classes : how many there are
    scores : shape (n, known), probability of each of the first `known` classes, or None
    weights, clusters : as in `reportgen.measure.metrics.classification.BinaryRows`
    """

    truth: Array
    predicted: Array
    classes: int
    scores: Array | None = None
    weights: Array | None = None
    clusters: Array | None = None

    def take(self, rows: Array) -> MulticlassRows:
        """Some of the rows, by position or mask."""
        return MulticlassRows(
            truth=self.truth[rows],
            predicted=self.predicted[rows],
            classes=self.classes,
            scores=None if self.scores is None else self.scores[rows],
            weights=None if self.weights is None else self.weights[rows],
            clusters=None if self.clusters is None else self.clusters[rows],
        )

    def against_rest(self, code: int) -> BinaryRows:
        """One class as the positive one."""
        known = self.scores is not None and code < self.scores.shape[1]
        return BinaryRows(
            truth=self.truth == code,
            predicted=self.predicted == code,
            scores=self.scores[:, code] if known and self.scores is not None else None,
            weights=self.weights,
            clusters=self.clusters,
        )


def class_cells(rows: MulticlassRows) -> Array:
    """Count rows by true and predicted class, shape (classes, classes), true first."""
    codes = rows.truth * rows.classes + rows.predicted
    return np.bincount(codes, minlength=rows.classes**2).reshape(rows.classes, rows.classes)


def estimate_classes(
    rows: MulticlassRows,
    metrics: Iterable[str] = ("precision", "recall", "f1"),
    level: float = 0.95,
) -> tuple[dict[str, Estimate], ...]:
    """Estimate each class against the rest, in the order of the classes."""
    asked = tuple(metrics)
    return tuple(
        estimate_classification(rows.against_rest(code), asked, level)
        for code in range(rows.classes)
    )


# A row adds to the hits of a class, to how often it was predicted and to how often it was true;
# every label metric of several classes is a function of these sums, shape (..., 3, classes).
def _split(sums: Array, classes: int) -> tuple[Array, Array, Array]:
    shaped = sums.reshape(*sums.shape[:-1], 3, classes)
    return shaped[..., 0, :], shaped[..., 1, :], shaped[..., 2, :]


def _mean_share(top: Array, bottom: Array, counted: Array) -> Array:
    shares = np.divide(top, bottom, out=np.zeros_like(top, dtype=float), where=bottom > 0)
    return np.asarray((shares * counted).sum(axis=-1) / counted.sum(axis=-1))


def _statistics(classes: int) -> Mapping[str, Statistic]:
    """Metrics of sums, averaged over the classes that occur, as scikit-learn does."""

    def balanced_accuracy(sums: Array) -> Array:
        hits, _, true = _split(sums, classes)
        return _mean_share(hits, true, true > 0)

    def precision_macro(sums: Array) -> Array:
        hits, said, true = _split(sums, classes)
        return _mean_share(hits, said, said + true > 0)

    def recall_macro(sums: Array) -> Array:
        hits, said, true = _split(sums, classes)
        return _mean_share(hits, true, said + true > 0)

    def f1_macro(sums: Array) -> Array:
        hits, said, true = _split(sums, classes)
        return _mean_share(2 * hits, said + true, said + true > 0)

    def precision_weighted(sums: Array) -> Array:
        hits, said, true = _split(sums, classes)
        return _mean_share(hits, said, true)

    def f1_weighted(sums: Array) -> Array:
        hits, said, true = _split(sums, classes)
        return _mean_share(2 * hits, said + true, true)

    def matthews_corrcoef(sums: Array) -> Array:
        hits, said, true = _split(sums, classes)
        n, right = true.sum(axis=-1), hits.sum(axis=-1)
        joint = right * n - (said * true).sum(axis=-1)
        spread = (n**2 - (said**2).sum(axis=-1)) * (n**2 - (true**2).sum(axis=-1))
        root = np.sqrt(np.maximum(spread, 0))
        return np.asarray(np.where(root > 0, joint / np.where(root > 0, root, 1), 0.0))

    return {
        function.__name__: function
        for function in (
            balanced_accuracy,
            precision_macro,
            recall_macro,
            f1_macro,
            precision_weighted,
            f1_weighted,
            matthews_corrcoef,
        )
    }


def _cell_sums(classes: int) -> Array:
    """What a row of each cell (true first) adds to the sums, shape (classes², 3 classes)."""
    true, said = np.divmod(np.arange(classes**2), classes)
    eye = np.eye(classes)
    return np.concatenate([eye[true] * (true == said)[:, None], eye[said], eye[true]], axis=1)


def label_statistic(name: str, classes: int) -> tuple[Statistic, Array]:
    """Give a label metric as a function of sums, and what a row of each cell adds to them."""
    return _statistics(classes)[name], _cell_sums(classes)


def _label_metrics(
    rows: MulticlassRows, names: set[str], level: float, replicates: int
) -> dict[str, Estimate]:
    n, classes = len(rows.truth), rows.classes
    cells = class_cells(rows).ravel()
    filled = cells > 0
    adds = _cell_sums(classes)[filled]
    counts, units, seed = cells[filled], adds, seed_of(cells)
    plain = rows.weights is None and rows.clusters is None
    total = counts @ adds
    if not plain:
        units, total = _weighted_sums(rows, filled, adds)
        counts, seed = np.ones(len(units)), seed_of(units)
    found = {}
    for name, statistic in _statistics(classes).items():
        if name not in names:
            continue
        number = float(statistic(total))
        if family_of(name) == "sum of shares":
            found[name] = _macro(rows, name, number, units, counts, level)
            continue
        if plain:
            interval = bootstrap_cells(
                counts, statistic, level, columns=adds, replicates=replicates, seed=seed
            )
        else:
            interval = bootstrap_sums(units, statistic, level, seed=seed, replicates=replicates)
        found[name] = Estimate(
            number=number, n=n, interval=interval, seed=seed, replicates=replicates
        )
    return found


_MACRO = {
    "balanced_accuracy": "recall",
    "recall_macro": "recall",
    "precision_macro": "precision",
    "f1_macro": "f1",
}


def _macro(
    rows: MulticlassRows, name: str, number: float, units: Array, counts: Array, level: float
) -> Estimate:
    """Average the classes' own intervals, correlated as the units that are drawn say.

    A class that occurs but has no denominator counts 0, as in scikit-learn, and its interval is
    all that a share can be: never predicted, its precision is not known.
    """
    metric = _MACRO[name]
    hits, said, true = _split(units, rows.classes)
    bottom = {"recall": true, "precision": said, "f1": said + true - hits}[metric]
    occurs = counts @ (true if name == "balanced_accuracy" else said + true) > 0
    heavy = counts @ bottom
    shares = np.divide(counts @ hits, heavy, out=np.zeros(rows.classes), where=heavy > 0)
    parts = []
    for code in np.flatnonzero(occurs):
        part = estimate_classification(rows.against_rest(int(code)), (metric,), level)[metric]
        if part.number is None:
            anything = Interval(low=0.0, high=1.0, level=level, method="wilson")
            part = Estimate(number=0.0, n=0, interval=anything)
        parts.append(part)
    together = correlation_of((hits - shares * bottom)[:, occurs], counts)
    averaged = combined(parts, level, correlation=together)
    interval = averaged.interval
    if interval is not None:
        low, high = min(interval.low, number), max(interval.high, number)
        interval = replace(interval, low=max(low, 0.0), high=min(high, 1.0))
    return Estimate(number=number, n=len(rows.truth), interval=interval)


def _weighted_sums(rows: MulticlassRows, filled: Array, adds: Array) -> tuple[Array, Array]:
    place = np.cumsum(filled) - 1
    codes = place[rows.truth * rows.classes + rows.predicted]
    weights = np.ones(len(codes)) if rows.weights is None else rows.weights
    order = canonical_order(codes, weights, *(() if rows.clusters is None else (rows.clusters,)))
    each = adds[codes[order]] * weights[order][:, None]
    own = None if rows.clusters is None else rows.clusters[order]
    return units_of(each, own), each.sum(axis=0)


def _accuracy(rows: MulticlassRows, level: float) -> Estimate:
    right = rows.truth == rows.predicted
    if rows.weights is None and rows.clusters is None:
        return proportion(int(right.sum()), len(right), level)
    weights = np.ones(len(right)) if rows.weights is None else rows.weights
    return ratio(weights * right, weights, level, clusters=rows.clusters)


def _unknown(rows: MulticlassRows) -> str:
    """Say why scores cannot be judged, when the data hold classes the model does not know."""
    if rows.scores is None:
        return NO_SCORES
    strange = int((rows.truth >= rows.scores.shape[1]).sum())
    if not strange:
        return ""
    return f"{strange} row{'s have' if strange > 1 else ' has'} a class the model does not know"


def _roc_auc_ovr(rows: MulticlassRows, level: float) -> Estimate:
    n, reason = len(rows.truth), _unknown(rows)
    present = np.unique(rows.truth)
    if reason or n == 0 or rows.scores is None:
        return Estimate(number=None, n=n, reason=reason or "no rows")
    known = rows.scores.shape[1]
    if len(present) < known:
        missing = known - len(present)
        return Estimate(
            number=None,
            n=n,
            reason=f"{missing} of {known} classes {'do' if missing > 1 else 'does'} not occur",
        )
    areas, influence = [], np.zeros(n)
    for code in range(known):
        ranked = rank(rows.truth == code, rows.scores[:, code], rows.weights)
        area, moved = roc_influence(ranked)
        areas.append(area)
        influence[ranked.order] += moved / known
    number = min(max(float(np.mean(areas)), 0.0), 1.0)
    classes = tuple(rows.truth == code for code in range(known))
    error, df = influence_error(influence, classes, rows.clusters)
    method = "delong (logit)" if rows.clusters is None else "delong (logit), clustered"
    interval = logit_interval(number, error, level, method=method, df=df)
    if interval is None:
        parts = [
            roc_auc(rank(rows.truth == code, rows.scores[:, code]), level, clusters=rows.clusters)
            for code in range(known)
        ]
        lowest = min((p.interval.low for p in parts if p.interval), default=None)
        highest = max((p.interval.high for p in parts if p.interval), default=None)
        if lowest is not None and highest is not None:
            interval = replace(
                next(p.interval for p in parts if p.interval),
                low=min(lowest, number),
                high=max(highest, number),
            )
    return Estimate(number=number, n=n, interval=interval)


def _log_loss(rows: MulticlassRows, level: float, replicates: int) -> Estimate:
    n, reason = len(rows.truth), _unknown(rows)
    if reason or n == 0 or rows.scores is None:
        return Estimate(number=None, n=n, reason=reason or "no rows")
    edge = np.finfo(float).eps
    own = np.take_along_axis(rows.scores.astype(float), rows.truth[:, None], axis=1)[:, 0]
    columns = sum_columns(-np.log(np.clip(own, edge, 1 - edge)), weights=rows.weights)
    return estimate_sums(
        columns,
        {"log_loss": MeanOf(column=0)},
        level,
        clusters=rows.clusters,
        replicates=replicates,
    )["log_loss"]


def estimate_multiclass(
    rows: MulticlassRows,
    metrics: Iterable[str] = MULTICLASS_METRICS,
    level: float = 0.95,
    *,
    replicates: int = REPLICATES,
) -> dict[str, Estimate]:
    """Estimate metrics of a model with several classes; averages as scikit-learn takes them.

    Parameters
    ----------
    metrics : of `MULTICLASS_METRICS`, and averages of precision, recall and F1 over classes
    """
    asked, rows = list(metrics), with_weight(rows)
    if len(rows.truth) == 0:
        return {name: Estimate(number=None, n=0, reason="no rows") for name in asked}
    found = _label_metrics(rows, set(asked), level, replicates)
    if "matthews_corrcoef" in found and len(np.unique(rows.truth)) < 2:
        found["matthews_corrcoef"] = Estimate(
            number=None, n=len(rows.truth), reason="all rows are of one class"
        )
    for name in asked:
        if family_of(name) == "share":
            # One class and one prediction a row: over all classes together, micro averages and
            # the weighted recall count right rows.
            found[name] = _accuracy(rows, level)
    if "roc_auc_ovr" in asked:
        found["roc_auc_ovr"] = _roc_auc_ovr(rows, level)
    if "log_loss" in asked:
        found["log_loss"] = _log_loss(rows, level, replicates)
    return {name: found[name] for name in asked}
