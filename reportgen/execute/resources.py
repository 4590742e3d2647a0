"""Brings what a template refers to into the private folder it is executed in.

A cell that reads a file beside the template, an image in its Markdown, a bibliography: all of
them are found by the same relative path as in the template's own folder, and the originals are
out of reach of what the cells write.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reportgen.errors import TemplateError
from reportgen.execute.template import Template

__all__ = ["copy_resources"]

_IMAGE = re.compile(r"!\[[^\]]*\]\(\s*<?([^)\s>]+)")


def copy_resources(template: Template, folder: Path, kept: tuple[str, ...]) -> tuple[str, ...]:
    """Copy the files beside a template that its header or its images name.

    Any text in the header that is the relative path of a file is taken for one
    (``bibliography``, ``csl``, ``css``, ...); ``resources``, as in Quarto, may use wildcards,
    and what it names must be there. Nothing outside of the template's folder is copied.

    Parameters
    ----------
    kept : names in `folder` that no copy may take

    Returns
    -------
    the relative paths of the copies, sorted

    Raises
    ------
    TemplateError
        A file under ``resources`` is not there.
    """
    base = template.path.parent.resolve()
    found = {path for name in _named(template) if (path := _inside(base, name)) is not None}
    found |= set(_declared(template, base))
    names = sorted(path.relative_to(base).as_posix() for path in found)
    copied = [name for name in names if name not in kept and base / name != template.path]
    for name in copied:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(base / name, folder / name)
    return tuple(copied)


def _named(template: Template) -> Iterator[str]:
    yield from _texts(template.front_matter)
    for cell in template.cells:
        if cell.kind == "markdown":
            yield from _IMAGE.findall(cell.source)


def _texts(item: Any) -> Iterator[str]:
    if isinstance(item, str):
        yield item
    elif isinstance(item, dict):
        for value in item.values():
            yield from _texts(value)
    elif isinstance(item, list):
        for value in item:
            yield from _texts(value)


def _declared(template: Template, base: Path) -> Iterator[Path]:
    named = template.front_matter.get("resources", [])
    for name in _texts(named):
        matches = sorted(base.glob(name)) if _relative(name) else []
        files = [path for match in matches if (path := _inside(base, str(match))) is not None]
        if not files:
            raise TemplateError(
                f"{template.name}: no file {name!r} beside it, though its `resources` name it."
            )
        yield from files


def _relative(name: str) -> bool:
    return bool(name) and not name.startswith(("/", "~")) and ".." not in Path(name).parts


def _inside(base: Path, name: str) -> Path | None:
    """Give the file of that relative path, if it is one inside of `base`."""
    if len(name) > 1000 or "\n" in name or "\0" in name:
        return None
    try:
        path = (base / name).resolve()
        return path if path.is_relative_to(base) and path.is_file() else None
    except OSError:  # a name too long for a file is none
        return None
