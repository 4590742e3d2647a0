"""Runs the real command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    code: int
    out: str
    err: str


def reportgen(*words: str, folder: Path, **environment: str) -> Run:
    """Run it in a folder; a wide terminal keeps lines whole."""
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)
