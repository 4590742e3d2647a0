"""Texts as words: a simple rule that knows no language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure.statistics.intervals import Array

__all__ = ["RULE", "Corpus", "Vocabulary", "read_corpus", "texts_of", "words_of"]

RULE = (
    "A word is a run of letters, digits and marks, with apostrophes inside; small and capital "
    "letters are one. Languages without spaces are not cut into words."
)


@cache
def _pattern() -> re.Pattern[str]:
    """Letters, digits and, unlike ``re``, the marks that Unicode sets upon them."""
    marks = (chr(c) for c in range(0x300, 0x3100) if unicodedata.category(chr(c))[0] == "M")
    inside = rf"\w{''.join(marks)}"
    return re.compile(rf"[{inside}]+(?:['’][{inside}]+)*")


def words_of(text: str) -> list[str]:
    """Cut a text into words.

    Examples
    --------
    >>> words_of("Don’t stop, DON’T!  (2nd try)")
    ['don’t', 'stop', 'don’t', '2nd', 'try']
    """
    return _pattern().findall(unicodedata.normalize("NFC", text).casefold())


def texts_of(column: pd.Series[Any]) -> list[str]:
    """Give every row a text; what is missing is an empty one."""
    missing = column.isna().to_numpy(bool)
    return ["" if gone else str(text) for text, gone in zip(column, missing, strict=True)]


class Vocabulary:
    """Words and their codes, from 0 in the order in which they were met."""

    __slots__ = ("_codes",)

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def code(self, words: Iterable[str]) -> list[int]:
        """Give the code of each word, a new one where it has none."""
        known = self._codes
        return [known.setdefault(word, len(known)) for word in words]

    @property
    def words(self) -> list[str]:
        """All words, by their code."""
        return list(self._codes)

    def __len__(self) -> int:
        return len(self._codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Texts as codes of words.

    Attributes
    ----------
    texts : the texts themselves
    codes : shape (t,), the words of all texts, one after the other
    owners : shape (t,), the text that each is in
    words, characters : shape (n,), the length of each text
    of : how many texts there were before some were drawn
    """

    texts: tuple[str, ...]
    codes: Array
    owners: Array
    words: Array
    characters: Array
    of: int

    @property
    def n(self) -> int:
        """Texts that are looked at."""
        return len(self.texts)

    def counts(self, size: int) -> Array:
        """How often each word occurs, shape (size,)."""
        return np.bincount(self.codes, minlength=size)


def read_corpus(texts: list[str], vocabulary: Vocabulary, most: int) -> Corpus:
    """Cut texts into words; of more than `most`, as many as that, drawn by their content.

    Notes
    -----
    Texts are put in an order of their own content first, so that the order of rows cannot matter.
    """
    keys = pd.util.hash_array(np.array([*texts, ""], dtype=object))[:-1]
    order = np.lexsort((np.arange(len(texts)), keys))[:most]
    taken = tuple(texts[place] for place in order)
    cut = [vocabulary.code(words_of(text)) for text in taken]
    sizes = np.array([len(codes) for codes in cut], dtype=np.intp)
    return Corpus(
        texts=taken,
        codes=np.array([code for codes in cut for code in codes], dtype=np.intp),
        owners=np.repeat(np.arange(len(taken)), sizes),
        words=sizes,
        characters=np.array([len(text) for text in taken], dtype=np.intp),
        of=len(texts),
    )
