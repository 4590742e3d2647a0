"""How a model runs, as it was measured: the content of an operations pin, JSON both ways.

Apart from the other nouns, as only a card with such a pin needs it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reportgen.report.record import canonical_json

__all__ = [
    "PROTOCOL",
    "Machine",
    "Measurement",
    "Memory",
    "OperationsFrame",
    "Plan",
    "Service",
    "Start",
    "Subject",
    "Timings",
    "dump_measurement",
    "load_measurement",
    "protocol_of",
]

PROTOCOL = 1
"""Rises when a number would come out otherwise though model and machine are the same."""

KIND = "reportgen operations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A pin that was measured, or from which rows were taken."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured; the same for every model unless a person says otherwise.

    Attributes
    ----------
    rows : different rows that are asked about one at a time
    requests : of one row each, after the warm-up
    batch : rows in a batch
    batches : after the warm-up
    warm_up : requests that are not counted; of the batches, a tenth of that
    starts : fresh processes for the cold start. Of six, the range is an interval of the median
        with a confidence of 97 %; of five it would be 94 %
    seconds : after which a phase stops with what it has
    threads : that the libraries of numbers may use
    """

    rows: int = 100
    requests: int = 500
    batch: int = 1000
    batches: int = 20
    warm_up: int = 20
    starts: int = 6
    seconds: float = 60.0
    threads: int = 1

    def __post_init__(self) -> None:
        most = {
            "rows": 10_000,
            "requests": 100_000,
            "batch": 1_000_000,
            "batches": 10_000,
            "warm_up": 10_000,
            "starts": 100,
            "threads": 1024,
        }
        for name, limit in most.items():
            number = getattr(self, name)
            if not 1 <= number <= limit:
                raise ValueError(f"{name} is {number}: it can be from 1 to {limit:,}")
        if not 0 < self.seconds <= 3600:
            raise ValueError(f"seconds is {self.seconds:g}: it can be up to 3,600")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What it was measured on; neither its name nor its users'.

    Attributes
    ----------
    cores : that the process may use
    memory_bytes : that the process may use; None: not known
    packages : distribution -> version, of what the model's process had loaded
    load : running processes per core before the measurement; None: not known
    """

    processor: str
    cores: int
    memory_bytes: int | None
    system: str
    python: str
    packages: Mapping[str, str] = field(default_factory=dict)
    load: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """What each call took, in the order in which they were made.

    Attributes
    ----------
    rows : of each call
    distinct : rows that differ, over all calls
    took_ns : of the calls that were answered
    failures : kind of failure -> calls; none where a failure ends the measurement
    """

    rows: int
    distinct: int
    took_ns: tuple[int, ...]
    failures: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(took < 0 for took in self.took_ns):
            raise ValueError("a call took less than no time")

    @property
    def failed(self) -> int:
        """Calls that were not answered."""
        return sum(self.failures.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One fresh process.

    Attributes
    ----------
    answered_ns : from its start to its first prediction, without `own_ns`
    load_ns : of it, loading the model and the libraries that it brings along
    own_ns : for reportgen's own modules, which a server of the model would not load
    """

    answered_ns: int
    load_ns: int
    own_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident memory of the measured process.

    Attributes
    ----------
    baseline_bytes : with all libraries and the rows, before the model is loaded
    loaded_bytes : after it was
    peak_bytes : the most there was while it loaded and predicted
    by : where the peak was read
    """

    baseline_bytes: int
    loaded_bytes: int
    peak_bytes: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running API that was asked.

    Attributes
    ----------
    address : without user, secret or query
    version : that it says it serves; empty: it does not say
    """

    address: str
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """All that one run of the protocol found; see docs/operations.md.

    Attributes
    ----------
    measured_at : aware
    starts, memory : of a process of our own; empty and None of a service
    service : None: the model was loaded in a process of our own
    """

    model: Subject
    data: Subject
    measured_at: datetime
    machine: Machine
    plan: Plan
    one_row: Timings
    batch: Timings
    starts: tuple[Start, ...] = ()
    memory: Memory | None = None
    service: Service | None = None

    def __post_init__(self) -> None:
        if self.measured_at.tzinfo is None:
            raise ValueError("measured_at has no time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsFrame:
    """What a card's operations pin holds, for `reportgen.measure`.

    Attributes
    ----------
    measurement : None when it cannot be read, for the reason in `withheld`
    withheld : why its numbers are not this model's: ``measured for version X, not this one``;
        empty: they are
    """

    measurement: Measurement | None
    withheld: str = ""

    def __post_init__(self) -> None:
        if self.measurement is None and not self.withheld:
            raise ValueError("no measurement, and no reason why there is none")


def dump_measurement(measurement: Measurement, summary: Mapping[str, Any]) -> str:
    """Write the content of the pin.

    Parameters
    ----------
    summary : numbers by name for people who read the file; a card computes its own
    """
    from pydantic import TypeAdapter

    plain = TypeAdapter(Measurement).dump_python(measurement, mode="json")
    head = {"kind": KIND, "protocol": PROTOCOL, "summary": dict(summary)}
    return canonical_json({**head, **plain})


def protocol_of(content: bytes) -> int:
    """Tell by which protocol a file was measured.

    Raises
    ------
    ValueError
        It holds no measurement.
    """
    plain = json.loads(content)
    if not isinstance(plain, dict) or plain.get("kind") != KIND:
        raise ValueError("it holds no measurement by `reportgen benchmark`")
    protocol = plain.get("protocol")
    if not isinstance(protocol, int):
        raise ValueError("it does not say by which protocol it was measured")
    return protocol


def load_measurement(content: bytes) -> Measurement:
    """Read the content of a pin; every field is checked.

    Raises
    ------
    ValueError
        It holds no measurement, or one of another protocol, or a field of another type.
    """
    from pydantic import TypeAdapter, ValidationError

    protocol = protocol_of(content)
    if protocol != PROTOCOL:
        raise ValueError(f"it was measured by protocol {protocol}, not {PROTOCOL}")
    try:
        return TypeAdapter(Measurement).validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{place}: {first['msg']}") from error
