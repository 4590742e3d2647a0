"""The kinds of text and number that settings are made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from reportgen.project_file.source import WrittenFloat, WrittenInt, as_plain
from reportgen.project_file.words import read_cron, read_date, read_duration, read_timezone

__all__ = [
    "Cron",
    "Day",
    "Duration",
    "Level",
    "Name",
    "Place",
    "Prose",
    "Segments",
    "Settings",
    "Text",
    "Zone",
    "as_written",
    "listed",
    "pinned",
    "read_with",
]

_Read = TypeVar("_Read")
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"


def as_written(given: Any) -> Any:
    """Take a version such as 1.10 as the text it was written as."""
    return given.text if isinstance(given, WrittenInt | WrittenFloat) else given


def read_with(read: Callable[[str], _Read]) -> Callable[[Any], _Read]:
    """Make a reader of text say its mistakes in pydantic's way."""

    def checked(given: Any) -> _Read:
        text = as_written(given)
        if not isinstance(text, str):
            raise PydanticCustomError("string_type", "must be a text.")
        try:
            return read(text)
        except ValueError as error:
            raise PydanticCustomError("reportgen", "{said}", {"said": str(error)}) from error

    return checked


def listed(given: Any) -> Any:
    """Take one text as a list of one."""
    return [given] if isinstance(given, str) else given


def _segments(given: Any) -> Any:
    return [listed(item) for item in given] if isinstance(given, list) else given


def pinned(given: Any) -> Any:
    """Take a text as the name of a pin."""
    return {"pin": given} if isinstance(given, str) else given


def _scalar(given: Any) -> Any:
    if isinstance(given, dict | list):
        raise PydanticCustomError("reportgen", "must be one level of the target, not a list.")
    return as_plain(given)


def _name(text: str) -> str:
    if not re.fullmatch(_NAME, text) or text in ("index.html", "latest"):
        raise ValueError(
            f"{text!r} cannot be a name here: it becomes a folder. "
            "Use letters, digits, '-', '_' and '.'."
        )
    return text


def _path(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("holds a control character, which no path has.")
    return text


Text = Annotated[
    str,
    BeforeValidator(as_written),
    Field(min_length=1),
    WithJsonSchema({"type": ["string", "number"], "minLength": 1}),
]
Prose = Annotated[str, BeforeValidator(as_written), WithJsonSchema({"type": ["string", "number"]})]
Place = Annotated[
    str, PlainValidator(read_with(_path)), WithJsonSchema({"type": ["string", "number"]})
]
Name = Annotated[
    str,
    PlainValidator(read_with(_name)),
    WithJsonSchema({"type": "string", "pattern": _NAME}),
]
Zone = Annotated[str, PlainValidator(read_with(read_timezone)), WithJsonSchema({"type": "string"})]
Cron = Annotated[str, PlainValidator(read_with(read_cron)), WithJsonSchema({"type": "string"})]
Duration = Annotated[
    timedelta,
    PlainValidator(read_with(read_duration)),
    WithJsonSchema(
        {"type": ["string", "integer"], "pattern": "^(0|[0-9]{1,5}[wdhm])$", "maximum": 0}
    ),
]
Day = Annotated[
    date,
    PlainValidator(read_with(read_date)),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]
Segments = Annotated[
    list[Annotated[list[Text], Field(min_length=1, max_length=3)]],
    BeforeValidator(_segments),
    WithJsonSchema(
        {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
                ]
            },
        }
    ),
]
Level = Annotated[
    Any,
    BeforeValidator(_scalar),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]


class Settings(BaseModel):
    """Strict, and closed: a setting that nobody reads is a mistake."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
