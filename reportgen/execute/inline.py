"""Inline expressions: `{python} expr` in the prose of a Markdown cell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportgen.errors import TemplateError
from reportgen.execute.fences import blocks

__all__ = ["Inline", "find_inline", "replace_inline"]

_INLINE = re.compile(r"^\{(?P<language>[A-Za-z][\w+-]*)\}[ \t\n]+(?P<code>.*\S)[ \t\n]*$", re.S)
_TICKS = re.compile(r"`+")
_COMMENT = re.compile(r"<!--.*?-->", re.S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """One expression and where it stands.

    Attributes
    ----------
    start, end : source[start:end] is the whole span, backticks included
    line : of the source, from 0
    """

    start: int
    end: int
    line: int
    code: str


def find_inline(source: str, where: str = "", line: int = 1) -> tuple[Inline, ...]:
    """Find the expressions of a Markdown text, in order.

    Those in fenced code, in comments and in spans of two or more backticks are text. A
    backslash before the first backtick makes it text, too.

    Parameters
    ----------
    where, line : name of the template and number of the first line, for messages

    Raises
    ------
    TemplateError
        It is not a Python expression, or is in another language.
    """
    found = []
    for start, end in _prose(source):
        for span in _spans(source, start, end):
            at = source.count("\n", 0, span[0])
            match = _INLINE.match(source[span[0] + 1 : span[1] - 1])
            if match:
                code = " ".join(match["code"].split("\n"))
                _check(match["language"], code, f"{where}:{line + at}")
                found.append(Inline(start=span[0], end=span[1], line=at, code=code))
    return tuple(found)


def replace_inline(source: str, found: Sequence[Inline], texts: Sequence[str]) -> str:
    """Put texts in the places of the expressions."""
    pieces, position = [], 0
    for item, text in zip(found, texts, strict=True):
        pieces += [source[position : item.start], text]
        position = item.end
    return "".join([*pieces, source[position:]])


def _prose(source: str) -> Iterator[tuple[int, int]]:
    """Give the stretches of characters that are neither fenced code nor comments."""
    lines = source.split("\n")
    offsets = [0]
    for text in lines:
        offsets.append(offsets[-1] + len(text) + 1)
    for block in blocks(lines):
        if block.kind == "prose" or not block.closed:
            start, end = offsets[block.start], min(offsets[block.end], len(source))
            for comment in _COMMENT.finditer(source, start, end):
                yield start, comment.start()
                start = comment.end()
            yield start, end


def _spans(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give the code spans of one backtick; skip longer ones whole."""
    position = start
    while opening := _TICKS.search(source, position, end):
        position = opening.end()
        if _escaped(source, opening.start()):
            position = opening.start() + 1
            continue
        paragraph = source.find("\n\n", position, end)
        closing = _closing(source, position, end if paragraph < 0 else paragraph, opening[0])
        if closing is None:
            continue
        if len(opening[0]) == 1:
            yield opening.start(), closing
        position = closing


def _escaped(source: str, position: int) -> bool:
    before = source[:position]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _closing(source: str, position: int, end: int, ticks: str) -> int | None:
    for run in _TICKS.finditer(source, position, end):
        if run[0] == ticks:
            return run.end()
    return None


def _check(language: str, code: str, where: str) -> None:
    if language != "python":
        raise TemplateError(
            f"{where}: an inline expression in {{{language}}}. Only {{python}} is executed here; "
            "put it in two backticks if it is meant as text."
        )
    try:
        ast.parse(f"({code}\n)", mode="eval")
        ast.parse(code.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise TemplateError(
            f"{where}: `{{python}} {code}` is not a Python expression: {error}. "
            "Statements go into a code cell."
        ) from error
