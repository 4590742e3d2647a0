"""Before a page is published it is read back: is it the page of these inputs?"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from reportgen.errors import ToolError

__all__ = ["FINGERPRINT_NAME", "check_page", "page_fingerprint"]

FINGERPRINT_NAME = "reportgen-fingerprint"


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
    reader.feed(page)
    return reader.found[0] if len(set(reader.found)) == 1 else None


def check_page(folder: Path, fingerprint: str) -> None:
    """Refuse a page that carries no fingerprint, or that of other inputs.

    A converter can exit with 0 and leave the page of another run in the right place.

    Raises
    ------
    ToolError
        index.html is not the page of `fingerprint`.
    """
    page = folder / "index.html"
    if not page.exists():
        return
    found = page_fingerprint(page.read_text(encoding="utf-8", errors="replace"))
    if found != fingerprint:
        said = f"carries {found[:12]}…" if found else "carries no fingerprint"
        raise ToolError(
            f"The rendered page {said}, not {fingerprint[:12]}… of this edition's inputs. "
            "It was not published; render it again, and report this if it stays so."
        )
