r"""Values quoted in a text that a person wrote: ``{{ evaluation.recall | interval }}``.

A quote names a value or a fact of the record, and says with filters how it is shown. It is put in
when the page is made, so that a text cannot state a number of yesterday. Two braces that are meant
as braces are written ``\{{``. What has not the shape of a quote is text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["FILTERS", "MOST_QUOTES", "Quote", "quoted_names", "split_quotes", "stray_braces"]

FILTERS = ("interval", "n", "percent")
"""How a quoted value is shown: with its interval, with its rows, as a percentage."""

MOST_QUOTES = 1_000
"""In one text; a text with more of them is a table."""

# Every repetition ends at a character that it cannot hold itself, so that no text takes long.
_PIECE = re.compile(
    r"(?P<escaped>\\\{\{)"
    r"|\{\{[ \t]{0,20}(?P<name>[a-z][^\[\]{}|\n]{0,200}(?:\[[^\[\]\n]{1,500}\][ \t]{0,20})?)"
    r"(?P<filters>(?:\|[ \ta-z_]{1,30}){0,10})\}\}"
)
_STRAY = re.compile(r"\{\{[^}\n]{0,60}(?:\}\})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One value or fact that a text quotes.

    Attributes
    ----------
    name : of the value or fact, with its group in brackets
    filters : words of `FILTERS`, as far as they are known
    written : the quote as it stands in the text
    """

    name: str
    filters: tuple[str, ...] = ()
    written: str = ""


def split_quotes(text: str) -> tuple[str | Quote, ...]:
    r"""Cut a text into what stands between quotes, and the quotes.

    Returns
    -------
    no two texts in a row and no empty one; the first `MOST_QUOTES` quotes, the rest as text

    Examples
    --------
    >>> [part if isinstance(part, str) else part.name for part in
    ...  split_quotes(r"Of {{ evaluation.rows }} rows, not \{{ x }}.")]
    ['Of ', 'evaluation.rows', ' rows, not {{ x }}.']
    """
    parts: list[str | Quote] = []
    done, plain, quotes = 0, "", 0
    for found in _PIECE.finditer(text):
        plain += text[done : found.start()]
        done = found.end()
        if found["escaped"]:
            plain += "{{"
        elif not found["name"].strip() or quotes == MOST_QUOTES:
            plain += found.group()
        else:
            parts += [plain] if plain else []
            parts.append(_quote(found))
            plain, quotes = "", quotes + 1
    plain += text[done:]
    return tuple([*parts, plain] if plain else parts)


def _quote(found: re.Match[str]) -> Quote:
    filters = tuple(word.strip() for word in found["filters"].split("|")[1:])
    return Quote(name=found["name"].strip(), filters=filters, written=found.group())


def quoted_names(text: str) -> tuple[str, ...]:
    """Name what a text quotes, each once, in the order of the text."""
    quotes = (part for part in split_quotes(text) if isinstance(part, Quote))
    return tuple(dict.fromkeys(quote.name for quote in quotes))


def stray_braces(text: str) -> tuple[str, ...]:
    r"""Give the beginnings of what looks like a quote and is none; ``\{{`` is not among them.

    Examples
    --------
    >>> stray_braces("{{ evaluation.recall }} and {{< meta title >}} and \\{{ x }}")
    ('{{< meta title >}}',)
    """
    left = _PIECE.sub(lambda found: found.group() if _is_blank(found) else " ", text)
    return tuple(found.group().strip() for found in _STRAY.finditer(left))


def _is_blank(found: re.Match[str]) -> bool:
    return found["name"] is not None and not found["name"].strip()
