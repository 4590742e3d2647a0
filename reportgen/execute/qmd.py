"""Reads a Quarto document as cells.

Follows Quarto's own cutting: the YAML header becomes a raw cell, each fenced ``{python}`` block
a code cell, and what lies between them Markdown cells. ``{{< include file >}}`` on a line of its
own is replaced by that file first, since it may hold cells, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reportgen.errors import TemplateError
from reportgen.execute.fences import Block, blocks
from reportgen.execute.template import Template, TemplateCell, read_options, read_yaml

__all__ = ["read_qmd"]

# {python}, {python .cls #id key="v"}, {r, echo=FALSE}; not {.python}, {=html} or {{python}}
_EXECUTABLE = re.compile(r"^\{\s*(?P<language>[A-Za-z][\w+-]*)(?P<rest>(?:[\s,][^{}]*)?)\}$")
_INCLUDE = re.compile(r"^\{\{<\s*include\s+(?P<file>.+?)\s*>\}\}\s*$")
_ATTRIBUTE = re.compile(
    r"""\s*,?\s*(?:\.(?P<cls>[\w-]+)|\#(?P<id>[\w:-]+)
    |(?P<key>[\w-]+)\s*=\s*(?P<value>"[^"]*"|'[^']*'|[^\s,]+))""",
    re.X,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    text: str
    file: str
    number: int


def read_qmd(path: Path, text: str) -> Template:
    """Cut a document into cells.

    Raises
    ------
    TemplateError
        A header or fence that is not closed, a cell in another language, options that are not
        YAML, a file to include that is not there; with file and line.
    """
    lines = _numbered(text, path.name)
    header = _header_length(lines)
    cells: list[TemplateCell] = []
    front_matter = {}
    if header:
        source = "\n".join(line.text for line in lines[:header])
        front_matter = read_yaml(
            "\n".join(line.text for line in lines[1 : header - 1]), path.name, 2
        )
        cells.append(TemplateCell(kind="raw", source=source, line=1, file=path.name))
    cells += _cells(_included(lines[header:], path, (path.resolve(),)))
    return Template(path=path, cells=tuple(cells), front_matter=front_matter)


def _numbered(text: str, file: str) -> list[_Line]:
    texts = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [_Line(text=t, file=file, number=n) for n, t in enumerate(texts, start=1)]


def _header_length(lines: Sequence[_Line]) -> int:
    if not lines or lines[0].text.rstrip() != "---":
        return 0
    if len(lines) > 1 and not lines[1].text.strip():
        return 0  # a rule, not a header: Pandoc wants text right below
    for length, line in enumerate(lines[1:], start=2):
        if line.text.rstrip() in {"---", "..."}:
            return length
    raise TemplateError(f"{lines[0].file}:1: the YAML header has no closing line `---`.")


def _included(lines: Sequence[_Line], path: Path, above: tuple[Path, ...]) -> list[_Line]:
    """Put files in the place of the lines that include them."""
    done: list[_Line] = []
    for block in blocks([line.text for line in lines]):
        for line in lines[block.start : block.end]:
            found = _INCLUDE.match(line.text) if block.kind == "prose" else None
            done += _include(line, found["file"], path, above) if found else [line]
    return done


def _include(line: _Line, name: str, path: Path, above: tuple[Path, ...]) -> list[_Line]:
    where = f"{line.file}:{line.number}"
    file = (path.parent / name.strip("\"'")).resolve()
    if file in above:
        raise TemplateError(f"{where}: {name} includes itself.")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"{where}: cannot include {name}: {error}.") from error
    lines = _numbered(text, name)
    return _included(lines[_header_length(lines) :], file, (*above, file))


def _cells(lines: Sequence[_Line]) -> list[TemplateCell]:
    cells: list[TemplateCell] = []
    prose: list[_Line] = []
    for block in blocks([line.text for line in lines]):
        inside = lines[block.start : block.end]
        header = _EXECUTABLE.match(block.info) if block.kind == "fence" else None
        if header is None:
            prose += inside
            continue
        _check(header, block, inside[0])
        cells += _markdown(prose)
        prose = []
        cells.append(_code(header["rest"], block.indent, inside))
    return [*cells, *_markdown(prose)]


def _check(header: re.Match[str], block: Block, first: _Line) -> None:
    where = f"{first.file}:{first.number}"
    if header["language"] != "python":
        raise TemplateError(
            f"{where}: a cell in {{{header['language']}}}. Only {{python}} cells are executed "
            f"here; show it as text with ```{header['language']}, or render this document "
            "with Quarto itself."
        )
    if not block.closed:
        raise TemplateError(f"{where}: the cell has no closing fence.")


def _markdown(lines: list[_Line]) -> list[TemplateCell]:
    while lines and not lines[0].text.strip():
        lines = lines[1:]
    while lines and not lines[-1].text.strip():
        lines = lines[:-1]
    if not lines:
        return []
    source = "\n".join(line.text for line in lines)
    first = lines[0]
    return [TemplateCell(kind="markdown", source=source, line=first.number, file=first.file)]


def _code(rest: str, indent: str, lines: Sequence[_Line]) -> TemplateCell:
    fence = lines[0]
    body = [_dedented(line.text, indent) for line in lines[1:-1]]
    added = _attributes(rest, f"{fence.file}:{fence.number}")
    source = "\n".join([*added, *body])
    first = fence.number + 1 - len(added)  # so that a line of the source is first + its index
    return TemplateCell(
        kind="code",
        source=source,
        line=first,
        file=fence.file,
        options=read_options(source, fence.file, first),
    )


def _dedented(text: str, indent: str) -> str:
    """Take off the fence's own indentation, as far as the line has it."""
    common = 0
    while common < len(indent) and text[common : common + 1] == indent[common]:
        common += 1
    return text[common:]


def _attributes(rest: str, where: str) -> list[str]:
    """Turn ``.cls #id key=value`` behind the language into option lines."""
    import json

    classes, added, position = [], [], 0
    while rest[position:].strip():
        found = _ATTRIBUTE.match(rest, position)
        if found is None:
            raise TemplateError(f"{where}: cannot read {rest[position:].strip()!r} of the fence.")
        position = found.end()
        if found["cls"]:
            classes.append(found["cls"])
        elif found["id"]:
            added.append(f"#| label: {json.dumps(found['id'])}")
        else:
            added.append(
                f"#| {found['key']}: {found['value'].lower()}"
                if found["value"].lower() in {"true", "false"}
                else f"#| {found['key']}: {found['value']}"
            )
    return [*added, f"#| classes: {json.dumps(' '.join(classes))}"] if classes else added
