"""Template + record + parameters -> executed notebook.

The notebook that comes out is what both converters read: Pandoc through `reportgen.render`, and
Quarto unchanged. Inline expressions are replaced by their values on the way, since Quarto does
not evaluate them in a notebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from reportgen.errors import CellError, LimitError
from reportgen.execute.parameters import (
    Parameter,
    check_parameters,
    declared_parameters,
    parameters_of,
    parse_parameters,
)
from reportgen.execute.shipped import eject_template, find_template, shipped_templates
from reportgen.execute.template import read_template

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = [
    "Executed",
    "Kernel",
    "Limits",
    "Parameter",
    "declared_parameters",
    "eject_template",
    "execute_template",
    "find_template",
    "parse_parameters",
    "shipped_templates",
]

RECORD = "report.json"
NOTEBOOK = "notebook.ipynb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one execution of a template may use.

    Attributes
    ----------
    wall_clock_s : for all cells together, the start of the kernel included
    memory_bytes : address space of each process
    output_bytes : of all outputs together; also the size of each file that is written
    """

    wall_clock_s: float = 300.0
    memory_bytes: int = 4 * 1024**3
    output_bytes: int = 50 * 1024**2


class Kernel(Protocol):
    """What runs a notebook; `reportgen.execute.nbclient.NbclientKernel` is one."""

    def run(self, notebook: NotebookNode, folder: Path, limits: Limits) -> NotebookNode:
        """Execute `notebook` in place, working in `folder`; leave no process behind."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """An executed template.

    Attributes
    ----------
    notebook : the file, in the folder it was executed in
    warnings : what cells wrote to standard error, for the log
    """

    notebook: Path
    warnings: tuple[str, ...] = ()


def execute_template(
    template: Path,
    record: Mapping[str, Any] | None,
    parameters: Mapping[str, Any],
    folder: Path,
    kernel: Kernel,
    limits: Limits | None = None,
) -> Executed:
    """Execute a template on a record, in a folder of its own.

    Parameters
    ----------
    template : a .qmd or .ipynb; see `find_template`
    record : as `reportgen.report.dump_record` gives it; written to ``report.json`` in the folder.
        None: the document needs none
    parameters : for the template's `parameters` cell; ``record`` is set if it is declared
    folder : private to this execution, made if need be; what the cells write stays here, and
        what the template refers to beside itself is copied here first

    Returns
    -------
    Executed
        ``notebook.ipynb`` in the folder. Same inputs, same bytes.

    Raises
    ------
    TemplateError, ParameterError
        Before anything is run.
    CellError, LimitError
        Naming template, line and cell; the partly executed notebook is left in the folder as
        ``notebook.partial.ipynb``.
    """
    from reportgen.execute.clean import clean_notebook
    from reportgen.execute.notebook import build_notebook, write_notebook
    from reportgen.execute.resources import copy_resources
    from reportgen.report.record import canonical_json

    read = read_template(template)
    values = check_parameters(read, parameters)
    if record is not None and "record" in parameters_of(read):
        values.setdefault("record", RECORD)
    notebook = build_notebook(read, values)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    copy_resources(read, folder, (RECORD, NOTEBOOK))
    if record is not None:
        (folder / RECORD).write_text(canonical_json(dict(record)), encoding="utf-8")
    try:
        kernel.run(notebook, folder, limits or Limits())
    except (CellError, LimitError) as error:
        clean_notebook(notebook, (folder,))
        partial = write_notebook(notebook, folder / "notebook.partial.ipynb")
        message = f"{error}\nThe partly executed notebook is {partial}"
        if isinstance(error, CellError):
            raise CellError(message, notebook=partial) from error
        raise LimitError(message) from error
    warnings = clean_notebook(notebook, (folder,))
    return Executed(notebook=write_notebook(notebook, folder / NOTEBOOK), warnings=warnings)
