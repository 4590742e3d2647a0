"""Markdown text seen line by line, with code left out: where shortcodes and references count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["Line", "prose_lines", "replace_outside_code"]

_FENCE = re.compile(r"^\s{0,3}(?:>\s?)*(`{3,}|~{3,})(.*)$")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of Markdown, counted from 0; `text` has spaces where code stood."""

    number: int
    text: str
    whole: str
    is_code: bool


def prose_lines(source: str) -> Iterator[Line]:
    """Give each line, and say whether it lies in a fenced block of code."""
    fence = ""
    for number, text in enumerate(source.split("\n")):
        found = _FENCE.match(text)
        if fence:
            closes = found and found[1].startswith(fence) and not found[2].strip()
            fence = "" if closes else fence
            yield Line(number, "", text, is_code=True)
        elif found and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
            yield Line(number, "", text, is_code=True)
        else:
            yield Line(
                number, _CODE.sub(lambda code: " " * len(code[0]), text), text, is_code=False
            )


def replace_outside_code(
    source: str, pattern: re.Pattern[str], change: Callable[[re.Match[str], int], str]
) -> str:
    """Replace what matches `pattern` on a line, outside of code.

    Parameters
    ----------
    change : is given the match and the number of its line from 0
    """
    written = []
    for line in prose_lines(source):
        if line.is_code:
            written.append(line.whole)
            continue
        parts, start = [], 0
        for match in pattern.finditer(line.text):
            parts += [line.whole[start : match.start()], change(match, line.number)]
            start = match.end()
        written.append("".join(parts) + line.whole[start:])
    return "\n".join(written)
