"""`rg.diff`: the comparison of two versions as a report, and texts named without a project."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.pipeline import make_pipeline

import reportgen as rg
from reportgen.errors import DataError, NotFoundError, TrustError
from tests.unit.cli.command import reportgen, reportgen_here
from tests.unit.comparison.conftest import FIRST, SECOND, Pinned

PROJECT = """
project: Tumours
board: {type: folder, path: board, allow_pickle: [tumours]}
site: site
models:
  benign:
    pin: tumours
    evaluation:
      data: {pin: tumours-test}
      target: benign
      segments: [site]
      thresholds: {roc_auc: {material: 0.2}}
"""


def asked(pinned: Pinned, **more: object) -> rg.Difference:
    given = {"data": "tumours-test", "target": "benign", "trust_model": True, **more}
    return rg.diff(pinned.folder, "tumours", **given)  # type: ignore[arg-type]


def test_the_newest_is_compared_with_the_one_before(pinned: Pinned) -> None:
    found = asked(pinned, segments=["site"])
    rows, truth = pinned.data, pinned.data["benign"]
    now = roc_auc_score(truth, pinned.models["second"].predict_proba(rows[SECOND])[:, 1])
    before = roc_auc_score(truth, pinned.models["first"].predict_proba(rows[FIRST])[:, 1])
    change = found.value("changes.roc_auc")
    assert change.number == pytest.approx(now - before)
    assert change.interval is not None
    assert found.data.pins["baseline"].version == pinned.versions["first"]
    assert "changes.groups.site" in found.data.tables
    assert isinstance(found, rg.Report)
    assert found.sentences
    assert found.differs == (
        int(found.value("changes.material").number or 0) > 0
        or found.verdict.state in ("watch", "alert")
    )


def test_it_says_the_same_as_the_command(pinned: Pinned) -> None:
    found = asked(pinned)
    done = reportgen(
        *("diff", "tumours", "previous", "latest", "--board", str(pinned.folder), "--json"),
        *("--data", "tumours-test", "--target", "benign", "--trust-model"),
        folder=pinned.folder.parent,
    )
    told = json.loads(done.out)
    assert done.code == int(found.differs)
    assert told["verdict"] == {"state": found.verdict.state, "sentence": found.verdict.sentence}
    assert told["sentences"] == list(found.sentences)
    assert told["metrics"]["brier"]["change"] == found.value("changes.brier").number


def test_it_shows_the_changes_and_is_saved_as_a_record(pinned: Pinned, tmp_path: Path) -> None:
    found = asked(pinned)
    assert "ROC AUC" in repr(found)
    assert "<table><tr><th scope='row'>" in found._repr_html_()
    (path,) = found.save(tmp_path / "diff.json")
    record = json.loads(path.read_text())
    assert record["values"]["changes.roc_auc"]["number"] == found.value("changes.roc_auc").number
    with pytest.raises(NotFoundError, match=r"changes\.roc_auc"):
        found.value("changes.roc_au")


def test_a_model_of_a_project_is_compared_as_the_project_says(pinned: Pinned) -> None:
    folder = pinned.folder.parent
    (folder / "reportgen.yml").write_text(PROJECT)
    found = rg.project(folder).diff("benign")
    bare = asked(pinned, segments=["site"])
    assert found.value("changes.roc_auc") == bare.value("changes.roc_auc")
    assert "changes.groups.site" in found.data.tables
    assert found.data.project == "Tumours"
    first, second = pinned.versions["first"], pinned.versions["second"]
    backwards = rg.project(folder).diff("benign", second, first)
    turned = backwards.value("changes.accuracy").number
    assert turned == pytest.approx(-float(found.value("changes.accuracy").number or 0))


def test_what_cannot_be_compared_is_refused(pinned: Pinned) -> None:
    with pytest.raises(TrustError):
        asked(pinned, trust_model=False)
    fewer = pinned.pin_data(pinned.data.iloc[:-20], 3)
    both = (f"tumours-test@{pinned.versions['data']}", f"tumours-test@{fewer}")
    with pytest.raises(DataError, match="not the same rows"):
        asked(pinned, data=both, row_id="id")
    found = asked(pinned, data=both, row_id="id", common=True)
    assert found.value("changes.rows").number == len(pinned.data) - 20


WORDS = ["good", "fine", "lovely"], ["bad", "poor", "dull"], ["film", "book", "song", "long"]


@pytest.fixture
def reviews(pinned: Pinned) -> pd.DataFrame:
    """Two text models with no prototype; the texts stand in a column of any name."""
    random = np.random.default_rng(5)
    liked = np.arange(120) % 2
    texts = [
        " ".join([*random.choice(WORDS[1 - at], 1 + n % 2), *random.choice(WORDS[2], 3)])
        for n, at in enumerate(liked)
    ]
    rows = pd.DataFrame({"review": texts, "liked": liked})
    rows.loc[::7, "liked"] = 1 - rows.loc[::7, "liked"]
    for day, strength in ((5, 0.001), (6, 1.0)):
        model = make_pipeline(CountVectorizer(), LogisticRegression(C=strength))
        pinned.models[str(day)] = model.fit(rows["review"][:60], rows["liked"][:60])
        pinned.pin_model(model, day, name="reviews")
    pinned.pin_data(rows, 5, name="reviews-test")
    return rows


def test_the_column_of_texts_is_named_without_a_project(
    pinned: Pinned, reviews: pd.DataFrame
) -> None:
    given = {"data": "reviews-test", "target": "liked", "trust_model": True}
    card = rg.card(pinned.folder, "reviews", text="review", **given)  # type: ignore[arg-type]
    right = accuracy_score(reviews["liked"], pinned.models["6"].predict(reviews["review"]))
    assert card.value("evaluation.accuracy").number == pytest.approx(right)
    assert card.value("text.documents[data=evaluation]").number == len(reviews)
    found = rg.diff(pinned.folder, "reviews", text="review", **given)  # type: ignore[arg-type]
    before = accuracy_score(reviews["liked"], pinned.models["5"].predict(reviews["review"]))
    assert found.value("changes.accuracy").number == pytest.approx(right - before)
    with pytest.raises(DataError, match="text"):
        rg.card(pinned.folder, "reviews", **given)  # type: ignore[arg-type]


def test_the_commands_take_the_column_of_texts(pinned: Pinned, reviews: pd.DataFrame) -> None:
    folder = pinned.folder.parent
    made = reportgen_here(
        *("card", "reviews", "--target", "liked", "--text", "review", "-o", "card.json"),
        *("--board", str(pinned.folder), "--data", "reviews-test", "--trust-model"),
        folder=folder,
    )
    assert made.code == 0, made.err
    record = json.loads((folder / "card.json").read_text())
    assert record["values"]["text.documents[data=evaluation]"]["number"] == len(reviews)
    refused = reportgen_here("benchmark", "reviews", "--text", "review", folder=folder)
    assert refused.code == 2
    assert "--text goes with --board" in refused.err
