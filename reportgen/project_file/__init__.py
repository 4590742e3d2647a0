"""reportgen.yml -> Project: the only room that knows YAML and pydantic.

What needs pydantic is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reportgen.project_file.names import KINDS, METRICS, PROFILES, PROJECT_FILE
from reportgen.project_file.narrative import (
    WrittenNarrative,
    attest_narrative,
    load_narrative,
    read_narrative,
)
from reportgen.project_file.profile import load_profile, profile_path
from reportgen.project_file.sections import SECTIONS

if TYPE_CHECKING:
    from reportgen.project_file.guess import FoundPin
    from reportgen.project_file.load import load_project
    from reportgen.project_file.scaffold import scaffold_project
    from reportgen.project_file.source import read_value

__all__ = [
    "KINDS",
    "METRICS",
    "PROFILES",
    "PROJECT_FILE",
    "SECTIONS",
    "FoundPin",
    "WrittenNarrative",
    "attest_narrative",
    "load_narrative",
    "load_profile",
    "load_project",
    "profile_path",
    "read_narrative",
    "read_value",
    "scaffold_project",
]

_HOMES = {
    "FoundPin": "guess",
    "load_project": "load",
    "read_value": "source",
    "scaffold_project": "scaffold",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
