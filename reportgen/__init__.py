"""Model cards and monitoring reports from pinned models and data.

Every name is loaded when it is first used: each kernel that opens a template imports this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportgen.api import Difference, Report, benchmark, card, diff, monitor, project

__version__ = "0.1.0"
__all__ = [
    "Difference",
    "Report",
    "__version__",
    "benchmark",
    "card",
    "diff",
    "monitor",
    "project",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from reportgen import api

        return getattr(api, name)
    raise AttributeError(f"module 'reportgen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
