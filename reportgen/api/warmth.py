"""What one process keeps warm between two reports, and what it says while it works."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reportgen.execute.nbclient import NbclientKernel
from reportgen.pipeline import Timings

__all__ = ["start_warming", "to_stderr", "warm_kernel", "write_timings"]

_WARM: list[NbclientKernel] = []


def start_warming() -> None:
    """Start the kernel's imports now: they run beside the measuring."""
    if not _WARM:
        _WARM.append(NbclientKernel.warm())


@contextmanager
def warm_kernel() -> Iterator[NbclientKernel]:
    """Give the kernel that was warmed while the numbers were measured, or a new one."""
    kernel = _WARM.pop() if _WARM else NbclientKernel.warm()
    try:
        yield kernel
    finally:
        kernel.close()


def to_stderr(warning: str) -> None:
    """Say a warning where it does not mix with output."""
    sys.stderr.write(f"{warning}\n")


def write_timings(timings: Timings) -> None:
    """Write seconds by stage where REPORTGEN_TIMINGS names a file, for the benchmark."""
    target = os.environ.get("REPORTGEN_TIMINGS")
    if target:
        Path(target).write_text(json.dumps(timings, indent=1) + "\n", encoding="utf-8")
