"""Profiles: the shipped ones are right in shape, one's own is checked with lines and near misses."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from reportgen import project_file
from reportgen.errors import NotFoundError, ProjectError
from reportgen.project_file import PROFILES, SECTIONS, load_profile, load_project, scaffold_project
from reportgen.project_file.schema import narrative_schema, profile_schema
from reportgen.project_file.settings import ProfileFile
from reportgen.report import BoardSpec, CardProfile, Requirement

HOME = Path(project_file.__file__).parent / "profiles"
DOCS = Path(__file__).parents[3] / "docs"

OWN = """\
title: Bank standard 7
note: |
  Agreed by
  model risk.
narrative:
  validation: Independent validation
sections:
  identity:
    title: Identity
    reference: 7.1
    computed:
      class of the model: model.class
    attested: [contact]
  results:
    title: Results
    computed:
      results: [evaluation.metrics, evaluation.rows]
    also:
      calibration: evaluation.calibration
  checked:
    title: Checked by somebody else
    attested: [validation]
"""


def own(tmp_path: Path, text: str = OWN) -> CardProfile:
    (tmp_path / "bank.yml").write_text(text)
    return load_profile("bank.yml", tmp_path)


@pytest.mark.parametrize("name", PROFILES)
def test_a_shipped_profile_is_valid_for_the_schema_and_for_the_settings(name: str) -> None:
    plain = yaml.safe_load((HOME / f"{name}.yml").read_text())

    jsonschema.Draft202012Validator(profile_schema()).validate(plain)
    ProfileFile.model_validate(plain)


@pytest.mark.parametrize("name", PROFILES)
def test_a_shipped_profile_asks_for_something_in_every_section(name: str) -> None:
    profile = load_profile(name)

    assert len(profile.sections) >= 9
    for section in profile.sections:
        assert section.computed or section.attested, section.name
        assert section.reference
        assert set(section.attested) <= set(SECTIONS)
    assert len({section.name for section in profile.sections}) == len(profile.sections)


def test_every_shipped_file_has_its_name() -> None:
    assert {path.stem for path in HOME.glob("*.yml")} == set(PROFILES)


def test_the_sections_of_mitchell_are_the_nine_of_the_paper_in_its_order() -> None:
    references = [section.reference for section in load_profile("mitchell").sections]

    assert references == [f"Mitchell 4.{number}" for number in range(1, 10)]


def test_annex_iv_covers_its_nine_points_in_order() -> None:
    references = [section.reference for section in load_profile("annex-iv").sections]
    points = [int(reference.removeprefix("Annex IV ")[0]) for reference in references]

    assert points == sorted(points)
    assert set(points) == set(range(1, 10))


def test_the_laws_are_not_claimed_to_be_met() -> None:
    for name in ("annex-iv", "nist"):
        assert "do not state that" in load_profile(name).note


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    profile = own(tmp_path)

    assert (profile.title, profile.note) == ("Bank standard 7", "Agreed by model risk.")
    assert profile.narrative == {"validation": "Independent validation"}
    assert profile.written == ("contact", "validation")
    assert profile.sections[0].reference == "7.1"
    assert profile.sections[1].computed == (
        Requirement(what="results", patterns=("evaluation.metrics", "evaluation.rows")),
    )
    assert profile.sections[1].also[0].patterns == ("evaluation.calibration",)


def test_what_is_shown_in_the_docs_is_a_profile(tmp_path: Path) -> None:
    text = (DOCS / "profiles.md").read_text().split("## A profile of your own")[1]
    shown = text.split("```yaml\n")[1].split("```")[0]

    assert own(tmp_path, shown).title == "Bank standard 7"


def test_the_settings_in_the_docs_are_those_of_the_schema() -> None:
    text = (DOCS / "profiles.md").read_text().split("## A profile of your own")[1]
    documented = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    section = profile_schema()["$defs"]["ProfileSectionSettings"]["properties"]

    assert documented == [*profile_schema()["properties"], *section]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: Identity", "titel: Identity", "Did you mean 'title'?"),
        (
            "attested: [contact]",
            "attested: [contakt]",
            "bank.yml:13  sections.identity.attested[0]",
        ),
        ("attested: [contact]", "attested: [contakt]", "Did you mean 'contact'?"),
        ("attested: [validation]", "attested: [oversite]", "is declared under `narrative`"),
        ("    attested: [validation]\n", "", "checked: asks for nothing"),
        ("    attested: [validation]\n", "    also: {x: y}\n", "asks for nothing"),
        ("class of the model: model.class", "class of the model: {a: b}", "must be a list"),
        ("title: Bank standard 7\n", "", "title: is needed"),
        (OWN[OWN.index("sections:") :], "sections: {}\n", "must not be empty"),
        (OWN[OWN.index("sections:") :], "", "sections: is needed"),
        (OWN[OWN.index("sections:") :], "sections: {a: b}\n", "must be a mapping"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ProjectError) as caught:
        own(tmp_path, OWN.replace(old, new, 1))

    assert said in str(caught.value)
    assert str(caught.value).startswith("bank.yml:")


def test_an_unknown_profile_gets_the_near_miss(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'mitchell'"):
        load_profile("mitchel")
    with pytest.raises(NotFoundError, match=r"no file .*bank\.yml"):
        load_profile("bank.yml", tmp_path)


PROJECT = """\
project: Flights
board: {type: folder, path: board}
models:
  late: {pin: late, profile: %s}
"""


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("mitchel", "Did you mean 'mitchell'? One of your own is the path of a .yml file."),
        ("cards/bank.yml", "no file 'cards/bank.yml'"),
        ("banc.yml", "Did you mean 'bank.yml'?"),
    ],
)
def test_a_project_names_a_profile_that_is_there(tmp_path: Path, profile: str, said: str) -> None:
    (tmp_path / "bank.yml").write_text(OWN)
    path = tmp_path / "reportgen.yml"
    path.write_text(PROJECT % profile)

    with pytest.raises(ProjectError) as caught:
        load_project(path)
    assert said in str(caught.value)
    assert "reportgen.yml:4  models.late.profile: " in str(caught.value)

    path.write_text(PROJECT % "bank.yml")
    assert load_project(path).models["late"].profile == "bank.yml"


@pytest.mark.parametrize("name", PROFILES)
def test_a_new_project_asks_for_what_the_profile_asks_for(tmp_path: Path, name: str) -> None:
    scaffold_project(tmp_path, board=BoardSpec(type="folder", path="board"), profile=name)

    (model,) = load_project(tmp_path).models.values()
    assert model.profile == name
    assert model.narrative is not None
    lines = model.narrative.read_text().splitlines()
    sections = [line[2:-1] for line in lines if line[:2] == "# " and line.endswith(":")]
    assert sorted(s for s in sections if s in SECTIONS) == sorted(load_profile(name).written)


def test_a_new_project_with_a_profile_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "bank.yml").write_text(OWN)

    scaffold_project(tmp_path, board=BoardSpec(type="folder", path="board"), profile="bank.yml")

    assert "# validation:" in (tmp_path / "cards" / "my-model.yml").read_text()
    with pytest.raises(NotFoundError):
        scaffold_project(
            tmp_path / "b", board=BoardSpec(type="folder", path="b"), profile="none.yml"
        )
    assert not (tmp_path / "b").exists()


def test_editors_know_the_sections_of_every_shipped_profile() -> None:
    known = json.loads(json.dumps(narrative_schema()))["properties"]

    for name in PROFILES:
        assert {section.name for section in load_profile(name).sections} <= set(known)
