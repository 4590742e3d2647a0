"""What a complete card has, by one standard: sections, and what bears each of them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["CardProfile", "ProfileSection", "Requirement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing that a record can hold.

    Attributes
    ----------
    what : it is, in words: ``results by group``
    patterns : names of values, facts, tables or series, or shell-like patterns of them, or
        ``pins.<role>``; one that is found is enough
    """

    what: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSection:
    """One section of a standard.

    Attributes
    ----------
    reference : where the standard asks for it: ``Mitchell 4.7``
    computed : what the record must hold, all of it
    also : what bears the section out when the record holds it, and is not lacking when not
    attested : sections of the narrative that a person must have written, all of them
    """

    name: str
    title: str
    reference: str = ""
    computed: tuple[Requirement, ...] = ()
    also: tuple[Requirement, ...] = ()
    attested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardProfile:
    """The sections of one standard, in its order.

    Attributes
    ----------
    name : ``mitchell``, or the file of a profile of one's own
    title : of the standard, as the page names it
    note : what a reader must know about it; one sentence or two, or empty
    narrative : sections that only this profile knows, and their titles
    """

    name: str
    title: str
    sections: tuple[ProfileSection, ...]
    note: str = ""
    narrative: Mapping[str, str] = field(default_factory=dict)

    @property
    def written(self) -> tuple[str, ...]:
        """The sections of the narrative that it asks a person to write, each once."""
        asked = (name for section in self.sections for name in section.attested)
        return tuple(dict.fromkeys(asked))
