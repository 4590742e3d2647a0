"""One digest of what decides whether a report has to be made again: pins, settings, template.

It is coarser than the fingerprint of an edition, and cheap: a thousand reports are asked at each
wake-up. A new version of a package changes the fingerprint and not the basis, so an upgrade makes
nothing due by itself; `reportgen render` makes such editions anew when one wants them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any

from reportgen.project_file import profile_path
from reportgen.report import Pin, Project, ReportSpec

__all__ = ["Digests", "data_name", "report_basis"]

_WHEN = frozenset({"schedule", "grace", "reopen_for", "catch_up"})
"""Settings that say when a report is made, and not what is in it."""


class Digests:
    """SHA-256 of files, each read once."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def of(self, path: Path) -> str:
        """Hash a file; what is not there has a word of its own."""
        if path not in self._known:
            try:
                self._known[path] = sha256(path.read_bytes()).hexdigest()
            except OSError:
                self._known[path] = "missing"
        return self._known[path]


def report_basis(
    project: Project, spec: ReportSpec, pins: Mapping[str, Pin], digests: Digests
) -> str:
    """Hash the pins of a report, its settings, and the files that people wrote for it."""
    files = [spec.model.narrative, profile_path(spec.model.profile, project.folder)]
    template = project.folder / spec.template
    plain = {
        "pins": {role: [pin.name, pin.version, pin.sha256] for role, pin in pins.items()},
        "timezone": project.timezone,
        "asked": _plain(spec, leave=_WHEN),
        "files": [digests.of(path) if path else "" for path in files],
        "template": digests.of(template) if template.suffix else spec.template,
    }
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:32]


def data_name(pins: Mapping[str, Pin]) -> str:
    """Name the data pin exactly; empty when there is none."""
    pin = pins.get("data")
    return f"{pin.name}@{pin.version}:{pin.sha256[:16]}" if pin else ""


def _plain(item: Any, leave: frozenset[str] = frozenset()) -> Any:
    """Turn settings into plain data; those that are as usual are left out."""
    if item is None or isinstance(item, str | int | float | bool):
        return item
    if is_dataclass(item) and not isinstance(item, type):
        named = ((name, getattr(item, name), usual) for name, usual in _usual(type(item)))
        return {
            name: _plain(value)
            for name, value, usual in named
            if name not in leave and (usual is MISSING or value != usual)
        }
    if isinstance(item, Mapping):
        return {str(key): _plain(value) for key, value in item.items()}
    if isinstance(item, tuple | list):
        return [_plain(value) for value in item]
    if isinstance(item, PurePath):
        return ""  # where it lies does not matter; what is in it does
    return str(item)


@cache
def _usual(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Give the fields of a class, each with what it is when nothing is said."""
    return tuple((field.name, _default(field)) for field in fields(kind))


def _default(field: Any) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()
