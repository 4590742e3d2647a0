"""The colours, logo and fonts of `_brand.yml`, as far as pages and PDFs take them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reportgen.errors import TemplateError, near_miss

__all__ = ["Brand", "read_brand"]

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")
_FONT = re.compile(r"[\w][\w .'-]{0,60}$")
# The brand's roles that have a token of ours.
_ROLES = {"primary": "accent", "link": "accent", "foreground": "ink", "background": "paper"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """What a brand changes of our look.

    Attributes
    ----------
    light, dark : token of the palette -> ``#rrggbb``
    logo : a file beside the brand file, or None
    logo_alt : what the logo says
    base_font, headings_font, mono_font : names of font families; empty: ours
    """

    light: Mapping[str, str] = field(default_factory=dict)
    dark: Mapping[str, str] = field(default_factory=dict)
    logo: Path | None = None
    logo_alt: str = ""
    base_font: str = ""
    headings_font: str = ""
    mono_font: str = ""


def read_brand(content: Mapping[str, Any], folder: Path, name: str) -> Brand:
    """Read the content of ``_brand.yml``.

    Parameters
    ----------
    folder : where its relative paths start
    name : of the file, for messages

    Raises
    ------
    TemplateError
        A colour is neither hexadecimal nor in the brand's palette, or a logo is not there.
    """
    colour = _mapping(content.get("color"))
    palette = _mapping(colour.get("palette"))
    light, dark = {}, {}
    for role, token in _ROLES.items():
        if role in colour:
            light[token], dark_value = _colours(colour[role], palette, f"{name}: color.{role}")
            if dark_value:
                dark[token] = dark_value
    typography = _mapping(content.get("typography"))
    logo, alt = _logo(content.get("logo"), folder, name)
    return Brand(
        light=light,
        dark=dark,
        logo=logo,
        logo_alt=alt or str(_mapping(content.get("meta")).get("name", "") or ""),
        base_font=_font(typography, "base", name),
        headings_font=_font(typography, "headings", name),
        mono_font=_font(typography, "monospace", name),
    )


def _colours(value: Any, palette: Mapping[str, Any], where: str) -> tuple[str, str]:
    """Give the light and the dark colour of a role; the dark one may be empty."""
    if isinstance(value, Mapping):
        dark = value.get("dark")
        return _colour(value.get("light", dark), palette, where), (
            _colour(dark, palette, where) if dark else ""
        )
    return _colour(value, palette, where), ""


def _colour(value: Any, palette: Mapping[str, Any], where: str, depth: int = 0) -> str:
    text = str(value)
    if _HEX.match(text):
        digits = text[1:].lower()
        return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))
    if text in palette and depth < 8:
        return _colour(palette[text], palette, where, depth + 1)
    raise TemplateError(
        f"{where} is {text!r}: neither #rrggbb nor a colour of the brand's palette. "
        f"{near_miss(text, sorted(palette))}"
    )


def _logo(value: Any, folder: Path, name: str) -> tuple[Path | None, str]:
    """Find the logo, whichever of Quarto's ways it is written in."""
    alt = ""
    if isinstance(value, Mapping):
        images = _mapping(value.get("images"))
        value = value.get("small") or value.get("medium") or value.get("large")
        value = images.get(value, value) if isinstance(value, str) else value
    if isinstance(value, Mapping):
        value = value.get("light", value)
    if isinstance(value, Mapping):
        alt, value = str(value.get("alt", "")), value.get("path")
    if not value:
        return None, ""
    path = (folder / str(value)).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise TemplateError(f"{name}: there is no logo {value} in the folder of the brand file.")
    return path, alt


def _font(typography: Mapping[str, Any], role: str, name: str) -> str:
    value = typography.get(role)
    family = value.get("family", "") if isinstance(value, Mapping) else value
    if not family:
        return ""
    if not _FONT.match(str(family)):
        raise TemplateError(f"{name}: typography.{role} is {family!r}, not the name of a font.")
    return str(family)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
