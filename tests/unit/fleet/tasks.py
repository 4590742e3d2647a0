"""What the crews of these tests are asked to do; imported by the processes that do it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reportgen.errors import NotFoundError
from reportgen.execute import execute_template
from reportgen.execute.nbclient import NbclientKernel

HERE = "tests.unit.fleet.tasks"


def double(argument: Mapping[str, Any]) -> int:
    return 2 * int(argument["number"])


def do(argument: Mapping[str, Any]) -> Any:
    """Do what the argument names, so that one crew does different things."""
    match argument["what"]:
        case "double":
            return 2 * argument["number"]
        case "refuse":
            raise NotFoundError("there is no such thing")
        case "break":
            raise ZeroDivisionError("nobody foresaw this")
        case "die":
            _count(argument)
            os.kill(os.getpid(), signal.SIGKILL)
        case "die once":
            if _count(argument) == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return "alive"
        case "sleep":
            subprocess.Popen(["sleep", argument["mark"]], start_new_session=True)
            time.sleep(600)
        case "fill":
            return len(bytearray(argument["bytes"]))
        case "environment":
            return os.environ.get(argument["name"])
        case "process":
            return os.getpid()
    return None


def run_template(argument: Mapping[str, Any]) -> str:
    """Execute a template in a kernel, from within a process of a crew."""
    with NbclientKernel(imports=()) as kernel:
        made = execute_template(
            Path(argument["template"]), None, argument["parameters"], Path("out"), kernel
        )
        return made.notebook.read_text(encoding="utf-8")


def _count(argument: Mapping[str, Any]) -> int:
    """Count the calls in a file, over processes."""
    path = Path(argument["count"])
    with path.open("a") as file:
        file.write("x")
    return len(path.read_text())


def linger(argument: Mapping[str, Any]) -> str:
    """Take a while, and say that it has begun."""
    mark = Path(argument["mark"])
    mark.touch()
    time.sleep(1.0)
    return mark.name
