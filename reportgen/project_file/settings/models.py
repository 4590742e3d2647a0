"""What is measured of a model: evaluation, monitoring, limits."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from reportgen.project_file.settings.fields import (
    Duration,
    Level,
    Place,
    Prose,
    Segments,
    Settings,
    Text,
)
from reportgen.project_file.settings.sources import PinOrName, Source
from reportgen.report import Every, Task
from reportgen.report.operations_log import BytesUnit, SecondsUnit

__all__ = [
    "CostSettings",
    "DriftSettings",
    "EvaluationSettings",
    "ImportanceSettings",
    "LogSettings",
    "ModelSettings",
    "MonitoringSettings",
    "ThresholdSettings",
]


class ThresholdSettings(Settings):
    """What is acceptable of a metric, in the metric's own unit."""

    min: float | None = Field(
        default=None,
        description="Lowest acceptable value: `alert` when the whole interval lies below it, "
        "`watch` when only the number does.",
    )
    max: float | None = Field(default=None, description="Highest acceptable value, likewise.")
    material: float | None = Field(
        default=None, ge=0, description="The smallest change that matters."
    )
    relative: float | None = Field(
        default=None,
        gt=0,
        description="Share of the reference's number by which a metric may be worse; monitoring only.",
    )
    band: float | None = Field(
        default=None,
        gt=0,
        description="Standard deviations from what the earliest periods lead one to expect; "
        "monitoring only.",
    )
    after: int = Field(
        default=1,
        ge=1,
        description="Periods in a row beyond a limit that make an alert; monitoring only.",
    )


_THRESHOLDS = (
    "Limits by metric, such as `recall: {min: 0.6, material: 0.05}`; they decide the verdict."
)


class CostSettings(Settings):
    """What each kind of error costs; a right prediction costs nothing."""

    false_positive: float = Field(ge=0, description="Cost of a false alarm.")
    false_negative: float = Field(ge=0, description="Cost of a miss.")
    unit: Prose = Field(default="", description="The word behind the number, such as `EUR`.")


class ImportanceSettings(Settings):
    """How much work permutation importance and partial dependence may be."""

    rows: int = Field(
        default=2000, ge=50, description="Rows of the evaluation data that are used at most."
    )
    repeats: int = Field(default=5, ge=3, le=200, description="Shufflings of each feature.")
    top: int = Field(default=4, ge=0, le=20, description="Features with a partial dependence.")
    seconds: float = Field(
        default=120.0,
        gt=0,
        description="After so long nothing new is begun, and the card says so.",
    )


class EvaluationSettings(Settings):
    """On which rows, and by which groups, the numbers of a card are computed."""

    data: PinOrName = Field(description="Pinned rows that the model has not seen.")
    target: Text = Field(description="Column with the true outcome.")
    segments: Segments = Field(
        default_factory=list,
        description="Columns to report by group; several in one list are crossed.",
    )
    population: PinOrName | None = Field(
        default=None,
        description="Pinned shares of the groups in the population, for representation.",
    )
    positive: Level = Field(
        default=None,
        description="Level of a binary target that counts as positive; "
        "left out: 1, true, or the last.",
    )
    threshold: float | None = Field(
        default=None,
        description="Score from which a row is predicted positive; left out: the model's own.",
    )
    id: Text | None = Field(
        default=None, description="Column of clusters that belong together, for the intervals."
    )
    weight: Text | None = Field(default=None, description="Column of sample weights.")
    confidence: float = Field(default=0.95, gt=0, lt=1, description="Level of the intervals.")
    thresholds: dict[str, ThresholdSettings] = Field(default_factory=dict, description=_THRESHOLDS)
    training: PinOrName | None = Field(
        default=None,
        description="Pinned rows that the model was fitted on, to compare the data with.",
    )
    baseline: Text | None = Field(
        default=None,
        description="Version of the model that the card compares with: `previous`, or an exact "
        "one. Both are asked about the same rows.",
    )
    row_id: Text | None = Field(
        default=None, description="Column that names a row, by which two data pins are paired."
    )
    costs: CostSettings | None = Field(
        default=None, description="What errors cost, for a target of two levels."
    )
    metrics: list[Text] = Field(
        default_factory=list,
        description="Metrics of your own: `module:function`, or the name of a scikit-learn "
        "scorer. A function takes truth and prediction, and may take scores and sample_weight.",
    )
    minimum_group: int | None = Field(
        default=None,
        ge=2,
        description="Groups with fewer rows are not shown, nor what would give them away.",
    )
    importance: ImportanceSettings | None = Field(
        default=None,
        description="Permutation importance and partial dependence; left out: neither. "
        "`{}` takes the defaults.",
    )
    operations: PinOrName | None = Field(
        default=None,
        description="Pinned operational performance, as `reportgen benchmark` writes it.",
    )
    text: Text | None = Field(
        default=None, description="Column with the text that a text model reads."
    )


class DriftSettings(Settings):
    """Measures of drift that look at rows, and cost more than counting."""

    multivariate: bool = Field(
        default=True,
        description="Whether a classifier compares all columns together with the reference.",
    )
    importance: bool = Field(
        default=True,
        description="Whether columns that moved are ranked by how much the model heeds them.",
    )


class LogSettings(Settings):
    """Columns of the scored rows about the call itself."""

    latency: Text | None = Field(default=None, description="Column with how long a call took.")
    latency_unit: SecondsUnit = Field(
        default="seconds", description="Unit of `latency`; spans of time have their own."
    )
    error: Text | None = Field(
        default=None,
        description="Column that is true, or holds a message or an HTTP status, where a call "
        "failed.",
    )
    memory: Text | None = Field(
        default=None, description="Column with the memory that a call needed."
    )
    memory_unit: BytesUnit = Field(default="bytes", description="Unit of `memory`.")
    packages: Text | None = Field(
        default=None,
        description="Column with the versions of the packages that scored a row, such as "
        "`scikit-learn==1.5.0 numpy==2.1`.",
    )


class MonitoringSettings(Settings):
    """What was scored, how it is cut into periods, and what is acceptable."""

    data: Source = Field(description="Rows that the model has scored: a pin, or a table.")
    time: Text = Field(description="Column with the moment of each row; it decides the period.")
    every: Every = Field(default="week", description="Length of a period.")
    window: Duration | None = Field(
        default=None,
        description="A report of the last days at each `every`, such as `28d` every week; left "
        "out: a period is as long as `every`.",
    )
    reference: Source | None = Field(
        default=None,
        description="Rows to compare with; left out: earlier periods of the data.",
    )
    prediction: Text | None = Field(
        default=None, description="Column with what the model predicted."
    )
    score: Text | None = Field(
        default=None, description="Column with the predicted probability of the positive level."
    )
    target: Text | None = Field(
        default=None, description="Column with the true outcome; empty until it is known."
    )
    positive: Level = Field(
        default=None, description="Level of a binary target that counts as positive."
    )
    features: list[Text] | None = Field(
        default=None, description="Columns watched for drift; left out: the model's features."
    )
    segments: Segments = Field(
        default_factory=list,
        description="Columns to report by group; several in one list are crossed.",
    )
    label_delay: Duration = Field(
        default=timedelta(0),
        description="How long after a period its labels may still come in, such as `2d`; "
        "until then it is provisional.",
        json_schema_extra={"default": "0"},
    )
    confidence: float = Field(default=0.95, gt=0, lt=1, description="Level of the intervals.")
    thresholds: dict[str, ThresholdSettings] = Field(default_factory=dict, description=_THRESHOLDS)
    history: PinOrName | None = Field(
        default=None,
        description="Pin of metrics over time, as vetiver writes it, shown before your own.",
    )
    metrics_pin: Text | None = Field(
        default=None,
        description="Pin that the metrics of each period are put into, for vetiver's dashboards.",
    )
    estimated: bool = Field(
        default=True,
        description="Whether performance is estimated while labels are not in.",
    )
    drift: DriftSettings = Field(
        default_factory=DriftSettings, description="Which of the costlier measures are made."
    )
    operations: LogSettings | None = Field(
        default=None, description="Columns about the calls: latency, errors, memory, packages."
    )
    checks: list[Text] = Field(
        default_factory=list,
        description="Checks run on the rows of each period: `module:function`, a pandera schema "
        "as `module:schema`, or the path of a .yml file for pointblank.",
    )
    row_id: Text | None = Field(
        default=None, description="Column that names a row; one that stands twice is said."
    )
    duplicates: bool = Field(
        default=False, description="Whether whole rows that stand twice are counted."
    )
    texts: list[Text] = Field(
        default_factory=list, description="Columns of free text, compared by their words."
    )
    embeddings: list[Text] = Field(
        default_factory=list, description="Columns of vectors of numbers, compared as a whole."
    )


class ModelSettings(Settings):
    """A pinned model and what is known about its use."""

    pin: Text | None = Field(
        default=None, description="Name of the model's pin; left out: the name given here."
    )
    version: Text = Field(
        default="latest",
        description="An exact version, or `latest`, which `reportgen lock` makes exact.",
    )
    title: Prose = Field(default="", description="The model's name on a page.")
    description: Prose = Field(default="", description="One sentence about the model.")
    task: Task | None = Field(
        default=None, description="What the model predicts; left out: seen from the model."
    )
    narrative: Place | None = Field(
        default=None,
        description="File with what only people can say: intended use, limits, and so on.",
    )
    profile: Place = Field(
        default="mitchell",
        description="Which sections a complete card has: `mitchell`, `annex-iv`, `nist`, "
        "`huggingface`, or the path of a profile of your own (.yml).",
    )
    evaluation: EvaluationSettings | None = Field(
        default=None, description="How a card's numbers are computed."
    )
    monitoring: MonitoringSettings | None = Field(
        default=None, description="How a monitoring report's numbers are computed."
    )
