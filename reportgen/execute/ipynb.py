"""Reads a notebook as a template: its cells without their outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reportgen.errors import TemplateError
from reportgen.execute.template import Template, TemplateCell, read_options, read_yaml

__all__ = ["read_ipynb"]


def read_ipynb(path: Path, text: str) -> Template:
    """Read a notebook of any version that nbformat knows.

    Raises
    ------
    TemplateError
        It is not a notebook, or is not in Python.
    """
    import nbformat

    reads: Any = nbformat.reads  # without types
    try:
        notebook = reads(text, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, ValueError) as error:
        reason = str(error).split("\n")[0][:200]
        raise TemplateError(f"{path.name}: not a notebook: {reason}.") from error
    except (AttributeError, KeyError, TypeError) as error:
        raise TemplateError(f"{path.name}: not a notebook: its JSON has no cells.") from error
    _check_language(path.name, notebook.metadata)
    cells = tuple(
        _cell(cell, f"{path.name} cell {number}")
        for number, cell in enumerate(notebook.cells, start=1)
    )
    return Template(path=path, cells=cells, front_matter=_front_matter(cells))


def _check_language(name: str, metadata: Any) -> None:
    language = metadata.get("kernelspec", {}).get("language") or metadata.get(
        "language_info", {}
    ).get("name", "python")
    if str(language).lower() != "python":
        raise TemplateError(
            f"{name}: a notebook in {language}. Only Python is executed here; "
            "execute it with its own kernel and render the result with Quarto."
        )


def _cell(cell: Any, file: str) -> TemplateCell:
    if cell.cell_type not in {"raw", "markdown", "code"}:
        raise TemplateError(f"{file}: a cell of kind {cell.cell_type!r}.")
    source = cell.source.replace("\r\n", "\n")
    options = read_options(source, file, 1) if cell.cell_type == "code" else {}
    return TemplateCell(
        kind=cell.cell_type,
        source=source,
        line=1,
        file=file,
        options=options,
        metadata={k: v for k, v in cell.metadata.items() if k not in {"execution", "reportgen"}},
        attachments=cell.get("attachments", {}),
    )


def _front_matter(cells: tuple[TemplateCell, ...]) -> dict[str, Any]:
    """Read the YAML header, which Quarto keeps in a first raw cell."""
    if not cells or cells[0].kind != "raw":
        return {}
    lines = cells[0].source.strip().split("\n")
    if len(lines) < 2 or lines[0].rstrip() != "---" or lines[-1].rstrip() not in {"---", "..."}:
        return {}
    return read_yaml("\n".join(lines[1:-1]), cells[0].file, 2)
