"""Where a table is that no board holds: from what a person writes to what may be opened and shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from reportgen.errors import NotFoundError, UserError, near_miss
from reportgen.report import TableRef

__all__ = ["is_address", "resolved_address", "shown_address", "shown_name", "table_files"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(?=/|$)")  # one letter is a drive
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_USER = re.compile(r"(?<=://)[^/?#]*@")
_GLOB = re.compile(r"[*?\[]")
_SPARK = "pyspark://"
_UNSAFE = re.compile(r"[^A-Za-z0-9_./@ -]+")
_SUFFIXES = (".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".arrow", ".feather", ".ipc")


def is_address(address: str) -> bool:
    """Whether it names a server or an engine, not files.

    Examples
    --------
    >>> [is_address(each) for each in ("postgresql://db/prod", "scored/*.csv", "C:/scored.csv")]
    [True, False, False]
    """
    return _SCHEME.match(address) is not None


def resolved_address(address: str, environment: Mapping[str, str] | None = None) -> str:
    """Put the environment's values in place of ``${NAME}``; for opening, and for nothing else.

    In the user part and the query of a URL, values are encoded, so that a password may hold any
    character.

    Parameters
    ----------
    environment : None: the process's own

    Raises
    ------
    UserError
        The environment lacks a variable.

    Examples
    --------
    >>> resolved_address("postgresql://ada:${PASSWORD}@db/prod", {"PASSWORD": "p@ss"})
    'postgresql://ada:p%40ss@db/prod'
    """
    known = os.environ if environment is None else environment

    def value(found: re.Match[str]) -> str:
        said = known.get(found[1]) or found[2]
        if said is None:
            raise UserError(
                f"{shown_address(address)}: the environment has no variable {found[1]}. Set it, "
                f"for instance with: export {found[1]}=..."
            )
        return said

    def encoded(part: str) -> str:
        return _REFERENCE.sub(lambda found: quote(value(found), safe=""), part)

    user = _USER.search(address)
    if not is_address(address):
        return _REFERENCE.sub(value, address)
    start, end = (0, 0) if user is None else user.span()
    rest, mark, query = address[end:].partition("?")
    before = address[:start]
    return (
        f"{before}{encoded(address[start:end])}{_REFERENCE.sub(value, rest)}{mark}{encoded(query)}"
    )


def shown_address(address: str) -> str:
    """Write an address as records, pages and messages show it: no value of the environment in it.

    User, password and query of a URL are left out; of a file outside the project the last part
    stays.

    Examples
    --------
    >>> shown_address("postgresql://ada:${PASSWORD}@db:5432/prod?sslmode=require")
    'postgresql://db:5432/prod'
    >>> shown_address("/srv/data/scored/*.parquet")
    'scored/*.parquet'
    """
    if address.startswith(_SPARK):
        return f"{_SPARK}{shown_address(address.removeprefix(_SPARK) or '.').removeprefix('.')}"
    if is_address(address) or address.startswith("${"):
        return _USER.sub("", address).partition("?")[0]
    path = PurePosixPath(address.replace("\\", "/"))
    if not path.is_absolute() and ".." not in path.parts and not address.startswith("~"):
        return path.as_posix()
    globbed = next((at for at, part in enumerate(path.parts) if _GLOB.search(part)), None)
    last = len(path.parts) - 1 if globbed is None else max(globbed - 1, 1)
    return PurePosixPath(*path.parts[last:]).as_posix()


def shown_name(ref: TableRef) -> str:
    """Name a table in a word or two: its own name, or that of its file or folder.

    Examples
    --------
    >>> [shown_name(TableRef(address=each)) for each in ("scored/*.parquet", "week 1.csv")]
    ['scored', 'week 1']
    """
    if ref.name:
        return _safe(ref.name)
    parts = [part for part in PurePosixPath(shown_address(ref.address)).parts if part != "/"]
    plain = [part for part in parts if not _GLOB.search(part)]
    word = plain[-1] if plain else "table"
    return _safe(PurePosixPath(word).name.partition(".")[0] or word)


def _safe(name: str) -> str:
    cleaned = _UNSAFE.sub("-", name).strip("-. /") or "table"
    while ".." in cleaned:
        cleaned = cleaned.replace("..", ".")
    return cleaned[:200]


def table_files(ref: TableRef, base: Path) -> tuple[Path, ...]:
    """Find the files of a table, in the order of their paths.

    Parameters
    ----------
    base : where a relative path starts, the folder of reportgen.yml

    Raises
    ------
    NotFoundError
        There is no such file, or nothing fits the pattern.
    """
    said = resolved_address(ref.address)
    path = Path(said).expanduser()
    whole = base / path
    if whole.is_file():
        return (whole,)
    if whole.is_dir():
        return _of_folder(whole, shown_address(ref.address))
    root = Path(path.anchor) if path.is_absolute() else base
    pattern = path.relative_to(path.anchor) if path.is_absolute() else path
    found = sorted(each for each in root.glob(str(pattern)) if each.is_file())
    if not found:
        raise NotFoundError(_absent(ref, whole))
    return tuple(found)


def _of_folder(folder: Path, shown: str) -> tuple[Path, ...]:
    for suffix in _SUFFIXES:
        found = sorted(path for path in folder.rglob(f"*{suffix}") if path.is_file())
        if found:
            return tuple(found)
    raise NotFoundError(
        f"the table {shown} is a folder without tables. Tables are files of the kinds "
        f"{', '.join(_SUFFIXES)}."
    )


def _absent(ref: TableRef, whole: Path) -> str:
    shown = shown_address(ref.address)
    if _GLOB.search(ref.address):
        return f"the table {shown}: no file fits this pattern."
    beside = whole.parent
    there = sorted(each.name for each in beside.iterdir()) if beside.is_dir() else []
    return f"the table {shown}: there is no such file. {near_miss(whole.name, there)}"
