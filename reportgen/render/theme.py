"""The palette as CSS variables and as the filters take it, with the brand's colours in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from reportgen.render.brand import Brand
from reportgen.report.palette import DARK, LIGHT

__all__ = ["ASSETS", "FILTERS", "colour_tokens", "contrast", "palette_css", "style_sheet"]

ASSETS = Path(__file__).parent / "assets"
FILTERS = Path(__file__).parent / "filters"
# Around these signs a style sheet of ours needs no spaces; a user's may have them in a text.
_SPACES = re.compile(r";\s*(?=\})|(?<=[{};,>])\s+|\s+(?=[{}>])|(?<=[a-z]:) +")


def colour_tokens(brand: Brand) -> tuple[dict[str, str], dict[str, str]]:
    """Give the light and the dark palette, token by token, with what the brand changes."""
    return {**LIGHT, **brand.light}, {**DARK, **brand.dark}


def palette_css(brand: Brand, theme: str = "auto") -> str:
    """Write the palette as variables ``--rg-<token>``.

    Parameters
    ----------
    theme : ``light``, ``dark``, or ``auto``: as the reader's system has it
    """
    light, dark = colour_tokens(brand)
    if theme in ("light", "dark"):
        return f":root{{color-scheme:{theme};{_variables(light if theme == 'light' else dark)}}}\n"
    return (
        f":root{{color-scheme:light dark;{_variables(light)}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables(dark)}}}}}\n"
    )


def style_sheet(brand: Brand, theme: str, own: str = "", foot: str = "") -> str:
    """Put all styles of a page together: palette, fonts, page, components, and the user's own.

    Parameters
    ----------
    theme : see `palette_css`
    own : the user's style sheets
    foot : text at the foot of each printed page
    """
    sheets = [palette_css(brand, theme), _fonts(brand)]
    files = [ASSETS / name for name in ("base.css", "report.css")]
    ours = "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
    sheets.append(_SPACES.sub("", _smaller(ours)))
    text = "\n".join([*sheets, _smaller(own)]).replace("</", "<\\/")
    return text + _printed_foot(foot)


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours ``#rrggbb``, 1 to 21.

    References
    ----------
    WCAG 2.2, "contrast ratio" and "relative luminance".

    Examples
    --------
    >>> contrast("#000000", "#ffffff")
    21.0
    """
    bright, dim = sorted((_luminance(first), _luminance(second)), reverse=True)
    return round((bright + 0.05) / (dim + 0.05), 2)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _variables(colours: Mapping[str, str]) -> str:
    return ";".join(f"--rg-{token}:{colour}" for token, colour in colours.items())


def _fonts(brand: Brand) -> str:
    fonts = {"base": brand.base_font, "headings": brand.headings_font, "mono": brand.mono_font}
    said = "".join(f'--rg-font-{role}:"{name}";' for role, name in fonts.items() if name)
    return f":root{{{said}}}" if said else ""


def _printed_foot(text: str) -> str:
    """Write the foot of a printed page; in CSS a code point is the safe form of any character."""
    if not text:
        return ""
    codes = "".join(f"\\{ord(sign):06x}" for sign in text[:120])
    said = f'content:"{codes}";font:8pt sans-serif;color:{LIGHT["muted"]}'
    return f"\n@page{{@bottom-left{{{said}}}}}"


def _smaller(css: str) -> str:
    """Take out comments and indents; a page carries its style sheet with it."""
    parts: list[str] = []
    for piece in css.split("/*"):
        parts.append(piece if not parts else piece.partition("*/")[2])
    lines = (line.strip() for line in "".join(parts).splitlines())
    return "\n".join(line for line in lines if line)
