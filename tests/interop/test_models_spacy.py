"""A spaCy pipeline with a text classifier, trained here and pinned by vetiver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from reportgen.errors import DataError
from tests.models_support import asked_model, card_record, pin_with_vetiver

GOOD = ["a lovely bright film", "great fun for all", "bright and warm", "we loved it"]
BAD = ["a dull grey film", "no fun at all", "slow and cold", "we left early"]
PLAIN = ["a film of two hours", "shown on monday", "it has three parts", "made in 1999"]
ROWS = pd.DataFrame(
    {
        "review": [*GOOD, *BAD, *PLAIN, "lovely but slow", ""],
        "mood": ["good"] * 4 + ["bad"] * 4 + ["plain"] * 4 + ["good", "plain"],
    }
)


def trained(labels: tuple[str, ...], pipe: str = "textcat") -> Any:
    # Not above: seconds of import that only the worker with these tests has to wait for.
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed

    fix_random_seed(3)
    nlp = spacy.blank("en")
    exclusive = pipe == "textcat"
    bag = {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": exclusive,
        "ngram_size": 1,
        "no_output_layer": False,
        "length": 1024,
    }
    classifier = nlp.add_pipe(pipe, config={"model": bag})
    for label in labels:
        classifier.add_label(label)
    known = ROWS[ROWS["mood"].isin(labels)] if exclusive else ROWS
    examples = [
        Example.from_dict(
            nlp.make_doc(text), {"cats": {each: float(each == mood) for each in labels}}
        )
        for text, mood in zip(known["review"], known["mood"], strict=True)
    ]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(12):
        nlp.update(examples, sgd=optimizer)
    return nlp


def cats(nlp: Any, texts: pd.Series[str]) -> pd.DataFrame:
    return pd.DataFrame([nlp(text).cats for text in texts])


def test_two_labels_are_two_classes(tmp_path: Path) -> None:
    nlp = trained(("good", "bad"))
    rows = ROWS[ROWS["mood"] != "plain"].reset_index(drop=True)
    board = pin_with_vetiver(tmp_path, nlp, rows[["review"]], rows)
    record = card_record(board, "mood")
    expected = cats(nlp, rows["review"])
    _, frame = asked_model(board, tmp_path / "own", "mood", positive="good")
    np.testing.assert_allclose(frame.scores, expected["good"], atol=1e-6)
    assert frame.text == "review"
    assert record.values["evaluation.roc_auc"].number == pytest.approx(
        roc_auc_score(rows["mood"] == "bad", expected["bad"])
    )
    assert record.facts["model.class"].text == "English"
    assert record.facts["model.library"].text == "spacy"
    steps = {row[0].text: row[1].text for row in record.tables["model.steps"].rows}
    assert steps == {"textcat": "TextCategorizer of good, bad"}
    features = [tuple(cell.text for cell in row) for row in record.tables["model.features"].rows]
    assert features == [("review", "text", "a lovely bright film")]


def test_three_labels_and_a_row_without_text(tmp_path: Path) -> None:
    nlp = trained(("good", "bad", "plain"))
    rows = pd.concat([ROWS, ROWS.assign(review=None)[:1]], ignore_index=True)
    board = pin_with_vetiver(tmp_path, nlp, rows[["review"]], rows)
    values = card_record(board, "mood").values
    worded = ROWS[ROWS["review"] != ""]
    expected = cats(nlp, worded["review"])
    labels = sorted(expected.columns)
    assert values["evaluation.rows"].number == len(rows) - 2  # counted, and set aside
    assert values["evaluation.accuracy"].number == pytest.approx(
        accuracy_score(worded["mood"], expected.idxmax(axis=1))
    )
    scores = expected[labels].to_numpy()
    shares = scores / scores.sum(axis=1, keepdims=True)
    assert values["evaluation.log_loss"].number == pytest.approx(
        log_loss(worded["mood"], shares, labels=labels), abs=1e-5
    )


def test_a_text_without_words_has_no_answer_in_any_company(tmp_path: Path) -> None:
    """spaCy's own answer differs: alone, no class is likely; among others, each a little."""
    nlp = trained(("good", "bad"))
    assert set(nlp("").cats.values()) == {0.0}
    assert set(next(iter(nlp.pipe(["", "lovely"]))).cats.values()) != {0.0}
    rows = ROWS[ROWS["mood"] != "plain"].assign(review=lambda own: own["review"].str[:0])
    rows = pd.concat([rows[:1], ROWS[ROWS["mood"] != "plain"]], ignore_index=True)
    board = pin_with_vetiver(tmp_path, nlp, rows[["review"]], rows)
    _, frame = asked_model(board, tmp_path / "own", "mood")
    alone = frame.ask(rows[["review"]][:1])
    assert np.isnan(frame.scores).nonzero()[0].tolist() == [0]
    assert np.isnan(alone.scores).all()
    assert alone.predicted.tolist() == [None]


def test_labels_that_do_not_exclude_each_other_give_no_scores(tmp_path: Path) -> None:
    nlp = trained(("good", "bad", "plain"), "textcat_multilabel")
    board = pin_with_vetiver(tmp_path, nlp, ROWS[["review"]], ROWS)
    _, frame = asked_model(board, tmp_path / "own", "mood")
    assert frame.scores is None
    expected = cats(nlp, ROWS["review"]).idxmax(axis=1).tolist()
    assert frame.predicted.tolist() == [*expected[:-1], None]  # the last has no words


def test_one_label_is_that_or_not(tmp_path: Path) -> None:
    nlp = trained(("good",), "textcat_multilabel")
    rows = ROWS.assign(mood=np.where(ROWS["mood"] == "good", "good", "not good"))
    board = pin_with_vetiver(tmp_path, nlp, None, rows.rename(columns={"review": "text"}))
    _, frame = asked_model(board, tmp_path / "own", "mood")
    assert (frame.classes, frame.positive, frame.text) == (("not good", "good"), "good", "text")
    worded = cats(nlp, ROWS["review"][:-1])["good"]
    np.testing.assert_allclose(frame.scores, [*worded, np.nan], atol=1e-6)


def test_the_project_can_name_the_column_of_texts(tmp_path: Path) -> None:
    nlp = trained(("good", "bad", "plain"))
    board = pin_with_vetiver(tmp_path, nlp, None, ROWS)
    with pytest.raises(DataError, match="lacks 1 of the model's 1 features: 'text'"):
        asked_model(board, tmp_path / "own", "mood")
    (tmp_path / "two").mkdir()
    _, frame = asked_model(board, tmp_path / "two", "mood", text="review")
    assert list(frame.features.columns) == ["review"]


def test_a_pipeline_without_a_text_classifier_is_refused(tmp_path: Path) -> None:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    board = pin_with_vetiver(tmp_path, nlp, ROWS[["review"]], ROWS)
    with pytest.raises(DataError, match="0 text classifiers among its pipes"):
        asked_model(board, tmp_path / "own", "mood")
