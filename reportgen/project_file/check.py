"""Checks data against its settings, and words every mistake for the person who wrote the YAML.

pydantic speaks of types and inputs; a YAML author thinks of lines and settings. Each of its errors
becomes one sentence with the line, the near miss and what is allowed.
"""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, ValidationError

from reportgen.errors import near_miss
from reportgen.project_file.source import Source, Where, mistake

__all__ = ["Mistakes", "check_shape"]

_Model = TypeVar("_Model", bound=BaseModel)

_WANTED = {
    "string_type": "a text",
    "string_too_short": "a text that is not empty",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping ('setting: value' lines)",
    "model_type": "a mapping ('setting: value' lines)",
}
_LIMITS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


class Mistakes:
    """Gathers the mistakes of one file, and gives them in the order of its lines."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._found: dict[str, int] = {}

    def add(self, where: Where, what: str, fix: str = "", *, line: int | None = None) -> None:
        """Note what is wrong at a path, and how to mend it.

        Parameters
        ----------
        line : within a long text, where the path alone would give the line of its key
        """
        line = line or self.source.line(where)
        at = Source(name=self.source.name, plain=None, lines={where: line})
        self._found[mistake(at, where, what, fix)] = line

    def words(self) -> list[str]:
        """Give each mistake once."""
        return sorted(self._found, key=lambda said: self._found[said])


def check_shape(model: type[_Model], tree: Any, mistakes: Mistakes) -> _Model | None:
    """Read a tree as a model, or note every way in which it is not one."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        for found in error.errors(include_url=False, include_context=True):
            where = _where(tuple(found["loc"]), tree)
            _note(model, where, dict(found), mistakes)
    return None


def _where(loc: tuple[Any, ...], tree: Any) -> Where:
    """Keep of pydantic's location what the file has, and the last word if that is missing."""
    path: list[str | int] = []
    for index, part in enumerate(loc):
        if isinstance(tree, list) or (isinstance(tree, dict) and part in tree):
            tree = tree[part]
        elif part == "[key]" or not isinstance(tree, dict) or index < len(loc) - 1:
            continue
        path.append(part)
    return tuple(path)


def _note(model: type[BaseModel], where: Where, found: dict[str, Any], mistakes: Mistakes) -> None:
    kind, given, about = found["type"], found.get("input"), found.get("ctx", {})
    if kind == "extra_forbidden":
        known = list(_fields(model, where[:-1]))
        mistakes.add(where, "there is no such setting.", near_miss(str(where[-1]), known))
    elif kind == "missing":
        field = _fields(model, where[:-1]).get(str(where[-1]))
        mistakes.add(where, "is needed.", (field.description or "") if field else "")
    elif kind == "literal_error":
        mistakes.add(where, f"cannot be {_shown(given)}.", _allowed(given, about["expected"]))
    elif kind in _WANTED:
        mistakes.add(
            where, f"must be {_WANTED[kind]}, but is {_shown(given)}.", _quoting(kind, given)
        )
    elif kind in _LIMITS:
        key, words = _LIMITS[kind]
        mistakes.add(where, f"must be {words} {about[key]}, but is {given}.")
    elif kind in ("too_short", "too_long"):
        mistakes.add(where, _length(about))
    else:
        mistakes.add(where, found["msg"])


def _shown(given: Any) -> str:
    """Say what stands there; of a text or number itself, of the rest only what it is."""
    if given is None:
        return "empty"
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, list):
        return "a list"
    if isinstance(given, bool):
        return str(given).lower()
    return repr(given) if isinstance(given, str) else f"{getattr(given, 'text', given)}"


def _quoting(kind: str, given: Any) -> str:
    if kind == "string_type" and isinstance(given, bool | int | float):
        return f'Put it in quotes: "{_shown(given)}".'
    return ""


def _allowed(given: Any, expected: str) -> str:
    allowed = expected.replace(" or ", ", ").replace("'", "").split(", ")
    near = near_miss(str(given), allowed)
    one_of = f"It is one of: {', '.join(allowed)}."
    return f"{near} {one_of}" if near.startswith("Did") else one_of


def _length(about: dict[str, Any]) -> str:
    if "max_length" in about:
        return f"has {about['actual_length']} entries; at most {about['max_length']} are allowed."
    return "must not be empty."


def _fields(model: type[BaseModel], where: Where) -> dict[str, Any]:
    """Give the fields of the model that stands at a path."""
    here: Any = model
    for part in where:
        here = _step(here, part)
    here = _bare(here)
    return (
        dict(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else {}
    )


def _step(kind: Any, part: str | int) -> Any:
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, RootModel):
        kind = kind.model_fields["root"].annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(part))
        return field.annotation if field else None
    inner = get_args(kind)
    return inner[-1] if get_origin(kind) in (dict, list) and inner else None


def _bare(kind: Any) -> Any:
    """Take off Annotated and Optional."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = next(arg for arg in get_args(kind) if arg is not type(None))
    return kind
