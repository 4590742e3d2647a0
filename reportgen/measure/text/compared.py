"""Texts of the evaluation beside those of training, as estimates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, median_interval, proportion, ratio
from reportgen.measure.statistics.richness import distinct_share, sample_size
from reportgen.measure.text.tokens import Corpus, Vocabulary, read_corpus

__all__ = ["EVALUATION", "MOST_TEXTS", "TRAINING", "Compared", "compare_texts"]

MOST_TEXTS = 50_000
EVALUATION, TRAINING = "evaluation", "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The texts of both data sets.

    Attributes
    ----------
    corpora : by data set; ``training`` only where its texts are known
    """

    corpora: Mapping[str, Corpus]
    vocabulary: Vocabulary
    found: Mapping[tuple[str, str], Estimate]
    size: int

    @property
    def is_drawn(self) -> bool:
        """Whether only some of the texts were looked at."""
        return any(corpus.n < corpus.of for corpus in self.corpora.values())


def compare_texts(texts: Mapping[str, list[str]], level: float) -> Compared:
    """Measure every line of the table for each data set.

    Parameters
    ----------
    texts : by data set, ``evaluation`` and perhaps ``training``
    """
    vocabulary = Vocabulary()
    corpora: dict[str, Corpus] = {}
    for name in sorted(texts, reverse=True):  # the training data first: its words come first
        corpora[name] = read_corpus(texts[name], vocabulary, MOST_TEXTS)
    size = sample_size(list(corpora.values()))
    found: dict[tuple[str, str], Estimate] = {}
    for name, corpus in corpora.items():
        for key, estimate in _own(corpus, len(vocabulary), size, level).items():
            found[key, name] = estimate
    if TRAINING in corpora:
        for key, estimate in _against(corpora, len(vocabulary), texts, level).items():
            found[key, EVALUATION] = estimate
    return Compared(corpora=corpora, vocabulary=vocabulary, found=found, size=size)


def _own(corpus: Corpus, vocabulary: int, size: int, level: float) -> dict[str, Estimate]:
    n = corpus.n
    return {
        "documents": Estimate(number=corpus.of, n=n),
        "empty": Estimate(number=int((corpus.words == 0).sum()), n=n),
        "words": _median(corpus.words, level),
        "characters": _median(corpus.characters, level),
        "vocabulary": Estimate(number=int((corpus.counts(vocabulary) > 0).sum()), n=n),
        "type_token_ratio": distinct_share(corpus, vocabulary, size, level),
    }


def _median(lengths: Array, level: float) -> Estimate:
    n = len(lengths)
    if n == 0:
        return Estimate(number=None, n=0, reason="no rows")
    interval = median_interval(np.sort(lengths).astype(float), level)
    return Estimate(number=float(np.median(lengths)), n=n, interval=interval)


def _against(
    corpora: Mapping[str, Corpus], vocabulary: int, texts: Mapping[str, list[str]], level: float
) -> dict[str, Estimate]:
    evaluation = corpora[EVALUATION]
    unseen = corpora[TRAINING].counts(vocabulary)[evaluation.codes] == 0
    strange = np.bincount(evaluation.owners, weights=unseen, minlength=evaluation.n)
    filled = evaluation.words > 0
    known = {" ".join(text.split()) for text in texts[TRAINING]}
    # Against all training texts, also where only some of their words were looked at.
    again = [" ".join(text.split()) in known for text in evaluation.texts]
    count = int(filled.sum())
    return {
        "unseen_words": ratio(strange[filled], evaluation.words[filled], level, reason="no words"),
        "unseen_documents": proportion(int((strange > 0).sum()), count, level),
        "seen_documents": proportion(
            int((np.array(again, dtype=bool) & filled).sum()), count, level
        ),
    }
