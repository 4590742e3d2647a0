"""The record of one edition: all that its pages may show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from reportgen.report.period import Period
from reportgen.report.pin import Pin
from reportgen.report.value import Fact, Provenance, Value

__all__ = [
    "SCHEMA",
    "Cell",
    "Column",
    "Evidence",
    "Expectation",
    "Finding",
    "Narrative",
    "Part",
    "ReportData",
    "Section",
    "SectionState",
    "Series",
    "State",
    "Table",
    "Verdict",
]

SCHEMA = 1

State = Literal["ok", "watch", "alert", "cannot tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; `unit` is None for text."""

    name: str
    label: str
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Text, or the name of a value of the same record; never a bare number."""

    text: str | None = None
    value: str | None = None

    def __post_init__(self) -> None:
        if (self.text is None) == (self.value is None):
            raise ValueError("a cell holds a text or the name of a value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Values in rows. The first column names the row.

    Attributes
    ----------
    note : what a reader must know to read it; one sentence or two, or empty
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"{self.name}: a row of {len(row)} cells in {len(self.columns)} columns"
                )


Mark = Literal["line", "points", "bars", "intervals", "histogram", "heatmap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points to draw, column by column.

    Attributes
    ----------
    mark : how it is drawn; see `reportgen.present.figure`
    x, y : names of the columns on the axes
    columns : equally long tuples of finite numbers, texts or None. By convention ``low`` and
        ``high`` hold an interval, ``group`` tells lines or panels apart, ``n`` counts rows,
        ``state`` marks a point (``provisional``, ``not enough data``).
    labels : the words for the columns on the page
    units : of the columns, where they have one
    lines : named levels to draw across, ``{"threshold": 0.6}``
    """

    name: str
    title: str
    mark: Mark
    x: str
    y: str
    columns: Mapping[str, tuple[Any, ...]]
    labels: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, float] = field(default_factory=dict)
    provenance: Provenance
    note: str = ""

    def __post_init__(self) -> None:
        columns = {key: tuple(map(_plain, column)) for key, column in self.columns.items()}
        object.__setattr__(self, "columns", columns)
        if self.x not in columns or self.y not in columns:
            raise ValueError(f"{self.name}: no column {self.x!r} or {self.y!r} to draw")
        if len({len(column) for column in columns.values()}) > 1:
            raise ValueError(f"{self.name}: columns of different lengths")


def _plain(item: object) -> str | int | float | None:
    if item is None or isinstance(item, str):
        return item
    if type(item) is float:  # the usual one
        return item if item - item == 0 else None
    if isinstance(item, int):
        return int(item)
    number = float(item)  # type: ignore[arg-type]
    return number if number - number == 0 else None  # neither NaN nor infinite


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing worth saying, and the values it rests on.

    Attributes
    ----------
    kind : ``change`` (since the last edition), ``threshold``, ``drift``, ``quality``,
        ``group``, ``completeness``, ``retraining``, ``estimate`` (of performance, without labels)
    weight : for the order by consequence; larger comes first
    """

    kind: str
    state: State
    sentence: str
    because: tuple[str, ...] = ()
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to "do I need to worry?", in a word and a sentence."""

    state: State
    sentence: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a text takes for granted of a value or fact; when it is otherwise, the text expires.

    Attributes
    ----------
    name : of a value, which then has a minimum, a maximum or both; or of a fact, which then has
        `equals`
    """

    name: str
    minimum: float | None = None
    maximum: float | None = None
    equals: str | None = None

    def __post_init__(self) -> None:
        limits = self.minimum is not None or self.maximum is not None
        if limits == (self.equals is not None):
            raise ValueError(f"{self.name}: expect a minimum, a maximum or both, or a text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrative:
    """What only people can say, and whether it still holds.

    Attributes
    ----------
    section : ``intended_use``, ``limitations``, ...
    title : the heading on the page
    state : ``attested``, ``expired``, ``missing`` or ``not applicable``
    text : Markdown without raw markup, with quotes as written; empty when missing
    version : of the model that it speaks of, or ``any version``; empty when nobody said
    cites : names of the values and facts that the text quotes or rests on
    expects : what it takes for granted of some of them
    """

    section: str
    title: str
    state: Literal["attested", "expired", "missing", "not applicable"]
    text: str = ""
    author: str = ""
    written: date | None = None
    expires: date | None = None
    reason: str = ""
    version: str = ""
    cites: tuple[str, ...] = ()
    expects: tuple[Expectation, ...] = ()


SectionState = Literal[
    "computed",
    "attested",
    "computed and attested",
    "partly",
    "expired",
    "missing",
    "not applicable",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that bears a section out, and where the record holds it.

    Attributes
    ----------
    what : in words: ``results by group``
    names : of values, facts, tables or series of the record, or ``pins.<role>``
    """

    what: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of a standard for cards, and what this card has to say to it.

    Attributes
    ----------
    reference : where the standard asks for it: ``Mitchell 4.7``
    state : ``partly`` when some of what it asks for is there and nothing has expired
    evidence : what was computed
    narrative : the sections that people wrote for it
    lacking : what is not there, in words
    author, written, expires, version : of what people wrote: all authors, the oldest day, the
        day on which the first part expires
    reason : why it is expired or not applicable
    """

    name: str
    title: str
    state: SectionState
    reference: str = ""
    evidence: tuple[Evidence, ...] = ()
    narrative: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    author: str = ""
    written: date | None = None
    expires: date | None = None
    version: str = ""
    reason: str = ""

    @property
    def is_covered(self) -> bool:
        """Whether the card has all that the section asks for."""
        return self.state in ("computed", "attested", "computed and attested")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one stage adds to a record."""

    facts: tuple[Fact, ...] = ()
    values: tuple[Value, ...] = ()
    tables: tuple[Table, ...] = ()
    series: tuple[Series, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __add__(self, other: Part) -> Part:
        return Part(
            facts=self.facts + other.facts,
            values=self.values + other.values,
            tables=self.tables + other.tables,
            series=self.series + other.series,
            findings=self.findings + other.findings,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """All values, tables and series of one edition; the only thing a template sees.

    Attributes
    ----------
    report : its name in the project
    kind : ``card`` or ``monitoring``
    edition : the key of the edition: a model version or a period key
    as_of : the day the report speaks of; an input, never the clock
    pins : by role
    facts, values, tables, series : by name
    completeness : of a card, by the profile that it is held against
    parameters : of the template, as given
    """

    report: str
    kind: Literal["card", "monitoring"]
    title: str
    project: str
    edition: str
    as_of: date
    task: str
    period: Period | None = None
    provisional: bool = False
    pins: Mapping[str, Pin]
    facts: Mapping[str, Fact] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    narrative: tuple[Narrative, ...] = ()
    completeness: tuple[Section, ...] = ()
    verdict: Verdict
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reportgen_version: str = ""

    def __post_init__(self) -> None:
        for table in self.tables.values():
            for row in table.rows:
                for cell in row:
                    if cell.value is not None and cell.value not in self.values:
                        raise ValueError(f"{table.name}: no value {cell.value!r} in the record")
        said = [
            *self.verdict.because,
            *(name for found in self.findings for name in found.because),
        ]
        for name in said:
            if name not in self.values:
                raise ValueError(f"a finding rests on {name!r}, which the record does not hold")
        for entry in self.narrative:
            for name in entry.cites:
                if name not in self.values and name not in self.facts:
                    raise ValueError(f"{entry.section} quotes {name!r}, which the record lacks")
        for section in self.completeness:
            for name in (name for item in section.evidence for name in item.names):
                if not self._holds(name):
                    raise ValueError(f"{section.name} rests on {name!r}, which the record lacks")

    def _holds(self, name: str) -> bool:
        named = (self.values, self.facts, self.tables, self.series)
        role = name.removeprefix("pins.")
        return any(name in items for items in named) or (role != name and role in self.pins)
