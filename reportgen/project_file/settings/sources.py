"""Where things are read from: pins, tables, the board."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from reportgen.project_file.settings.fields import Place, Settings, Text, pinned
from reportgen.report import BoardType

__all__ = ["BoardSettings", "PinOrName", "PinSettings", "Source", "SourceSettings"]


class PinSettings(Settings):
    """A pin by name, and which of its versions."""

    pin: Text = Field(description="Name of the pin on the board.")
    version: Text = Field(
        default="latest",
        description="An exact version, or `latest`, which `reportgen lock` makes exact.",
    )


PinOrName = Annotated[
    PinSettings,
    BeforeValidator(pinned, json_schema_input_type=PinSettings | str),
]


class SourceSettings(Settings):
    """A pin by name, or a table that is read where it lies."""

    pin: Text | None = Field(default=None, description="Name of the pin on the board.")
    version: Text = Field(
        default="latest",
        description="Of the pin: an exact version, or `latest`, which `reportgen lock` makes exact.",
    )
    table: Place | None = Field(
        default=None,
        description="Instead of a pin: a file or a pattern of files (parquet, CSV, arrow), a DuckDB "
        "or SQLite file, or the URL of a database. May hold `${NAME}`.",
    )
    name: Text | None = Field(
        default=None, description="Of the table in its database: `scored`, or `schema.scored`."
    )


Source = Annotated[
    SourceSettings,
    BeforeValidator(pinned, json_schema_input_type=SourceSettings | str),
]


class BoardSettings(Settings):
    """Where the pins live."""

    type: BoardType = Field(description="Kind of board.")
    path: Place = Field(
        default="",
        description="Folder, bucket and prefix, server or volume path. May hold `${NAME}`.",
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="Further arguments of the board, such as an endpoint or a key. "
        "A secret is written as `${NAME}` and read from the environment.",
    )
    allow_pickle: list[Text] = Field(
        default_factory=list,
        description="Names of the pins on this board whose pickles may be loaded; `*` for all. "
        "Loading a pickle runs the code in it.",
    )
