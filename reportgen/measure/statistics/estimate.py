"""A number with its uncertainty, before it has a name on a page; and the words for each metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from reportgen.report.value import Interval, Unit

__all__ = ["METRICS", "Estimate", "Metric"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a metric function returns.

    Attributes
    ----------
    number : finite, or None when `reason` says why
    n : rows in the denominator that matters: predicted positives for precision, positives for
        recall, all rows for accuracy
    interval : None when the data allow none
    note : what a reader must know about how it was computed, or empty
    seed, replicates : of the resampling, where there was one
    p : of a difference, that there is none, where it was tested on another scale than shown
    """

    number: float | None
    n: int
    interval: Interval | None = None
    reason: str | None = None
    note: str = ""
    seed: int | None = None
    replicates: int | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """The words and the direction of one metric.

    Attributes
    ----------
    meaning : one plain sentence, for the table of metrics
    """

    name: str
    label: str
    unit: Unit
    better: Literal["higher", "lower", ""]
    meaning: str


def _metric(
    name: str, label: str, unit: Unit, better: Literal["higher", "lower", ""], meaning: str
) -> tuple[str, Metric]:
    return name, Metric(name=name, label=label, unit=unit, better=better, meaning=meaning)


METRICS: Mapping[str, Metric] = dict(
    [
        _metric("accuracy", "Accuracy", "ratio", "higher", "Share of all rows that are right."),
        _metric(
            "balanced_accuracy",
            "Balanced accuracy",
            "ratio",
            "higher",
            "Recall of each class, averaged; guessing earns one over the number of classes.",
        ),
        _metric(
            "precision",
            "Precision",
            "ratio",
            "higher",
            "Of the rows predicted positive, the share that are.",
        ),
        _metric(
            "recall",
            "Recall",
            "ratio",
            "higher",
            "Of the rows that are positive, the share that was found.",
        ),
        _metric(
            "specificity",
            "Specificity",
            "ratio",
            "higher",
            "Of the rows that are negative, the share left alone.",
        ),
        _metric(
            "false_positive_rate",
            "False positive rate",
            "ratio",
            "lower",
            "Of the rows that are negative, the share predicted positive.",
        ),
        _metric(
            "false_negative_rate",
            "False negative rate",
            "ratio",
            "lower",
            "Of the rows that are positive, the share that was missed.",
        ),
        _metric("f1", "F1", "ratio", "higher", "Harmonic mean of precision and recall."),
        _metric(
            "matthews_corrcoef",
            "Matthews correlation",
            "number",
            "higher",
            "Correlation of prediction and truth; 0 is guessing, 1 is perfect.",
        ),
        _metric(
            "roc_auc",
            "ROC AUC",
            "ratio",
            "higher",
            "Chance that a positive row scores above a negative one; 0.5 is guessing.",
        ),
        _metric(
            "average_precision",
            "Average precision",
            "ratio",
            "higher",
            "Precision averaged over all thresholds; guessing earns the prevalence.",
        ),
        _metric(
            "brier",
            "Brier score",
            "number",
            "lower",
            "Mean squared distance between score and outcome; 0 is perfect.",
        ),
        _metric(
            "log_loss",
            "Log loss",
            "number",
            "lower",
            "Mean surprise at the outcome, given the scores; 0 is perfect.",
        ),
        _metric(
            "calibration_slope",
            "Calibration slope",
            "number",
            "",
            "1 is right; below 1, scores are too sure of themselves.",
        ),
        _metric(
            "calibration_intercept",
            "Calibration in the large",
            "number",
            "",
            "0 is right; below 0, scores are too high on the whole (log odds).",
        ),
        _metric(
            "selection_rate",
            "Selection rate",
            "ratio",
            "",
            "Share of all rows that are predicted positive.",
        ),
        _metric("prevalence", "Prevalence", "ratio", "", "Share of all rows that are positive."),
        _metric(
            "precision_macro",
            "Precision (macro)",
            "ratio",
            "higher",
            "Precision of each class, averaged; every class counts the same.",
        ),
        _metric(
            "recall_macro",
            "Recall (macro)",
            "ratio",
            "higher",
            "Recall of each class, averaged; every class counts the same.",
        ),
        _metric(
            "f1_macro",
            "F1 (macro)",
            "ratio",
            "higher",
            "F1 of each class, averaged; every class counts the same.",
        ),
        _metric(
            "f1_weighted",
            "F1 (weighted)",
            "ratio",
            "higher",
            "F1 of each class, averaged by how common the class is.",
        ),
        _metric(
            "roc_auc_ovr",
            "ROC AUC (one against rest)",
            "ratio",
            "higher",
            "ROC AUC of each class against all others, averaged; 0.5 is guessing.",
        ),
        _metric(
            "mae",
            "Mean absolute error",
            "number",
            "lower",
            "Mean distance of prediction and truth, in the target's unit.",
        ),
        _metric(
            "rmse",
            "Root mean squared error",
            "number",
            "lower",
            "Like the mean absolute error, but large misses weigh more.",
        ),
        _metric(
            "r2",
            "R²",
            "number",
            "higher",
            "Share of the target's variance explained; 0 is predicting the mean.",
        ),
        _metric(
            "median_absolute_error",
            "Median absolute error",
            "number",
            "lower",
            "Half of the rows are closer than this.",
        ),
        _metric(
            "mape",
            "Mean absolute percentage error",
            "ratio",
            "lower",
            "Mean distance relative to the truth; not defined where the truth is 0.",
        ),
        _metric(
            "mean_error",
            "Mean error (bias)",
            "number",
            "",
            "Mean of prediction minus truth; above 0, the model predicts too much.",
        ),
        _metric(
            "ece",
            "Expected calibration error",
            "ratio",
            "lower",
            "Mean distance of score and outcome over ten bins; chance alone keeps it above 0.",
        ),
        _metric(
            "cost",
            "Mean cost per row",
            "number",
            "lower",
            "What false alarms and misses cost at the declared prices, spread over all rows.",
        ),
        _metric(
            "lift",
            "Lift",
            "number",
            "higher",
            "How many times more positives among the highest scores than among all rows.",
        ),
        _metric(
            "gain",
            "Gain",
            "ratio",
            "higher",
            "Share of all positives that are among the highest scores.",
        ),
        _metric(
            "precision_weighted",
            "Precision (weighted)",
            "ratio",
            "higher",
            "Precision of each class, averaged by how common the class is.",
        ),
        _metric(
            "recall_weighted",
            "Recall (weighted)",
            "ratio",
            "higher",
            "Recall of each class, averaged by how common the class is; equals accuracy.",
        ),
        *(
            _metric(
                f"{name}_micro",
                f"{label} (micro)",
                "ratio",
                "higher",
                "Over the decisions on all classes together; equals accuracy.",
            )
            for name, label in (("precision", "Precision"), ("recall", "Recall"), ("f1", "F1"))
        ),
        *(
            _metric(
                f"top_{k}_accuracy",
                f"Top-{k} accuracy",
                "ratio",
                "higher",
                f"Share of rows whose class is among the {k} with the highest scores.",
            )
            for k in (2, 3)
        ),
        _metric(
            "mape_nonzero",
            "Mean absolute percentage error where the target is not 0",
            "ratio",
            "lower",
            "Mean distance relative to the truth, of the rows where that is defined.",
        ),
        _metric(
            "mean_pinball_loss",
            "Pinball loss",
            "number",
            "lower",
            "Mean loss of a predicted quantile; the true quantile has the least.",
        ),
        _metric(
            "interval_coverage",
            "Coverage of prediction intervals",
            "ratio",
            "",
            "Share of rows whose truth lies in the model's own interval.",
        ),
        _metric(
            "interval_width",
            "Mean width of prediction intervals",
            "number",
            "lower",
            "How far apart the ends are, in the target's unit.",
        ),
    ]
)
