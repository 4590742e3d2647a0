"""The executed notebook as cells with their options, and as the file that is published."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from reportgen.errors import TemplateError

__all__ = ["Cell", "read_notebook", "tidy_notebook"]

_OPTION = re.compile(r"^#\|[ \t]?(.*)$")
_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of an executed notebook.

    Attributes
    ----------
    kind : ``markdown``, ``code`` or ``raw``; front matter is left out
    source : without its ``#|`` lines
    options : what the ``#|`` lines say
    outputs : as nbformat 4 has them
    line : of the template, where the cell starts; counted from 1
    option_lines : option -> its line in the template
    tags : of the cell
    mime : of a raw cell
    """

    kind: Literal["markdown", "code", "raw"]
    source: str
    options: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[Mapping[str, Any], ...] = ()
    line: int = 1
    option_lines: Mapping[str, int] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    mime: str = ""


def read_notebook(path: Path) -> tuple[Cell, ...]:
    """Read the cells of an executed notebook; its front matter is not among them.

    Raises
    ------
    TemplateError
        It is not a notebook, or the options of a cell are not YAML.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = content["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise TemplateError(f"{path.name} is not a Jupyter notebook: {error}") from error
    read = []
    for position, cell in enumerate(cells):
        source = _text(cell.get("source", ""))
        if position == 0 and cell["cell_type"] in ("raw", "markdown"):
            source = _FRONT_MATTER.sub("", source)
        if source.strip() or cell.get("outputs"):
            read.append(_read_cell(cell, source, path.name))
    return tuple(read)


def _read_cell(cell: Mapping[str, Any], source: str, name: str) -> Cell:
    metadata = cell.get("metadata", {})
    line = int(metadata.get("reportgen", {}).get("line", 1))
    options: Mapping[str, Any] = {}
    lines: Mapping[str, int] = {}
    if cell["cell_type"] == "code":
        source, options, lines = _split_options(source, line, name)
    tags = [*metadata.get("tags", ()), *_as_list(options.get("tags"))]
    return Cell(
        kind=cell["cell_type"],
        source=source,
        options=options,
        outputs=tuple(cell.get("outputs", ())),
        line=line,
        option_lines=lines,
        tags=tuple(str(tag) for tag in tags),
        mime=str(metadata.get("raw_mimetype") or metadata.get("format") or ""),
    )


def _split_options(
    source: str, line: int, name: str
) -> tuple[str, dict[str, Any], dict[str, int]]:
    """Separate the ``#|`` lines at the top of a cell from its code."""
    lines = source.split("\n")
    count = 0
    while count < len(lines) and _OPTION.match(lines[count]):
        count += 1
    written = [_OPTION.sub(r"\1", text) for text in lines[:count]]
    if not written:
        return source, {}, {}
    try:
        options = yaml.safe_load("\n".join(written))
    except (yaml.YAMLError, ValueError, AttributeError) as error:
        raise TemplateError(
            f"{name}:{line}  the options of the cell are not YAML: {error}"
        ) from error
    if not isinstance(options, dict):
        raise TemplateError(f"{name}:{line}  the `#|` lines of the cell are not `name: value`.")
    where = {
        match[1]: line + offset
        for offset, text in enumerate(written)
        if (match := re.match(r"([\w-]+)\s*:", text))
    }
    return "\n".join(lines[count:]), {str(key): value for key, value in options.items()}, where


def tidy_notebook(path: Path, target: Path) -> Path:
    """Write the notebook as it is published: without our own notes on lines, in a fixed form."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        for ours in ("reportgen", "execution"):
            cell.get("metadata", {}).pop(ours, None)
    content.get("metadata", {}).pop("reportgen", None)
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    target.write_text(text + "\n", encoding="utf-8", newline="\n")
    return target


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _as_list(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
