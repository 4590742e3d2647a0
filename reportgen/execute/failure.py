"""Says which cell of which template failed, on which line, and why."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.errors import CellError, LimitError
from reportgen.execute.clean import clean_text

__all__ = ["Raised", "cell_error", "death_error", "limit_error"]

_OWN_FRAME = re.compile(r"^\s*(?:Cell|Input) In ?\[\d+\],? line (\d+)", re.M)
_SHOWN_LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An exception in the kernel: the name of its type, its message, its traceback."""

    name: str
    message: str
    traceback: str = ""


def cell_error(
    cell: Any,
    raised: Raised,
    hidden: Sequence[Path],
    *,
    inline: str = "",
    line: int | None = None,
) -> CellError:
    """Make the error for a cell, or for an inline expression in it, that raised.

    Parameters
    ----------
    hidden : folders whose names are left out of the message
    line : within the cell, from 1; None: read it from the traceback
    """
    message = clean_text(f"{raised.name}: {raised.message}", hidden).strip().rstrip(":")
    if inline:
        where = _where(cell, line or 1)
        return CellError(f"{where}: the inline expression `{inline}` raised {message}")
    own = [int(number) for number in _OWN_FRAME.findall(raised.traceback)]
    at = own[0] if own else line
    text = f"{_where(cell, at)}: {_named(cell)} raised {message}\n{_source(cell, at)}"
    below = _frames(raised.traceback, hidden)
    return CellError(f"{text}\n{below}" if below else text)


def death_error(cell: Any, status: int | None, log: str) -> CellError:
    """Make the error for a kernel that died in a cell."""
    how = "died"
    if status is not None:
        how = f"ended with exit status {status}"
        if status < 0:
            how = f"was killed by signal {signal.Signals(-status).name}"
    kept = f"\n{log}" if log else ""
    return CellError(f"{_where(cell)}: the kernel {how} in {_named(cell)}.\n{_source(cell)}{kept}")


def limit_error(cell: Any, limit: str) -> LimitError:
    """Make the error for a limit that was passed in a cell."""
    return LimitError(
        f"{_where(cell)}: stopped in {_named(cell)}: it passed the limit of {limit}. Make the "
        f"cell cheaper, or raise the limit.\n{_source(cell)}"
    )


def _where(cell: Any, line: int | None = None) -> str:
    about = cell.metadata["reportgen"]
    if line is None:  # the first line that does something
        lines = cell.source.split("\n")
        line = next((n for n, text in enumerate(lines, 1) if not text.startswith("#|")), 1)
    return f"{about['file']}:{about['line'] + line - 1}"


def _named(cell: Any) -> str:
    label = cell.metadata["reportgen"].get("label")
    if cell.cell_type == "markdown":
        return "a Markdown cell"
    return f"cell '{label}'" if label else "a cell"


def _source(cell: Any, at: int | None = None) -> str:
    """Show the lines of a cell around the one that failed."""
    lines = cell.source.split("\n")
    start = max(0, min((at or 1) - 1 - _SHOWN_LINES // 2, len(lines) - _SHOWN_LINES))
    shown = []
    for number, text in enumerate(lines[start : start + _SHOWN_LINES], start=start + 1):
        mark = ">" if number == at else " "
        shown.append(f"  {mark} {text[:200]}")
    return "\n".join(shown)


def _frames(traceback: str, hidden: Sequence[Path]) -> str:
    """Keep what happened below the cell, in at most six lines."""
    lines = clean_text(traceback, hidden).rstrip().split("\n")
    below = [n for n, text in enumerate(lines) if text.lstrip().startswith("File ")]
    if not below:
        return ""
    kept = [text[:300].rstrip() for text in lines[below[0] : -1] if text.strip()]
    return "\n".join(["  ...", *kept[-6:]] if len(kept) > 6 else kept)
