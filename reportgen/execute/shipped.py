"""The templates that come with reportgen, and the way from a name to a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reportgen.errors import NotFoundError, UserError, near_miss
from reportgen.execute.template import read_template

__all__ = ["eject_template", "find_template", "shipped_templates"]

_SUFFIXES = (".qmd", ".ipynb")


def _folder() -> Path:
    """Give the folder of shipped templates: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


def _shipped() -> dict[str, Path]:
    """Name the shipped templates; a file with an underscore in front is a part of others."""
    files = sorted(path for path in _folder().glob("*") if path.suffix in _SUFFIXES)
    return {path.stem: path for path in files if not path.name.startswith("_")}


def shipped_templates() -> Mapping[str, str]:
    """Give the title of each shipped template, by name."""
    return {
        name: str(read_template(path).front_matter.get("title", name))
        for name, path in _shipped().items()
    }


def find_template(name: str, base: Path) -> Path:
    """Find a template by name or path.

    Parameters
    ----------
    name : of a shipped template, or a path to a .qmd or .ipynb
    base : folder that relative paths start from

    Raises
    ------
    NotFoundError
        There is no such template, with the near miss.
    """
    shipped = _shipped()
    if name in shipped:
        return shipped[name]
    path = base / Path(name).expanduser()
    if path.suffix in _SUFFIXES and path.is_file():
        return path.resolve()
    beside = _beside(path)
    raise NotFoundError(
        f"There is no template {name!r}: it is not one that comes with reportgen, and there is "
        f"no such .qmd or .ipynb file in {path.parent}. {near_miss(name, [*shipped, *beside])}"
    )


def _beside(path: Path) -> list[str]:
    if not path.parent.is_dir():
        return []
    return sorted(found.name for found in path.parent.iterdir() if found.suffix in _SUFFIXES)


def eject_template(name: str, folder: Path, *, force: bool = False) -> Path:
    """Copy a shipped template into a folder, to be changed there.

    Parameters
    ----------
    force : write over a file of that name

    Returns
    -------
    where the copy is

    Raises
    ------
    NotFoundError
        No template of that name comes with reportgen.
    UserError
        There is a file of that name already, and `force` is not given.
    """
    shipped = _shipped()
    if name not in shipped:
        raise NotFoundError(
            f"No template {name!r} comes with reportgen. {near_miss(name, list(shipped))}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / shipped[name].name
    try:
        with copy.open("wb" if force else "xb") as file:
            file.write(shipped[name].read_bytes())
    except FileExistsError as error:
        raise UserError(
            f"{copy} exists already and is not overwritten. Give --force to do so, or name another "
            "folder."
        ) from error
    return copy
