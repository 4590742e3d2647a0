"""What a card covers of a standard: section by section, by what was computed and who said what."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import translate

from reportgen.measure.wording import in_sentence, listed, weight_of
from reportgen.report.card_profile import CardProfile, ProfileSection, Requirement
from reportgen.report.data import Evidence, Finding, Narrative, Part, Section, SectionState
from reportgen.report.value import Fact, Provenance, Unit, Value

__all__ = ["measure_completeness"]

_MOST_TITLES = 6


def measure_completeness(
    profile: CardProfile,
    part: Part,
    narrative: tuple[Narrative, ...],
    roles: Collection[str] = (),
) -> tuple[tuple[Section, ...], Part]:
    """Hold a card against a profile.

    Parameters
    ----------
    part : the record, as far as it was measured
    narrative : what people wrote, already held against its expectations
    roles : of the pins of the card

    Returns
    -------
    the sections in the order of the profile, and their counts and findings

    Notes
    -----
    A value counts as evidence when it has a number, a table when it has rows. A section is

    - *computed* when the record holds all that the profile asks for, *attested* when people wrote
      all that it asks for and it holds, and both when the profile asks for both;
    - *partly* covered when some of this is there;
    - *expired* when anything that people wrote for it no longer holds;
    - *not applicable* when a person said so, under the name of the section or of all that a
      person should write for it, and the record does not hold it anyway;
    - *missing* otherwise.
    """
    held = _Held.of(part, roles)
    said = {entry.section: entry for entry in narrative}
    sections = tuple(_section(asked, held, said) for asked in profile.sections)
    expired = tuple(entry for entry in narrative if entry.state == "expired")
    return sections, _counted(profile, sections, expired)


@dataclass(frozen=True, slots=True)
class _Held:
    """The names that can bear something out; groups stand behind their whole."""

    names: frozenset[str]
    whole: tuple[str, ...]

    @classmethod
    def of(cls, part: Part, roles: Collection[str]) -> _Held:
        names = frozenset(
            [
                *(value.name for value in part.values if value.number is not None),
                *(fact.name for fact in part.facts if fact.text.strip()),
                *(table.name for table in part.tables if table.rows),
                *(series.name for series in part.series if series.columns[series.x]),
                *(f"pins.{role}" for role in roles),
            ]
        )
        return cls(names, tuple(sorted(name for name in names if "[" not in name)))

    def like(self, pattern: str) -> list[str]:
        """Names that fit; a group only fits a pattern that speaks of groups."""
        if not any(mark in pattern for mark in "*?"):
            return [pattern] if pattern in self.names else []
        fits = re.compile(translate(pattern.replace("[", "[[]"))).match
        among: Iterable[str] = sorted(self.names) if "[" in pattern else self.whole
        return [name for name in among if fits(name)]

    def evidence(self, asked: Requirement) -> Evidence | None:
        found = dict.fromkeys(name for pattern in asked.patterns for name in self.like(pattern))
        return Evidence(what=asked.what, names=tuple(found)) if found else None


def _section(asked: ProfileSection, held: _Held, said: Mapping[str, Narrative]) -> Section:
    computed = [held.evidence(item) for item in asked.computed]
    also = [held.evidence(item) for item in asked.also]
    lacking = [
        item.what for item, found in zip(asked.computed, computed, strict=True) if found is None
    ]
    entries = [said[name] for name in dict.fromkeys([*asked.attested, asked.name]) if name in said]
    unwritten = [entry for entry in entries if entry.state == "missing"]
    lacking += [f"{in_sentence(entry.title)} (to be written)" for entry in unwritten]
    written = [entry for entry in entries if entry.state in ("attested", "expired")]
    evidence = tuple(found for found in (*computed, *also) if found is not None)
    excuse = _excuse(asked, said, covered=not lacking and bool(asked.computed or written))
    state = _state(asked, written, lacking, evidence, excuse)
    speaking = [excuse] if excuse and state == "not applicable" else written
    return Section(
        name=asked.name,
        title=asked.title,
        reference=asked.reference,
        state=state,
        evidence=evidence,
        narrative=tuple(entry.section for entry in speaking),
        lacking=() if state == "not applicable" else tuple(lacking),
        author=", ".join(dict.fromkeys(entry.author for entry in speaking if entry.author)),
        written=_earliest(entry.written for entry in speaking),
        expires=_earliest(entry.expires for entry in speaking),
        version=_version(speaking),
        reason=_reason(speaking),
    )


def _excuse(
    asked: ProfileSection, said: Mapping[str, Narrative], *, covered: bool
) -> Narrative | None:
    """What a person said to why the section does not apply, unless it is covered anyway."""
    if covered:
        return None
    own = said.get(asked.name)
    if own is not None and own.state == "not applicable":
        return own
    entries = [said[name] for name in asked.attested if name in said]
    excused = [entry for entry in entries if entry.state == "not applicable"]
    return excused[0] if excused and len(excused) == len(entries) and not asked.computed else None


def _state(
    asked: ProfileSection,
    written: list[Narrative],
    lacking: list[str],
    evidence: tuple[Evidence, ...],
    excuse: Narrative | None,
) -> SectionState:
    if any(entry.state == "expired" for entry in written):
        return "expired"
    if excuse is not None:
        return "not applicable"
    if lacking:
        return "partly" if evidence or written else "missing"
    if asked.computed and written:
        return "computed and attested"
    return "computed" if asked.computed else "attested"


def _earliest(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _version(entries: list[Narrative]) -> str:
    """The version that all of it speaks of: an exact one binds more than any."""
    named = dict.fromkeys(entry.version for entry in entries if entry.version)
    exact = [version for version in named if version != "any version"]
    return ", ".join(exact or named)


def _reason(entries: list[Narrative]) -> str:
    return "; ".join(dict.fromkeys(entry.reason for entry in entries if entry.reason))


def _counted(
    profile: CardProfile, sections: tuple[Section, ...], expired: tuple[Narrative, ...]
) -> Part:
    states = [section.state for section in sections]
    apply = len(states) - states.count("not applicable")
    covered = sum(section.is_covered for section in sections)
    counts = {
        "sections": ("Sections that apply", apply),
        "covered": ("Sections covered", covered),
        "partly": ("Sections covered in part", states.count("partly")),
        "expired": ("Sections that have expired", states.count("expired")),
        "missing": ("Sections missing", states.count("missing")),
        "not_applicable": ("Sections that do not apply", states.count("not applicable")),
    }
    values = [_value(profile, name, label, number) for name, (label, number) in counts.items()]
    values.append(_value(profile, "texts_expired", "Texts that have expired", len(expired)))
    values.append(
        _value(
            profile,
            "share",
            "Share of sections covered",
            covered / apply if apply else None,
            unit="ratio",
            reason=None if apply else "no section applies",
        )
    )
    fact = Fact(
        name="completeness.profile",
        text=profile.title,
        label="Profile",
        provenance=_source(profile),
    )
    note = Fact(
        name="completeness.note",
        text=profile.note,
        label="Note",
        provenance=_source(profile),
    )
    findings = (*_missing(profile, sections, apply), *_expired(expired))
    return Part(
        values=tuple(values), facts=(fact, note) if profile.note else (fact,), findings=findings
    )


def _source(profile: CardProfile) -> Provenance:
    return Provenance(by="completeness.sections@1", parameters={"profile": profile.name})


def _value(
    profile: CardProfile,
    name: str,
    label: str,
    number: float | None,
    *,
    unit: Unit = "count",
    reason: str | None = None,
) -> Value:
    return Value(
        name=f"completeness.{name}",
        number=number,
        unit=unit,
        reason=reason,
        provenance=_source(profile),
        label=label,
    )


def _missing(profile: CardProfile, sections: tuple[Section, ...], apply: int) -> list[Finding]:
    """Say in one sentence what the card lacks."""
    titles = tuple(f"'{section.title}'" for section in sections if section.state == "missing")
    if not titles:
        return []
    partly = sum(section.state == "partly" for section in sections)
    more = f" {partly} more {'is' if partly == 1 else 'are'} covered in part." if partly else ""
    noun = "section" if apply == 1 else "sections"
    return [
        Finding(
            kind="completeness",
            state="cannot tell",
            sentence=f"The card lacks {len(titles)} of {apply} {noun} of {profile.title}: "
            f"{listed(titles, _MOST_TITLES)}.{more}",
            because=("completeness.missing", *(("completeness.partly",) if partly else ())),
            weight=weight_of("completeness", "cannot tell"),
        )
    ]


def _expired(entries: tuple[Narrative, ...]) -> list[Finding]:
    """Say which texts no longer hold, and why: those of one reason together."""
    reasons: dict[str, list[str]] = {}
    for entry in entries:
        reasons.setdefault(entry.reason, []).append(f"'{entry.title}'")
    return [
        Finding(
            kind="completeness",
            state="watch",
            sentence=f"{listed(tuple(titles))} {'has' if len(titles) == 1 else 'have'} expired "
            f"({reason}) and must be read again by a person.",
            because=("completeness.texts_expired",),
            weight=weight_of("completeness", "watch"),
        )
        for reason, titles in reasons.items()
    ]
