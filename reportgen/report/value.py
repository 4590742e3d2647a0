"""One number of a report, with everything a reader may ask of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal, get_args

__all__ = ["Fact", "Interval", "Provenance", "Unit", "Value", "value_name"]

Unit = Literal[
    "ratio",  # 0 to 1, shown as a percentage or as 0.87
    "number",  # no unit
    "count",
    "rows",
    "bytes",
    "seconds",
    "days",
]
Scalar = str | int | float | bool | None

_UNITS = frozenset(get_args(Unit))
_NAME = re.compile(r"^[a-z][a-z0-9_]*(\.[^\s.\[\]][^\[\]]*?)*(\[[^\[\]]+\])?$")


def value_name(path: str, /, **group: object) -> str:
    """Put a group in brackets behind a path, its keys in alphabetical order.

    Square brackets in a level are written as round ones, so that a name can be read back.

    Examples
    --------
    >>> value_name("evaluation.accuracy", carrier="UA")
    'evaluation.accuracy[carrier=UA]'
    >>> value_name("evaluation.accuracy")
    'evaluation.accuracy'
    """
    if not group:
        return path
    shown = ",".join(f"{key}={level}" for key, level in sorted(group.items()))
    return f"{path}[{shown.replace('[', '(').replace(']', ')')}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval.

    Attributes
    ----------
    low, high : both finite, low <= high, in the unit of the value
    level : nominal coverage, in (0, 1)
    method : ``wilson``, ``delong``, ``bootstrap``, ...
    """

    low: float
    high: float
    level: float = 0.95
    method: str

    def __post_init__(self) -> None:
        if not (isfinite(self.low) and isfinite(self.high)):
            raise ValueError(f"an interval from {self.low} to {self.high} is not one")
        if self.low > self.high:
            raise ValueError(f"an interval cannot end ({self.high}) before it starts ({self.low})")
        if not 0 < self.level < 1:
            raise ValueError(f"a level of {self.level} is not between 0 and 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a number came from.

    Attributes
    ----------
    by : registered name and revision of what computed it, ``evaluation.accuracy@1``;
        never an import path, so that a move of the code does not rename history
    pins : roles of the pins it was computed from (``model``, ``data``, ``reference``, ...)
    parameters : what else it depended on; JSON scalars, or tuples of them
    """

    by: str
    pins: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = ()  # type: ignore[assignment]

    def __post_init__(self) -> None:
        object.__setattr__(self, "pins", tuple(self.pins))
        object.__setattr__(self, "parameters", dict(self.parameters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One named number of a report, or the reason why there is none.

    Attributes
    ----------
    name : a path, ``evaluation.accuracy``; a group in brackets, ``...[carrier=UA]``
    number : finite, or None when `reason` says why
    unit : see `Unit`
    n : rows the number was computed from, when rows it was
    interval : of an estimate; None for what was counted
    reason : ``not enough data (n = 14)``, ``no labels yet``; only without a number
    label : the words for this number on a page, ``Recall``; empty: derived from the name
    better : which direction is good, for the wording of changes
    """

    name: str
    number: float | int | None = None
    unit: Unit
    n: int | None = None
    interval: Interval | None = None
    provenance: Provenance
    reason: str | None = None
    label: str = ""
    better: Literal["higher", "lower", ""] = ""

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r} is not a value's name, such as evaluation.accuracy")
        if self.unit not in _UNITS:
            raise ValueError(f"{self.name}: there is no unit {self.unit!r}")
        if (self.number is None) == (self.reason is None):
            raise ValueError(f"{self.name}: give a number, or the reason there is none")
        if self.number is None:
            if self.interval is not None:
                raise ValueError(f"{self.name}: an interval without a number")
            return
        if isinstance(self.number, bool) or not isinstance(self.number, int | float):
            raise TypeError(f"{self.name}: {self.number!r} is not an int or a float")
        if not isfinite(self.number):
            raise ValueError(f"{self.name}: {self.number} is not a number to print; give a reason")
        if type(self.number) is not int:  # a numpy float is a float to JSON, but not to repr
            object.__setattr__(self, "number", float(self.number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One named piece of text that was read, not written by hand: a class, a version, a date.

    Attributes
    ----------
    name : a path, ``model.class``
    text : what is shown; data, never markup
    """

    name: str
    text: str
    provenance: Provenance
    label: str = ""
