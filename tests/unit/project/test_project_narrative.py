"""What people wrote, and whether it still holds on the day of the report."""

from datetime import date
from pathlib import Path

import pytest

from reportgen.errors import NotFoundError, ProjectError
from reportgen.project import SECTIONS, load_narrative
from reportgen.report import Narrative

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
    assert list(read(path)) == [*SECTIONS, "fuel"]


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

    assert [section.section for section in sections] == list(SECTIONS)
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
