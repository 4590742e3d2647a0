"""Text from data as text on the page: no character of it can be markup."""

from __future__ import annotations

import re
import unicodedata
from string import punctuation

__all__ = ["attribute", "clean", "escape"]

_SPACES = re.compile(r"\s+")
_MARKUP = re.compile(f"([{re.escape(punctuation)}])")
_IN_QUOTES = re.compile(r'([\\"&|`$<>\[\]{}])')
# Overrides of the writing direction can make a page say what its source does not; U+FFFE and
# U+FFFF are no characters, and XML refuses them.
_REPLACED = re.compile("[\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def clean(text: str) -> str:
    r"""Put text on one line, without control characters.

    Control characters and line breaks become spaces, runs of spaces one; lone surrogates and
    overrides of the writing direction become U+FFFD, which is seen.

    Examples
    --------
    >>> clean(" two\nlines\x00 ")
    'two lines'
    """
    text = _REPLACED.sub("\ufffd", text)
    spaced = "".join(_visible(character) for character in text)
    return _SPACES.sub(" ", spaced).strip()


def _visible(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cs":
            return "\ufffd"
        case _:
            return character


def escape(text: str) -> str:
    r"""Write text so that Pandoc's Markdown reads back exactly `clean(text)`.

    Every ASCII punctuation mark gets a backslash, which Pandoc allows anywhere; so nothing
    depends on where on a line, or in which block, the text will stand.

    Examples
    --------
    >>> print(escape("a*b <i> $x$ @you"))
    a\*b \<i\> \$x\$ \@you
    """
    return _MARKUP.sub(r"\\\1", clean(text))


def attribute(text: str) -> str:
    r"""Write text as a quoted value of an attribute: ``{key="…"}`` without the key.

    Safe in a cell of a pipe table too.

    Examples
    --------
    >>> print(attribute('say "no"'))
    "say \"no\""
    """
    return '"' + _IN_QUOTES.sub(r"\\\1", clean(text)) + '"'
