"""Texts beside those of training: lengths, words, groups of length, and errors to read."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom
from sklearn.metrics import accuracy_score

from reportgen.errors import DataError
from reportgen.measure.evaluation.card import measure_evaluation
from reportgen.measure.statistics.richness import GROUPS, distinct_share, expected_words
from reportgen.measure.text.compared import compare_texts
from reportgen.measure.text.errors import shortened
from reportgen.measure.text.lengths import SEGMENT, length_levels, with_text_lengths
from reportgen.measure.text.text import measure_text
from reportgen.measure.text.tokens import Vocabulary, read_corpus, words_of
from reportgen.report import Part, Table
from reportgen.report.frame import EvaluationFrame
from tests.unit.measure.importance_frames import context_of, values_of

ANIMALS = ["cat", "dog", "cow", "hen", "fox", "owl", "bee", "ant", "elk", "yak"]


def _texts(n: int, seed: int = 1, words: list[str] = ANIMALS) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(words, random.integers(1, 12))) for _ in range(n)]


def _frame(
    texts: list[Any], training: list[Any] | None = None, *, score: Any = None, **more: Any
) -> EvaluationFrame:
    """A model that finds a text positive when it speaks of cats; the truth is foxes."""
    said = ["" if text is None else str(text) for text in texts]
    scores = np.array([0.9 if "cat" in text else 0.2 for text in said]) if score is None else score
    return EvaluationFrame(
        task="classification",
        target="y",
        truth=pd.Series([int("fox" in text) for text in said], dtype=object),
        predicted=(scores >= 0.5).astype(int),
        scores=scores,
        classes=(0, 1),
        positive=1,
        features=pd.DataFrame({"body": pd.Series(texts, dtype=object)}),
        training=None if training is None else pd.DataFrame({"body": training}),
        text="body",
        **more,
    )


def _part(frame: EvaluationFrame) -> Part:
    return measure_text(context_of(frame))


def _table(part: Part, name: str) -> Table:
    return next(table for table in part.tables if table.name == name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don’t stop, DON'T!", ["don’t", "stop", "don't"]),
        ("café cafe\u0301", ["café", "café"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("Straße 42 x_y", ["strasse", "42", "x_y"]),
        ("'quoted' -- … 😀", ["quoted"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_numbers_by_hand() -> None:
    part = _part(
        _frame(["A fox, a cat", "the the owl", None, "a dog"], ["a dog", "the cat  sat", "a a"])
    )
    numbers = {name: value.number for name, value in values_of(part).items()}
    assert numbers["text.documents[data=evaluation]"] == 4
    assert numbers["text.documents[data=training]"] == 3
    assert numbers["text.empty[data=evaluation]"] == 1
    assert numbers["text.words[data=evaluation]"] == 2.5  # 0, 2, 3, 4
    assert numbers["text.characters[data=training]"] == 5
    assert numbers["text.vocabulary[data=evaluation]"] == 6
    assert numbers["text.unseen_words"] == pytest.approx(2 / 9)  # fox and owl
    assert numbers["text.unseen_documents"] == pytest.approx(2 / 3)
    assert numbers["text.seen_documents"] == pytest.approx(1 / 3)  # a dog
    assert values_of(part)["text.type_token_ratio[data=evaluation]"].reason == (
        "not enough data (4 words)"
    )


def test_every_estimate_has_an_interval() -> None:
    part = _part(_frame(_texts(300), _texts(400, 2)))
    for value in part.values:
        if value.name.startswith(("text.words", "text.characters", "text.type", "text.seen")):
            assert value.interval is not None, value.name
            assert value.number is not None
            assert value.interval.low <= value.number <= value.interval.high


def test_rarefaction_is_the_mean_over_all_samples() -> None:
    words = [0, 0, 0, 1, 1, 2, 3]
    for size in range(8):
        sets = [len(set(sample)) for sample in itertools.combinations(words, size)]
        counts = np.bincount(words)
        assert expected_words(counts, size) == pytest.approx(np.mean(sets))
    big = np.random.default_rng(1).integers(1, 50, 200)
    theirs = sum(1 - hypergeom.pmf(0, big.sum(), count, 500) for count in big)
    assert expected_words(big, 500) == pytest.approx(theirs)


def test_type_token_ratio_does_not_grow_with_the_data() -> None:
    words = [f"w{k}" for k in range(300)]
    vocabulary = Vocabulary()
    small = read_corpus(_texts(100, 1, words), vocabulary, 10**6)
    large = read_corpus(_texts(2_000, 2, words), vocabulary, 10**6)
    one, two = (distinct_share(c, len(vocabulary), 400, 0.95) for c in (small, large))
    assert one.number == pytest.approx(two.number, abs=0.03)
    assert small.codes.size < large.codes.size / 10


def test_the_jackknife_is_as_wide_as_texts_differ() -> None:
    words = [f"w{k}" for k in range(200)]
    found = []
    for seed in range(60):
        vocabulary = Vocabulary()
        corpus = read_corpus(_texts(120, seed, words), vocabulary, 10**6)
        found.append(distinct_share(corpus, len(vocabulary), 400, 0.95))
    truth = float(np.mean([each.number for each in found if each.number is not None]))
    covered = sum(
        each.interval is not None and each.interval.low <= truth <= each.interval.high
        for each in found
    )
    assert 53 <= covered <= 60  # of 60, nominally 57
    assert GROUPS == 20


def test_texts_of_training_that_come_again_are_watched() -> None:
    texts = _texts(200)
    part = _part(_frame(texts, [*_texts(300, 2, ANIMALS[::-1]), *texts[:20]]))
    finding = next(found for found in part.findings if "word for word" in found.sentence)
    assert finding.state == "watch"
    assert finding.because == ("text.seen_documents",)


def test_longer_texts_and_strange_words_are_watched() -> None:
    strange = [f"{text} {text} {text} zyx" for text in _texts(200)]
    part = _part(_frame(strange, _texts(200, 2, ANIMALS[:3])))
    said = " ".join(found.sentence for found in part.findings)
    assert "The evaluation texts are longer than those of training" in said
    assert "do not occur in the training data" in said
    alike = _part(_frame(_texts(200), _texts(200, 2)))
    assert not [found for found in alike.findings if "longer" in found.sentence]


def test_new_words_are_listed_by_the_texts_that_hold_them() -> None:
    part = _part(_frame(["zeta zeta cat", "zeta eta", "eta", "solo"], ["cat", "dog"]))
    table = _table(part, "text.unseen")
    assert [row[0].text for row in table.rows] == ["eta", "zeta"]  # solo is in one text alone
    assert values_of(part)["text.unseen[word=zeta]"].number == 2


def test_without_training_texts_it_is_said() -> None:
    part = _part(_frame(_texts(50)))
    table = _table(part, "text.summary")
    assert [column.name for column in table.columns] == ["measure", "evaluation", "meaning"]
    assert "No training texts were given" in table.note
    assert "text.unseen_words" not in values_of(part)


def test_the_surest_errors_are_shown_first() -> None:
    texts = ["a cat", "a fox", "cat fox", "the\n cat <b>x</b>", "owl " * 100]
    scores = np.array([0.7, 0.2, 0.9, 0.95, 0.6])
    part = _part(_frame(texts, score=scores))
    rows = _table(part, "text.errors").rows
    assert [row[0].text for row in rows] == [
        "the cat <b>x</b>",
        "a fox",
        "a cat",
        ("owl " * 100)[:159].rstrip() + "…",
    ]
    assert [(row[1].text, row[2].text) for row in rows][:2] == [("0", "1"), ("1", "0")]
    values = values_of(part)
    numbers = [values[row[3].value or ""].number for row in rows]
    assert numbers == pytest.approx([0.95, 0.8, 0.7, 0.6])
    assert all(len(row[0].text or "") <= 160 for row in rows)


def test_ten_errors_at_most_and_ties_by_text() -> None:
    texts = [f"cat {k:02}" for k in range(40)]
    rows = _table(_part(_frame(texts)), "text.errors").rows
    assert [row[0].text for row in rows] == texts[:10]
    back = _table(_part(_frame(texts[::-1])), "text.errors").rows
    assert [row[0].text for row in back] == texts[:10]


def test_no_single_text_where_small_groups_are_hidden() -> None:
    part = _part(_frame(_texts(60), _texts(60, 2, ["zebra"]), minimum_group=20))
    assert not [table for table in part.tables if table.name == "text.errors"]
    assert "No single text is shown" in _table(part, "text.summary").note
    for row in _table(part, "text.unseen").rows:
        assert (values_of(part)[row[1].value or ""].number or 0) >= 20
    shares = np.array(part.series[0].columns["share"]) * 60
    assert not ((shares > 0.5) & (shares < 19.5)).any()


def test_errors_need_scores_and_errors() -> None:
    plain = EvaluationFrame(
        **{name: getattr(_frame(_texts(20)), name) for name in EvaluationFrame.__slots__}
        | {"scores": None}
    )
    assert "gives no scores" in _table(_part(plain), "text.summary").note
    right = _part(_frame(["a fox", "a dog"], score=np.array([0.9, 0.1])))
    assert "No row is wrong." in _table(right, "text.summary").note


def test_numbers_and_several_classes() -> None:
    texts = _texts(30)
    regression = EvaluationFrame(
        task="regression", target="y", truth=pd.Series(np.arange(30.0)), text="body",
        predicted=np.where(np.arange(30) == 7, 99.0, np.arange(30.0)),
        features=pd.DataFrame({"body": texts}),
    )  # fmt: skip
    (row,) = _table(_part(regression), "text.errors").rows
    assert row[0].text == texts[7]
    scores = np.random.default_rng(1).dirichlet([1, 1, 1], 30)
    classes = ("u", "v", "w")
    several = EvaluationFrame(
        task="multiclass", target="y", truth=pd.Series(["u"] * 29 + ["new"], dtype=object),
        predicted=np.array(classes, dtype=object)[scores.argmax(axis=1)], scores=scores,
        classes=classes, text="body", features=pd.DataFrame({"body": texts}),
    )  # fmt: skip
    part = _part(several)
    rows = _table(part, "text.errors").rows
    told = [values_of(part)[row[3].value or ""].number for row in rows]
    wrong = (scores.argmax(axis=1) != 0) | (np.arange(30) == 29)
    assert told == pytest.approx(sorted(scores.max(axis=1)[wrong])[::-1][: len(told)])


def test_lengths_are_groups() -> None:
    frame = _frame(_texts(400), _texts(100, 2))
    part = measure_evaluation(frame)
    sizes = pd.Series([len(words_of(text)) for text in frame.features["body"]])
    edges = np.quantile(sizes, [0.25, 0.5, 0.75], method="inverted_cdf")
    levels = length_levels(sizes.to_numpy(), edges)
    assert levels.nunique() == 4
    values = values_of(part)
    truth = frame.truth.astype(int)
    for level in levels.unique():
        own = (levels == level).to_numpy()
        value = values[f"evaluation.accuracy[{SEGMENT}={level}]"]
        assert value.number == pytest.approx(accuracy_score(truth[own], frame.predicted[own]))
    assert f"evaluation.groups.{SEGMENT}" in [table.name for table in part.tables]
    trained = with_text_lengths(frame).training_segments[SEGMENT]
    assert len(trained) == 100


@pytest.mark.parametrize(
    ("lengths", "levels"),
    [
        ([3, 3, 3, 3], {"all": 0}),
        ([0, 0, 0, 9], {"up to 0 words": 3, "over 0 words": 1}),
        ([1, 2, 3, 4], {"up to 1 word": 1, "2 words": 1, "3 words": 1, "over 3 words": 1}),
    ],
)
def test_equal_lengths_make_fewer_groups(lengths: list[int], levels: dict[str, int]) -> None:
    frame = with_text_lengths(_frame([" ".join(["x"] * k) for k in lengths]))
    if "all" in levels:
        assert SEGMENT not in frame.segments
    else:
        assert frame.segments[SEGMENT].value_counts().to_dict() == levels


def test_the_order_of_rows_changes_nothing() -> None:
    texts, training = _texts(150), _texts(150, 2, ANIMALS[2:])
    order = np.random.default_rng(3).permutation(150)
    back = [texts[k] for k in order]
    assert _part(_frame(texts, training)) == _part(_frame(back, [training[k] for k in order]))


def test_of_many_texts_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reportgen.measure.text.compared.MOST_TEXTS", 100)
    compared = compare_texts({"evaluation": _texts(300), "training": _texts(50, 2)}, 0.95)
    assert compared.is_drawn
    assert compared.corpora["evaluation"].n == 100
    assert compared.found["documents", "evaluation"].number == 300


def test_a_text_that_is_no_feature_is_named() -> None:
    frame = _frame(_texts(10))
    wrong = EvaluationFrame(
        **{name: getattr(frame, name) for name in frame.__slots__} | {"text": "bodi"}
    )
    with pytest.raises(DataError, match=r"'bodi' is no feature. Did you mean 'body'"):
        _part(wrong)


@pytest.mark.parametrize("texts", [[], [None], [None, ""], ["one"]])
def test_few_texts_and_empty_ones(texts: list[Any]) -> None:
    part = _part(_frame(texts, []))
    for value in part.values:
        assert (value.number is None) == (value.reason is not None)
    with_training = _part(_frame(texts, ["one two", None]))
    assert values_of(with_training)["text.documents[data=evaluation]"].number == len(texts)


def test_shortened() -> None:
    assert shortened("x" * 200) == "x" * 159 + "…"
    assert shortened("x" * 160) == "x" * 160
    assert shortened(" \n ") == "(empty)"
