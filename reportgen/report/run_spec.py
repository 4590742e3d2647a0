"""One unit of unattended work as plain JSON: which edition to make, from exactly which inputs.

Whoever hands out work (the schedule, a fleet of workers) sends a `RunSpec` and gets a `RunResult`;
both survive a process, a host and a queue.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar, cast, get_args

from reportgen.report.pin import Pin
from reportgen.report.spec import FORMATS, Format

__all__ = [
    "RUN_SCHEMA",
    "FailureKind",
    "Outcome",
    "RunResult",
    "RunSpec",
    "dump_result",
    "dump_run",
    "load_result",
    "load_run",
]

RUN_SCHEMA = 1

Noun = TypeVar("Noun")
Outcome = Literal["published", "unchanged", "failed"]
FailureKind = Literal["", "again", "once", "refused", "yours", "tool", "lost", "poison"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """One edition to make, with its inputs frozen.

    Attributes
    ----------
    project : path of the project file on the machine that does the work
    edition : key of the edition: a period, or the version of a model
    period : key of the period; empty for a card
    pins : by role, exact; empty: those of the project's lock
    formats : empty: the report's own
    unless_rows : digest of the period's rows as they were published; when they still are the
        same, nothing is made
    owner, generation : of the lease on the edition; a result of an older generation is refused
    leased : the project's ledger holds that lease, and is asked right before publishing

    No secret is in it: who does the work reads the addresses of board, site and ledger from the
    project file, and what they refer to from an environment of its own.
    """

    project: str
    report: str
    edition: str
    period: str = ""
    pins: Mapping[str, Pin] = field(default_factory=dict)
    formats: tuple[Format, ...] = ()
    engine: str = "auto"
    force: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    unless_rows: str = ""
    owner: str = ""
    generation: int = 0
    leased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What came of a `RunSpec`.

    Attributes
    ----------
    outcome : ``unchanged`` when an edition of the same inputs, or the same rows, is published
    state, sentence : the verdict of what is published
    rows : digest of the period's rows; empty for a card
    folder : where the edition is, if it is a folder
    kind : of a failure: ``again`` (may pass by itself), ``once`` (worth one more try),
        ``refused`` (a place or a missing tool, mended without a change of inputs), ``yours``, ``tool``, ``lost`` (another holds the lease), ``poison`` (it took its worker down)
    error, error_type : of a failure
    """

    report: str
    edition: str
    outcome: Outcome
    fingerprint: str = ""
    revision: int = 0
    state: str = ""
    sentence: str = ""
    provisional: bool = False
    rows: str = ""
    folder: str = ""
    kind: FailureKind = ""
    error: str = ""
    error_type: str = ""

    def __post_init__(self) -> None:
        if (self.outcome == "failed") != bool(self.kind):
            raise ValueError(f"{self.report} {self.edition}: a failure, and only one, has a kind")


def dump_run(spec: RunSpec) -> str:
    """Write a unit of work as one line of JSON.

    Raises
    ------
    TypeError
        A parameter is no plain data.
    """
    plain = {"schema": RUN_SCHEMA, **asdict(spec)}
    plain["pins"] = {role: _plain_pin(pin) for role, pin in spec.pins.items()}
    return json.dumps(plain, sort_keys=True, allow_nan=False)


def load_run(text: str) -> RunSpec:
    """Read a unit of work back.

    Raises
    ------
    ValueError
        It is none that this version knows.
    """
    plain = _read(text, "a unit of work")
    pins = {role: _pin(row) for role, row in plain.pop("pins").items()}
    formats = tuple(plain.pop("formats"))
    if unknown := set(formats) - set(FORMATS):
        raise ValueError(f"there are no formats {sorted(unknown)}")
    return _made(RunSpec, {**plain, "pins": pins, "formats": cast("tuple[Format, ...]", formats)})


def dump_result(result: RunResult) -> str:
    """Write a result as one line of JSON."""
    return json.dumps({"schema": RUN_SCHEMA, **asdict(result)}, sort_keys=True)


def load_result(text: str) -> RunResult:
    """Read a result back.

    Raises
    ------
    ValueError
        It is none that this version knows.
    """
    plain = _read(text, "a result")
    if plain.get("outcome") not in get_args(Outcome):
        raise ValueError(f"there is no outcome {plain.get('outcome')!r}")
    return _made(RunResult, plain)


def _read(text: str, what: str) -> dict[str, Any]:
    plain = json.loads(text)
    if not isinstance(plain, dict) or plain.pop("schema", None) != RUN_SCHEMA:
        raise ValueError(f"this is not {what} of schema {RUN_SCHEMA}")
    return plain


def _made(noun: type[Noun], plain: Mapping[str, Any]) -> Noun:
    try:
        return noun(**plain)
    except TypeError as error:
        raise ValueError(str(error)) from error


def _plain_pin(pin: Pin) -> dict[str, Any]:
    return {**asdict(pin), "created": pin.created.isoformat()}


def _pin(row: Mapping[str, Any]) -> Pin:
    return Pin(**{**row, "created": datetime.fromisoformat(row["created"])})
