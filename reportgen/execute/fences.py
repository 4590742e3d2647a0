"""Which lines of a Markdown text are prose, and which are fenced code or comments.

One reading of fences for all of this room: the cells of a .qmd are cut at them, and inline
expressions are looked for outside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Block", "blocks"]

# a fence may stand in a list (indented) or in a quotation (>)
_OPENING = re.compile(r"^(?P<indent>[ \t]*(?:>[ \t]*)*)(?P<fence>`{3,}|~{3,})(?P<info>.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Consecutive lines of one kind.

    Attributes
    ----------
    kind : ``prose``, ``fence`` (with both of its fence lines) or ``comment`` (``<!-- -->``)
    start, end : lines[start:end], from 0
    info : what stands behind the opening fence, ``{python}``
    indent : what stands before it
    closed : False for a fence or comment that the text never closes
    """

    kind: str
    start: int
    end: int
    info: str = ""
    indent: str = ""
    closed: bool = True


def blocks(lines: Sequence[str]) -> Iterator[Block]:
    """Cut lines into prose, fences and comments, in order; together they are all lines."""
    start = position = 0
    while position < len(lines):
        found = _fence(lines, position) or _comment(lines, position)
        if found is None:
            position += 1
            continue
        if start < found.start:
            yield Block(kind="prose", start=start, end=found.start)
        yield found
        start = position = found.end
    if start < len(lines):
        yield Block(kind="prose", start=start, end=len(lines))


def _fence(lines: Sequence[str], position: int) -> Block | None:
    opening = _OPENING.match(lines[position])
    if opening is None:
        return None
    fence, info = opening["fence"], opening["info"].strip()
    if fence[0] == "`" and "`" in info:
        return None  # a code span that starts the line
    close = re.compile(rf"^[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    for end in range(position + 1, len(lines)):
        if close.match(lines[end]):
            return Block(
                kind="fence", start=position, end=end + 1, info=info, indent=opening["indent"]
            )
    # Pandoc takes an opening without its closing for ordinary text; the reader of cells objects
    return Block(
        kind="fence",
        start=position,
        end=position + 1,
        info=info,
        indent=opening["indent"],
        closed=False,
    )


def _comment(lines: Sequence[str], position: int) -> Block | None:
    """Find a comment that starts a line and goes on over the next."""
    line = lines[position].lstrip()
    if not line.startswith("<!--") or "-->" in line:
        return None
    for end in range(position + 1, len(lines)):
        if "-->" in lines[end]:
            return Block(kind="comment", start=position, end=end + 1)
    return None
