"""What a converter gives back, and how its files are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from shutil import which
from types import MappingProxyType
from typing import Protocol

from reportgen.errors import MissingToolError
from reportgen.render.settings import Settings
from reportgen.report import Format

__all__ = ["FILE_NAMES", "Conversion", "Converter", "check_formats", "quarto_program"]

# The published names; `notebook.ipynb` is part of every edition.
FILE_NAMES: Mapping[Format, str] = MappingProxyType(
    {
        "html": "index.html",
        "pdf": "report.pdf",
        "docx": "report.docx",
        "revealjs": "slides.html",
        "gfm": "report.md",
        "ipynb": "notebook.ipynb",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """The files of one conversion, and what a reader of the log should know.

    Attributes
    ----------
    files : format -> file, all in the folder of the notebook
    warnings : constructs that lead nowhere, each with file and line where there is one
    """

    files: Mapping[Format, Path]
    warnings: tuple[str, ...] = field(default=())


class Converter(Protocol):
    """An engine that turns an executed notebook into documents."""

    @property
    def name(self) -> str:
        """``embedded`` or ``quarto``."""

    @property
    def version(self) -> str:
        """Of the tools that it runs, for the manifest."""

    def convert(
        self, notebook: Path, formats: tuple[Format, ...], settings: Settings
    ) -> Conversion:
        """Write an executed notebook in each of the formats, in the notebook's own folder."""


def check_formats(formats: Sequence[Format], converter: Converter) -> None:
    """Refuse what an engine does not make, before a template is run for it.

    Raises
    ------
    MissingToolError
        Slides are asked of the embedded engine.
    """
    if "revealjs" in formats and converter.name == "embedded":
        raise MissingToolError(
            "The embedded engine makes no revealjs slides; Quarto does. Get it from "
            "https://quarto.org/docs/get-started and use `--engine quarto`, or choose among "
            "html, pdf, docx, gfm and ipynb."
        )


@cache
def quarto_program() -> str | None:
    """Find Quarto on the path; None when it is not installed."""
    return which("quarto")
