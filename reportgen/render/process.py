"""Running a program: no shell, a time limit, its own process group, and its last words."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from reportgen.errors import ConvertError, LimitError

__all__ = ["clean_environment", "last_lines", "run_program"]

_GRACE_S = 5.0
# What a converter may know of our surroundings. Credentials are in none of these.
_KEPT = (
    "PATH",
    "HOME",
    "PYTHONPATH",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "LD_LIBRARY_PATH",
)


def clean_environment(**more: str) -> dict[str, str]:
    """Give the environment of a converter: the same locale, time zone and epoch everywhere."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    fixed = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1"}
    return kept | fixed | {"SOURCE_DATE_EPOCH": "0", "PYTHONHASHSEED": "0"} | more


def run_program(
    command: Sequence[str],
    *,
    folder: Path,
    limit_s: float,
    environment: Mapping[str, str],
    text: str | None = None,
    shown: str = "",
) -> tuple[str, str]:
    """Run a program to its end and give what it wrote to stdout and stderr.

    Parameters
    ----------
    command : program and arguments; no shell sees them
    folder : working directory
    limit_s : seconds after which the program and all it started are killed
    text : for its stdin
    shown : the command as an error shows it; empty: the command itself

    Raises
    ------
    ConvertError
        The exit code is not 0; with command, exit code and last lines.
    LimitError
        The time was up.
    """
    shown = shown or " ".join(command)
    process = subprocess.Popen(  # noqa: S603 - a list of arguments, from us
        list(command),
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(
            text.encode() if text is not None else None, timeout=limit_s
        )
    except subprocess.TimeoutExpired:
        _end_group(process)
        raise LimitError(
            f"`{shown}` took longer than {limit_s:g} s and was stopped with all it had started."
        ) from None
    except BaseException:
        _end_group(process)
        raise
    said = err.decode("utf-8", "replace")
    if process.returncode != 0:
        raise ConvertError(
            f"`{shown}` failed with exit code {process.returncode}:\n{last_lines(said)}"
        )
    return out.decode("utf-8", "replace"), said


def last_lines(text: str, count: int = 12) -> str:
    """Give the last lines that say something, indented."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-count:]) or "  (it said nothing)"


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to end, then make it; its launcher alone would leave the others."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
