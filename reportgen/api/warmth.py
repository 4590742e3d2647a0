"""What one process keeps warm between two reports, and what it says while it works."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reportgen.execute.nbclient import READY, NbclientKernel
from reportgen.pipeline import Timings

__all__ = ["start_warming", "to_stderr", "warm_kernel", "write_timings"]

_WARM: list[NbclientKernel] = []


def start_warming() -> None:
    """Start the kernel's imports now, if no report did before: they run beside the measuring."""
    if not _WARM:
        _WARM.append(NbclientKernel(imports=READY))
    _WARM[0].get_ready()


@contextmanager
def warm_kernel() -> Iterator[NbclientKernel]:
    """Give the kernel that all reports of this process share; it ends with the process.

    The second card of a notebook then waits for no import. What is kept is one idle process.
    """
    start_warming()
    yield _WARM[0]


def to_stderr(warning: str) -> None:
    """Say a warning where it does not mix with output."""
    sys.stderr.write(f"{warning}\n")


def write_timings(timings: Timings) -> None:
    """Write seconds by stage where REPORTGEN_TIMINGS names a file, for the benchmark."""
    target = os.environ.get("REPORTGEN_TIMINGS")
    if target:
        Path(target).write_text(json.dumps(timings, indent=1) + "\n", encoding="utf-8")
