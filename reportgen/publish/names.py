"""Names of reports and editions as names of folders, one to one."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from reportgen.errors import DataError

__all__ = ["folder_of", "natural_order", "report_folder", "safe_name", "split_folder"]

_REVISED = re.compile(r"^(?P<edition>.+)-r(?P<revision>[1-9]\d*)$", re.DOTALL)
_TAKEN = frozenset({"latest", "index.html"})
_LONGEST = 200


def safe_name(name: str) -> str:
    """Spell a name so that it is one plain path segment; other names keep other spellings.

    Raises
    ------
    DataError
        The name is empty, or longer than a file system takes.

    Examples
    --------
    >>> safe_name("2013-W27")
    '2013-W27'
    >>> safe_name("../up")
    '%2E.%2Fup'
    """
    # Lone surrogates come from broken file names; they have no UTF-8, hence "surrogatepass".
    spelled = quote(name.encode("utf-8", "surrogatepass"), safe="-_. ()+=,@")
    if spelled[:1] in {".", " ", "-"} or spelled in _TAKEN:
        spelled = f"%{ord(spelled[0]):02X}{spelled[1:]}"
    if spelled[-1:] in {".", " "}:
        spelled = f"{spelled[:-1]}%{ord(spelled[-1]):02X}"
    if not spelled:
        raise DataError("A report or an edition needs a name; it is empty.")
    if len(spelled) > _LONGEST:
        raise DataError(
            f"{name[:40]!r}… is {len(spelled)} characters as the name of a folder; "
            f"at most {_LONGEST} fit. Give the report or the version a shorter name."
        )
    return spelled


def report_folder(report: str) -> str:
    """Name the folder of a report, below the site."""
    return safe_name(report)


def folder_of(edition: str, revision: int) -> str:
    """Name the folder of a revision, below that of its report.

    Examples
    --------
    >>> folder_of("2013-W27", 1), folder_of("2013-W27", 2)
    ('2013-W27', '2013-W27-r2')
    """
    spelled = safe_name(edition)
    plain = revision == 1 and not _REVISED.match(spelled)
    return spelled if plain else f"{spelled}-r{revision}"


def split_folder(folder: str) -> tuple[str, int]:
    """Read an edition and its revision back from the name of its folder."""
    found = _REVISED.match(folder)
    spelled, revision = (found["edition"], int(found["revision"])) if found else (folder, 1)
    return unquote(spelled, errors="surrogatepass"), revision


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Order names as people do: bundle 9 comes before bundle 10."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple(
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts
    )
