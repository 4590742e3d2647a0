"""The shape of reportgen.yml and of a narrative file: what is checked, and what editors complete."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    RootModel,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from reportgen.project_file.site import read_site
from reportgen.project_file.source import WrittenFloat, WrittenInt, as_plain
from reportgen.project_file.words import read_cron, read_date, read_duration, read_timezone
from reportgen.report import BoardType, Every, Format, SiteType, State, Task
from reportgen.report.operations_log import BytesUnit, SecondsUnit

__all__ = [
    "BoardSettings",
    "CatchUpSettings",
    "CostSettings",
    "DriftSettings",
    "EvaluationSettings",
    "ExpectationSettings",
    "ImportanceSettings",
    "MailSettings",
    "ModelSettings",
    "MonitoringSettings",
    "NarrativeFile",
    "NotifySettings",
    "PinSettings",
    "ProfileFile",
    "ProfileSectionSettings",
    "ProjectFile",
    "ReportSettings",
    "SectionSettings",
    "Settings",
    "SourceSettings",
    "ThresholdSettings",
    "as_written",
]

_Read = TypeVar("_Read")
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"


def as_written(given: Any) -> Any:
    """Take a version such as 1.10 as the text it was written as."""
    return given.text if isinstance(given, WrittenInt | WrittenFloat) else given


def _read_with(read: Callable[[str], _Read]) -> Callable[[Any], _Read]:
    """Make a reader of text say its mistakes in pydantic's way."""

    def checked(given: Any) -> _Read:
        text = as_written(given)
        if not isinstance(text, str):
            raise PydanticCustomError("string_type", "must be a text.")
        try:
            return read(text)
        except ValueError as error:
            raise PydanticCustomError("reportgen", "{said}", {"said": str(error)}) from error

    return checked


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


def _segments(given: Any) -> Any:
    return [_listed(item) for item in given] if isinstance(given, list) else given


def _pinned(given: Any) -> Any:
    return {"pin": given} if isinstance(given, str) else given


def _scalar(given: Any) -> Any:
    if isinstance(given, dict | list):
        raise PydanticCustomError("reportgen", "must be one level of the target, not a list.")
    return as_plain(given)


def _name(text: str) -> str:
    if not re.fullmatch(_NAME, text) or text in ("index.html", "latest"):
        raise ValueError(
            f"{text!r} cannot be a name here: it becomes a folder. "
            "Use letters, digits, '-', '_' and '.'."
        )
    return text


def _path(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("holds a control character, which no path has.")
    return text


Text = Annotated[
    str,
    BeforeValidator(as_written),
    Field(min_length=1),
    WithJsonSchema({"type": ["string", "number"], "minLength": 1}),
]
Prose = Annotated[str, BeforeValidator(as_written), WithJsonSchema({"type": ["string", "number"]})]
Place = Annotated[
    str, PlainValidator(_read_with(_path)), WithJsonSchema({"type": ["string", "number"]})
]
Name = Annotated[
    str,
    PlainValidator(_read_with(_name)),
    WithJsonSchema({"type": "string", "pattern": _NAME}),
]
Zone = Annotated[
    str, PlainValidator(_read_with(read_timezone)), WithJsonSchema({"type": "string"})
]
Cron = Annotated[str, PlainValidator(_read_with(read_cron)), WithJsonSchema({"type": "string"})]
Duration = Annotated[
    timedelta,
    PlainValidator(_read_with(read_duration)),
    WithJsonSchema(
        {"type": ["string", "integer"], "pattern": "^(0|[0-9]{1,5}[wdhm])$", "maximum": 0}
    ),
]
Day = Annotated[
    date,
    PlainValidator(_read_with(read_date)),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]
Segments = Annotated[
    list[Annotated[list[Text], Field(min_length=1, max_length=3)]],
    BeforeValidator(_segments),
    WithJsonSchema(
        {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
                ]
            },
        }
    ),
]
Level = Annotated[
    Any,
    BeforeValidator(_scalar),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]


class Settings(BaseModel):
    """Strict, and closed: a setting that nobody reads is a mistake."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PinSettings(Settings):
    """A pin by name, and which of its versions."""

    pin: Text = Field(description="Name of the pin on the board.")
    version: Text = Field(
        default="latest",
        description="An exact version, or `latest`, which `reportgen lock` makes exact.",
    )


PinOrName = Annotated[
    PinSettings,
    BeforeValidator(_pinned, json_schema_input_type=PinSettings | str),
]


class SourceSettings(Settings):
    """A pin by name, or a table that is read where it lies."""

    pin: Text | None = Field(default=None, description="Name of the pin on the board.")
    version: Text = Field(
        default="latest",
        description="Of the pin: an exact version, or `latest`, which `reportgen lock` makes exact.",
    )
    table: Place | None = Field(
        default=None,
        description="Instead of a pin: a file or a pattern of files (parquet, CSV, arrow), a DuckDB "
        "or SQLite file, or the URL of a database. May hold `${NAME}`.",
    )
    name: Text | None = Field(
        default=None, description="Of the table in its database: `scored`, or `schema.scored`."
    )


Source = Annotated[
    SourceSettings,
    BeforeValidator(_pinned, json_schema_input_type=SourceSettings | str),
]


class BoardSettings(Settings):
    """Where the pins live."""

    type: BoardType = Field(description="Kind of board.")
    path: Place = Field(
        default="",
        description="Folder, bucket and prefix, server or volume path. May hold `${NAME}`.",
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="Further arguments of the board, such as an endpoint or a key. "
        "A secret is written as `${NAME}` and read from the environment.",
    )
    allow_pickle: list[Text] = Field(
        default_factory=list,
        description="Names of the pins on this board whose pickles may be loaded; `*` for all. "
        "Loading a pickle runs the code in it.",
    )


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


class CatchUpSettings(Settings):
    """What to do after wake-ups were missed."""

    max: int | None = Field(
        default=None,
        ge=0,
        description="At most so many missed periods are made; the others are noted as skipped.",
    )
    max_age: Duration | None = Field(
        default=None,
        description="Missed periods that ended longer ago are noted as skipped, such as `30d`.",
    )
    order: Literal["oldest", "newest"] | None = Field(
        default=None, description="Which of them is made first; left out: `oldest`."
    )


def _usual_formats() -> list[Format]:
    return ["html", "pdf"]


def _usual_verdicts() -> list[State]:
    return ["watch", "alert"]


class ReportSettings(Settings):
    """One named report."""

    model: Text = Field(description="Name of a model under `models`.")
    template: Place = Field(
        description="`model_card`, `monitoring`, or the path of a .qmd or .ipynb."
    )
    kind: Literal["card", "monitoring"] | None = Field(
        default=None,
        description="What is measured; needed for a template of one's own.",
    )
    title: Prose = Field(default="", description="Title on the page; left out: the model's.")
    formats: Annotated[list[Format], Field(min_length=1)] = Field(
        default_factory=_usual_formats, description="Files to make."
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Values for the template's parameters cell."
    )
    schedule: Cron | None = Field(
        default=None,
        description="When to look for what is due: a cron line, or `@weekly` and the like.",
    )
    grace: Duration = Field(
        default=timedelta(0),
        description="How long after a period's end late rows are waited for, such as `1d`.",
        json_schema_extra={"default": "0"},
    )
    reopen_for: Duration = Field(
        default=timedelta(0),
        description="How long after a period's end late rows make a revision, such as `14d`; an "
        "edition that is provisional is looked at again in any case.",
        json_schema_extra={"default": "0"},
    )
    catch_up: CatchUpSettings = Field(
        default_factory=CatchUpSettings, description="What to do after missed wake-ups."
    )


def _placed(given: Any) -> Any:
    return _read_with(read_site)(given) if isinstance(as_written(given), str) else given


class SiteSettings(Settings):
    """Where editions are published."""

    type: SiteType = Field(default="folder", description="Kind of place.")
    path: Place = Field(
        default="",
        description="Folder, bucket and prefix, repository, server, or address of a board. "
        "May hold `${NAME}`.",
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="What this kind of place needs besides, such as an endpoint or a key. "
        "A secret is written as `${NAME}` and read from the environment.",
    )
    url: Prose = Field(
        default="",
        description="Where readers find the site, such as `https://reports.example.com`; "
        "notifications then have links.",
    )


SiteOrPlace = Annotated[
    SiteSettings,
    BeforeValidator(_placed, json_schema_input_type=SiteSettings | str),
]


class NotifySettings(Settings):
    """Who is told when an edition is published."""

    to: Annotated[list[Text], BeforeValidator(_listed), Field(min_length=1)] = Field(
        description="`mailto:name@example.com`, `json://host/path` for a webhook, or `${NAME}` "
        "for any other address that apprise knows.",
        json_schema_extra={"type": ["array", "string"]},
    )
    on: Annotated[list[State], Field(min_length=1)] = Field(
        default_factory=_usual_verdicts, description="Verdicts that are worth telling."
    )
    reports: list[Text] = Field(
        default_factory=list, description="Names of reports; left out: all."
    )
    page: Literal["attached", "inlined", "none"] = Field(
        default="attached", description="How the page comes along with a mail."
    )


class MailSettings(Settings):
    """The server that takes our mail."""

    server: Text = Field(description="Its name, such as `smtp.example.com`.")
    sender: Text = Field(description="Address that the mail is from.")
    port: int = Field(default=587, ge=1, le=65535, description="Port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is protected."
    )
    user: Prose = Field(default="", description="Name to log in with; left out: no login.")
    password: Prose = Field(default="", description="Its password, written as `${NAME}`.")


class ProjectFile(Settings):
    """reportgen.yml: which models, measured on what, reported how."""

    project: Text = Field(description="Name of the project, as pages show it.")
    board: BoardSettings = Field(description="Where the pins live.")
    site: SiteOrPlace = Field(
        default=SiteSettings(path="site"),
        description="Where editions are published: a folder, or an address such as "
        "`s3://bucket/prefix`. May hold `${NAME}`.",
        json_schema_extra={"default": "site"},
    )
    ledger: Place = Field(
        default="",
        description="Where it is noted what was made and skipped: a file (left out: "
        "`.reportgen/ledger.sqlite`), `s3://bucket/prefix`, or `postgresql://...`. May hold "
        "`${NAME}`.",
    )
    timezone: Zone = Field(
        default="UTC", description="IANA time zone in which days, weeks and months are cut."
    )
    models: dict[Name, ModelSettings] = Field(description="The models, by name.")
    reports: dict[Name, ReportSettings] = Field(
        default_factory=dict,
        description="The reports, by name; each becomes a folder of the site.",
    )
    notify: list[NotifySettings] = Field(
        default_factory=list, description="Who is told when an edition is published."
    )
    mail: MailSettings | None = Field(
        default=None, description="The server that takes our mail; needed for `mailto:`."
    )


class ExpectationSettings(Settings):
    """What a text takes for granted of a value or fact; when it is otherwise, the text expires."""

    min: float | None = Field(
        default=None, description="Smallest number of the value with which the text holds."
    )
    max: float | None = Field(
        default=None, description="Largest number of the value with which the text holds."
    )
    equals: Text | None = Field(default=None, description="What the fact must say; alone.")


class SectionSettings(Settings):
    """One section that only a person can write, and for how long it holds."""

    title: Text | None = Field(
        default=None, description="Heading; needed for a section of one's own."
    )
    text: Text | None = Field(default=None, description="The section, in Markdown.")
    author: Text | None = Field(default=None, description="Who says so; needed with a text.")
    date: Day | None = Field(
        default=None, description="When it was written or last read again; needed with a text."
    )
    expires: Day | None = Field(
        default=None, description="The last day on which it holds without being read again."
    )
    for_version: Text | None = Field(
        default=None,
        description="The model version it was written for; it expires with another one.",
    )
    holds_for: Literal["any version"] | None = Field(
        default=None,
        description="`any version`: a new version of the model does not make it expire.",
    )
    expects: dict[Text, ExpectationSettings] = Field(
        default_factory=dict,
        description="What it takes for granted, such as `evaluation.recall: {min: 0.5}`; "
        "it expires when the value or fact is otherwise.",
    )
    not_applicable: Text | None = Field(
        default=None, description="Why this section does not apply; instead of a text."
    )


class NarrativeFile(RootModel[dict[Name, SectionSettings]]):
    """What only people can say about a model, by section."""


Patterns = Annotated[
    list[Text],
    BeforeValidator(_listed),
    Field(min_length=1),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
            ]
        }
    ),
]


class ProfileSectionSettings(Settings):
    """One section of a standard, and what bears it out."""

    title: Text = Field(description="Heading of the section, as the card names it.")
    reference: Prose = Field(default="", description="Where the standard asks for it.")
    computed: dict[Text, Patterns] = Field(
        default_factory=dict,
        description="What the record must hold, all of it: in words, then the name of a value, "
        "fact, table or series, or a pattern such as `evaluation.groups.*`, or `pins.data`; of "
        "several names one is enough.",
    )
    also: dict[Text, Patterns] = Field(
        default_factory=dict,
        description="What bears it out when it is there, and is not lacking when it is not.",
    )
    attested: list[Text] = Field(
        default_factory=list,
        description="Sections of the narrative that a person must have written, all of them.",
    )


class ProfileFile(Settings):
    """A profile: which sections a complete card has, in their order."""

    title: Text = Field(description="Name of the standard, as the card names it.")
    note: Prose = Field(default="", description="What a reader must know about it.")
    narrative: dict[Name, Text] = Field(
        default_factory=dict,
        description="Sections of a narrative that only this profile knows, and their titles.",
    )
    sections: Annotated[dict[Name, ProfileSectionSettings], Field(min_length=1)] = Field(
        description="The sections, by name."
    )
