"""Reads what was typed: formats, segments, parameters, where to write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from reportgen.errors import UserError, near_miss

__all__ = [
    "Engine",
    "Json",
    "Project",
    "read_choice",
    "read_formats",
    "read_output",
    "read_parameters",
    "read_segments",
    "split_parameters",
]

SUFFIXES = {
    ".html": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".md": "gfm",
    ".ipynb": "ipynb",
    ".json": "json",
}
"""What `-o` makes of the end of a file's name."""

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Engine = Annotated[
    str, typer.Option("--engine", help="What makes the documents: auto, embedded or quarto.")
]
Project = Annotated[
    Path,
    typer.Option("--project", "-p", help="The project file, or its folder.", metavar="PATH"),
]


def read_choice(option: str, given: str, allowed: Sequence[str]) -> str:
    """Give a word back if it is allowed.

    Raises
    ------
    UserError
        It is not; with the near miss.
    """
    if given not in allowed:
        raise UserError(f"{option} cannot be {given!r}. {near_miss(given, allowed)}")
    return given


def read_formats(given: str | None) -> tuple[Any, ...] | None:
    """Read ``html,pdf``; None stays None.

    Raises
    ------
    UserError
        One of them is not a format.
    """
    if given is None:
        return None
    from reportgen.report import FORMATS

    words = [word.strip() for word in given.split(",") if word.strip()]
    if not words:
        raise UserError(f"--to needs a format. There are: {', '.join(FORMATS)}.")
    return tuple(dict.fromkeys(read_choice("--to", word, FORMATS) for word in words))


def read_segments(given: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Read each ``--segment``: a column, or several with a comma between them, to be crossed.

    Examples
    --------
    >>> read_segments(["carrier", "origin,hour"])
    (('carrier',), ('origin', 'hour'))
    """
    return tuple(
        tuple(column.strip() for column in item.split(",") if column.strip()) for item in given
    )


def read_parameters(given: Sequence[str]) -> dict[str, Any]:
    """Read each ``-P name=value``, the value as it would be read in reportgen.yml.

    Raises
    ------
    UserError
        There is no ``=``, or a name stands twice.
    """
    from reportgen.project_file import read_value

    return {name: read_value(text, f"-P {name}") for name, text in split_parameters(given).items()}


def split_parameters(given: Sequence[str]) -> dict[str, str]:
    """Split each ``-P name=value``, the value as it was typed.

    Raises
    ------
    UserError
        There is no ``=``, or a name stands twice.
    """
    values: dict[str, str] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise UserError(f"-P {item!r} is not a parameter. Write it as: -P name=value")
        if name in values:
            raise UserError(f"-P {name} is given twice.")
        values[name] = value
    return values


def read_output(
    given: Path | None, formats: tuple[Any, ...] | None, usual: str
) -> tuple[Path, tuple[Any, ...] | None]:
    """Decide where to write, and in which formats.

    Parameters
    ----------
    given : `-o`: a file of a known kind is that format alone, anything else is a folder
    formats : `--to`
    usual : the folder when nothing was given

    Raises
    ------
    UserError
        `-o` and `--to` contradict each other.
    """
    if given is None:
        return Path(usual), formats
    kind = SUFFIXES.get(given.suffix.lower())
    if kind is None or given.is_dir():
        return given, formats
    if kind == "json":
        return given, formats or ("ipynb",)
    if formats not in (None, (kind,)):
        raise UserError(
            f"-o {given} is one {kind} file, but --to asks for {', '.join(formats or ())}. "
            "Leave --to out, or let -o name a folder."
        )
    return given, (kind,)


def engines() -> tuple[str, ...]:
    """Give the words that `--engine` takes."""
    return ("auto", "embedded", "quarto")


def every_words() -> tuple[str, ...]:
    """Give the words that `--every` takes."""
    from reportgen.report import Every

    return tuple(get_args(Every))
