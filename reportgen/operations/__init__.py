"""How fast a pinned model answers and what it needs: measured once, pinned, and read by cards.

Loaded when first used: the process that is measured opens this file too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportgen.operations.benchmarking import Benchmark, benchmark, benchmark_project

__all__ = ["Benchmark", "benchmark", "benchmark_project"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from reportgen.operations import benchmarking

        return getattr(benchmarking, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
