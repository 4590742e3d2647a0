"""Text from data as text on the page: no character of it can be markup."""

from __future__ import annotations

import re
from string import punctuation

__all__ = ["attribute", "clean", "escape"]

_SPACES = re.compile(r"\s+")
_MARKUP = re.compile(f"([{re.escape(punctuation)}])")
_IN_QUOTES = re.compile(r'([\\"&|`$<>\[\]{}])')
# Control characters, and the separators of lines and paragraphs.
_BLANK = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Lone surrogates; overrides of the writing direction, which can make a page say what its source
# does not; U+FFFE and U+FFFF, which are no characters, and which XML refuses.
_REPLACED = re.compile("[\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def clean(text: str) -> str:
    r"""Put text on one line, without control characters.

    Control characters and line breaks become spaces, runs of spaces one; lone surrogates and
    overrides of the writing direction become U+FFFD, which is seen.

    Examples
    --------
    >>> clean(" two\nlines\x00 ")
    'two lines'
    """
    text = _BLANK.sub(" ", _REPLACED.sub("\ufffd", text))
    return _SPACES.sub(" ", text).strip()


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
