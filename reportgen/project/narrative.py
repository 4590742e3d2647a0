"""What only people can say about a model, and whether it still holds.

A section is *attested* by an author on a day, *expired* when its day has passed or the model has
changed, *not applicable* for a stated reason, or *missing*. Which of these it is depends on the
day the report speaks of and on the model's version, never on the clock.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.errors import ProjectError, near_miss
from reportgen.project.names import SECTIONS
from reportgen.report import Narrative

if TYPE_CHECKING:
    from reportgen.project.check import Mistakes
    from reportgen.project.settings import SectionSettings

__all__ = ["load_narrative"]


def load_narrative(path: Path | None, *, as_of: date, version: str = "") -> tuple[Narrative, ...]:
    """Read the sections that people wrote, with the standard ones that nobody wrote.

    Parameters
    ----------
    path : of the YAML file; None: every standard section is missing
    as_of : the day the report speaks of
    version : of the model; a section written for another one has expired

    Returns
    -------
    the standard sections in their order, then the file's own in its order

    Raises
    ------
    NotFoundError
        There is no such file.
    ProjectError
        Mistakes in it: all of them, each with its line, the near miss and the fix.
    """
    sections = {} if path is None else _read(path)
    names = [*SECTIONS, *(name for name in sections if name not in SECTIONS)]
    return tuple(_narrative(name, sections.get(name), as_of, version) for name in names)


def _read(path: Path) -> dict[str, SectionSettings]:
    # pydantic is only paid for by those who have a narrative.
    from reportgen.project.check import Mistakes, check_shape
    from reportgen.project.settings import NarrativeFile
    from reportgen.project.source import read_source

    name = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
    source = read_source(path, name, may_be_empty=True)
    mistakes = Mistakes(source)
    for name, said in source.plain.items():
        if isinstance(said, dict):
            _check(name, said, mistakes)
    file = check_shape(NarrativeFile, source.plain, mistakes)
    if file is None or mistakes.words():
        raise ProjectError(mistakes.words())
    return file.root


def _check(name: str, said: dict[str, Any], mistakes: Mistakes) -> None:
    if name not in SECTIONS and said.get("title") is None:
        mistakes.add(
            (name,),
            "there is no such section.",
            f"{near_miss(name, list(SECTIONS))} A section of your own needs a title.",
        )
    text, excuse = said.get("text"), said.get("not_applicable")
    if text is not None and excuse is not None:
        mistakes.add((name, "not_applicable"), "cannot stand beside a text; keep one of them.")
    if text is None and excuse is None:
        mistakes.add(
            (name,),
            "has neither a text nor a reason why it is not applicable.",
            "Leave the section out until somebody has written it.",
        )
    if text is None:
        return
    for key, why in (("author", "who says so"), ("date", "when it was written or read again")):
        if said.get(key) is None:
            mistakes.add((name, key), f"is needed with a text: {why}.")


def _narrative(name: str, said: SectionSettings | None, as_of: date, version: str) -> Narrative:
    title = SECTIONS.get(name, name)
    if said is None:
        return Narrative(section=name, title=title, state="missing")
    title = said.title or title
    if said.not_applicable:
        return Narrative(
            section=name,
            title=title,
            state="not applicable",
            author=said.author or "",
            written=said.date,
            reason=said.not_applicable,
        )
    reason = _expired(said, as_of, version)
    return Narrative(
        section=name,
        title=title,
        state="expired" if reason else "attested",
        text=said.text or "",
        author=said.author or "",
        written=said.date,
        expires=said.expires,
        reason=reason,
    )


def _expired(said: SectionSettings, as_of: date, version: str) -> str:
    """Say why a section no longer holds; empty when it does."""
    reasons = []
    if said.expires is not None and as_of > said.expires:
        reasons.append(f"expired on {said.expires.isoformat()}")
    if said.for_version and version and said.for_version != version:
        reasons.append(f"written for version {said.for_version}")
    return "; ".join(reasons)
