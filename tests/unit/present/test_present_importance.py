"""The sections on importance and texts: shown when the record holds them, whatever names hold."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pypandoc
import pytest

from reportgen.measure import measure_evaluation
from reportgen.present import findings
from reportgen.report import Finding, ReportData
from reportgen.report.frame import Answers, EvaluationFrame
from reportgen.report.spec import ImportanceSpec
from tests.present_support import HOSTILE, card_data, model_part, opened
from tests.unit.present.test_present_templates import shown


def _record() -> ReportData:
    random = np.random.default_rng(2)
    n = 300
    texts = [" ".join(random.choice(HOSTILE, random.integers(1, 6))) for _ in range(n)]
    name = HOSTILE[0]
    temp = random.normal(size=n)
    features = pd.DataFrame({name: temp, "twin": temp + 0.01, "kind": texts})
    truth = random.random(n) < 1 / (1 + np.exp(-2 * temp))

    def ask(rows: pd.DataFrame) -> Answers:
        scores = 1 / (1 + np.exp(-rows[name].to_numpy(float) - rows["twin"].to_numpy(float)))
        return Answers(predicted=scores >= 0.5, scores=scores)

    answers = ask(features)
    frame = EvaluationFrame(
        task="classification", target="late", truth=pd.Series(truth, dtype=object),
        predicted=answers.predicted, scores=answers.scores, classes=(False, True), positive=True,
        features=features, ask=ask, text="kind", importance=ImportanceSpec(rows=100),
        training=features.iloc[:50].assign(kind="fog " * 3),
    )  # fmt: skip
    part = model_part() + measure_evaluation(frame)
    return replace(
        card_data(),
        facts={fact.name: fact for fact in part.facts},
        values={value.name: value for value in part.values},
        tables={table.name: table for table in part.tables},
        series={series.name: series for series in part.series},
        findings=part.findings,
        narrative=(),
        verdict=replace(card_data().verdict, because=()),
    )


def test_the_card_shows_what_the_model_relies_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = _record()
    page = pypandoc.convert_text(
        shown("model_card.qmd", record, tmp_path, monkeypatch), "html5", format="markdown"
    )
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", page)
    assert "What the model relies on" in headings
    assert "Text" in headings
    assert "<script" not in page
    assert "javascript:" not in re.sub(r">[^<]*<", "><", page)
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Surest errors" in text
    assert "Features that move together" in text
    assert "on 100 of 300 rows, chosen at random" in text
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert (tmp_path / "figures" / "importance-permutation.svg").is_file()


def test_a_card_without_them_has_no_such_sections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    markdown = shown("model_card.qmd", card_data(evaluated=False), tmp_path, monkeypatch)
    assert "What the model relies on" not in markdown
    assert "## Text" not in markdown


def test_findings_of_a_kind_stand_by_weight(tmp_path: Path) -> None:
    said = tuple(
        Finding(
            kind=kind,
            state="ok",
            sentence=f"Sentence {weight}.",
            weight=weight,
            because=("evaluation.recall",),
        )
        for kind, weight in (("importance", 1.0), ("importance", 2.0), ("drift", 3.0))
    )
    report = opened(tmp_path, replace(card_data(), findings=said))
    block = findings(report, "importance")
    assert block is not None
    places = [block.markdown.find(f"Sentence {weight}") for weight in ("2", "1", "3")]
    assert -1 < places[0] < places[1]
    assert places[2] == -1
    assert "Recall" in block.markdown
    assert findings(report, "group") is None
