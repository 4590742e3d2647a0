"""Quarto's shortcodes, ``{{< name … >}}``, in the Markdown of a template.

Only the template's own text is looked at: what a cell gave out is data, and a shortcode in it
stays as it is.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.errors import TemplateError, near_miss
from reportgen.render.prose import prose_lines, replace_outside_code
from reportgen.render.settings import Settings

__all__ = ["SHORTCODE", "expand_includes", "expand_shortcodes"]

SHORTCODE = re.compile(r"(\{?)\{\{<\s*(\S+?)(?:\s+(.*?))?\s*>\}\}(\}?)")
_KNOWN = ("include", "meta", "pagebreak", "var")
_OF_QUARTO = ("brand", "contents", "embed", "kbd", "lipsum", "placeholder", "version", "video")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_CODE_CELL = re.compile(r"^\s*(?:`{3,}|~{3,})\s*\{(\w+)")
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class _Place:
    """Where text came from: the file, the line of its first line, and what included it."""

    name: str
    line: int
    folder: Path
    above: tuple[Path, ...] = ()

    def at(self, offset: int) -> str:
        return f"{self.name}:{self.line + offset}"


def expand_includes(source: str, settings: Settings, line: int) -> str:
    """Put the files that ``{{< include >}}`` names in its place, and theirs in them.

    Parameters
    ----------
    line : of the template, where `source` starts

    Raises
    ------
    TemplateError
        A file is missing, lies outside of the template's folder, includes itself, or has
        cells to run: the template was executed without them.
    """
    return _include(source, _Place(settings.template, line, settings.folder), settings.folder)


def _include(source: str, place: _Place, root: Path) -> str:
    if "{{<" not in source:
        return source

    def change(match: re.Match[str], number: int) -> str:
        if match[2] != "include" or match[1]:
            return match[0]
        words = _words(match[3], place.at(number))
        if len(words) != 1:
            raise TemplateError(f"{place.at(number)}  include takes the name of one file.")
        return _included(words[0], place, number, root)

    return replace_outside_code(source, SHORTCODE, change)


def _included(name: str, place: _Place, number: int, root: Path) -> str:
    path = (root / name[1:] if name.startswith("/") else place.folder / name).resolve()
    where = place.at(number)
    if not path.is_relative_to(root.resolve()):
        raise TemplateError(
            f"{where}  include {name}: the file lies outside the template's folder."
        )
    if path in place.above or len(place.above) >= _DEEPEST:
        chain = " → ".join(file.name for file in (*place.above, path))
        raise TemplateError(f"{where}  include {name}: files include each other: {chain}.")
    if not path.is_file():
        beside = sorted(file.name for file in path.parent.glob("*") if file.is_file())
        raise TemplateError(
            f"{where}  include {name}: no such file. {near_miss(path.name, beside)}"
        )
    text = path.read_text(encoding="utf-8")
    matter = _FRONT_MATTER.match(text)
    skipped = matter[0].count("\n") if matter else 0
    body = text[matter.end() :] if matter else text
    inside = _Place(path.name, 1 + skipped, path.parent, (*place.above, path))
    _refuse_cells(body, inside)
    return _include(body.rstrip("\n"), inside, root)


def _refuse_cells(body: str, place: _Place) -> None:
    for line in prose_lines(body):
        if line.is_code and (cell := _CODE_CELL.match(line.whole)):
            raise TemplateError(
                f"{place.at(line.number)}  an included file has a {{{cell[1]}}} cell, which would "
                "not be run. Put the cell into the template itself."
            )


def expand_shortcodes(source: str, settings: Settings, line: int) -> str:
    """Replace ``meta``, ``var`` and ``pagebreak``; refuse what we do not know, with its line.

    ``{{{< meta title >}}}`` is how a template shows a shortcode, and becomes one to read.

    Raises
    ------
    TemplateError
        An unknown shortcode, a name that is not set, or ``env``.
    """
    if "{{<" not in source:
        return source

    def change(match: re.Match[str], number: int) -> str:
        where = f"{settings.template}:{line + number}"
        if match[1] and match[4]:
            return "`" + match[0][1:-1] + "`"
        return match[1] + _replace(match[2], _words(match[3], where), settings, where) + match[4]

    return replace_outside_code(source, SHORTCODE, change)


def _replace(name: str, words: list[str], settings: Settings, where: str) -> str:
    match name:
        case "meta":
            content = {**settings.metadata, **settings.given}
            return _look_up(content, words, "meta", where, escaped=tuple(settings.given))
        case "var":
            return _look_up(settings.variables, words, "var", where)
        case "pagebreak":
            return "\n\n::: {.rg-pagebreak}\n:::\n\n"
        case "env":
            raise TemplateError(
                f"{where}  env is refused: a page may not show what is in the environment. "
                "Write the value into _variables.yml and use {{< var name >}}."
            )
        case _:
            hint = (
                "Quarto knows it: use `--engine quarto`."
                if name in _OF_QUARTO
                else near_miss(name, _KNOWN)
            )
            raise TemplateError(f"{where}  unknown shortcode '{name}'. {hint}")


def _look_up(
    content: Mapping[str, Any],
    words: list[str],
    kind: str,
    where: str,
    escaped: tuple[str, ...] = (),
) -> str:
    if len(words) != 1:
        raise TemplateError(f"{where}  {kind} takes one name.")
    found: Any = content
    for part in words[0].split("."):
        if not isinstance(found, Mapping) or part not in found:
            names = sorted(found) if isinstance(found, Mapping) else []
            raise TemplateError(f"{where}  {kind} {words[0]} is not set. {near_miss(part, names)}")
        found = found[part]
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, list | Mapping):
        return "`" + json.dumps(found, ensure_ascii=False) + "`"
    text = str(found)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text) if words[0] in escaped else text


def _words(text: str | None, where: str) -> list[str]:
    try:
        return shlex.split(text or "")
    except ValueError as error:
        raise TemplateError(f"{where}  the shortcode is not well written: {error}.") from error
