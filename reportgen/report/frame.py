"""What the measures are given: checked columns as arrays, with no file behind them.

Apart from the other nouns because it needs pandas, which no page does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from reportgen.report.checks import CheckedRule
from reportgen.report.operations_log import Environment, OperationsLogSpec
from reportgen.report.period import Every, Period
from reportgen.report.profile import Profiled
from reportgen.report.spec import Costs, DriftSpec, ImportanceSpec, Task, Threshold

__all__ = ["Answers", "Baseline", "EvaluationFrame", "MonitoringFrame", "OwnMetric", "Sampling"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a model says about some rows.

    Attributes
    ----------
    predicted : shape (n,), classes or numbers
    scores : as in `EvaluationFrame`
    lower, upper : shape (n,), the ends of a prediction interval, where the model gives one
    """

    predicted: np.ndarray[Any, Any]
    scores: np.ndarray[Any, Any] | None = None
    lower: np.ndarray[Any, Any] | None = None
    upper: np.ndarray[Any, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What another version of the model says about the same rows.

    Attributes
    ----------
    version : of the other model
    words : how a sentence names it, ``the version of 2013-05-01``
    answers : in the order of the frame's rows; None where it could not be asked
    reason : why it could not be asked
    classes : levels it knows, in the order of its scores; those that the frame's model knows
        too are the same objects
    """

    version: str
    words: str = ""
    answers: Answers | None = None
    reason: str = ""
    classes: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMetric:
    """A metric that the project names.

    Attributes
    ----------
    name : in the record, ``evaluation.<name>``
    measure : ``measure(truth, predicted, scores, weights) -> float`` over arrays of some rows;
        truth and predicted hold classes or numbers
    better : which direction is good, where that is known
    meaning : one plain sentence, for the table of metrics
    weighted : whether it takes sample weights; one that does not is the same with and without
    source : what was named, and a digest of its code where that is the project's own
    """

    name: str
    label: str
    measure: Callable[..., float]
    better: Literal["higher", "lower", ""] = ""
    meaning: str = ""
    weighted: bool = True
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationFrame:
    """The evaluation data and what the model said about each row.

    Attributes
    ----------
    task : classification (two classes), multiclass or regression
    truth : shape (n,), the target as it stands in the data; missing labels are null
    predicted : shape (n,), classes or numbers
    scores : shape (n,) probability of `positive` for classification, (n, k) in the order of
        `classes` for multiclass, None where the model gives none or for regression
    classes : levels of the target, the positive one last when there are two
    positive : the level that counts as positive; None unless there are two
    threshold : score from which a row is predicted positive; None: as the model decides
    features : the columns that went into the model, for groups and importance
    segments : name of the segment -> shape (n,) level of each row as text, null where unknown;
        a crossed segment is named ``origin×time_of_day`` with levels ``JFK × evening``
    population : segment -> level -> share in the population, where a benchmark was given
    population_sizes : segment -> how many the benchmark asked, where it is itself a sample;
        others are taken as exact
    clusters : shape (n,), rows with one id belong together; None: every row by itself
    weights : shape (n,), or None
    lower, upper : shape (n,), the ends of the model's own prediction interval, or None
    interval_level : what `lower` and `upper` promise to cover
    ask : the model, asked about rows with the columns of `features`; None where it cannot be
    training : the rows it was fitted on, with all their columns, or None
    training_segments : as `segments`, over `training`
    baseline : what the version before says about the same rows, or None
    text : the feature that holds the text of a text model
    """

    task: Task
    target: str
    truth: pd.Series[Any]
    predicted: np.ndarray[Any, Any]
    scores: np.ndarray[Any, Any] | None = None
    classes: tuple[Any, ...] = ()
    positive: Any = None
    threshold: float | None = None
    features: pd.DataFrame
    segments: Mapping[str, pd.Series[Any]] = field(default_factory=dict)
    population: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    population_sizes: Mapping[str, float] = field(default_factory=dict)
    clusters: pd.Series[Any] | None = None
    weights: np.ndarray[Any, Any] | None = None
    confidence: float = 0.95
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    lower: np.ndarray[Any, Any] | None = None
    upper: np.ndarray[Any, Any] | None = None
    interval_level: float | None = None
    ask: Callable[[pd.DataFrame], Answers] | None = None
    costs: Costs | None = None
    metrics: tuple[OwnMetric, ...] = ()
    minimum_group: int | None = None
    importance: ImportanceSpec | None = None
    training: pd.DataFrame | None = None
    training_segments: Mapping[str, pd.Series[Any]] = field(default_factory=dict)
    baseline: Baseline | None = None
    text: str | None = None


Sampling = Callable[[tuple[str, ...], tuple[tuple[str, ...], ...], int], tuple[pd.DataFrame, ...]]
"""Columns, groups of periods by their keys (a group of none: the reference) and a number of rows
-> the rows of each group that their content picks, at most so many, with those of the columns that
there are. Labels and predicted classes are written alike on all sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringFrame:
    """All scored rows, the reference, and the period that the report is about.

    Attributes
    ----------
    rows : every row of the scored pin, in the order of the pin; columns as named below
    times : shape (n,), datetime64[ns, UTC], NaT where the row has no time
    period : the period reported; earlier ones are its history, later ones are not looked at
    prediction, score, target : column names in `rows` (and in `reference`), or None
    positive : the level of target and prediction that counts as positive
    features : columns watched for drift and quality
    types : feature -> type the model was trained on (``number``, ``category``, ``text``,
        ``time``, ``bool``), from the prototype where there is one
    reference : rows to compare with, or None: the first complete periods serve
    segments : as in `EvaluationFrame`, over `rows`
    label_delay : after the end of a period, until which labels are still expected
    as_of : aware, UTC; rows and labels are read as known then
    profiles : what a scan counted of the rows, which are then not here
    sample : takes rows where a measure cannot do with counts, of large tables
    estimated : whether performance is estimated while labels are not in
    drift : which of the costlier measures of drift are wanted
    ask : the model's answers to rows as numbers, shape (n,) or (n, k); None: `unasked` says why
    operations : columns about the calls themselves
    environment : packages that the pins of the model and of the data state
    checks : what the project's own checks said of the period's rows
    row_id : column that names a row
    duplicates : whether rows that stand twice are counted
    texts, embeddings : columns of free text, and of vectors
    """

    task: Task
    rows: pd.DataFrame
    times: pd.Series[Any]
    every: Every
    timezone: str
    period: Period
    prediction: str | None = None
    score: str | None = None
    target: str | None = None
    positive: Any = None
    features: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    reference: pd.DataFrame | None = None
    segments: Mapping[str, pd.Series[Any]] = field(default_factory=dict)
    label_delay: timedelta = timedelta(0)
    as_of: pd.Timestamp
    confidence: float = 0.95
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    profiles: Profiled | None = None
    sample: Sampling | None = None
    estimated: bool = True
    drift: DriftSpec = field(default_factory=DriftSpec)
    ask: Callable[[pd.DataFrame], np.ndarray[Any, Any]] | None = None
    unasked: str = ""
    operations: OperationsLogSpec | None = None
    environment: Environment | None = None
    checks: tuple[CheckedRule, ...] = ()
    row_id: str | None = None
    duplicates: bool = False
    texts: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()

    @property
    def has_reference(self) -> bool:
        """Whether there are rows of another pin to compare with."""
        counted = self.profiles is not None and self.profiles.reference is not None
        return counted or self.reference is not None
