"""Executed notebook -> HTML, PDF, Word, Markdown: one protocol, two engines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reportgen.errors import NotFoundError, near_miss
from reportgen.render.conversion import (
    FILE_NAMES,
    Conversion,
    Converter,
    check_formats,
    quarto_program,
)
from reportgen.render.settings import Settings, load_settings, settings_files
from reportgen.report import Document, Format

__all__ = [
    "Conversion",
    "Converter",
    "Settings",
    "check_formats",
    "find_converter",
    "load_settings",
    "render_document",
    "settings_files",
]

_NAMES = ("auto", "embedded", "quarto")


def find_converter(name: str = "auto") -> Converter:
    """Find an engine by name; ``auto`` is Quarto where it is installed, else the embedded one.

    Raises
    ------
    MissingToolError
        Quarto was asked for and is not there.
    NotFoundError
        There is no engine of that name.
    """
    if name not in _NAMES:
        raise NotFoundError(f"There is no engine '{name}'. {near_miss(name, _NAMES)}")
    if name == "embedded" or (name == "auto" and quarto_program() is None):
        from reportgen.render.embedded import Embedded

        return Embedded()
    from reportgen.render.quarto import Quarto

    return Quarto()


def render_document(
    notebook: Path,
    formats: tuple[Format, ...],
    converter: Converter,
    settings: Settings,
    fingerprint: str,
) -> Document:
    """Turn an executed notebook into the files of an edition.

    Parameters
    ----------
    notebook : executed, in a folder that is private to this render
    formats : what to make; the notebook itself is always among the files
    settings : see `load_settings`
    fingerprint : of the inputs; every page carries it

    Returns
    -------
    the files by published name, with the figures and tables that the template wrote

    Raises
    ------
    TemplateError, MissingToolError, ConvertError, LimitError
    """
    from reportgen.render.notebook import tidy_notebook

    folder = notebook.resolve().parent
    made = converter.convert(notebook, formats, replace(settings, fingerprint=fingerprint))
    files = {FILE_NAMES[name]: path for name, path in made.files.items()}
    files.setdefault("notebook.ipynb", tidy_notebook(notebook, folder / "notebook.ipynb"))
    engines = dict.fromkeys(files, converter.name)
    for pattern in ("figures/*.svg", "figures/*.png", "tables/*.csv"):
        for path in sorted(folder.glob(pattern)):
            files[path.relative_to(folder).as_posix()] = path
    return Document(folder=folder, files=files, engines=engines, warnings=made.warnings)
