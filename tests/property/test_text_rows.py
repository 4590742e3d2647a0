"""Any texts at all: nothing raises, every value has a number or a reason, order plays no part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.measure.text.text import measure_text
from reportgen.measure.text.tokens import words_of
from reportgen.report.frame import EvaluationFrame
from tests.unit.measure.importance_frames import context_of

TEXTS = st.lists(
    st.one_of(st.none(), st.text(max_size=30), st.sampled_from(["a b", "b c c", "[x](y)"])),
    max_size=30,
)


def _frame(texts: list[Any], training: list[Any] | None) -> EvaluationFrame:
    lengths = np.array([len(text or "") for text in texts], dtype=float)
    scores = 1 / (1 + lengths)
    return EvaluationFrame(
        task="classification",
        target="y",
        truth=pd.Series((lengths % 2).astype(int), dtype=object),
        predicted=(scores > 0.3).astype(int),
        scores=scores,
        classes=(0, 1),
        positive=1,
        features=pd.DataFrame({"t": pd.Series(texts, dtype=object)}),
        training=None
        if training is None
        else pd.DataFrame({"t": pd.Series(training, dtype=object)}),
        text="t",
    )


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.none() | TEXTS, st.randoms(use_true_random=False))
def test_any_texts(texts: list[Any], training: list[Any] | None, random: Any) -> None:
    part = measure_text(context_of(_frame(texts, training)))
    names = {value.name for value in part.values}
    assert len(names) == len(part.values)
    for value in part.values:
        assert (value.number is None) == (value.reason is not None)
        if value.unit == "ratio" and value.number is not None:
            assert 0 <= value.number <= 1
    for table in part.tables:
        for row in table.rows:
            assert all(cell.value is None or cell.value in names for cell in row)
    shuffled = list(texts)
    random.shuffle(shuffled)
    assert measure_text(context_of(_frame(shuffled, training))) == part


@given(st.text())
def test_words_are_found_again_in_small_letters(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words
    assert all(word and not any(letter.isspace() for letter in word) for word in words)
