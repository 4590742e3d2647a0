"""YAML with the line of every key, and without YAML's surprises.

Only ``true`` and ``false`` are booleans and only ``null``, ``~`` and nothing are null, so ``NO``, ``on`` and ``yes`` stay what was written;
``12:30`` and ``2013-05-01`` are text; a number remembers how it was spelled, so that a version
``1.10`` can still be read as text. A key that stands twice, a tag, an endless alias or a bottomless
nest is a mistake with its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from reportgen.errors import NotFoundError, ProjectError, near_miss
from reportgen.project_file.quick_yaml import compose_quickly

__all__ = [
    "Source",
    "Where",
    "WrittenFloat",
    "WrittenInt",
    "as_plain",
    "dotted",
    "mistake",
    "read_source",
    "read_text",
    "read_value",
]

Where = tuple[str | int, ...]

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 20_000

_TAG = "tag:yaml.org,2002:"
_UNTAGGED = {_TAG + "str", _TAG + "seq", _TAG + "map"}
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*|(?=\.[0-9]))(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}

# What PyYAML lets out besides its own errors when it reads a mutated file.
_RAW = (ValueError, AttributeError, TypeError, IndexError, KeyError, OverflowError, RecursionError)


class WrittenInt(int):
    """An integer that remembers how it was written."""

    text: str


class WrittenFloat(float):
    """A float that remembers how it was written."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a YAML file says, and where it says it.

    Attributes
    ----------
    name : of the file, as messages give it
    plain : mappings, lists and scalars
    lines : line of each key and list item, counted from 1, by its path
    """

    name: str
    plain: Any
    lines: Mapping[Where, int] = field(default_factory=dict)

    def line(self, path: Where) -> int:
        """Give the line of a path, or of the nearest thing around it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 1


def dotted(path: Where) -> str:
    """Write a path the way a person would.

    Examples
    --------
    >>> dotted(("models", "late", "segments", 2))
    'models.late.segments[2]'
    """
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.removeprefix(".")


def mistake(source: Source, path: Where, what: str, fix: str = "") -> str:
    """Word one mistake: file, line, setting, what is wrong, and below it what to do."""
    where = f"{source.name}:{source.line(path)}  "
    subject = f"{dotted(path)}: " if path else ""
    below = f"\n{' ' * len(where)}{fix}" if fix else ""
    return f"{where}{subject}{what}{below}"


class _Stop(Exception):  # noqa: N818 - never leaves this file
    def __init__(self, line: int, what: str) -> None:
        self.line = line
        self.what = what
        super().__init__(what)


class _Loader(yaml.SafeLoader):
    """PyYAML's scanner and parser: every scalar stays text, and nesting has a floor."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _Stop(self.line + 1, "nested too deeply to be settings")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _resolve(text: str) -> Any:
    """Read a scalar that stands without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        whole = WrittenInt(text)
        whole.text = text
        return whole
    if _NUMBER.fullmatch(text):
        number = WrittenFloat(text)
        number.text = text
        return number if isfinite(number) else text
    return text


class _Builder:
    """Turns nodes into plain data, counting them and keeping their lines."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Where, int] = {}
        self.mistakes: list[tuple[int, str]] = []
        self.nodes = 0

    def build(self, node: yaml.Node, path: Where) -> Any:
        self.nodes += 1
        line = node.start_mark.line + 1
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise _Stop(line, "its aliases unfold into more than a settings file can hold")
        if node.tag not in _UNTAGGED:
            tag = node.tag.replace(_TAG, "!!")
            self._note(line, path, f"the tag {tag!r} is not read here.")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, path)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        raise TypeError(f"a node of kind {type(node).__name__}")

    def _sequence(self, node: yaml.SequenceNode, path: Where) -> list[Any]:
        items = []
        for index, item in enumerate(node.value):
            here = (*path, index)
            self.lines[here] = item.start_mark.line + 1
            items.append(self.build(item, here))
        return items

    def _mapping(self, node: yaml.MappingNode, path: Where) -> dict[str, Any]:
        said: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(line, path, "a list or mapping cannot be a key.")
                continue
            if key_node.value == "<<" and not key_node.style:
                merged |= self._merge(value_node, line, path)
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in said:
                first = self.lines[here]
                self._note(line, here, f"stands here again; it was set in line {first}.")
                continue
            self.lines[here] = line
            said[key] = self.build(value_node, here)
        return {**merged, **said}

    def _merge(self, node: yaml.Node, line: int, path: Where) -> dict[str, Any]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for part in reversed(parts):
            if isinstance(part, yaml.MappingNode):
                merged |= self._mapping(part, path)
            else:
                self._note(line, (*path, "<<"), "can only merge a mapping.")
        return merged

    @staticmethod
    def _scalar(node: yaml.ScalarNode) -> Any:
        return str(node.value) if node.style else _resolve(node.value)

    def _note(self, line: int, path: Where, what: str) -> None:
        subject = f"{dotted(path)}: " if path else ""
        self.mistakes.append((line, f"{self.name}:{line}  {subject}{what}"))


def _yaml_mistake(name: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark is not None else 1
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    fix = "Indent with spaces, not with tabs." if "\\t" in what else ""
    below = f"\n{' ' * len(f'{name}:{line}  ')}{fix}" if fix else ""
    return f"{name}:{line}  this is not YAML: {what}.{below}"


def read_text(text: str | bytes, name: str) -> Source:
    """Read YAML.

    Parameters
    ----------
    text : at most 1 MB
    name : how messages call it

    Raises
    ------
    ProjectError
        It is not YAML, a key stands twice, a tag is used, or it unfolds without end.
    """
    if len(text) > MAX_BYTES:
        raise ProjectError(
            [f"{name}:1  larger than {MAX_BYTES:,} bytes; that is not a settings file."]
        )
    quick = _read_quickly(text, name)
    if quick is not None:
        return quick
    builder = _Builder(name)
    try:
        node = _Loader(text).get_single_node()
        plain = None if node is None else builder.build(node, ())
    except _Stop as stop:
        raise ProjectError([f"{name}:{stop.line}  {stop.what}."]) from stop
    except yaml.YAMLError as error:
        raise ProjectError([_yaml_mistake(name, error)]) from error
    except _RAW as error:
        raise ProjectError([f"{name}:1  this is not YAML that can be read: {error}."]) from error
    if builder.mistakes:
        raise ProjectError([said for _, said in sorted(builder.mistakes)])
    return Source(name=name, plain=plain, lines=builder.lines)


def _read_quickly(text: str | bytes, name: str) -> Source | None:
    """Read a large text that has no mistake; None: there may be one, to be found and named."""
    node = compose_quickly(text, MAX_DEPTH)
    if node is None:
        return None
    builder = _Builder(name)
    try:
        plain = builder.build(node, ())
    except (_Stop, *_RAW):
        return None
    return None if builder.mistakes else Source(name=name, plain=plain, lines=builder.lines)


def read_source(path: Path, name: str = "", *, may_be_empty: bool = False) -> Source:
    """Read a YAML file that must hold a mapping.

    Parameters
    ----------
    name : how messages call it; empty: the file's name
    may_be_empty : a file of comments alone counts as an empty mapping

    Raises
    ------
    NotFoundError
        There is no such file.
    ProjectError
        It cannot be read, or says something that YAML or we do not allow.
    """
    name = name or path.name
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(_missing_file(path)) from error
    except OSError as error:
        raise ProjectError([f"{name}:1  cannot be read: {error.strerror}."]) from error
    source = read_text(text, name)
    if source.plain is None and may_be_empty:
        return Source(name=name, plain={})
    if source.plain is None:
        raise ProjectError([f"{name}:1  is empty."])
    if not isinstance(source.plain, dict):
        raise ProjectError([f"{name}:1  must hold 'setting: value' lines."])
    return source


def _missing_file(path: Path) -> str:
    folder = path.parent
    beside = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
    near = near_miss(path.name, beside)
    said = f"There is no file {path}."
    return f"{said} {near}" if near.startswith("Did") else said


def as_plain(tree: Any) -> Any:
    """Give the same data with Python's own numbers."""
    if isinstance(tree, Mapping):
        return {key: as_plain(value) for key, value in tree.items()}
    if isinstance(tree, Sequence) and not isinstance(tree, str):
        return [as_plain(item) for item in tree]
    if isinstance(tree, WrittenInt):
        return int(tree)
    return float(tree) if isinstance(tree, WrittenFloat) else tree


def read_value(text: str, name: str = "value") -> Any:
    """Read one value as it would be read in the project file: ``0.5``, ``true``, ``NO``, ``[a, b]``.

    Examples
    --------
    >>> read_value("NO"), read_value("1.5"), read_value("2013-05-01"), read_value("[1, b]")
    ('NO', 1.5, '2013-05-01', [1, 'b'])
    """
    if text[:1] in ("[", "{", '"', "'"):
        return as_plain(read_text(text, name).plain)
    return as_plain(_resolve(text)) if text else ""
