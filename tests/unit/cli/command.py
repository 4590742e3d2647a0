"""Runs the real command: in a process of its own, or in this one, which has imported it all."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from reportgen.cli import main

_TERMINAL = {"COLUMNS": "200", "NO_COLOR": "1"}  # a wide one keeps lines whole


@dataclass(frozen=True, slots=True)
class Run:
    code: int
    out: str
    err: str


def reportgen(*words: str, folder: Path, **environment: str) -> Run:
    """Run it in a folder, as a process."""
    done = subprocess.run(
        [sys.executable, "-m", "reportgen", *words],
        cwd=folder,
        env={**os.environ, **_TERMINAL, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def reportgen_here(*words: str, folder: Path) -> Run:
    """Run it in a folder without a process: what it says to these words, and how it would end."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as a person's Python does with those of libraries
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["reportgen", *words])
        for name, value in _TERMINAL.items():
            patch.setenv(name, value)
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as left,
        ):
            main()
    code = left.value.code
    assert code is None or isinstance(code, int)
    return Run(code or 0, out.getvalue(), err.getvalue())
