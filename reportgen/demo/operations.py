"""How fast the newest model of the demo answers, on the machine that builds it."""

from __future__ import annotations

from pathlib import Path

from reportgen.demo.pinning import MODEL
from reportgen.operations import benchmark
from reportgen.report.operations import Plan

__all__ = ["pin_operations"]

# Enough requests for an interval of the 99th percentile, and one start: a demo is waited for.
_SHORT = Plan(requests=370, starts=1, warm_up=10, seconds=2.0)


def pin_operations(board_folder: Path) -> str:
    """Measure the model that was pinned last, and give the name of the pin that was written."""
    found = benchmark(board_folder, MODEL, data="flights-test", trust_model=True, plan=_SHORT)
    return found.pin.name
