"""The page: what Pandoc wrote, made safe, with its drawings, styles and frame around it."""

from __future__ import annotations

import base64
import re
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import reportgen
from reportgen.errors import TemplateError
from reportgen.render.compact import compact
from reportgen.render.drawing import inline_images, inline_svg, share_styles
from reportgen.render.pandoc import Run, words_of
from reportgen.render.sanitise import sanitise_html, slim, unique_ids
from reportgen.render.settings import Settings
from reportgen.render.theme import ASSETS, style_sheet

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["PARTS", "make_page"]

PARTS = ASSETS / "parts.html"
_SEPARATOR = "\x1e"
_NAMES = ("title", "subtitle", "author", "date", "abstract", "toc", "body")
_TAG = re.compile(r"<[^>]*>")
_FIRST_HEADING = re.compile(r"<h2\b[^>]*>(.*?)</h2>", re.DOTALL)


def make_page(run: Run, settings: Settings, folder: Path) -> tuple[str, list[str]]:
    """Put a page together that needs nothing but itself.

    Parameters
    ----------
    run : of Pandoc with the template `PARTS`
    folder : private to the render; pictures are taken from there

    Returns
    -------
    the page, and warnings
    """
    pieces = dict(zip(_NAMES, run.text.split(_SEPARATOR), strict=True))
    safe = {name: slim(sanitise_html(piece).strip()) for name, piece in pieces.items()}
    body, warnings = inline_images(safe["body"], folder)
    body, drawn = share_styles(body)
    title = _without_paragraph(safe["title"]) or _fallback_title(body, settings)
    theme = settings.text("theme") if settings.text("theme") in ("light", "dark") else "auto"
    page_title = _plain(settings.text("pagetitle")) or _plain(title)
    as_of = settings.text("as-of")
    words = words_of(settings, "html")
    foot = f"{page_title} · {words['as-of']} {as_of}" if as_of else page_title
    page = _template().render(
        lang=settings.text("lang") or "en",
        version=reportgen.__version__,
        fingerprint=settings.fingerprint,
        description=_plain(settings.text("description")),
        page_title=page_title,
        color_scheme={"auto": "light dark"}.get(theme, theme),
        style=style_sheet(settings.brand, theme, _own_css(settings), foot) + drawn,
        words=words,
        logo=_logo(settings),
        title=title,
        subtitle=_without_paragraph(safe["subtitle"]),
        author=_without_paragraph(safe["author"]),
        date=_without_paragraph(safe["date"]),
        abstract=safe["abstract"],
        toc=safe["toc"],
        body=compact(unique_ids(body)),
        as_of=as_of,
    )
    return page + "\n", warnings


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    text = (ASSETS / "page.html.j2").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)


def _fallback_title(body: str, settings: Settings) -> str:
    """A page needs a heading; without a title its first section, or the template's name, is it."""
    found = _FIRST_HEADING.search(body)
    return escape(_plain(found[1])) if found else escape(Path(settings.template).stem)


def _plain(markup: str) -> str:
    return " ".join(unescape(_TAG.sub("", markup)).split())


def _without_paragraph(markup: str) -> str:
    return markup.removeprefix("<p>").removesuffix("</p>").strip()


def _own_css(settings: Settings) -> str:
    """Read the style sheets that the user's settings name; ours are in any page."""
    given: Any = settings.option("css", "html", default=[])
    sheets = []
    for name in given if isinstance(given, list) else [given]:
        ours = Path(str(name))  # ejected with a template, for Quarto
        if ours.name == "report.css" or ours.parent.name == "_reportgen":
            continue
        path = (settings.folder / str(name)).resolve()
        if not path.is_relative_to(settings.folder.resolve()) or not path.is_file():
            raise TemplateError(f"{settings.template}: there is no style sheet {name} beside it.")
        sheets.append(path.read_text(encoding="utf-8"))
    return "\n".join(sheets)


def _logo(settings: Settings) -> str:
    path = settings.brand.logo
    if path is None:
        return ""
    alt = escape(settings.brand.logo_alt)
    given = {"alt": alt, "class": "logo"}
    if path.suffix.lower() == ".svg":
        return inline_svg(path.read_text(encoding="utf-8"), given, "logo", path.name)
    kind = {".jpg": "jpeg", ".jpeg": "jpeg"}.get(path.suffix.lower(), "png")
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<img class="logo" alt="{alt}" src="data:image/{kind};base64,{data}">'
