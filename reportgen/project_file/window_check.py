"""A window that is not as long as its step: checked before a report is cut by it."""

from __future__ import annotations

from typing import Any, get_args

from reportgen.project_file.check import Mistakes
from reportgen.project_file.settings import as_written
from reportgen.project_file.source import Where
from reportgen.project_file.words import read_duration
from reportgen.report import Every
from reportgen.report.cadence import window_fault

__all__ = ["check_window"]


def check_window(monitoring: Any, where: Where, mistakes: Mistakes) -> None:
    """Note a window that leaves out rows, or that does not end where days or hours do."""
    if not isinstance(monitoring, dict) or monitoring.get("window") is None:
        return
    every = monitoring.get("every", "week")
    if every not in get_args(Every):
        return  # a mistake of its own, as is what is no duration
    said = as_written(monitoring["window"])
    try:
        window = read_duration(said) if isinstance(said, str) else None
    except ValueError:
        window = None
    if window is None:
        return
    fault = window_fault(every, window)
    if fault:
        mistakes.add((*where, "window"), f"{fault}.")
