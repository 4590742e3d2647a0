"""What each word says, on records that were measured for real."""

from __future__ import annotations

import csv
import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import pypandoc
import pytest

from reportgen import present
from reportgen.errors import NotFoundError, UserError
from reportgen.present import (
    absent,
    changes,
    facts,
    figure,
    figures,
    groups,
    join,
    narrative,
    open_report,
    panels,
    provenance,
    section,
    show,
    strip,
    subject,
    table,
    tables,
    tabs,
    tabset,
    text,
    tiles,
    verdict,
)  # fmt: skip
from reportgen.present.opened import Report
from reportgen.report import Finding, Interval, Provenance, ReportData, Value, Verdict
from tests.present_support import HOSTILE, card_data, monitoring_data, opened, write_record


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def card(tmp_path: Path) -> Report:
    return opened(tmp_path, card_data())


@pytest.fixture
def weekly(tmp_path: Path) -> Report:
    return opened(tmp_path, monitoring_data())


def html(block: object) -> str:
    return pypandoc.convert_text(str(block), "html5", format="markdown")


def words(block: object) -> str:
    return pypandoc.convert_text(
        str(block), "plain", format="markdown", extra_args=["--wrap=none"]
    )


def accuracy(**more: object) -> Value:
    given = {
        "name": "evaluation.accuracy", "number": 0.87312, "unit": "ratio", "n": 21104,
        "interval": Interval(low=0.86841, high=0.87751, method="wilson"),
        "provenance": Provenance(by="evaluation.accuracy@1", pins=("data",)),
    }  # fmt: skip
    return Value(**{**given, **more})


def test_open_says_where_the_record_is_missing() -> None:
    with pytest.raises(NotFoundError, match=r"-P record:report\.json"):
        open_report("nowhere.json")


def test_open_refuses_a_record_that_was_edited(tmp_path: Path) -> None:
    path = write_record(tmp_path, card_data())
    plain = json.loads(path.read_text())
    plain["values"]["evaluation.accuracy"]["number"] = 0.99
    path.write_text(json.dumps(plain))
    with pytest.raises(UserError, match="digest"):
        open_report(str(path))


def test_a_wrong_name_gets_the_near_miss(card: Report) -> None:
    with pytest.raises(KeyError, match=r"no value 'evaluation.accuracies'. Did you mean"):
        card["evaluation.accuracies"]
    with pytest.raises(NotFoundError, match=r"no table 'evaluation.metric'"):
        table(card, "evaluation.metric")
    assert "evaluation.accuracy" in card
    assert "evaluation.accuracies" not in card


def test_show_says_number_interval_and_n() -> None:
    assert str(show(accuracy())) == "0.8731"
    assert str(show(accuracy(), interval=True)) == "0.8731 (0.8684 to 0.8775)"
    assert str(show(accuracy(), interval=True, n=True)).endswith(", n = 21,104")
    assert str(show(accuracy(), percent=True)) == "87.31 %"


def test_show_carries_the_source(card: Report) -> None:
    page = html(show(card["evaluation.accuracy"])._repr_markdown_())
    value = card["evaluation.accuracy"]
    assert 'data-name="evaluation.accuracy"' in page
    assert f'data-note="{value.note}"' in page
    assert "flights-test 20130501T060001Z-1a2b1" in page
    assert str(value.number) in page
    assert re.search(r">0\.\d+</span>", page)


def test_show_says_why_there_is_no_number() -> None:
    missing = accuracy(number=None, n=14, interval=None, reason="not enough data (n = 14)")
    assert str(show(missing)) == "not available (not enough data (n = 14))"
    assert "nan" not in html(show(missing)._repr_markdown_()).lower()


def test_a_difference_has_its_sign() -> None:
    for name in ("performance.recall.change", "evaluation.recall.gap[carrier=UA]"):
        assert str(show(accuracy(name=name, number=0.1, interval=None))) == "+0.100"
    assert str(show(accuracy(number=0.1, interval=None))) == "0.100"
    wide = Interval(low=-12.0, high=20.0, method="bca")
    gap = accuracy(name="evaluation.mae.gap[age=young]", number=0.18, unit="number", interval=wide)
    assert str(show(gap)) == "0"


def test_notes_follow_the_record_and_not_the_page(card: Report) -> None:
    numbers = [card[name].note for name in sorted(card.values)]
    assert {*numbers} == {*range(1, len(card.notes) + 1)}
    kinds = [(note.pins, str(note.parameters)) for note in card.notes]
    together = [kind for kind, _ in itertools.groupby(kinds)]
    assert len(together) == len(set(together))  # what is shared is said once
    first = [next(n for n in numbers if kinds[n - 1] == kind) for kind in together]
    assert first == sorted(first)
    same = [
        v for v in card.values.values() if v.provenance == card["evaluation.accuracy"].provenance
    ]
    assert len({value.note for value in same}) == 1
    page = html(provenance(card))
    for number in numbers:
        assert f'id="note-{number}"' in page


def test_groups_of_one_metric_share_a_note(card: Report) -> None:
    notes = {card[name].note for name in card.values.like("evaluation.accuracy[*")}
    assert notes == {card["evaluation.accuracy"].note}
    assert len(card.notes) < 60


@pytest.mark.parametrize("data", [card_data(), monitoring_data()], ids=["card", "monitoring"])
def test_the_first_screen_says_the_verdict_first(data: ReportData, tmp_path: Path) -> None:
    report = opened(tmp_path, data)
    said = words(verdict(report))
    assert re.match(r"[✓◆▲?] (OK|Watch|Alert|Cannot tell) ", said)
    assert data.verdict.sentence[:30].replace("'", "") in said.replace("’", "").replace(
        "‘", ""
    ).replace("'", "")


@pytest.mark.parametrize(
    ("state", "shape"),
    [("ok", "✓"), ("watch", "◆"), ("alert", "▲"), ("cannot tell", "?")],
)
def test_each_state_has_its_word_and_shape(state: str, shape: str, tmp_path: Path) -> None:
    data = replace(card_data(), verdict=Verdict(state=state, sentence="So it is."))
    said = words(verdict(opened(tmp_path, data)))
    assert said.strip().lower() == f"{shape} {state} so it is."


def test_the_strip_says_version_period_and_labels(weekly: Report) -> None:
    said = words(strip(weekly))
    assert "late-flights 20130501T060000Z-1a2b0" in said
    assert "2013-W28, 2013-07-08 to 2013-07-14 (America/New_York)" in said
    assert re.search(r"Labels \d+ % in, provisional", said)
    assert "SHA-256 of 3 pins" in said


def finding(sentence: str, state: str = "watch", weight: float = 1.0, **more: object) -> Finding:
    return Finding(kind="change", sentence=sentence, state=state, weight=weight, **more)


def test_changes_are_five_by_state_then_weight(tmp_path: Path) -> None:
    many = [finding(f"Thing {i}.", weight=float(i)) for i in range(7)]
    data = replace(
        monitoring_data(), findings=(*many, finding("Worst.", "alert"), finding("Fine.", "ok"))
    )
    page = html(changes(opened(tmp_path, data)))
    first, rest = page.split('class="rg-details" title="3 more"')
    assert re.findall(r"</span> (\w+(?: \d)?\.)", first) == [
        "Worst.", "Thing 6.", "Thing 5.", "Thing 4.", "Thing 3.",
    ]  # fmt: skip
    assert re.findall(r"</span> (\w+(?: \d)?\.)", rest) == ["Thing 2.", "Thing 1.", "Thing 0."]
    assert "Fine." not in page


def test_no_change_is_said_out_loud(tmp_path: Path) -> None:
    quiet = opened(tmp_path, replace(monitoring_data(), findings=()))
    assert words(changes(quiet)).strip() == "No material change."


def test_a_sentence_leads_to_the_value_it_rests_on(tmp_path: Path) -> None:
    data = replace(card_data(), findings=(finding("Hm.", because=("evaluation.recall",)),))
    page = html(changes(opened(tmp_path, data)))
    assert 'data-name="evaluation.recall"' in page
    assert ">Recall<" in page


def test_tiles_are_six_at_most_and_skip_what_is_not_there(card: Report) -> None:
    page = html(tiles(card, "evaluation.no_such", "evaluation.*"))
    assert len(re.findall(r'class="rg-tile[ "]', page)) == 6
    assert tiles(card, "performance.*") is None


def test_a_tile_shows_interval_n_direction_change_and_history(
    weekly: Report, tmp_path: Path
) -> None:
    said = words(tiles(weekly, "performance.recall"))
    value = weekly["performance.recall"]
    assert f"n = {value.n}" in said
    assert "higher is better" in said
    assert "since the period before" in said
    spark = (tmp_path / "figures/tile-performance-recall-history.svg").read_text()
    assert "<rect" in spark  # the acceptable band: recall has a minimum
    page = html(tiles(weekly, "performance.recall"))
    assert "Acceptable from 0.45" in page


def test_the_surest_gap_comes_first(card: Report) -> None:
    said = words(groups(card))
    whole = card["evaluation.recall"].number
    shown = re.findall(r"region: ([a-z-]+)", said)
    found = [card[f"evaluation.recall[region={level}]"] for level in shown]
    left = [max(v.interval.low - whole, whole - v.interval.high, 0.0) for v in found]
    gaps = [(sure, abs(v.number - whole)) for sure, v in zip(left, found, strict=True)]
    assert shown
    assert gaps == sorted(gaps, reverse=True)


def test_a_group_of_a_few_rows_does_not_stand_first(tmp_path: Path) -> None:
    data = card_data()
    values = dict(data.values)
    far, whole = "evaluation.recall[region=north]", values["evaluation.recall"].number
    wild = Interval(low=0.0, high=1.0, method="wilson")
    values[far] = replace(values[far], number=0.01, reason=None, interval=wild, n=3)
    near = "evaluation.recall[region=south]"
    sure = Interval(low=whole - 0.12, high=whole - 0.08, method="wilson")
    values[near] = replace(values[near], number=whole - 0.1, reason=None, interval=sure)
    said = words(groups(opened(tmp_path, replace(data, values=values))))
    shown = re.findall(r"region: ([a-z-]+)", said)
    assert shown.index("south") < shown.index("north")


def test_a_figure_without_numbers_says_why(tmp_path: Path) -> None:
    data = card_data()
    name = "evaluation.groups.region"
    series = data.series[name]
    count = len(series.columns["level"])
    few = {"value": (None,) * count, "low": (None,) * count, "high": (None,) * count}
    for state, why in (("not enough data", "no group has enough rows"), ("", "no numbers")):
        columns = {**series.columns, **few, "state": (state,) * count}
        changed = replace(data, series={**data.series, name: replace(series, columns=columns)})
        assert why in words(figure(opened(tmp_path, changed), name))


def test_a_card_named_like_its_project_says_so_once(tmp_path: Path) -> None:
    data = card_data()
    said = words(subject(opened(tmp_path, replace(data, project="Loans", title="Loans"))))
    assert "Loans" not in said
    assert "Loans" in words(subject(opened(tmp_path, replace(data, project="Loans", title="A"))))


def test_a_table_has_caption_numbers_and_a_file(card: Report, tmp_path: Path) -> None:
    page = html(table(card, "evaluation.metrics"))
    assert "<caption>How good the model is</caption>" in page
    assert 'data-name="evaluation.accuracy"' in page
    assert "rg-interval" in page
    rows = list(csv.reader((tmp_path / "tables/evaluation.metrics.csv").read_text().splitlines()))
    values = {row[0]: row[1] for row in rows[1:]}
    assert float(values["Accuracy"]) == card["evaluation.accuracy"].number


def test_a_small_group_says_so_below_the_table(card: Report) -> None:
    said = words(table(card, "evaluation.groups.region"))
    assert "Not available: not enough data (n = " in said
    assert "far-west" in said


def test_no_cell_of_a_csv_is_a_formula(tmp_path: Path) -> None:
    path = present.tables.__globals__["write_csv"]("x", ["=a"], [["=1+1", -2], ["@x", None]])
    assert Path(path).read_text() == "'=a\n'=1+1,-2\n'@x,\n"


def test_a_figure_has_words_numbers_and_a_file(card: Report, tmp_path: Path) -> None:
    page = html(figure(card, "evaluation.calibration"))
    assert re.search(r'data-fig-alt="[^"]*10 points; lowest', page)
    assert 'href="tables/figure-evaluation-calibration.csv"' in page
    assert "rg-details rg-screen-only" in page
    assert (tmp_path / "figures/evaluation-calibration.svg").stat().st_size < 25_000
    rows = list(
        csv.DictReader(
            (tmp_path / "tables/figure-evaluation-calibration.csv").read_text().splitlines()
        )
    )
    series = card.series["evaluation.calibration"]
    assert [float(row["Mean score"]) for row in rows] == list(series.columns["predicted"])


def test_a_figure_and_a_table_of_one_name_have_two_files(card: Report, tmp_path: Path) -> None:
    tabs(card, "evaluation.groups.region")
    points = (tmp_path / "tables/figure-evaluation-groups-region.csv").read_text()
    rows = (tmp_path / "tables/evaluation.groups.region.csv").read_text()
    assert points.startswith("region,Recall,low,high,Rows,")
    assert rows.startswith("region,Rows,Accuracy,")


def test_small_multiples_are_one_figure(weekly: Report, tmp_path: Path) -> None:
    block = panels(weekly, "performance.recall.history", "performance.precision.history",
                   "performance.no_such.history", title="By week")  # fmt: skip
    assert str(block).count("![](") == 1
    assert "Recall by period" in str(block)
    assert panels(weekly, "nothing.*", title="x") is None


def test_tabs_put_the_largest_drift_first(weekly: Report) -> None:
    block = tabs(weekly, "drift.*.distribution", most=2)
    titles = re.findall(r"^### (.+)$", str(block), re.MULTILINE)
    moved = [weekly[f"drift.{title.replace(chr(92), '')}.psi"].number for title in titles]
    assert len(titles) == 2
    assert moved == sorted(moved, reverse=True)


def test_nothing_is_nothing(card: Report) -> None:
    assert tables(card, "no.such.*") is None
    assert figures(card, "no.such.*") is None
    assert tabs(card, "no.such.*") is None
    assert section("Empty", None, tables(card, "no.such.*")) is None
    assert tabset(None, None) is None
    assert join(None) is None
    assert absent(card, "evaluation.rows", "No data.") is None
    assert narrative(opened(Path(), card_data(narrated=False))) is None


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    bare = opened(tmp_path, card_data(evaluated=False, narrated=False))
    assert "Not evaluated." in words(absent(bare, "evaluation.rows", "Not evaluated."))
    assert groups(bare) is None
    assert facts(bare, "evaluation.*") is None


def test_people_are_quoted_with_name_and_date(card: Report) -> None:
    said = words(narrative(card))
    assert "A. Author, 2013-05-02, holds until 2014-05-02" in said
    assert "It held until 2013-06-01." in said
    assert "Nobody has written: Ethical considerations." in said
    assert "Not applicable: Caveats (it only sends a hint)." in said
    assert "Ethical" not in words(narrative(card, "intended_use"))


def test_pins_stand_with_version_and_hash(card: Report) -> None:
    said = words(provenance(card))
    for pin in card.data.pins.values():
        assert pin.version in said
        assert pin.sha256 in said
    assert card.digest in said


def test_text_of_a_fact_is_never_markup(tmp_path: Path) -> None:
    report = opened(tmp_path, card_data(hostile=True))
    assert "<script" not in html(text(report.facts["model.description"])._repr_markdown_())
    assert "<script" not in html(subject(report))


def test_every_word_is_said_in_the_docs() -> None:
    page = (Path(__file__).parents[3] / "docs/templates.md").read_text()
    missing = [word for word in present.__all__ if f"`{word}" not in page]
    assert missing == []


def test_hostile_levels_stay_text(tmp_path: Path) -> None:
    report = opened(tmp_path, card_data(hostile=True))
    page = html(join(groups(report), tables(report, "*"), narrative(report), provenance(report)))
    assert "<script" not in page
    assert "javascript:" not in "".join(re.findall(r'(?:href|src)="[^"]*"', page))
    assert "<h1" not in page
    assert HOSTILE[0].replace("<", "&lt;").replace(">", "&gt;") in page
