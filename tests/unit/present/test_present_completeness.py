"""What people said and what a card covers, as the page says it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypandoc
import pytest

from reportgen.measure import hold_expectations, measure_completeness
from reportgen.present import completeness, narrative, tables
from reportgen.present.opened import Report, UnknownNameError
from reportgen.project_file import load_profile
from reportgen.report import Expectation, Narrative, Part, ReportData, Section, load_record
from reportgen.report.record import dump_record
from tests.present_support import HOSTILE, card_data, opened

SAID = (
    Narrative(
        section="intended_use", title="Intended use", state="attested", author="Jane Doe",
        text="It finds {{ evaluation.recall | percent }} of {{ evaluation.rows }} "
             "({{ model.class }}; {{ evaluation.recall | interval | n }}).",
        written=date(2013, 5, 1), expires=date(2014, 5, 1), version="20130501T060000Z-1a2b0",
        cites=("evaluation.recall", "evaluation.rows", "model.class"),
    ),
    Narrative(section="out_of_scope", title="Out of scope", state="missing"),
    Narrative(
        section="factors", title="Factors", state="attested", author="Jane Doe", text="Regions.",
        written=date(2013, 5, 1), version="any version",
        expects=(Expectation(name="evaluation.recall", minimum=0.99),),
    ),
    Narrative(section="metrics", title="Choice of metrics", state="attested", text="Recall.",
              author="A. B.", written=date(2013, 5, 1)),
    Narrative(section="training_data", title="Training data", state="not applicable",
              reason="Rules, not data.", author="A. B."),
    Narrative(section="ethical_considerations", title="Ethical considerations", state="missing"),
    Narrative(section="caveats", title="Caveats and recommendations", state="missing"),
    Narrative(section="contact", title="Owner and contact", state="missing"),
)  # fmt: skip


def covering(*narrative: Narrative, profile: str = "mitchell") -> ReportData:
    """The record of a card with what people said, held against a profile."""
    data = card_data()
    part = Part(
        facts=tuple(data.facts.values()),
        values=tuple(data.values.values()),
        tables=tuple(data.tables.values()),
        series=tuple(data.series.values()),
    )
    said = hold_expectations(narrative, part)
    sections, counted = measure_completeness(load_profile(profile), part, said, tuple(data.pins))
    return replace(
        data,
        narrative=said,
        completeness=sections,
        values=data.values | {value.name: value for value in counted.values},
        facts=data.facts | {fact.name: fact for fact in counted.facts},
        findings=data.findings + counted.findings,
    )


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(tmp_path)
    return opened(tmp_path, covering(*SAID))


def words(block: object) -> str:
    return pypandoc.convert_text(
        str(block), "plain", format="markdown", extra_args=["--wrap=none", "--columns=400"]
    )


def test_a_quoted_value_is_the_number_of_the_page_with_its_source(report: Report) -> None:
    said = words(narrative(report))
    recall = report["evaluation.recall"]

    assert recall.number is not None
    assert (
        f"It finds {100 * recall.number:.1f} % of 2,000 (HistGradientBoostingClassifier; " in said
    )
    assert re.search(r"0\.\d+ \(0\.\d+ to 0\.\d+\), n = [\d,]+\)", said)
    assert f'data-name="evaluation.recall" data-note="{recall.note}"' in str(narrative(report))


def test_a_text_is_signed_with_day_end_and_version(report: Report) -> None:
    said = words(narrative(report))

    assert (
        "Jane Doe, 2013-05-01, holds until 2014-05-01, for version 20130501T060000Z-1a2b0" in said
    )
    assert "Jane Doe, 2013-05-01, for any version" in said


def test_a_text_that_rests_on_another_number_says_so(report: Report) -> None:
    said = words(narrative(report))

    assert "it rests on evaluation.recall being at least 0.99; it is 0." in said


def test_gaps_are_said_once(report: Report) -> None:
    assert "Nobody has written: Out of scope, Ethical" in words(narrative(report))
    assert "Nobody has written" not in words(narrative(report, gaps=False))
    assert narrative(report, "contact", gaps=False) is None


def test_an_unknown_name_is_an_error_with_the_near_miss(tmp_path: Path) -> None:
    entry = Narrative(section="a", title="A", state="attested", text="{{ evaluation.recal }}")
    data = replace(card_data(), narrative=(entry,))

    with pytest.raises(UnknownNameError, match=r"Did you mean 'evaluation\.recall'"):
        narrative(opened(tmp_path, data))


def rows(report: Report) -> dict[str, list[str]]:
    """The table of sections: title -> reference, state, what bears it out."""
    page = pypandoc.convert_text(
        str(completeness(report)), "html5", format="markdown", extra_args=["--wrap=none"]
    )
    found = {}
    for line in re.findall(r"<tr>\n(.*?)</tr>", page, re.DOTALL):
        cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", line)]
        if cells:
            found[cells[0]] = cells[1:]
    return found


def test_each_section_that_is_there_has_a_row(report: Report) -> None:
    found = rows(report)

    assert list(found) == [
        "Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data",
        "Results, by group and for crossed groups",
    ]  # fmt: skip
    assert found["Model details"][:2] == ["Mitchell 4.1", "◆ Partly"]
    assert found["Model details"][2].endswith("Lacking: owner and contact (to be written)")
    assert found["Intended use"][1:] == [
        "◆ Partly",
        "Written by Jane Doe on 2013-05-01: Intended use. Lacking: out of scope (to be written)",
    ]
    assert found["Factors"][1] == "◆ Expired"
    assert "Expired: it rests on evaluation.recall" in found["Factors"][2]
    assert found["Metrics"][1] == "✓ Computed and attested"
    assert found["Evaluation data"][1] == "✓ Computed"
    assert "rows evaluated (2,000)" in found["Evaluation data"][2]
    assert found["Training data"][1:] == ["– Not applicable", "Rules, not data (A. B.)"]


def test_what_is_missing_is_one_line(report: Report) -> None:
    said = words(completeness(report))

    assert (
        "Missing: Ethical considerations (Mitchell 4.8), Caveats and recommendations (Mitchell 4.9)."
        in said
    )
    assert said.startswith(
        "Of the 8 sections of Mitchell et al. (2019) that apply, 3 are covered."
    )
    assert said.count("Ethical") == 1


def test_links_lead_to_what_the_page_has_shown(report: Report) -> None:
    assert "](#" not in str(completeness(report))

    shown = str(tables(report, "evaluation.metrics")) + str(narrative(report))
    linked = set(re.findall(r"\]\(#([^)]+)\)", str(completeness(report))))
    assert linked == {
        "tbl-evaluation-metrics",
        "said-intended-use",
        "said-factors",
        "said-metrics",
    }
    assert all(f"{{#{anchor}" in shown for anchor in linked)


def test_the_note_of_a_profile_is_said(tmp_path: Path) -> None:
    report = opened(tmp_path, covering(*SAID, profile="annex-iv"))

    assert "do not state that the law is met" in words(completeness(report))


def test_a_record_without_a_profile_has_no_such_section(tmp_path: Path) -> None:
    assert completeness(opened(tmp_path, card_data())) is None


def test_what_is_covered_goes_there_and_back_as_json() -> None:
    data = covering(*SAID)

    assert load_record(dump_record(data)) == data


def test_a_record_cannot_rest_on_what_it_lacks() -> None:
    data = covering(*SAID)

    with pytest.raises(ValueError, match=r"intended_use quotes 'evaluation\.recall'"):
        replace(card_data(evaluated=False), narrative=(SAID[0],))
    with pytest.raises(ValueError, match=r"model_details rests on 'model\.class'"):
        replace(data, narrative=(), facts={})
    pins = {role: pin for role, pin in data.pins.items() if role != "data"}
    with pytest.raises(ValueError, match=r"evaluation_data rests on 'pins\.data'"):
        replace(data, pins=pins)


def test_hostile_words_of_sections_stay_text(tmp_path: Path) -> None:
    hostile = Section(
        name="a", title=HOSTILE[0], reference=HOSTILE[1], state="expired", reason=HOSTILE[2],
        author=HOSTILE[3], narrative=(HOSTILE[4],), lacking=HOSTILE,
    )  # fmt: skip
    data = replace(covering(*SAID), completeness=(hostile, replace(hostile, state="missing")))
    report = opened(tmp_path, data)
    page = pypandoc.convert_text(str(completeness(report)), "html5", format="markdown")

    assert set(re.findall(r"<(\w+)", page)) <= {
        "div", "p", "span", "table", "caption", "colgroup", "col", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert page.count("<tr>") == 2
