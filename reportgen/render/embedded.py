"""The embedded engine: Pandoc and Typst, which come with the package.

What makes the pages is imported when there are pages to make: an edition that is there already
costs no more than the question.
"""

from __future__ import annotations

from pathlib import Path

from reportgen.render.conversion import Conversion, check_formats
from reportgen.render.settings import Settings
from reportgen.report import Format

__all__ = ["Embedded"]


class Embedded:
    """Pandoc for HTML, Word and Markdown; Pandoc and Typst for PDF."""

    name = "embedded"

    @property
    def version(self) -> str:
        """Versions of both tools, ``pandoc 3.9, typst 0.15.2``."""
        from importlib.metadata import version

        import pypandoc

        return f"pandoc {pypandoc.get_pandoc_version()}, typst {version('typst')}"

    def convert(
        self, notebook: Path, formats: tuple[Format, ...], settings: Settings
    ) -> Conversion:
        """Write an executed notebook in each format, beside it.

        Parameters
        ----------
        notebook : in a folder that is private to this render
        formats : all but revealjs

        Raises
        ------
        TemplateError
            A construct that the engine does not know, with its line.
        MissingToolError
            A format that only Quarto makes.
        ConvertError, LimitError
        """
        check_formats(formats, self)
        from reportgen.render.formats import convert_notebook

        return convert_notebook(notebook, formats, settings)
