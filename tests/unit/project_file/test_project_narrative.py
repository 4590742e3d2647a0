"""What people wrote, and whether it still holds on the day of the report."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import NotFoundError, ProjectError
from reportgen.project_file import SECTIONS, load_narrative, load_profile
from reportgen.report import Expectation, Fact, Narrative, Part, Provenance, Unit, Value

ASKED = [name for name in SECTIONS if name in load_profile("mitchell").written]
SOURCE = Provenance(by="a@1")

GOOD = """\
intended_use:
  text: |
    Gate agents see the prediction an hour ahead.
  author: Ada
  date: 2013-05-01
  expires: 2013-12-31
caveats:
  text: Trained on one winter.
  author: Ben
  date: 2013-05-01
  for_version: v1
ethical_considerations:
  not_applicable: No person is scored.
fuel:
  title: Fuel planning
  text: Not for fuel planning.
  author: Ada
  date: 2013-05-02
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "cards"
    folder.mkdir()
    path = folder / "late.yml"
    path.write_text(GOOD)
    return path


def read(path: Path, day: str = "2013-06-01", version: str = "v1") -> dict[str, Narrative]:
    sections = load_narrative(path, as_of=date.fromisoformat(day), version=version)
    return {section.section: section for section in sections}


def mistakes(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(ProjectError) as caught:
        read(path)
    return str(caught.value)


def test_standard_sections_come_first_in_their_order_then_the_own_ones(path: Path) -> None:
    assert list(read(path)) == [*ASKED, "fuel"]


def test_an_attested_section_says_who_and_when(path: Path) -> None:
    section = read(path)["intended_use"]

    assert section == Narrative(
        section="intended_use",
        title="Intended use",
        state="attested",
        text="Gate agents see the prediction an hour ahead.\n",
        author="Ada",
        written=date(2013, 5, 1),
        expires=date(2013, 12, 31),
    )


def test_a_section_that_nobody_wrote_is_missing_and_empty(path: Path) -> None:
    section = read(path)["factors"]

    assert (section.state, section.text, section.title) == ("missing", "", "Factors")


def test_a_section_holds_through_its_last_day_and_no_longer(path: Path) -> None:
    assert read(path, "2013-12-31")["intended_use"].state == "attested"

    after = read(path, "2014-01-01")["intended_use"]
    assert (after.state, after.reason) == ("expired", "expired on 2013-12-31")
    assert after.text


def test_a_section_for_one_version_expires_with_another(path: Path) -> None:
    assert read(path, version="v1")["caveats"].state == "attested"

    other = read(path, version="v2")["caveats"]
    assert (other.state, other.reason) == ("expired", "written for version v1")


def test_a_section_that_does_not_apply_says_why(path: Path) -> None:
    section = read(path)["ethical_considerations"]

    assert (section.state, section.reason) == ("not applicable", "No person is scored.")


def test_an_own_section_has_its_own_title(path: Path) -> None:
    assert read(path)["fuel"].title == "Fuel planning"


def test_without_a_file_every_standard_section_is_missing() -> None:
    sections = load_narrative(None, as_of=date(2013, 5, 1))

    assert [section.section for section in sections] == ASKED
    assert len(ASKED) == 8
    assert {section.state for section in sections} == {"missing"}


def test_a_file_of_comments_is_an_empty_narrative(path: Path) -> None:
    path.write_text("# intended_use:\n#   text: later\n")

    assert {section.state for section in read(path).values()} == {"missing"}


def test_a_misspelt_section_is_not_taken_for_a_new_one(path: Path) -> None:
    said = mistakes(path, GOOD.replace("caveats:", "caveat:"))

    assert said.startswith("cards/late.yml:7  caveat: there is no such section.")
    assert "Did you mean 'caveats'?" in said


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("  author: Ada\n  date: 2013-05-01\n", "", "intended_use.author: is needed"),
        ("  author: Ada\n  date: 2013-05-01\n", "", "intended_use.date: is needed"),
        ("date: 2013-05-01", "date: 2013-02-30", "there is no day 2013-02-30"),
        ("expires: 2013-12-31", "expires: next year", "is not a date such as"),
        ("expires:", "expire:", "Did you mean 'expires'?"),
        ("  not_applicable: No", "  text: x\n  not_applicable: No", "keep one of them"),
        ("  not_applicable: No person is scored.", "  author: Ada", "neither a text nor a reason"),
        ("ethical_considerations:\n  not_applicable: No", "ethical_considerations: No", "must be a mapping"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_line(path: Path, old: str, new: str, sentence: str) -> None:
    said = mistakes(path, GOOD.replace(old, new, 1))

    assert said.startswith("cards/late.yml:")
    assert sentence in said


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "late.yml").write_text("")

    with pytest.raises(NotFoundError, match=r"Did you mean 'late\.yml'"):
        load_narrative(tmp_path / "lat.yml", as_of=date(2013, 5, 1))


def held(text: str, path: Path, **more: Any) -> Narrative:
    """The section `caveats` with a text, read for a version that was pinned on 2013-05-01."""
    lines = ["caveats:", "  text: |", *(f"    {line}" for line in text.splitlines())]
    said = {"author": "Ada", "date": "2013-05-01", **more}
    lines += [f"  {key}: {value}" for key, value in said.items()]
    path.write_text("\n".join(lines) + "\n")
    day = date(2013, 5, 1)
    return {
        section.section: section
        for section in load_narrative(
            path, as_of=date(2013, 6, 1), version="v2", pinned=day, part=PART
        )
    }["caveats"]


def value(name: str, unit: Unit = "ratio") -> Value:
    return Value(name=name, number=0.5, unit=unit, provenance=SOURCE)


PART = Part(
    values=(
        value("evaluation.recall"),
        value("evaluation.recall[carrier=UA | {x}]"),
        value("evaluation.rows", "rows"),
    ),
    facts=(Fact(name="model.class", text="Pipeline", provenance=SOURCE),),
)


def test_a_text_speaks_of_the_version_that_was_there_when_it_was_written(path: Path) -> None:
    assert held("x", path).version == "v2"
    assert held("x", path, date="2013-05-02").state == "attested"

    older = held("x", path, date="2013-04-30")
    assert (older.state, older.version) == ("expired", "")
    assert older.reason == "written on 2013-04-30 for an older version; this one is of 2013-05-01"


def test_a_text_for_any_version_outlives_them(path: Path) -> None:
    section = held("x", path, date="2000-01-01", holds_for="any version")

    assert (section.state, section.version) == ("attested", "any version")


def test_a_text_that_names_its_version_may_be_older_than_the_pin(path: Path) -> None:
    assert held("x", path, date="2000-01-01", for_version="v2").state == "attested"


def test_an_excuse_expires_like_a_text(path: Path) -> None:
    path.write_text("caveats:\n  not_applicable: Nobody uses it.\n  expires: 2013-05-31\n")

    (section,) = [
        s for s in load_narrative(path, as_of=date(2013, 6, 1)) if s.section == "caveats"
    ]
    assert (section.state, section.text) == ("expired", "Not applicable: Nobody uses it.")


def test_what_a_text_quotes_and_rests_on_is_named(path: Path) -> None:
    section = held(
        "{{ evaluation.recall }} {{evaluation.recall[carrier=UA | {x}]|percent | interval}}\n"
        "{{ model.class }} {{ evaluation.recall | n }} \\{{ literally }}",
        path,
        expects="{evaluation.rows: {min: 10}, model.class: {equals: Pipeline}}",
    )

    assert section.cites == (
        "evaluation.recall",
        "evaluation.recall[carrier=UA | {x}]",
        "model.class",
        "evaluation.rows",
    )
    assert section.expects == (
        Expectation(name="evaluation.rows", minimum=10),
        Expectation(name="model.class", equals="Pipeline"),
    )


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("a\n\nb {{ evaluation.recal }}", 5, "no value or fact 'evaluation.recal' to quote."),
        ("a {{ evaluation.recal }}", 3, "Did you mean 'evaluation.recall'?"),
        ("a\n{{ evaluation.recall[carrier=AA] }}", 4, "no value or fact"),
        ("a\n{{ evaluation.recall | intervall }}", 4, "Did you mean 'interval'?"),
        ("a\n{{ evaluation.rows | percent }}", 4, "cannot be shown in percent"),
        ("a\n{{ model.class | n }}", 4, "is a text"),
        ("a\n{{< meta title >}}", 4, "'{{< meta title >}}' is not a quote"),
        ("a\n{{ evaluation.recall", 4, "Write \\\\{{ for two braces"),
        ("a\n{{}}", 4, "is not a quote"),
    ],
)
def test_a_wrong_quote_is_a_mistake_with_its_line(
    path: Path, text: str, line: int, sentence: str
) -> None:
    with pytest.raises(ProjectError) as caught:
        held(text, path)

    assert str(caught.value).startswith(f"cards/late.yml:{line}  caveats.text: ")
    assert sentence.replace("\\\\", "\\") in str(caught.value)


def test_all_mistakes_are_said_at_once(path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        held("{{ a.b }} {{ a.c }}", path, expects="{model.clas: {equals: x}}")

    assert len(caught.value.mistakes) == 3


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"expects": "{evaluation.recal: {min: 0.5}}"}, "Did you mean 'evaluation.recall'?"),
        ({"expects": "{model.class: {min: 0.5}}"}, "there is no value 'model.class'"),
        ({"expects": "{evaluation.recall: {equals: x}}"}, "there is no fact 'evaluation.recall'"),
        ({"expects": "{evaluation.recall: {}}"}, "expects nothing"),
        ({"expects": "{evaluation.recall: {min: 1, equals: x}}"}, "keep one of them"),
        ({"expects": "{evaluation.recall: {min: 1, max: 0.5}}"}, "is greater than max"),
        ({"expects": "{evaluation.recall: {least: 1}}"}, "there is no such setting"),
        ({"for_version": "v1", "holds_for": "any version"}, "keep one of them"),
        ({"holds_for": "all versions"}, "cannot be 'all versions'"),
    ],
)
def test_wrong_expectations_are_mistakes(path: Path, more: dict[str, str], sentence: str) -> None:
    with pytest.raises(ProjectError) as caught:
        held("x", path, **more)

    assert sentence in str(caught.value)


def test_a_section_of_the_profile_needs_no_title(path: Path) -> None:
    path.write_text(
        "validation:\n  not_applicable: No.\nhuman_oversight:\n  not_applicable: No.\n"
    )
    profile = load_profile("annex-iv")

    sections = load_narrative(path, as_of=date(2013, 6, 1), profile=profile)
    found = {section.section: section for section in sections}
    assert found["validation"].title == "Validation and testing"
    assert {name for name, s in found.items() if s.state == "missing"} == {*profile.written} - {
        "human_oversight"
    }
