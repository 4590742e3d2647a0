"""Each section of a profile has one state, and the counts add up."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.measure import measure_completeness
from reportgen.report import (
    CardProfile,
    Cell,
    Column,
    Evidence,
    Fact,
    Narrative,
    Part,
    ProfileSection,
    Provenance,
    Requirement,
    Section,
    Series,
    Table,
    Value,
)

SOURCE = Provenance(by="a@1")


def table(name: str, rows: int = 1) -> Table:
    columns = (Column(name="a", label="A"),)
    return Table(name=name, title="T", columns=columns, rows=((Cell(text="x"),),) * rows)


def value(name: str, number: float | None = 1.0) -> Value:
    reason = None if number is not None else "no labels yet"
    return Value(name=name, number=number, unit="number", reason=reason, provenance=SOURCE)


PART = Part(
    facts=(Fact(name="model.class", text="Pipeline", provenance=SOURCE),
           Fact(name="model.python", text=" ", provenance=SOURCE)),
    values=(value("evaluation.recall"), value("evaluation.recall[carrier=UA]"),
            value("evaluation.brier", None)),
    tables=(table("evaluation.metrics"), table("evaluation.groups.carrier"),
            table("evaluation.groups.carrier×hour"), table("evaluation.classes", rows=0)),
    series=(Series(name="evaluation.roc", title="R", mark="line", x="x", y="y",
                   columns={"x": (1,), "y": (1,)}, provenance=SOURCE),
            Series(name="evaluation.scores", title="S", mark="line", x="x", y="y",
                   columns={"x": (), "y": ()}, provenance=SOURCE)),
)  # fmt: skip


def asked(*computed: str, attested: tuple[str, ...] = (), also: tuple[str, ...] = ()) -> Section:
    """Give the one section of a profile that asks for this."""
    return covered(profile_of(*computed, attested=attested, also=also))


def profile_of(
    *computed: str, attested: tuple[str, ...] = (), also: tuple[str, ...] = ()
) -> CardProfile:
    section = ProfileSection(
        name="it",
        title="The section",
        reference="S 1",
        computed=tuple(Requirement(what=f"w {p}", patterns=(p,)) for p in computed),
        also=tuple(Requirement(what=f"w {p}", patterns=(p,)) for p in also),
        attested=attested,
    )
    return CardProfile(name="mine", title="Mine", sections=(section,))


def covered(profile: CardProfile, *narrative: Narrative, part: Part = PART) -> Section:
    (section,), _ = measure_completeness(profile, part, narrative, ("model", "data"))
    return section


def text(name: str, state: Any = "attested", **more: Any) -> Narrative:
    return Narrative(section=name, title=f"About {name}", state=state, **more)


def test_all_that_is_asked_for_is_there() -> None:
    section = asked("model.class", "evaluation.metrics", "pins.data", "evaluation.roc")

    assert (section.state, section.lacking, section.is_covered) == ("computed", (), True)
    assert section.evidence[2] == Evidence(what="w pins.data", names=("pins.data",))


@pytest.mark.parametrize(
    "name",
    ["model.name", "model.python", "evaluation.brier", "evaluation.classes", "evaluation.scores",
     "pins.training", "evaluation.recall[carrier=AA]", "changes.*"],
)  # fmt: skip
def test_what_is_empty_or_has_no_number_bears_nothing_out(name: str) -> None:
    assert asked(name).state == "missing"
    assert asked(name).lacking == (f"w {name}",)

    half = asked("model.class", name)
    assert (half.state, half.lacking, half.is_covered) == ("partly", (f"w {name}",), False)


def test_a_pattern_finds_wholes_and_groups_only_where_it_names_them() -> None:
    assert asked("evaluation.r*").evidence[0].names == ("evaluation.recall", "evaluation.roc")
    found = asked("evaluation.recall[carrier=*]").evidence[0]
    assert found.names == ("evaluation.recall[carrier=UA]",)
    assert asked("evaluation.groups.*×*").evidence[0].names == ("evaluation.groups.carrier×hour",)


def test_one_of_several_names_is_enough() -> None:
    either = Requirement(what="steps or class", patterns=("model.steps", "model.class"))
    section = ProfileSection(name="it", title="It", computed=(either,))
    profile = CardProfile(name="mine", title="Mine", sections=(section,))

    assert covered(profile).evidence == (Evidence(what="steps or class", names=("model.class",)),)


def test_what_is_also_there_is_shown_and_never_lacking() -> None:
    section = asked("model.class", also=("evaluation.roc", "nothing.here"))

    assert (section.state, section.lacking) == ("computed", ())
    assert [item.what for item in section.evidence] == ["w model.class", "w evaluation.roc"]


def test_an_attested_section_says_who_when_until_when_and_for_which_version() -> None:
    first = text("a", author="Ada", written=date(2013, 5, 2), expires=date(2014, 1, 1),
                 version="any version")  # fmt: skip
    second = text("b", author="Ben", written=date(2013, 5, 1), version="v2")
    section = covered(profile_of(attested=("a", "b")), first, second)

    assert section == Section(
        name="it", title="The section", reference="S 1", state="attested",
        narrative=("a", "b"), author="Ada, Ben", written=date(2013, 5, 1),
        expires=date(2014, 1, 1), version="v2",
    )  # fmt: skip


def test_both_are_needed_where_both_are_asked_for() -> None:
    profile = profile_of("model.class", attested=("a",))

    assert covered(profile, text("a")).state == "computed and attested"
    unwritten = covered(profile, text("a", "missing"))
    assert (unwritten.state, unwritten.lacking) == ("partly", ("about a (to be written)",))
    unmeasured = covered(profile, text("a"), part=Part())
    assert (unmeasured.state, unmeasured.lacking) == ("partly", ("w model.class",))
    neither = covered(profile, text("a", "missing"), part=Part())
    assert (neither.state, neither.is_covered) == ("missing", False)


def test_one_expired_text_makes_its_section_expired() -> None:
    profile = profile_of("model.class", attested=("a", "b"))
    section = covered(profile, text("a"), text("b", "expired", reason="it is old"))

    assert (section.state, section.reason, section.is_covered) == ("expired", "it is old", False)


def test_a_section_does_not_apply_when_a_person_says_so() -> None:
    excuse = {"reason": "No person is scored.", "author": "Ada"}
    by_text = covered(profile_of(attested=("a",)), text("a", "not applicable", **excuse))
    by_name = covered(profile_of("nothing.here"), text("it", "not applicable", **excuse))

    for section in (by_text, by_name):
        assert (section.state, section.reason, section.author, section.lacking) == (
            "not applicable", "No person is scored.", "Ada", (),
        )  # fmt: skip


def test_an_excuse_does_not_hide_what_is_there_or_what_else_is_asked_for() -> None:
    excuse = text("a", "not applicable", reason="no")
    assert covered(profile_of("model.class", attested=("a",)), excuse).state == "computed"
    assert covered(profile_of("nothing.here", attested=("a",)), excuse).state == "missing"
    two = covered(profile_of(attested=("a", "b")), excuse, text("b", "missing"))
    assert (two.state, two.lacking) == ("missing", ("about b (to be written)",))
    assert covered(profile_of(attested=("a", "b")), excuse, text("b")).state == "attested"


def test_what_is_missing_is_one_sentence_and_does_not_worry() -> None:
    sections = tuple(
        ProfileSection(name=name, title=name.upper(), attested=(name,)) for name in "abc"
    )
    profile = CardProfile(name="mine", title="Mine 1", sections=sections)
    narrative = (text("a"), text("b", "missing"), text("c", "missing"))

    _, part = measure_completeness(profile, PART, narrative)
    (finding,) = part.findings
    assert finding.sentence == "The card lacks 2 of 3 sections of Mine 1: 'B' and 'C'."
    assert (finding.kind, finding.state) == ("completeness", "cannot tell")
    assert finding.because == ("completeness.missing",)
    assert {v.name: v.number for v in part.values}["completeness.share"] == pytest.approx(1 / 3)
    assert part.facts[0].text == "Mine 1"


def test_texts_that_expired_for_one_reason_are_said_together() -> None:
    narrative = (
        text("a", "expired", reason="r1"),
        text("b", "expired", reason="r2"),
        text("c", "expired", reason="r1"),
    )
    _, part = measure_completeness(profile_of(attested=("a",)), PART, narrative)

    assert [finding.sentence for finding in part.findings] == [
        "'About a' and 'About c' have expired (r1) and must be read again by a person.",
        "'About b' has expired (r2) and must be read again by a person.",
    ]
    assert {v.name: v.number for v in part.values}["completeness.texts_expired"] == 3


def test_a_profile_in_which_nothing_applies_has_no_share() -> None:
    _, part = measure_completeness(
        profile_of(attested=("a",)), PART, (text("a", "not applicable", reason="no"),)
    )
    share = next(v for v in part.values if v.name == "completeness.share")

    assert (share.number, share.reason) == (None, "no section applies")


STATES = st.sampled_from(["attested", "expired", "missing", "not applicable"])
PATTERNS = st.lists(
    st.sampled_from(["model.class", "evaluation.metrics", "evaluation.groups.*", "no.such"]),
    unique=True,
    max_size=3,
)


@given(
    st.lists(st.tuples(PATTERNS, PATTERNS, st.sets(st.sampled_from("abc"))), max_size=6),
    st.fixed_dictionaries(dict.fromkeys("abc", STATES)),
)
def test_every_section_is_counted_once(
    wanted: list[tuple[list[str], list[str], set[str]]], states: dict[str, Any]
) -> None:
    sections = tuple(
        replace(
            profile_of(*computed, also=tuple(also), attested=tuple(sorted(texts))).sections[0],
            name=f"s{at}",
        )
        for at, (computed, also, texts) in enumerate(wanted)
        if computed or texts
    )
    profile = CardProfile(name="mine", title="Mine", sections=sections)
    narrative = tuple(text(name, state, reason="r") for name, state in states.items())

    found, part = measure_completeness(profile, PART, narrative)
    count = {v.name.partition(".")[2]: v.number for v in part.values}

    assert [section.name for section in found] == [section.name for section in sections]
    parts = ("covered", "partly", "expired", "missing")
    assert sum(count[name] or 0 for name in parts) == count["sections"]
    assert (count["sections"] or 0) + (count["not_applicable"] or 0) == len(found)
    assert count["covered"] == sum(section.is_covered for section in found)
    for section in found:
        assert bool(section.lacking) <= (not section.is_covered)
        assert section.state != "missing" or not section.evidence
    again = measure_completeness(profile, replace(PART, tables=PART.tables[::-1]), narrative)
    assert again == (found, part)
