"""A shipped template to change, with what it needs in plain Quarto."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from reportgen.errors import UserError
from reportgen.execute import eject_template
from reportgen.render.brand import Brand
from reportgen.render.theme import ASSETS, FILTERS, palette_css

__all__ = ["Ejected", "eject"]

_FOLDER = "_reportgen"
_FILTERS = ("rowheads.lua", "values.lua", "components.lua")
_SETTINGS = f"""\
filters:
  - {_FOLDER}/rowheads.lua
  - {_FOLDER}/values.lua
  - {_FOLDER}/components.lua
format:
  html:
    css: [{_FOLDER}/palette.css, {_FOLDER}/report.css]
    embed-resources: true
"""
_HEAD = """\
# For Quarto by itself: quarto render {name} -P record:report.json
# reportgen brings these filters and styles, whether they are named here or not.
project:
  type: default
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ejected:
    """What was written.

    Attributes
    ----------
    files : the template first
    lacking : lines that a `_quarto.yml` which was there already lacks; empty when it has them
    """

    files: tuple[Path, ...]
    lacking: str = ""


def eject(name: str, folder: Path, *, force: bool = False) -> Ejected:
    """Copy a shipped template into a folder, with the filters and styles that Quarto needs for it.

    Parameters
    ----------
    force : write over what is there, the folder's ``_quarto.yml`` too

    Raises
    ------
    NotFoundError
        No template of that name comes with reportgen.
    UserError
        A file is there already, and is another one; then nothing is written.
    """
    support = {folder / _FOLDER / file: (FILTERS / file).read_bytes() for file in _FILTERS}
    support[folder / _FOLDER / "palette.css"] = palette_css(Brand()).encode()
    support[folder / _FOLDER / "report.css"] = (ASSETS / "report.css").read_bytes()
    changed = [p for p, text in support.items() if p.exists() and p.read_bytes() != text]
    if changed and not force:
        raise UserError(
            f"{changed[0]} exists already and is another one. Give --force to write over it, or "
            "name another folder."
        )
    settings = folder / "_quarto.yml"
    keeps = settings.exists() and not force
    lacking = _lacking(settings) if keeps else ""
    template = eject_template(name, folder, force=force)
    written = [template]
    for path, text in support.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text)
        written.append(path)
    if keeps:
        return Ejected(files=tuple(written), lacking=lacking)
    settings.write_text(_HEAD.format(name=template.name) + _SETTINGS, encoding="utf-8")
    return Ejected(files=(*written, settings))


def _lacking(settings: Path) -> str:
    """Give the lines to add to a file of settings that names none of our filters."""
    try:
        content = yaml.safe_load(settings.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{settings} cannot be read as YAML: {error}") from error
    named = content.get("filters") if isinstance(content, dict) else None
    known = {Path(str(item)).name for item in named} if isinstance(named, list) else set()
    return "" if known.issuperset(_FILTERS) else _SETTINGS
