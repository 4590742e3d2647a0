"""The types a parameter can have: those of JSON, and how they are written in an annotation."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from math import isfinite
from typing import Any

from reportgen.errors import TemplateError

__all__ = ["Kind", "kind_of", "literal", "read_kind", "read_text"]

_SCALARS = ("bool", "int", "float", "str")
_NAMES = {"Any": "Any", "object": "Any", "List": "list", "Dict": "dict", "Tuple": "tuple"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A type, as an annotation writes it.

    Attributes
    ----------
    name : ``bool``, ``int``, ``float``, ``str``, ``None``, ``list``, ``tuple``, ``dict``,
        ``Any``, ``|`` (one of `parts`) or ``Literal`` (one of `choices`)
    parts : the types in its brackets; for a dict that of the keys and that of the values
    """

    name: str
    parts: tuple[Kind, ...] = ()
    choices: tuple[Any, ...] = ()

    def __str__(self) -> str:
        if self.name == "|":
            return " | ".join(str(part) for part in self.parts)
        inner = [repr(choice) for choice in self.choices] or [str(part) for part in self.parts]
        return f"{self.name}[{', '.join(inner)}]" if inner else self.name

    def holds(self, value: Any) -> bool:
        """Tell whether a value is of this type. An int is a float; a bool is not an int."""
        if not _is_plain(value):
            return False
        match self.name:
            case "Any":
                return True
            case "|":
                return any(part.holds(value) for part in self.parts)
            case "Literal":
                return any(type(c) is type(value) and c == value for c in self.choices)
            case "list" | "tuple":
                return isinstance(value, list | tuple) and all(
                    part.holds(item) for item in value for part in self.parts[:1]
                )
            case "dict":
                return isinstance(value, dict) and all(
                    part.holds(item)
                    for pair in value.items()
                    for part, item in zip(self.parts, pair, strict=False)
                )
        own = kind_of(value).name
        return own == self.name or (own, self.name) == ("int", "float")

    def convert(self, value: Any) -> Any:
        """Give the value as its type writes it: a float for an int that stands for one."""
        match self.name:
            case "float":
                return float(value)
            case "list" | "tuple":
                inner = self.parts[0] if self.parts else Kind(name="Any")
                items = [inner.convert(item) for item in value]
                return items if self.name == "list" else tuple(items)
            case "|":
                exact = [part for part in self.parts if part.name == kind_of(value).name]
                fitting = [part for part in self.parts if part.holds(value)]
                return (exact or fitting)[0].convert(value)
        return value


def kind_of(value: Any) -> Kind:
    """Give the type of a value, without that of its items."""
    return Kind(name="None" if value is None else type(value).__name__)


def _is_plain(value: Any) -> bool:
    try:
        literal(value)
    except (TypeError, ValueError):
        return False
    return True


def literal(value: Any) -> str:
    """Write a value as a Python literal.

    Raises
    ------
    TypeError
        It is not None, a bool, a number, a text, or a list, tuple or dict of these.
    ValueError
        It is not finite, or nested too deeply.
    """
    try:
        return _literal(value)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _literal(value: Any) -> str:
    if value is None or type(value) in (bool, int, str):
        return repr(value)
    if type(value) is float:
        if not isfinite(value):
            raise ValueError(f"{value} is not a finite number")
        return repr(value)
    if type(value) is list:
        return f"[{', '.join(_literal(item) for item in value)}]"
    if type(value) is tuple:
        return f"({''.join(_literal(item) + ', ' for item in value).rstrip()})"
    if type(value) is dict:
        pairs = (f"{_literal(key)}: {_literal(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    raise TypeError(f"{type(value).__name__} is not a type for a parameter")


def read_kind(written: ast.expr, where: str) -> Kind:
    """Read an annotation.

    Raises
    ------
    TemplateError
        It names a type that no parameter can have.
    """
    match written:
        case ast.Constant(value=None):
            return Kind(name="None")
        case ast.Constant(value=str() as quoted):
            return read_kind(_expression(quoted, where), where)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            name = _NAMES.get(name, name)
            if name in {*_SCALARS, "list", "tuple", "dict", "Any"}:
                return Kind(name=name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            sides = (read_kind(left, where), read_kind(right, where))
            return Kind(
                name="|",
                parts=tuple(p for k in sides for p in (k.parts if k.name == "|" else [k])),
            )
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            found = _generic(_NAMES.get(name, name), inner, where)
            if found is not None:
                return found
    raise TemplateError(
        f"{where}: a parameter cannot be declared {ast.unparse(written)}. "
        f"Use {', '.join(_SCALARS)}, list[...], dict[str, ...], Literal[...] or `| None`."
    )


def _expression(text: str, where: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise TemplateError(f"{where}: {text!r} is not a type.") from error


def _generic(name: str, inner: ast.expr, where: str) -> Kind | None:
    items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Literal" and all(isinstance(item, ast.Constant) for item in items):
        return Kind(name=name, choices=tuple(ast.literal_eval(item) for item in items))
    if name in {"list", "tuple", "dict"}:
        kept = [item for item in items if not isinstance(item, ast.Constant) or item.value is None]
        return Kind(name=name, parts=tuple(read_kind(item, where) for item in kept))
    if name == "Optional":
        return Kind(name="|", parts=(read_kind(inner, where), Kind(name="None")))
    if name == "Union":
        return Kind(name="|", parts=tuple(read_kind(item, where) for item in items))
    return None


def read_text(kind: Kind, text: str) -> Any:
    """Read what was typed as a value of this type; give the text itself when it is not one."""
    if kind.name == "str" or (kind.name == "Literal" and text in kind.choices):
        return text
    if kind.name == "|":
        for part in kind.parts:
            read = read_text(part, text)
            if part.name != "str" and part.holds(read):
                return read
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        spelled = {"true": True, "false": False, "none": None}
        return spelled.get(text.strip().lower(), text)
