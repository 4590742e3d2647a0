"""Whether texts are other texts than before: their length, their words, and what a classifier sees."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reportgen.measure.drift.content_moved import (
    Content,
    beyond,
    lengths_moved,
    no_content,
    reason_of,
)
from reportgen.measure.drift.sides import FEWEST, PER_SIDE, Told, tell_sides
from reportgen.measure.monitoring.columns import Watched
from reportgen.measure.statistics.bootstrap import seed_of
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, difference, ratio
from reportgen.measure.text.tokens import Corpus, Vocabulary, read_corpus, texts_of

__all__ = ["measure_text", "unseen_share"]

MOST_TEXTS = 5_000
_NAMED = 3
_SURE = 4.0
_FEWEST_TEXTS = 5
"""A word in fewer texts of now is not named: it may be a person's."""


def measure_text(column: Watched, chance: float, level: float) -> Content:
    """Compare the texts of a column with those before.

    Parameters
    ----------
    chance : of a false alarm for each of the measures
    level : of the intervals

    Notes
    -----
    A word of now is unseen when none of the texts before has it. Some are by chance: as many as a
    text before has words that no other one has. Both shares are of words, with texts as the units.
    """
    reason = reason_of(column)
    if reason or column.now is None or column.before is None:
        return no_content(column, "text", reason)
    vocabulary = Vocabulary()
    before = read_corpus(_texts(column.before), vocabulary, MOST_TEXTS)
    now = read_corpus(_texts(column.now), vocabulary, MOST_TEXTS)
    if not before.n or not now.n:
        return no_content(column, "text", "no text to compare with")
    unseen, expected = unseen_share(before, now, len(vocabulary), level)
    wide = [unseen_share(before, now, len(vocabulary), 1 - chance)[at] for at in (0, 1)]
    told, words = _told(before, now, len(vocabulary), vocabulary, chance)
    return Content(
        column=column,
        what="text",
        size="words",
        lengths=lengths_moved(column, before.words, now.words, chance),
        told=told,
        unseen=unseen,
        unseen_before=expected,
        is_unseen=beyond(difference(wide[0], wide[1], 1 - chance)),
        words=words,
        rows=(before.n, now.n),
    )


def _texts(values: pd.Series[str]) -> list[str]:
    return [text for text in texts_of(values) if text.strip()]


def unseen_share(
    before: Corpus, now: Corpus, size: int, level: float
) -> tuple[Estimate, Estimate]:
    """Give the share of words that are new, and the share that chance explains.

    Parameters
    ----------
    size : words that there are, on both sides
    """
    known = before.counts(size)
    new = np.bincount(now.owners, weights=known[now.codes] == 0, minlength=now.n)
    # A word that only one text before has is unseen, were that text one of now.
    holders = np.zeros(size, dtype=np.intp)
    pairs = np.unique(np.stack([before.codes, before.owners]), axis=1)
    np.add.at(holders, pairs[0], 1)
    own = np.bincount(before.owners, weights=holders[before.codes] == 1, minlength=before.n)
    return (
        ratio(new, now.words, level, reason="no words"),
        ratio(own, before.words, level, reason="no words"),
    )


def _told(
    before: Corpus, now: Corpus, size: int, vocabulary: Vocabulary, chance: float
) -> tuple[Told | str, tuple[str, ...]]:
    """Classify texts by side, or say why not; and name the words that are commoner now."""
    if min(before.n, now.n) < FEWEST:
        few = min(before.n, now.n)
        return f"not enough texts (n = {few}; {FEWEST} needed)", ()
    old, new = (_holds(side, size) for side in (before, now))
    rows = np.vstack([old, new])
    is_now = np.repeat([False, True], [len(old), len(new)])
    seen = rows.sum(axis=0)
    use = seen > 1
    if not use.any():
        return "no word is in two texts", ()
    weighted = rows[:, use] * np.log(len(rows) / seen[use])
    lengths = np.linalg.norm(weighted, axis=1, keepdims=True)
    unit = weighted / np.where(lengths > 0, lengths, 1.0)
    centred = unit - unit.mean(axis=0)
    seed = seed_of(seen.astype(float), centred.sum(axis=1))
    told = tell_sides(centred @ centred.T, is_now, seed, chance)
    return told, _commoner(old, new, vocabulary)


def _holds(corpus: Corpus, size: int) -> Array:
    """Say which text has which word, shape (n, size), of the first texts, which content picks."""
    many = min(corpus.n, PER_SIDE)
    inside = corpus.owners < many
    found = np.zeros((many, size), dtype=np.float32)
    found[corpus.owners[inside], corpus.codes[inside]] = 1.0
    return found


def _commoner(old: Array, new: Array, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Name the words whose share of texts grew most, in standard errors."""
    was, now = old.mean(axis=0), new.mean(axis=0)
    pooled = (old.sum(axis=0) + new.sum(axis=0)) / (len(old) + len(new))
    error = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12) * (1 / len(old) + 1 / len(new)))
    rise = np.where(new.sum(axis=0) >= _FEWEST_TEXTS, (now - was) / error, 0.0)
    words = vocabulary.words
    order = sorted(np.flatnonzero(rise > _SURE), key=lambda at: (-rise[at], words[at]))
    return tuple(words[at] for at in order[:_NAMED])
