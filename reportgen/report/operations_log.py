"""Which columns of a scoring log say how the model ran, and with which packages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["BytesUnit", "Environment", "OperationsLogSpec", "SecondsUnit", "read_packages"]

SecondsUnit = Literal["seconds", "milliseconds", "microseconds"]
BytesUnit = Literal["bytes", "kB", "MB", "GB", "KiB", "MiB", "GiB"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsLogSpec:
    """Columns of the scored rows about the call itself.

    Attributes
    ----------
    error : true, a message or an HTTP status where the call failed
    packages : text with the versions of packages that scored the row
    """

    latency: str | None = None
    latency_unit: SecondsUnit = "seconds"
    error: str | None = None
    memory: str | None = None
    memory_unit: BytesUnit = "bytes"
    packages: str | None = None

    @property
    def measured(self) -> tuple[str, ...]:
        """Columns that are measured by period."""
        return tuple(name for name in (self.latency, self.error, self.memory) if name is not None)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, none of which the model reads."""
        return (*self.measured, *((self.packages,) if self.packages is not None else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Packages and their versions, as two pins state them.

    Attributes
    ----------
    required : by the model; a version may be empty, where the pin names the package alone
    scored : with which the data were scored, as their pin says
    """

    required: Mapping[str, str] = field(default_factory=dict)
    scored: Mapping[str, str] = field(default_factory=dict)


_SPLIT = re.compile(r"[\s,;]+")


def read_packages(said: Any) -> dict[str, str]:
    """Read packages and versions from a mapping, a list, JSON or a text of requirements.

    Examples
    --------
    >>> read_packages("scikit_learn==1.5.0, numpy")
    {'scikit-learn': '1.5.0', 'numpy': ''}
    >>> read_packages('{"numpy": "2.1"}'), read_packages(None)
    ({'numpy': '2.1'}, {})
    """
    if isinstance(said, str) and said.lstrip().startswith(("{", "[")):
        try:
            said = json.loads(said)
        except ValueError:
            return {}
    if isinstance(said, Mapping):
        return {_plain(name): str(version or "") for name, version in said.items()}
    if isinstance(said, str):
        said = _SPLIT.split(said.strip())
    if not isinstance(said, list | tuple):
        return {}
    found = {}
    for each in said:
        name, _, version = str(each).partition("==")
        if name.strip():
            found[_plain(name)] = version.strip()
    return found


def _plain(name: object) -> str:
    """Write a name as package indexes do: small letters and hyphens."""
    return re.sub(r"[-_.]+", "-", str(name).strip()).lower()
