"""What people write: narratives, and the profiles that ask for them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, RootModel, WithJsonSchema

from reportgen.project_file.settings.fields import Day, Name, Prose, Settings, Text, listed

__all__ = [
    "ExpectationSettings",
    "NarrativeFile",
    "Patterns",
    "ProfileFile",
    "ProfileSectionSettings",
    "SectionSettings",
]


class ExpectationSettings(Settings):
    """What a text takes for granted of a value or fact; when it is otherwise, the text expires."""

    min: float | None = Field(
        default=None, description="Smallest number of the value with which the text holds."
    )
    max: float | None = Field(
        default=None, description="Largest number of the value with which the text holds."
    )
    equals: Text | None = Field(default=None, description="What the fact must say; alone.")


class SectionSettings(Settings):
    """One section that only a person can write, and for how long it holds."""

    title: Text | None = Field(
        default=None, description="Heading; needed for a section of one's own."
    )
    text: Text | None = Field(default=None, description="The section, in Markdown.")
    author: Text | None = Field(default=None, description="Who says so; needed with a text.")
    date: Day | None = Field(
        default=None, description="When it was written or last read again; needed with a text."
    )
    expires: Day | None = Field(
        default=None, description="The last day on which it holds without being read again."
    )
    for_version: Text | None = Field(
        default=None,
        description="The model version it was written for; it expires with another one.",
    )
    holds_for: Literal["any version"] | None = Field(
        default=None,
        description="`any version`: a new version of the model does not make it expire.",
    )
    expects: dict[Text, ExpectationSettings] = Field(
        default_factory=dict,
        description="What it takes for granted, such as `evaluation.recall: {min: 0.5}`; "
        "it expires when the value or fact is otherwise.",
    )
    not_applicable: Text | None = Field(
        default=None, description="Why this section does not apply; instead of a text."
    )


class NarrativeFile(RootModel[dict[Name, SectionSettings]]):
    """What only people can say about a model, by section."""


Patterns = Annotated[
    list[Text],
    BeforeValidator(listed),
    Field(min_length=1),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
            ]
        }
    ),
]


class ProfileSectionSettings(Settings):
    """One section of a standard, and what bears it out."""

    title: Text = Field(description="Heading of the section, as the card names it.")
    reference: Prose = Field(default="", description="Where the standard asks for it.")
    computed: dict[Text, Patterns] = Field(
        default_factory=dict,
        description="What the record must hold, all of it: in words, then the name of a value, "
        "fact, table or series, or a pattern such as `evaluation.groups.*`, or `pins.data`; of "
        "several names one is enough.",
    )
    also: dict[Text, Patterns] = Field(
        default_factory=dict,
        description="What bears it out when it is there, and is not lacking when it is not.",
    )
    attested: list[Text] = Field(
        default_factory=list,
        description="Sections of the narrative that a person must have written, all of them.",
    )


class ProfileFile(Settings):
    """A profile: which sections a complete card has, in their order."""

    title: Text = Field(description="Name of the standard, as the card names it.")
    note: Prose = Field(default="", description="What a reader must know about it.")
    narrative: dict[Name, Text] = Field(
        default_factory=dict,
        description="Sections of a narrative that only this profile knows, and their titles.",
    )
    sections: Annotated[dict[Name, ProfileSectionSettings], Field(min_length=1)] = Field(
        description="The sections, by name."
    )
