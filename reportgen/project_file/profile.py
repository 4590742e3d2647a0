"""Profiles: which sections a complete card has by one standard, and what bears them out.

Four are shipped beside this module, under ``profiles/``; a project may name a file of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.errors import NotFoundError, ProjectError, near_miss
from reportgen.project_file.names import PROFILES
from reportgen.project_file.sections import SECTIONS
from reportgen.report import CardProfile, ProfileSection, Requirement

if TYPE_CHECKING:
    from reportgen.project_file.check import Mistakes

__all__ = ["is_own_profile", "load_profile", "profile_path"]

_SHIPPED = Path(__file__).parent / "profiles"


def is_own_profile(name: str) -> bool:
    """Say whether the name is the path of a file, not one of the shipped profiles.

    Examples
    --------
    >>> is_own_profile("annex-iv"), is_own_profile("cards/bank.yml")
    (False, True)
    """
    return name.endswith((".yml", ".yaml"))


def profile_path(name: str, folder: Path) -> Path | None:
    """Give the file of a profile of one's own; None for a shipped one, which has our version."""
    return folder / name if is_own_profile(name) else None


def load_profile(name: str, folder: Path = Path()) -> CardProfile:
    """Read a profile.

    Parameters
    ----------
    name : of a shipped profile, or the path of one's own
    folder : where such a path starts: that of reportgen.yml

    Raises
    ------
    NotFoundError
        There is no such profile or file.
    ProjectError
        Mistakes in a profile of one's own: all of them, each with its line.
    """
    path = profile_path(name, folder)
    if path is not None:
        return _own(name, path)
    if name not in PROFILES:
        raise NotFoundError(
            f"there is no profile {name!r}. {near_miss(name, PROFILES)} "
            "One of your own is the path of a .yml file."
        )
    return _shipped(name)


@cache
def _shipped(name: str) -> CardProfile:
    """Read one of ours, whose shape the tests have checked: every card needs one, at once."""
    import yaml

    text = (_SHIPPED / f"{name}.yml").read_text(encoding="utf-8")
    return _profile(name, yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506


def _own(name: str, path: Path) -> CardProfile:
    from reportgen.project_file.check import Mistakes, check_shape
    from reportgen.project_file.settings import ProfileFile
    from reportgen.project_file.source import read_source

    source = read_source(path, name)
    mistakes = Mistakes(source)
    _check_attested(source.plain, mistakes)
    file = check_shape(ProfileFile, source.plain, mistakes)
    if file is None or mistakes.words():
        raise ProjectError(mistakes.words())
    return _profile(name, file.model_dump())


def _check_attested(tree: Mapping[str, Any], mistakes: Mistakes) -> None:
    """What a person must write is a section that a narrative knows, or one declared here."""
    declared, sections = tree.get("narrative"), tree.get("sections")
    known = [*SECTIONS, *(declared if isinstance(declared, dict) else ())]
    for name, section in sections.items() if isinstance(sections, dict) else ():
        if not isinstance(section, dict):
            continue
        where = ("sections", name)
        if not section.get("computed") and not section.get("attested"):
            mistakes.add(where, "asks for nothing.", "Give `computed`, `attested` or both.")
        asked = section.get("attested")
        for place, word in enumerate(asked if isinstance(asked, list) else ()):
            if isinstance(word, str) and word not in known:
                mistakes.add(
                    (*where, "attested", place),
                    f"there is no section {word!r} of a narrative.",
                    f"{near_miss(word, known)} One of your own is declared under `narrative`.",
                )


def _profile(name: str, plain: Mapping[str, Any]) -> CardProfile:
    return CardProfile(
        name=name,
        title=plain["title"],
        note=" ".join((plain.get("note") or "").split()),
        narrative=dict(plain.get("narrative") or {}),
        sections=tuple(
            ProfileSection(
                name=key,
                title=section["title"],
                reference=section.get("reference") or "",
                computed=_requirements(section.get("computed")),
                also=_requirements(section.get("also")),
                attested=tuple(section.get("attested") or ()),
            )
            for key, section in plain["sections"].items()
        ),
    )


def _requirements(said: Mapping[str, str | list[str]] | None) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(what=what, patterns=(found,) if isinstance(found, str) else tuple(found))
        for what, found in (said or {}).items()
    )
