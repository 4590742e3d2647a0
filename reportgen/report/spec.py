"""What a project asks for, as frozen data; `reportgen.project_file` reads it from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from reportgen.report.cadence import Cadence
from reportgen.report.data import State
from reportgen.report.operations_log import OperationsLogSpec
from reportgen.report.period import Every, Period

__all__ = [
    "FORMATS",
    "BoardSpec",
    "BoardType",
    "Costs",
    "DriftSpec",
    "Edition",
    "EvaluationSpec",
    "Format",
    "ImportanceSpec",
    "MailSpec",
    "ModelSpec",
    "MonitoringSpec",
    "NotifyRule",
    "PinRef",
    "Project",
    "ReportSpec",
    "SiteSpec",
    "SiteType",
    "TableRef",
    "Task",
    "Threshold",
]

Task = Literal["classification", "multiclass", "regression"]
Format = Literal["html", "pdf", "docx", "revealjs", "gfm", "ipynb"]
BoardType = Literal["folder", "s3", "gcs", "azure", "connect", "databricks", "url"]
SiteType = Literal["folder", "s3", "gcs", "azure", "pin", "git", "connect"]

FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSpec:
    """A kind of board and how to reach it.

    Attributes
    ----------
    path : folder, bucket/prefix, server or volume path
    options : further arguments of the board's constructor in ``pins``; secrets are already
        resolved from the environment and are kept out of `repr`
    allow_pickle : names of the pins on this board whose pickles may be loaded; ``*`` for all
    """

    type: BoardType
    path: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    allow_pickle: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSpec:
    """A kind of place for published editions, and how to reach it.

    Attributes
    ----------
    path : folder, bucket/prefix, repository, server, or the address of a board
    options : secrets are already resolved from the environment and are kept out of `repr`
    """

    type: SiteType
    path: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSpec:
    """The server that takes our mail.

    Attributes
    ----------
    sender : address that the mail is from
    security : ``starttls`` on a plain port, ``tls`` from the first byte, or ``none``
    """

    server: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyRule:
    """Who is told of which verdicts.

    Attributes
    ----------
    to : ``mailto:address``, or an address that apprise knows; kept out of `repr`, it may be one
    on : verdicts that are worth telling
    reports : names; empty: all
    page : whether the page comes along
    """

    to: str = field(repr=False)
    on: tuple[State, ...] = ("watch", "alert")
    reports: tuple[str, ...] = ()
    page: Literal["attached", "inlined", "none"] = "attached"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRef:
    """A pin by name, as a person writes it; `resolve` makes it exact."""

    name: str
    version: str = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRef:
    """A table that is no pin, as a person writes it; it is read where it lies.

    Attributes
    ----------
    address : of files, a pattern of files, or of a database; with ``${NAME}`` where a secret
        belongs, which is put in when the table is opened and kept nowhere
    name : of the table in a database, ``schema.table``
    """

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """What is acceptable of a metric.

    Attributes
    ----------
    minimum, maximum : in the metric's unit
    material : the smallest change that matters
    relative : share of the reference's number by which a metric may be worse
    band : standard deviations from what earlier periods lead one to expect
    after : periods in a row beyond a limit that make an alert
    """

    minimum: float | None = None
    maximum: float | None = None
    material: float | None = None
    relative: float | None = None
    band: float | None = None
    after: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What each kind of error costs, in one unit; a right prediction costs nothing.

    Attributes
    ----------
    unit : the word behind the number, ``€``; empty: none
    """

    false_positive: float
    false_negative: float
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceSpec:
    """How much work permutation importance and partial dependence may be.

    The plan follows from these numbers alone, never from the clock, so that the same inputs give
    the same bytes; `seconds` only stops what runs away.

    Attributes
    ----------
    rows : of the evaluation data that are used at most, chosen by their content
    repeats : shufflings of each feature
    top : features with a partial dependence
    seconds : after which nothing new is begun, and what is left has a reason instead of a number
    """

    rows: int = 2000
    repeats: int = 5
    top: int = 4
    seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSpec:
    """On which rows, and by which groups, a card's numbers are computed.

    Attributes
    ----------
    segments : each a tuple of one column, or of several that are crossed
    population : shares of the groups in the population, for representation
    positive : the level of a binary target that counts as positive; None: 1, True, or the last
    threshold : of the score, above which a row is predicted positive; None: the model's own
    id : column of clusters that belong together, for intervals
    weight : column of sample weights
    confidence : level of the intervals
    training : rows that the model was fitted on, for representation and text
    baseline : version that "changes since" compares with: ``previous`` or an exact one
    row_id : column that names a row, by which two data pins are paired
    costs : of errors, for a binary target
    metrics : of the user's own: ``module:function`` or the name of a scikit-learn scorer
    minimum_group : groups with fewer rows are not shown, nor what would give them away
    importance : None: no permutation importance
    operations : pin with the measured operational performance
    text : column with the text that a text model reads
    """

    data: PinRef
    target: str
    segments: tuple[tuple[str, ...], ...] = ()
    population: PinRef | None = None
    positive: str | int | float | bool | None = None
    threshold: float | None = None
    id: str | None = None
    weight: str | None = None
    confidence: float = 0.95
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    training: PinRef | None = None
    baseline: str | None = None
    row_id: str | None = None
    costs: Costs | None = None
    metrics: tuple[str, ...] = ()
    minimum_group: int | None = None
    importance: ImportanceSpec | None = None
    operations: PinRef | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSpec:
    """Measures of drift that look at rows, and cost more than counting.

    Attributes
    ----------
    multivariate : whether the columns together are compared, by a classifier
    importance : whether columns that moved are ranked by how much the model heeds them
    """

    multivariate: bool = True
    importance: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringSpec:
    """What was scored, how it is cut into periods, and what is acceptable.

    Attributes
    ----------
    window : how long a period is that ends with each `every`; None: as long as that
    history : pin of metrics over time, as vetiver writes it
    metrics_pin : name of the pin that each edition puts its metrics into
    operations : columns about the calls themselves
    checks : ``module:function``, ``module:schema`` or the path of a .yml file, run on the rows
    row_id : column that names a row; one that stands twice is said
    duplicates : whether whole rows that stand twice are counted
    texts, embeddings : columns of free text, and of vectors of numbers
    estimated : whether performance is estimated while labels are not in
    """

    data: PinRef | TableRef
    time: str
    every: Every = "week"
    window: timedelta | None = None
    reference: PinRef | TableRef | None = None
    prediction: str | None = None
    score: str | None = None
    target: str | None = None
    positive: str | int | float | bool | None = None
    features: tuple[str, ...] | None = None
    segments: tuple[tuple[str, ...], ...] = ()
    label_delay: timedelta = timedelta(0)
    confidence: float = 0.95
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    history: PinRef | None = None
    metrics_pin: str | None = None
    estimated: bool = True
    drift: DriftSpec = field(default_factory=DriftSpec)
    operations: OperationsLogSpec | None = None
    checks: tuple[str, ...] = ()
    row_id: str | None = None
    duplicates: bool = False
    texts: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()

    def cadence(self, timezone: str) -> Cadence:
        """Give the periods that the report is made for."""
        return Cadence(every=self.every, timezone=timezone, window=self.window)

    @property
    def apart(self) -> tuple[str, ...]:
        """Columns that no model reads, and that are looked at by measures of their own."""
        own = () if self.operations is None else self.operations.columns
        identity = (self.row_id,) if self.row_id is not None else ()
        return (*own, *identity, *self.texts, *self.embeddings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """A pinned model and what is known about its use.

    Attributes
    ----------
    profile : which sections a complete card has: ``mitchell``, ``annex-iv``, ``nist``,
        ``huggingface``, or the path of a profile of one's own
    """

    name: str
    pin: PinRef
    title: str = ""
    description: str = ""
    task: Task | None = None
    narrative: Path | None = None
    profile: str = "mitchell"
    evaluation: EvaluationSpec | None = None
    monitoring: MonitoringSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSpec:
    """One named report of a project.

    Attributes
    ----------
    template : ``model_card``, ``monitoring``, or the path of a .qmd or .ipynb
    kind : what is measured for it
    parameters : for the template's `parameters` cell
    schedule, grace, reopen_for, catch_up : see the design, "Rules for time"
    """

    name: str
    kind: Literal["card", "monitoring"]
    model: ModelSpec
    template: str
    title: str = ""
    formats: tuple[Format, ...] = ("html", "pdf")
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schedule: str | None = None
    grace: timedelta = timedelta(0)
    reopen_for: timedelta = timedelta(0)
    catch_up: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """All of reportgen.yml.

    Attributes
    ----------
    folder : where reportgen.yml lies; relative paths start there
    site : where editions are published: a folder, or another kind of place
    site_url : where readers find the site; for links in notifications
    mail : the server for `notify` rules with ``mailto:``
    ledger : address of the ledger; empty: a file beside reportgen.yml
    """

    folder: Path
    name: str
    board: BoardSpec
    site: Path | SiteSpec
    timezone: str = "UTC"
    models: Mapping[str, ModelSpec] = field(default_factory=dict)
    reports: Mapping[str, ReportSpec] = field(default_factory=dict)
    site_url: str = ""
    notify: tuple[NotifyRule, ...] = ()
    mail: MailSpec | None = None
    ledger: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One report for one model version or one period: what is made, published, verified."""

    project: Project
    spec: ReportSpec
    period: Period | None = None
    formats: tuple[Format, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    as_of: date | None = None
