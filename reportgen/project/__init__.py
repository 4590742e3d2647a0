"""reportgen.yml -> Project: the only room that knows YAML and pydantic.

What needs pydantic is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reportgen.project.names import KINDS, METRICS, PROJECT_FILE, SECTIONS
from reportgen.project.narrative import load_narrative

if TYPE_CHECKING:
    from reportgen.project.load import load_project
    from reportgen.project.scaffold import FoundPin, scaffold_project
    from reportgen.project.source import read_value

__all__ = [
    "KINDS",
    "METRICS",
    "PROJECT_FILE",
    "SECTIONS",
    "FoundPin",
    "load_narrative",
    "load_project",
    "read_value",
    "scaffold_project",
]

_HOMES = {
    "FoundPin": "scaffold",
    "load_project": "load",
    "read_value": "source",
    "scaffold_project": "scaffold",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
