"""What runs in a forked process that makes a whole report: reads its job, leaves its result.

The job is one JSON object in an open file, so that no secret of the environment lies on a disk:

``call``, ``argument``
    ``module:function``, and what it is called with; both it and what it returns are JSON
``environment``, ``folder``
    of the process that asked

What came of it is written to ``result.json`` in the folder that the process starts in:
``{"result": ...}`` or ``{"error": {"kind": ..., "message": ...}}``.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from reportgen.errors import ReportgenError
from reportgen.execute.environment import FIXED
from reportgen.execute.process import NurseryLine

__all__ = ["RESULT", "carry_out", "inherited_line", "job_file", "outcome_of"]

RESULT = "result.json"
_INHERITED: list[NurseryLine] = []


def inherited_line() -> NurseryLine | None:
    """Give the line to the nursery that this process was forked from, if it was."""
    return next((line for line in _INHERITED if line.alive), None)


def job_file(call: str, argument: Mapping[str, Any]) -> IO[bytes]:
    """Write a job to a file that has no name, at its start for the reader."""
    job = {
        "call": call,
        "argument": dict(argument),
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
    }
    file: IO[bytes]
    if hasattr(os, "memfd_create"):
        file = os.fdopen(os.memfd_create("reportgen-job"), "w+b")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115  (who asked for it closes it)
    file.write(json.dumps(job).encode())
    file.flush()
    file.seek(0)
    return file


def carry_out(job: int, line: int) -> None:
    """Do a job; called by the nursery with the descriptors of the job and of the line to it."""
    with open(job, "rb") as file:  # a descriptor
        asked = json.load(file)
    result = Path.cwd() / RESULT
    _INHERITED[:] = [NurseryLine(socket.socket(fileno=line))]
    _take_environment(asked["environment"])
    os.chdir(asked["folder"])
    told = outcome_of(asked["call"], asked["argument"])
    result.write_text(json.dumps(told), encoding="utf-8")


def outcome_of(call: str, argument: Mapping[str, Any]) -> dict[str, Any]:
    """Call ``module:function``, and give what it returned or why it refused, as JSON."""
    module, _, name = call.partition(":")
    function = getattr(importlib.import_module(module), name)
    try:
        return {"result": function(argument)}
    except ReportgenError as error:
        kind = type(error).__name__
        return {"error": {"kind": kind, "message": str(error), "exit_code": error.exit_code}}


def _take_environment(outer: Mapping[str, str]) -> None:
    """Take over the environment of who asked, but for what makes a render the same anywhere."""
    kept = {name: os.environ[name] for name in FIXED if name != "HOME" and name in os.environ}
    kept |= {name: os.environ[name] for name in ("MPLCONFIGDIR",) if name in os.environ}
    os.environ.clear()
    os.environ.update({**outer, **kept})
