"""How many different words texts hold, in samples of one size: longer texts always hold more."""

from __future__ import annotations

import numpy as np

from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.statistics.intervals import Array, quantile_t
from reportgen.measure.text.tokens import Corpus
from reportgen.report.value import Interval

__all__ = ["GROUPS", "distinct_share", "expected_words", "sample_size"]

GROUPS = 20
FEWEST_WORDS = 100
MOST_WORDS = 10_000


def expected_words(counts: Array, size: int) -> float:
    """Give the mean number of different words in samples of `size`, without replacement.

    Parameters
    ----------
    counts : shape (v,), how often each word occurs
    size : not above their sum

    References
    ----------
    Hurlbert (1971): rarefaction, exact, so that no sample need be drawn.

    Examples
    --------
    >>> round(expected_words(np.array([2, 1]), 2), 4)
    1.6667
    """
    from scipy.special import gammaln

    total = int(counts.sum())
    held, times = np.unique(counts[counts > 0], return_counts=True)
    never = np.zeros(len(held))
    possible = total - held >= size
    left = (total - held[possible]).astype(float)
    logs = (
        gammaln(left + 1)
        - gammaln(left - size + 1)
        - gammaln(total + 1.0)
        + gammaln(total - size + 1.0)
    )
    never[possible] = np.exp(logs)
    return float((times * (1 - never)).sum())


def sample_size(corpora: list[Corpus]) -> int:
    """Choose the number of words to compare texts at: what each has without any of its groups."""
    least = [corpus.codes.size - int(_group_sizes(corpus).max()) for corpus in corpora]
    return min(MOST_WORDS, *least) if least else 0


def _groups(corpus: Corpus) -> Array:
    return corpus.owners % GROUPS  # texts stand in an order of their content


def _group_sizes(corpus: Corpus) -> Array:
    return np.bincount(_groups(corpus), minlength=GROUPS)


def distinct_share(corpus: Corpus, vocabulary: int, size: int, level: float) -> Estimate:
    """Estimate the type-token ratio of samples of `size` words.

    Parameters
    ----------
    vocabulary : words that have a code

    Notes
    -----
    The interval is from a jackknife over twenty groups of texts, since the words of one text
    belong together.
    """
    if size < FEWEST_WORDS or corpus.n < GROUPS:
        words = "1 word" if size == 1 else f"{max(size, 0):,} words"
        return Estimate(number=None, n=corpus.n, reason=f"not enough data ({words})")
    groups = _groups(corpus)
    each = np.stack(
        [np.bincount(corpus.codes[groups == g], minlength=vocabulary) for g in range(GROUPS)]
    )
    whole = each.sum(axis=0)
    number = expected_words(whole, size) / size
    left_out = np.array([expected_words(whole - own, size) / size for own in each])
    error = float(((left_out - left_out.mean()) ** 2).sum() * (GROUPS - 1) / GROUPS) ** 0.5
    half = quantile_t(level, GROUPS - 1) * error
    interval = Interval(
        low=max(number - half, 0.0), high=min(number + half, 1.0), level=level, method="jackknife"
    )
    return Estimate(number=number, n=corpus.n, interval=interval)
