"""How long texts are, and which of their words training never saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reportgen.measure.evaluation.rows import unique_names
from reportgen.measure.text.errors import shortened
from reportgen.measure.text.tokens import Corpus, Vocabulary
from reportgen.report import Cell, Column, Part, Provenance, Series, Table, Value, value_name

__all__ = ["length_series", "new_words"]

BINS = 20
MOST_WORDS = 10
LONGEST = 40


def length_series(corpora: Mapping[str, Corpus], least: int | None) -> Series:
    """Draw the lengths of the texts, by data set.

    Parameters
    ----------
    least : bins with fewer texts are not told apart from empty ones; None: all are shown
    """
    lengths = np.concatenate([corpus.words for corpus in corpora.values()])
    longest = float(np.quantile(lengths, 0.99, method="inverted_cdf")) if len(lengths) else 0.0
    step = max(int(np.ceil((longest + 1) / BINS)), 1)
    edges = np.arange(0, max(longest, 1) + step + 1, step) - 0.5
    columns: dict[str, list[Any]] = {"words": [], "share": [], "data": []}
    for data in sorted(corpora):
        own = np.clip(corpora[data].words, None, edges[-1] - 0.5)
        counts = np.histogram(own, bins=edges)[0]
        if least is not None:
            counts = np.where(counts < least, 0, counts)
        columns["words"] += [float(middle) for middle in (edges[1:] + edges[:-1]) / 2]
        columns["share"] += [float(count) / max(len(own), 1) for count in counts]
        columns["data"] += [data] * len(counts)
    columns["group"] = columns.pop("data")
    return Series(
        name="text.words",
        title="How long the texts are",
        mark="histogram",
        x="words",
        y="share",
        columns={name: tuple(column) for name, column in columns.items()},
        labels={"words": "Words", "share": "Share of the texts", "group": "Data"},
        units={"words": "number", "share": "ratio"},
        provenance=Provenance(
            by="text.words@1", pins=("data", "training") if len(corpora) > 1 else ("data",)
        ),
        note="The last bars hold everything beyond them.",
    )


def new_words(corpora: Mapping[str, Corpus], vocabulary: Vocabulary, least: int) -> Part:
    """List the words that most texts hold and training never saw.

    Parameters
    ----------
    least : words in fewer texts are not listed: they are many, and may tell who wrote them
    """
    if "training" not in corpora:
        return Part()
    evaluation = corpora["evaluation"]
    unseen = corpora["training"].counts(len(vocabulary)) == 0
    pairs = np.unique(
        np.stack([evaluation.owners, evaluation.codes], axis=1)[unseen[evaluation.codes]], axis=0
    )
    texts = np.bincount(pairs[:, 1], minlength=len(vocabulary)) if len(pairs) else np.zeros(0)
    words = vocabulary.words
    listed = [code for code in np.flatnonzero(texts >= max(least, 1)) if texts[code]]
    listed.sort(key=lambda code: (-texts[code], words[code]))
    named = unique_names([shortened(words[code], LONGEST) for code in listed[:MOST_WORDS]])
    shown = [
        (word, int(texts[code])) for word, code in zip(named, listed[:MOST_WORDS], strict=True)
    ]
    if not shown:
        return Part()
    values = tuple(_value(word, count, evaluation.n) for word, count in shown)
    rows = tuple(
        (Cell(text=word), Cell(value=value.name))
        for (word, _), value in zip(shown, values, strict=True)
    )
    few = len(shown) < len(listed)
    return Part(
        values=values,
        tables=(
            Table(
                name="text.unseen",
                title="Words that training never saw",
                columns=(
                    Column(name="word", label="Word"),
                    Column(name="texts", label="Texts with it", unit="count"),
                ),
                rows=rows,
                note=f"The commonest {len(shown)} of {len(listed):,}, each in at least {least} "
                "texts." if few else f"Each in at least {least} texts.",
            ),
        ),
    )  # fmt: skip


def _value(word: str, count: int, n: int) -> Value:
    return Value(
        name=value_name("text.unseen", word=word),
        number=count,
        unit="count",
        n=n,
        provenance=Provenance(by="text.unseen@1", pins=("data", "training")),
        label=f"Texts with the word {word}",
    )
