"""What only people can say about a model, and whether it still holds.

A section is *attested* by an author on a day, *expired* when its day has passed or the model has
changed, *not applicable* for a stated reason, or *missing*. Which of these it is depends on the
day the report speaks of and on the model's version, never on the clock.

Reading the file and judging it are two steps, so that a mistake of shape is found before anything
is measured. What a text quotes is held against the record once that is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.errors import ProjectError
from reportgen.project_file.profile import load_profile
from reportgen.project_file.sections import SECTIONS
from reportgen.report import CardProfile, Expectation, Narrative, Part, quoted_names

if TYPE_CHECKING:
    from reportgen.project_file.settings import SectionSettings
    from reportgen.project_file.source import Source

__all__ = ["WrittenNarrative", "attest_narrative", "load_narrative", "read_narrative"]

ANY_VERSION = "any version"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenNarrative:
    """A narrative file whose shape is right.

    Attributes
    ----------
    profile : says which sections a person should write
    sections : what the file says, by section
    source : where it says it; None without a file
    text : the file as it was written, for the lines of what it quotes
    """

    profile: CardProfile
    sections: Mapping[str, SectionSettings] = field(default_factory=dict)
    source: Source | None = None
    text: str = ""


def load_narrative(
    path: Path | None,
    *,
    as_of: date,
    version: str = "",
    pinned: date | None = None,
    profile: CardProfile | None = None,
    part: Part | None = None,
) -> tuple[Narrative, ...]:
    """Read the sections that people wrote, with those of the profile that nobody wrote.

    See `read_narrative` and `attest_narrative`, which it calls.
    """
    written = read_narrative(path, profile)
    return attest_narrative(written, as_of=as_of, version=version, pinned=pinned, part=part)


def read_narrative(path: Path | None, profile: CardProfile | None = None) -> WrittenNarrative:
    """Read a narrative file and check all of it that needs no record.

    Parameters
    ----------
    path : of the YAML file; None: nobody wrote anything
    profile : whose sections are asked for; None: those of Mitchell et al. (2019)

    Raises
    ------
    NotFoundError
        There is no such file.
    ProjectError
        Mistakes in it: all of them, each with its line, the near miss and the fix.
    """
    profile = profile or load_profile("mitchell")
    if path is None:
        return WrittenNarrative(profile=profile)
    # pydantic is only paid for by those who have a narrative.
    from reportgen.project_file.check import Mistakes, check_shape
    from reportgen.project_file.narrative_check import check_sections
    from reportgen.project_file.settings import NarrativeFile
    from reportgen.project_file.source import read_source

    name = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
    source = read_source(path, name, may_be_empty=True)
    text = path.read_text(encoding="utf-8", errors="replace")
    mistakes = Mistakes(source)
    check_sections(source, text, tuple(_titles(profile)), mistakes)
    file = check_shape(NarrativeFile, source.plain, mistakes)
    if file is None or mistakes.words():
        raise ProjectError(mistakes.words())
    return WrittenNarrative(profile=profile, sections=file.root, source=source, text=text)


def attest_narrative(
    written: WrittenNarrative,
    *,
    as_of: date,
    version: str = "",
    pinned: date | None = None,
    part: Part | None = None,
) -> tuple[Narrative, ...]:
    """Say of each section whether it holds.

    Parameters
    ----------
    as_of : the day the report speaks of
    version : of the model; a section written for another one has expired
    pinned : the day on which that version was pinned; a section that names no version and was
        written before that day is about an older one, and has expired
    part : the record, as far as sections can quote it; None: quotes are not looked up

    Returns
    -------
    the sections that the profile asks for or somebody wrote, in the order of the page: those that
    every profile knows, those of the profile, then the file's own

    Raises
    ------
    ProjectError
        A section quotes or rests on what the record does not hold, each with its line.
    """
    if part is not None and written.source is not None:
        from reportgen.project_file.check import Mistakes
        from reportgen.project_file.narrative_check import check_names

        mistakes = Mistakes(written.source)
        check_names(written.sections, part, written.text, mistakes)
        if mistakes.words():
            raise ProjectError(mistakes.words())
    titles = _titles(written.profile)
    wanted = {*written.profile.written, *written.sections}
    names = [*(name for name in titles if name in wanted), *written.sections]
    return tuple(
        _narrative(
            name, titles.get(name, name), written.sections.get(name), as_of, version, pinned
        )
        for name in dict.fromkeys(names)
    )


def _titles(profile: CardProfile) -> dict[str, str]:
    """Give the sections that need no title of their own, in the order of the page.

    The sections of the profile are among them: a person may say that one does not apply.
    """
    own = {section.name: section.title for section in profile.sections}
    return {**SECTIONS, **profile.narrative, **{k: own[k] for k in own if k not in SECTIONS}}


def _narrative(
    name: str,
    title: str,
    said: SectionSettings | None,
    as_of: date,
    version: str,
    pinned: date | None,
) -> Narrative:
    if said is None:
        return Narrative(section=name, title=title, state="missing")
    reason = _expired(said, as_of, version, pinned)
    excused = said.not_applicable and not reason
    text = said.text or f"Not applicable: {said.not_applicable}"
    return Narrative(
        section=name,
        title=said.title or title,
        state="not applicable" if excused else "expired" if reason else "attested",
        text="" if excused else text,
        author=said.author or "",
        written=said.date,
        expires=said.expires,
        reason=(said.not_applicable or "") if excused else reason,
        version=_version(said, version, pinned, holds=not reason),
        cites=tuple(dict.fromkeys([*quoted_names(said.text or ""), *said.expects])),
        expects=tuple(
            Expectation(name=about, minimum=limit.min, maximum=limit.max, equals=limit.equals)
            for about, limit in said.expects.items()
        ),
    )


def _version(said: SectionSettings, version: str, pinned: date | None, *, holds: bool) -> str:
    """The version that a section speaks of: the one it names, or else the one it was written to.

    Without a name, it speaks of the version that was there when it was written.
    """
    if said.holds_for or said.for_version:
        return ANY_VERSION if said.holds_for else said.for_version or ""
    return version if holds and pinned is not None and said.date is not None else ""


def _expired(said: SectionSettings, as_of: date, version: str, pinned: date | None) -> str:
    """Say why a section no longer holds; empty when it does."""
    reasons = []
    if said.expires is not None and as_of > said.expires:
        reasons.append(f"expired on {said.expires.isoformat()}")
    if said.for_version and version and said.for_version != version:
        reasons.append(f"written for version {said.for_version}")
    says_none = not said.for_version and not said.holds_for
    if says_none and said.date is not None and pinned is not None and said.date < pinned:
        reasons.append(
            f"written on {said.date.isoformat()} for an older version; this one is of "
            f"{pinned.isoformat()}"
        )
    return "; ".join(reasons)
