"""Markdown that people wrote, cut down to what a page may hold.

Known: paragraphs, bullet and numbered lists of one level, headings (as bold paragraphs), emphasis, code, and
links to http, https and mailto. All else is text: no markup, attribute, image, file or
shortcode gets through, because whatever is not recognised is escaped.

Values that a text quotes are put in at the very end, behind characters that no text can hold, so
that neither the text around them nor what they show can change what the other is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from reportgen.present.escape import clean, escape
from reportgen.report import Quote, split_quotes

__all__ = ["safe_markdown"]

_ITEM = re.compile(r"^ {0,8}(?P<mark>[-*+]|\d{1,3}[.)])\s+(?P<text>.*)$")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<words>[^\[\]\n]+)\]\((?P<target>[^()\s]+)\)"
    r"|\*\*(?P<strong>[^*\s](?:[^*\n]*[^*\s])?)\*\*"
    r"|(?<!\w)(?P<mark>[*_])(?P<soft>[^*_\s](?:[^*_\n]*[^*_\s])?)(?P=mark)(?!\w)"
)
_TARGET = re.compile(r"^(?:https?://|mailto:)[A-Za-z0-9._~:/?#@!&+,;=%-]+$")


# One character of plane 16 stands for each quote: private use, and no text keeps one.
_FIRST_STAND_IN = 0x100000
_STAND_IN = re.compile("[\U00100000-\U0010fffd]")


def safe_markdown(text: str, quoted: Callable[[Quote], str] | None = None) -> str:
    r"""Keep the known constructs and write everything else as text.

    Parameters
    ----------
    quoted : gives the Markdown of a quoted value; None: a quote is text like any other

    Examples
    --------
    >>> print(safe_markdown("Use it *only* for <b>flights</b>."))
    Use it *only* for \<b\>flights\<\/b\>\.
    """
    text = _STAND_IN.sub("\ufffd", text)
    if quoted is None:
        return _blocks(text)
    quotes: list[Quote] = []
    whole = ""
    for part in split_quotes(text):
        if isinstance(part, str):
            whole += part
        else:
            whole += chr(_FIRST_STAND_IN + len(quotes))
            quotes.append(part)
    shown = [quoted(quote) for quote in quotes]
    return _STAND_IN.sub(lambda found: shown[ord(found.group()) - _FIRST_STAND_IN], _blocks(whole))


def _blocks(text: str) -> str:
    blocks: list[str] = []
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        item, heading = _ITEM.match(line), _HEADING.match(line)
        if (not line.strip() or item or heading) and lines:
            blocks.append(_paragraph(lines))
            lines = []
        if heading:
            blocks.append(f"**{escape(heading.group(1))}**" if clean(heading.group(1)) else "")
        elif line.strip():
            lines.append(line)
    return _spaced([block for block in blocks if block])


def _paragraph(lines: list[str]) -> str:
    item = _ITEM.match(lines[0])
    if item is None:
        return _inline(" ".join(lines))
    words = _inline(" ".join([item["text"], *lines[1:]]))
    mark = "-" if item["mark"] in "-*+" else "1."
    return f"{mark.ljust(4)}{words}" if words else ""


def _spaced(blocks: list[str]) -> str:
    """Put a blank line between paragraphs, none between the items of a list."""
    whole = ""
    for before, block in zip(["", *blocks], blocks, strict=False):
        both = _is_item(before) and _is_item(block)
        whole += ("" if not whole else "\n" if both else "\n\n") + block
    return whole


def _is_item(block: str) -> bool:
    return block.startswith(("-   ", "1.  "))


def _inline(text: str) -> str:
    text = clean(text)
    done, written = 0, []
    for found in _INLINE.finditer(text):
        written += [_stretch(text[done : found.start()]), _piece(found)]
        done = found.end()
    return "".join([*written, _stretch(text[done:])]).strip()


def _piece(found: re.Match[str]) -> str:
    if found["code"] is not None and found["code"].strip():
        return _around(found["code"], "`` {} ``".format)
    if found["words"] is not None and _TARGET.match(found["target"]):
        target = found["target"]
        return _around(found["words"], lambda words: f"[{escape(words)}](<{target}>)")
    if found["strong"] is not None:
        return f"**{escape(found['strong'])}**"
    if found["soft"] is not None:
        return f"*{escape(found['soft'])}*"
    return _stretch(found.group())


def _around(text: str, written: Callable[[str], str]) -> str:
    """Write code or the words of a link, which can hold no quoted value: it stands between."""
    pieces = re.split(f"({_STAND_IN.pattern})", text)
    return " ".join(
        piece if _STAND_IN.match(piece) else written(piece.strip())
        for piece in pieces
        if piece.strip()
    )


def _stretch(text: str) -> str:
    """Escape a stretch of a line, keeping the spaces at its ends."""
    left = " " if text[:1].isspace() else ""
    right = " " if text[-1:].isspace() and text.strip() else ""
    return f"{left}{escape(text)}{right}"
