"""The one place that chooses how sure we are of a number: which metric gets which interval.

Each metric belongs to a family, and each family has one way to its interval; the functions that
estimate metrics ask here which way to go. How often each interval holds the truth is measured by
``benchmarks/coverage.py``, and the result stands in docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["CHOICES", "Choice", "Family", "family_of"]

Family = Literal[
    "share",
    "function of a share",
    "sum of shares",
    "ranking",
    "mean",
    "function of counts",
    "order statistic",
    "top share",
    "fit",
    "noise",
    "any function",
    "series",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to an interval.

    Attributes
    ----------
    metrics : names of the values that take it
    methods : what the intervals call themselves; the first is the usual one, the others stand in
        where rows are weighted, clustered, few or all alike
    why : why this and no other, in a sentence
    where : module that computes it
    """

    metrics: tuple[str, ...]
    methods: tuple[str, ...]
    why: str
    where: str


_EFFECTIVE = ("wilson on effective n", "wilson on effective n, clustered")

CHOICES: Mapping[Family, Choice] = {
    "share": Choice(
        metrics=(
            "accuracy", "precision", "recall", "specificity", "selection_rate", "prevalence",
            "precision_micro", "recall_micro", "f1_micro", "recall_weighted", "top_2_accuracy",
            "top_3_accuracy", "interval_coverage", "false_positive_rate", "false_negative_rate",
        ),
        methods=("wilson", *_EFFECTIVE),
        why="keeps its level for few rows and near 0 and 1, where the textbook interval does not",
        where="statistics.intervals",
    ),
    "function of a share": Choice(
        metrics=("f1",),
        methods=("wilson", *_EFFECTIVE),
        why="F1 is 2j / (1 + j) of a share j; its interval carries over whole",
        where="metrics.classification",
    ),
    "sum of shares": Choice(
        metrics=(
            "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro", "cost",
        ),
        methods=("mover", "wilson", *_EFFECTIVE),  # the latter of a single share
        why="a bootstrap cannot see a class or an error of which it drew none",
        where="statistics.intervals",
    ),
    "ranking": Choice(
        metrics=("roc_auc", "roc_auc_ovr", "average_precision"),
        methods=(
            "delong (logit)", "delong (logit), clustered", "newcombe",
            "infinitesimal jackknife (logit)",
        ),
        why="one pass in place of a thousand rankings; the logit keeps it between 0 and 1",
        where="statistics.ranking",
    ),
    "mean": Choice(
        metrics=(
            "brier", "log_loss", "mae", "rmse", "r2", "mape", "mape_nonzero", "mean_error",
            "mean_pinball_loss", "interval_width",
        ),
        methods=("bootstrap-t", "wilson on a bounded mean"),
        why="errors are skewed, and each replicate brings its own standard error",
        where="statistics.losses",
    ),
    "function of counts": Choice(
        metrics=("matthews_corrcoef", "f1_weighted", "precision_weighted"),
        methods=("bootstrap BCa", "wilson, parts at their worst"),
        why="drawing cells of the confusion table is drawing rows, at no cost",
        where="statistics.bootstrap",
    ),
    "order statistic": Choice(
        metrics=("median_absolute_error",),
        methods=("order statistics", "woodruff"),
        why="exact, whatever the distribution",
        where="statistics.intervals",
    ),
    "top share": Choice(
        metrics=("gain", "lift"),
        methods=("mover", *_EFFECTIVE),
        why="the cut at the top is estimated too, which the influence of each row allows for",
        where="metrics.gains",
    ),
    "fit": Choice(
        metrics=("calibration_slope", "calibration_intercept"),
        methods=("sandwich",),
        why="robust where the true curve is not logistic",
        where="metrics.calibration",
    ),
    "noise": Choice(
        metrics=("ece",),
        methods=("test inverted, binned noise",),
        why="the usual estimate is biased by noise, and a bootstrap of it adds the noise again",
        where="metrics.ece",
    ),
    "any function": Choice(
        metrics=(),
        methods=("bootstrap BCa", "block jackknife"),
        why="nothing is known of the function but that it can be asked",
        where="statistics.resampled",
    ),
    "series": Choice(
        metrics=(),
        methods=("block bootstrap",),
        why="neighbours in time are alike, so that whole stretches are drawn",
        where="statistics.blocks",
    ),
}  # fmt: skip

_FAMILY: Mapping[str, Family] = {
    name: family for family, choice in CHOICES.items() for name in choice.metrics
}


def family_of(metric: str) -> Family:
    """Find the family of a metric; a function that nobody knows is ``any function``.

    Examples
    --------
    >>> family_of("recall"), family_of("roc_auc"), family_of("profit")
    ('share', 'ranking', 'any function')
    """
    return _FAMILY.get(metric, "any function")
