"""Takes out of an executed notebook what would differ on another machine or day."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

__all__ = ["clean_notebook", "clean_text"]

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{4,}")
_CELL_FILE = re.compile(r"(?:/[^\s:\"']{0,300})?/ipykernel_\d+/\d+\.py(?::(\d+))?")
_COMPILED = re.compile(r" \(\d+\.py, line \d+\)")  # a SyntaxError's name for the cell
_PACKAGE = re.compile(
    r"(?:~|/)[^\s\"':]{0,300}(?:/site-packages/|/dist-packages/|/lib/python3\.\d+/(?!site-packages))"
)
_TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml")


def clean_text(text: str, folders: Sequence[Path], where: tuple[str, int] = ("cell", 1)) -> str:
    """Take out colours, memory addresses and the paths of this machine.

    Parameters
    ----------
    folders : these become ``.``
    where : file and first line of the cell, for the lines that name the kernel's own file
    """
    file, first = where

    def place(found: re.Match[str]) -> str:
        return f"{file}:{first + int(found[1]) - 1}" if found[1] else file

    text = _COMPILED.sub("", _ANSI.sub("", text))
    if "/ipykernel_" in text:  # the patterns for paths are slow on long lines of base64
        text = _CELL_FILE.sub(place, text)
    for folder in folders:
        for spelled in sorted({str(folder), str(folder.resolve())}, key=len, reverse=True):
            text = text.replace(f"{spelled}/", "").replace(spelled, ".")
    if "-packages/" in text or "/lib/python3" in text:
        text = _PACKAGE.sub("", text)
    for own in (sys.prefix, sys.base_prefix, str(Path(__file__).resolve().parents[2])):
        if own != "/usr":
            text = text.replace(f"{own}/", "")
    return _ADDRESS.sub("at 0x…", text)


def clean_notebook(notebook: Any, folders: Sequence[Path]) -> tuple[str, ...]:
    """Clean all cells in place.

    Returns
    -------
    what was written to standard error, by cell: it is for the log, not for the page
    """
    warnings: list[str] = []
    for position, cell in enumerate(notebook.cells):
        cell.id = _identity(position, cell)
        if cell.cell_type == "code":
            about = cell.metadata["reportgen"]
            where = (about["file"], about["line"])
            kept = []
            for output in cell.outputs:
                if output.output_type == "stream" and output.name == "stderr":
                    said = clean_text(output.text, folders, where).strip()
                    warnings.append(f"{where[0]}:{where[1]}: {said}")
                else:
                    kept.append(_clean_output(output, folders, where))
            cell.outputs = kept
    return tuple(warnings)


def _identity(position: int, cell: Any) -> str:
    return f"{position:03d}-{sha256(cell.source.encode()).hexdigest()[:8]}"


def _clean_output(output: Any, folders: Sequence[Path], where: tuple[str, int]) -> Any:
    if output.output_type == "stream":
        output.text = clean_text(output.text, folders, where)
    elif output.output_type == "error":
        output.evalue = clean_text(output.evalue, folders, where)
        output.traceback = [clean_text(line, folders, where) for line in output.traceback]
    else:
        for kind in _TEXTS:
            if isinstance(output.data.get(kind), str):
                output.data[kind] = clean_text(output.data[kind], folders, where)
    return output
