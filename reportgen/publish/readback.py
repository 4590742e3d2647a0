"""Before an edition is published it is read back: are these the pages of these inputs?"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

from reportgen.errors import ToolError

__all__ = ["FINGERPRINT_NAME", "check_contents", "check_folder", "page_fingerprint"]

FINGERPRINT_NAME = "reportgen-fingerprint"

_IN_PDF = re.compile(rf"{FINGERPRINT_NAME}:([0-9a-f]{{64}})".encode())
_IN_MARKDOWN = re.compile(rf"^<!-- {FINGERPRINT_NAME}: (\S+) -->", re.MULTILINE)
_IN_DOCX = re.compile(rf'name="{FINGERPRINT_NAME}"[^>]*>\s*<vt:lpwstr>([^<]*)</vt:lpwstr>')


class _MetaReader(HTMLParser):
    """Collect what the `meta` elements of our name say."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the content of one `meta`."""
        given = dict(attrs)
        if tag == "meta" and given.get("name") == FINGERPRINT_NAME:
            self.found.append(given.get("content") or "")


def page_fingerprint(page: str) -> str | None:
    """Give the fingerprint in a page, or None; of several that differ, none is believed."""
    reader = _MetaReader()
    # Where its name stands but once, nothing behind that tag can say anything else.
    once = page.count(FINGERPRINT_NAME) == 1
    reader.feed(page[: page.find(">", page.find(FINGERPRINT_NAME)) + 1] if once else page)
    return _only(reader.found)


def _only(found: list[str]) -> str | None:
    return found[0] if len(set(found)) == 1 else None


def _html(content: bytes) -> str | None:
    return page_fingerprint(content.decode(errors="replace"))


def _pdf(content: bytes) -> str | None:
    """Look in the metadata, which is not compressed; the text of the pages is."""
    return _only([found.decode() for found in _IN_PDF.findall(content)])


def _markdown(content: bytes) -> str | None:
    return _only(_IN_MARKDOWN.findall(content.decode(errors="replace")))


def _docx(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as parts:
            said = parts.read("docProps/custom.xml").decode(errors="replace")
    except (zipfile.BadZipFile, KeyError):
        return None
    return _only(_IN_DOCX.findall(said))


_READERS: Mapping[str, Callable[[bytes], str | None]] = {
    "index.html": _html,
    "report.html": _html,
    "report.pdf": _pdf,
    "report.md": _markdown,
    "report.docx": _docx,
}
# Quarto's own PDF and Word files have no place for it; a mark in them must still be the right one.
_MAY_LACK = frozenset({("report.pdf", "quarto"), ("report.docx", "quarto")})


def check_contents(
    contents: Mapping[str, bytes], fingerprint: str, engines: Mapping[str, str]
) -> None:
    """Refuse a page that carries no fingerprint, or that of other inputs.

    A converter can exit with 0 and leave the page of another run in the right place.

    Parameters
    ----------
    contents : of the files by published name
    engines : published name -> what made it

    Raises
    ------
    ToolError
        A file is not the one of `fingerprint`.
    """
    for name, read in _READERS.items():
        if name not in contents:
            continue
        found = read(contents[name])
        if found == fingerprint or (found is None and (name, engines.get(name)) in _MAY_LACK):
            continue
        said = f"carries {found[:12]}…" if found else "carries no fingerprint"
        what = "page" if name == "index.html" else name
        raise ToolError(
            f"The rendered {what} {said}, not {fingerprint[:12]}… of this edition's inputs. "
            "It was not published; render it again, and report this if it stays so."
        )


def check_folder(folder: Path, fingerprint: str, engines: Mapping[str, str]) -> None:
    """Do the same for files that lie in a folder, as they are there."""
    names = [name for name in _READERS if (folder / name).exists()]
    contents = {name: (folder / name).read_bytes() for name in names}
    check_contents(contents, fingerprint, engines)
