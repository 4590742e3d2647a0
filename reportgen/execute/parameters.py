"""Parameters of a template: declared by its `parameters` cell, checked, then injected.

The cell is read, never run, to learn what it declares: names with literal defaults, and
annotations where the type of the default does not say enough. It is the cell that papermill
and Quarto inject behind, so that a template means the same to all three.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.errors import ParameterError, TemplateError, near_miss
from reportgen.execute.kind import Kind, kind_of, literal, read_kind, read_text
from reportgen.execute.template import Template, TemplateCell, read_template

__all__ = [
    "Parameter",
    "check_parameters",
    "declared_parameters",
    "injected_source",
    "parameters_cell",
    "parameters_of",
    "parse_parameters",
]

_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One declared parameter.

    Attributes
    ----------
    type : as written or as the default shows it, ``float``, ``list[str]``, ``str | None``
    line : in the template
    """

    name: str
    type: str
    default: Any
    line: int


def declared_parameters(template: Path) -> Mapping[str, Parameter]:
    """Learn what may be given to a template, without running it.

    Raises
    ------
    TemplateError
        The template cannot be read; a default is not a literal or not of its declared type.
    """
    return parameters_of(read_template(template))


def parameters_cell(template: Template) -> int | None:
    """Give the position of the cell tagged `parameters`, if there is one.

    Raises
    ------
    TemplateError
        There are two.
    """
    found = [
        position
        for position, cell in enumerate(template.cells)
        if cell.kind == "code" and "parameters" in cell.tags
    ]
    if len(found) > 1:
        raise TemplateError(
            f"{template.cells[found[1]].where}: a second cell tagged `parameters`; "
            f"the first is at {template.cells[found[0]].where}. Put them into one."
        )
    return found[0] if found else None


def parameters_of(template: Template) -> dict[str, Parameter]:
    """As `declared_parameters`, for a template that is already read."""
    position = parameters_cell(template)
    if position is None:
        return {}
    return {found.name: found for found in _declared(template.cells[position])}


def _declared(cell: TemplateCell) -> Iterator[Parameter]:
    try:
        statements = ast.parse(cell.source).body
    except (SyntaxError, ValueError) as error:
        at = cell.line + (getattr(error, "lineno", 1) or 1) - 1
        raise TemplateError(f"{cell.file}:{at}: the parameters cell: {error}.") from error
    for statement in statements:
        where = f"{cell.file}:{cell.line + statement.lineno - 1}"
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield _parameter(name, None, value, where)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=written, value=value):
                yield _parameter(name, written, value, where)
            case ast.Assign() | ast.AugAssign():
                raise TemplateError(
                    f"{where}: a parameter is one name and one literal, such as `n = 5`."
                )
            case _:
                pass  # a docstring or an import declares nothing


def _parameter(
    name: str, written: ast.expr | None, value: ast.expr | None, where: str
) -> Parameter:
    if not _NAME.match(name):
        raise TemplateError(f"{where}: {name!r} is not a name for a parameter: ASCII, up to 64.")
    if value is None:
        raise TemplateError(f"{where}: {name} has no default. Give one, if only `None`.")
    try:
        default = ast.literal_eval(value)
        literal(default)
    except (ValueError, TypeError) as error:
        raise TemplateError(
            f"{where}: the default of {name} is not a literal (text, number, True, None, or a "
            "list or dict of these). Compute what depends on it in a later cell."
        ) from error
    if written is not None:
        kind = read_kind(written, where)
    else:  # None alone says nothing, so that anything may be given
        kind = Kind(name="Any") if default is None else kind_of(default)
    if not kind.holds(default):
        raise TemplateError(
            f"{where}: {name} is declared {kind} but its default is {kind_of(default)}."
        )
    return Parameter(
        name=name, type=str(kind), default=default, line=int(where.rpartition(":")[2])
    )


def check_parameters(template: Template, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check given values against what the template declares.

    Returns
    -------
    the values, an int that was given for a float turned into one; sorted by name

    Raises
    ------
    ParameterError
        All mistakes at once: names that are not declared, values of another type.
    """
    declared = parameters_of(template)
    mistakes, checked = [], {}
    for name, value in sorted(given.items()):
        if name not in declared:
            mistakes.append(_unknown(template, name, declared))
            continue
        parameter = declared[name]
        kind = read_kind(ast.parse(parameter.type, mode="eval").body, template.name)
        if not kind.holds(value):
            mistakes.append(
                f"{template.name}:{parameter.line}: parameter '{name}' is declared "
                f"{parameter.type}, and {value!r} is {kind_of(value)}.{_hint(kind, value)}"
            )
            continue
        checked[name] = kind.convert(value)
    if mistakes:
        raise ParameterError("\n".join(mistakes))
    return checked


def _unknown(template: Template, name: str, declared: Mapping[str, Parameter]) -> str:
    if not declared:
        return (
            f"{template.name}: no parameter {name!r}: the template declares none. "
            "Tag a code cell with `#| tags: [parameters]` and give names defaults in it."
        )
    return f"{template.name}: no parameter {name!r}. {near_miss(name, sorted(declared))}"


def _hint(kind: Kind, value: Any) -> str:
    if str(kind) == "str" and not isinstance(value, str):
        return " Put it in quotes."
    return ""


def parse_parameters(template: Path, given: Mapping[str, str]) -> dict[str, Any]:
    """Read values typed on a command line by what the template declares them to be.

    Nothing is guessed: ``1.10`` stays text for a ``str`` and is a number for a ``float``. Lists
    and dicts are written as JSON.

    Raises
    ------
    ParameterError
        As `check_parameters`.
    """
    read = read_template(template)
    declared = parameters_of(read)
    values: dict[str, Any] = {}
    for name, text in given.items():
        if name in declared:
            kind = read_kind(ast.parse(declared[name].type, mode="eval").body, read.name)
            values[name] = read_text(kind, text)
        else:
            values[name] = text
    return check_parameters(read, values)


def injected_source(values: Mapping[str, Any]) -> str:
    """Write the cell that sets the values; nothing but names and literals gets into it.

    Examples
    --------
    >>> print(injected_source({"n": 5}))
    #| include: false
    # injected parameters
    n = 5
    """
    lines = [f"{name} = {literal(value)}" for name, value in sorted(values.items())]
    return "\n".join(["#| include: false", "# injected parameters", *lines])
