"""The settings of a PDF as its Typst template takes them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reportgen.errors import TemplateError, near_miss
from reportgen.render.pandoc import words_of
from reportgen.render.settings import Settings
from reportgen.render.theme import ASSETS, colour_tokens

__all__ = ["DOCUMENT", "typst_inputs"]

DOCUMENT = ASSETS / "document.typ"
_LENGTH = re.compile(r"^\d+(?:\.\d+)?(?:cm|mm|in|pt|em|%)$")
_PAPERS = {
    "a3": "a3", "a4": "a4", "a5": "a5", "letter": "us-letter", "us-letter": "us-letter",
    "legal": "us-legal", "us-legal": "us-legal", "b5": "iso-b5",
}  # fmt: skip
_SIDES = ("x", "y", "top", "bottom", "left", "right")


def typst_inputs(settings: Settings, folder: Path) -> dict[str, Any]:
    """Give the settings that the template of the PDF reads, as data.

    Parameters
    ----------
    folder : of the render; the logo is copied into it, for Typst reads no other folder

    Raises
    ------
    TemplateError
        A paper, margin or size that Typst would not understand.
    """
    words = words_of(settings, "pdf")
    language, _, region = settings.text("lang", "pdf").partition("-")
    as_of = settings.text("as-of", "pdf")
    fingerprint = settings.fingerprint
    brand = settings.brand
    base = _fonts(settings, "mainfont", brand.base_font, "Source Sans Pro")
    return {
        "colours": colour_tokens(brand)[0],
        "keywords": [f"reportgen-fingerprint:{fingerprint}"] if fingerprint else [],
        "paper": _paper(settings),
        "margin": _margin(settings),
        "size": _size(settings),
        "fonts": base,
        "headings": [brand.headings_font, *base] if brand.headings_font else base,
        "mono": _fonts(settings, "monofont", brand.mono_font, "DejaVu Sans Mono"),
        "footer": f" · {words['as-of']} {as_of}" if as_of else "",
        "words": words,
        "toc": bool(settings.option("toc", "pdf", default=False)),
        "toc-depth": int(settings.option("toc-depth", "pdf", default=3)),
        "lang": re.sub(r"[^A-Za-z]", "", language).lower() or "en",
        "region": re.sub(r"[^A-Za-z]", "", region).upper()[:2] or None,
    } | _logo(settings, folder)


def _paper(settings: Settings) -> str:
    name = str(settings.option("papersize", "pdf", default="a4")).lower()
    if name not in _PAPERS:
        raise TemplateError(
            f"{_where(settings, 'papersize')}papersize '{name}' is none that we know. "
            f"{near_miss(name, sorted(_PAPERS))}"
        )
    return _PAPERS[name]


def _margin(settings: Settings) -> dict[str, str]:
    given = settings.option("margin", "pdf", default={"x": "2cm", "top": "2cm", "bottom": "2.2cm"})
    if not isinstance(given, Mapping):
        given = {"x": given, "y": given}
    for side, length in given.items():
        if side not in _SIDES or not _LENGTH.match(str(length)):
            raise TemplateError(
                f"{_where(settings, 'margin')}margin {side}: {length} is no margin. "
                "Write one such as `margin: {x: 2cm, y: 2.5cm}`."
            )
    return {side: str(length) for side, length in given.items()}


def _size(settings: Settings) -> str:
    size = str(settings.option("fontsize", "pdf", default="10pt"))
    if not _LENGTH.match(size):
        raise TemplateError(
            f"{_where(settings, 'fontsize')}fontsize {size} is no size such as 10pt."
        )
    return size


def _fonts(settings: Settings, key: str, brand: str, ours: str) -> list[str]:
    own = str(settings.option(key, "pdf", default="") or "") or brand
    return [name for name in dict.fromkeys((own, ours, "DejaVu Sans")) if name]


def _logo(settings: Settings, folder: Path) -> dict[str, str | None]:
    path = settings.brand.logo
    if path is None:
        return {"logo": None, "logo-alt": ""}
    (folder / ".reportgen").mkdir(exist_ok=True)
    copy = folder / ".reportgen" / f"logo{path.suffix.lower()}"
    shutil.copyfile(path, copy)
    return {"logo": f"/.reportgen/{copy.name}", "logo-alt": settings.brand.logo_alt or "Logo"}


def _where(settings: Settings, key: str) -> str:
    return f"{settings.where[key]}  " if key in settings.where else f"{settings.template}  "
