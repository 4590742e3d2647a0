"""Puts a template, its record and its parameters together as a notebook.

Each cell says about itself, in its metadata under ``reportgen``:

``file``, ``line``
    where it stands in the template, for messages
``label``
    its Quarto label, when it has one
``evaluate``
    False for a code cell that is shown and not run
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.execute.parameters import injected_source, parameters_cell
from reportgen.execute.template import Template, TemplateCell

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["build_notebook", "write_notebook"]


def build_notebook(template: Template, values: Mapping[str, Any]) -> NotebookNode:
    """Make the notebook to execute: the template's cells, and one that sets the parameters."""
    from nbformat import notebooknode

    as_node: Any = notebooknode.from_dict  # without types
    settings = template.front_matter.get("execute")
    defaults = settings if isinstance(settings, Mapping) else {}
    cells = [_cell(cell, defaults) for cell in template.cells]
    place = parameters_cell(template)
    if place is not None and values:
        cells.insert(place + 1, _injected(template.cells[place], values))
    metadata = {
        # no version of Python in it: the page would change with a patch release
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "file_extension": ".py"},
        "reportgen": {"template": template.name},
    }
    notebook: NotebookNode = as_node(
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    )
    return notebook


def _cell(cell: TemplateCell, defaults: Mapping[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {"file": cell.file, "line": cell.line}
    metadata = {**cell.metadata, "reportgen": about}
    node: dict[str, Any] = {
        "id": "",  # set when all is executed, from what the cell then holds
        "cell_type": cell.kind,
        "source": cell.source,
        "metadata": metadata,
    }
    if cell.attachments:
        node["attachments"] = dict(cell.attachments)
    if cell.kind == "code":
        node |= {"execution_count": None, "outputs": []}
        tags = [*cell.tags]
        if cell.options.get("error", defaults.get("error", False)) is True:
            tags.append("raises-exception")  # nbclient's word for it
        if tags:
            metadata["tags"] = list(dict.fromkeys(tags))
        if label := cell.options.get("label"):
            about["label"] = str(label)
        if cell.options.get("eval", defaults.get("eval", True)) is False:
            about["evaluate"] = False
    return node


def _injected(declaring: TemplateCell, values: Mapping[str, Any]) -> dict[str, Any]:
    cell = TemplateCell(
        kind="code",
        source=injected_source(values),
        line=declaring.line,
        file=declaring.file,
        options={"tags": ["injected-parameters"]},
    )
    return _cell(cell, {})


def write_notebook(notebook: NotebookNode, path: Path) -> Path:
    """Write a notebook as nbformat does: sorted keys, one spelling."""
    from nbformat import v4

    writes: Any = v4.writes  # without types
    path.write_text(writes(notebook) + "\n", encoding="utf-8")
    return path
