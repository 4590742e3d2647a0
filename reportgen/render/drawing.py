"""Drawings inside a page: SVG as part of the HTML, in colours that follow the page's.

A figure is drawn with the light palette. Each of its colours becomes the variable of its token,
so the same drawing serves a dark page.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from reportgen.errors import ConvertError
from reportgen.render.allowed import DRAWN_ELEMENTS, SVG_ATTRIBUTES
from reportgen.render.outline import short_outline
from reportgen.report.palette import LIGHT

__all__ = ["inline_images", "inline_svg", "share_styles"]

_IMG = re.compile(r"<img\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w:-]+)="([^"]*)"')
_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_PROPERTIES = SVG_ATTRIBUTES | {"font", "font-variant-numeric"}
_TOKENS = {colour: token for token, colour in LIGHT.items()} | {"#000000": "ink"}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b|\b(?:white|black)\b")
_URL = re.compile(r"url\(\s*['\"]?(#?)([^)'\"]*)['\"]?\s*\)")
_LONG_NUMBER = re.compile(r"-?\d*\.\d{2,}")
_COMMAND = re.compile(r"\s*([A-DF-Za-df-z])\s*")
_STYLED = re.compile(
    r'(<(?:path|text|tspan|g|use|rect|line|circle|polygon|polyline)\b[^<>]*?) style="([^"]*)"'
)
# Outlines in one style behind one another; see-through ones would be darker where they meet.
_ALIKE = re.compile(r'<path d="(M[^"]*)"((?:(?!opacity| id=)[^<>])*)/>(?:<path d="M[^"]*"\2/>)+')
_SHAREABLE = re.compile(r"[A-Za-z0-9:;,.()#% -]+")
_ROUNDED = frozenset(
    [
        "d",
        "points",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "width",
        "height",
    ]
)
_DATA_IMAGE = re.compile(r"^data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]+$")
_RULE = re.compile(r"\*\s*\{([^}]*)\}")
_LENGTH = re.compile(r"^([\d.]+)(pt|px|in|cm|mm|)$")
_TO_PX = {"pt": 4 / 3, "px": 1.0, "": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
_MIMES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".webp": "webp"}
_LARGEST_BYTES = 20_000_000


def inline_images(body: str, folder: Path) -> tuple[str, list[str]]:
    """Put every image of a page into the page.

    Parameters
    ----------
    body : sanitised HTML
    folder : the private folder; no image is taken from outside of it

    Returns
    -------
    the page, and what could not be shown and why; the description stands in its place
    """
    warnings: list[str] = []
    count = 0

    def change(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        given = dict(_ATTRIBUTE.findall(match[1]))
        try:
            return _inlined(given, folder, f"g{count}")
        except (ConvertError, OSError) as error:
            warnings.append(f"a picture is left out: {error}")
            return f'<span class="missing-picture">{given.get("alt", "")}</span>'

    return _IMG.sub(change, body), warnings


def _inlined(given: dict[str, str], folder: Path, prefix: str) -> str:
    source = given.get("src", "")
    if source.startswith("data:"):
        return _img(given, source)
    if not source:
        raise ConvertError("it has no address inside the folder of the render")
    path = (folder / unquote(source)).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise ConvertError(f"there is no {source} in the folder of the render")
    if path.stat().st_size > _LARGEST_BYTES:
        raise ConvertError(f"{source} is larger than {_LARGEST_BYTES // 1_000_000} MB")
    if path.suffix.lower() == ".svg":
        return inline_svg(path.read_text(encoding="utf-8"), given, prefix, source)
    kind = _MIMES.get(path.suffix.lower())
    if kind is None:
        raise ConvertError(f"{source} is no SVG, PNG, JPEG, GIF or WebP")
    return _img(given, f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}")


def _img(given: Mapping[str, str], source: str) -> str:
    kept = {
        name: given[name]
        for name in ("alt", "width", "height", "class", "id", "style")
        if name in given
    }
    kept = {"src": source, "alt": ""} | kept
    return "<img " + " ".join(f'{name}="{value}"' for name, value in kept.items()) + ">"


def inline_svg(text: str, given: Mapping[str, str], prefix: str, name: str = "drawing") -> str:
    """Turn an SVG file into an element of a page.

    Parameters
    ----------
    given : attributes of the ``<img>`` that it replaces, as written in HTML
    prefix : put before every id, so that two drawings in one page do not meet
    name : of the file, for messages

    Raises
    ------
    ConvertError
        It is not SVG, or declares entities.
    """
    root = _parse(text, name)
    defaults = _default_style(root)
    width = _width_px(root)
    _clean(root, _Names(prefix))
    for key in ("width", "height", "id"):
        root.attrib.pop(key, None)
    said = _ALIKE.sub(_joined, "".join(_children(child) for child in root))
    view = escape(root.get("viewBox", ""))
    alt = given.get("alt", "")
    heading = f'<title id="{prefix}-title">{alt}</title>' if alt else ""
    role = f'role="img" aria-labelledby="{prefix}-title"' if alt else 'aria-hidden="true"'
    style = given.get("style") or (f"max-width:{width:.0f}px" if width else "")
    classes = " ".join(["rg-drawing", given.get("class", "")]).strip()
    return (
        f'<svg class="{classes}" viewBox="{view}" {role} style="{escape(_painted(defaults + style))}">'
        f"{heading}{said}</svg>"
    )


def _parse(text: str, name: str) -> ElementTree.Element:
    if "<!ENTITY" in text:
        raise ConvertError(f"{name} declares entities, which a drawing does not need")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - entities are refused above
    except ElementTree.ParseError as error:
        raise ConvertError(f"{name} is not well-formed SVG: {error}") from error
    if root.tag not in (f"{_SVG}svg", "svg"):
        raise ConvertError(f"{name} is not SVG but <{root.tag}>")
    if not root.get("viewBox"):
        sizes = [_LENGTH.match(root.get(key, "")) for key in ("width", "height")]
        if all(sizes):
            root.set("viewBox", "0 0 " + " ".join(size[1] for size in sizes if size))
    return root


def _width_px(root: ElementTree.Element) -> float | None:
    found = _LENGTH.match(root.get("width", ""))
    return float(found[1]) * _TO_PX[found[2]] if found else None


def _default_style(root: ElementTree.Element) -> str:
    """Matplotlib sets defaults in a style sheet; one for all of the page would reach too far."""
    for sheet in root.iter(f"{_SVG}style"):
        rule = _RULE.search(sheet.text or "")
        if rule:
            return "".join(f"{name}:{value};" for name, value in _declarations(rule[1]))
    return ""


class _Names(dict[str, str]):
    """Short names for the ids of one drawing, which no other drawing of the page has."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def __missing__(self, name: str) -> str:
        self[name] = f"{self._prefix}-{len(self)}"
        return self[name]


def _clean(element: ElementTree.Element, names: _Names) -> None:
    for child in list(element):
        if not isinstance(child.tag, str) or child.tag.removeprefix(_SVG) not in DRAWN_ELEMENTS:
            element.remove(child)
        else:
            _clean(child, names)
    kept: dict[str, str] = {}
    style = [] if "style" not in element.attrib else _declarations(element.attrib["style"])
    for name, value in element.attrib.items():
        if name == "id":
            kept["id"] = names[value]
        elif name in ("href", _HREF):
            kept |= _link(element, value, names)
        elif name in SVG_ATTRIBUTES and not _is_remote(value):
            if _painted(value) != value:
                style.insert(0, (name, value))  # a variable counts in a style, not in an attribute
            else:
                kept[name] = _short(name, _local(value, names))
    if style:
        kept["style"] = ";".join(
            f"{name}:{_painted(_local(value, names))}" for name, value in style
        )
    element.attrib.clear()
    element.attrib.update(kept)


def _declarations(style: str) -> list[tuple[str, str]]:
    pairs = [part.partition(":") for part in style.split(";")]
    cleaned = [(name.strip(), value.strip()) for name, _, value in pairs]
    return [
        (name, value)
        for name, value in cleaned
        if name in _PROPERTIES and value and not _is_remote(value) and "\\" not in value
    ]


def _link(element: ElementTree.Element, value: str, names: _Names) -> dict[str, str]:
    if value.startswith("#"):
        return {"href": f"#{names[value[1:]]}"}
    if element.tag == f"{_SVG}image" and _DATA_IMAGE.match(value):
        return {"href": "".join(value.split())}
    return {}


def _is_remote(value: str) -> bool:
    return any(not found[1] for found in _URL.finditer(value))


def _local(value: str, names: _Names) -> str:
    return _URL.sub(lambda found: f"url(#{names[found[2]]})", value)


def _painted(value: str) -> str:
    """Write the colours of the palette as the variables of their tokens."""

    def paint(found: re.Match[str]) -> str:
        colour = found[0].lower()
        colour = {"white": "#ffffff", "black": "#000000"}.get(colour, colour)
        if len(colour) == 4:
            colour = "#" + "".join(digit * 2 for digit in colour[1:])
        return f"var(--rg-{_TOKENS[colour]})" if colour in _TOKENS else found[0]

    return _COLOUR.sub(paint, value)


def _short(name: str, value: str) -> str:
    """A tenth of a pixel is enough, a hundredth for what is small; a page has no room for six."""
    if name not in _ROUNDED:
        return value
    short = _LONG_NUMBER.sub(_rounded, value)
    return short_outline(_COMMAND.sub(r"\1", short).strip()) if name == "d" else short


def _rounded(found: re.Match[str]) -> str:
    number = float(found[0])
    decimals = 1 if abs(number) >= 10 else 2
    return f"{number:.{decimals}f}".rstrip("0").rstrip(".")


def share_styles(body: str) -> tuple[str, str]:
    """Write a style that drawings repeat once, as a class: two dozen figures repeat a few styles.

    Returns
    -------
    the page's body, and the rules for its style sheet
    """
    many = Counter(found[2] for found in _STYLED.finditer(body))
    shared = {
        style: f"d{place}"
        for place, style in enumerate(
            style for style, times in many.items() if times > 1 and _SHAREABLE.fullmatch(style)
        )
    }

    def change(found: re.Match[str]) -> str:
        name = shared.get(found[2])
        return found[0] if name is None or "class=" in found[1] else f'{found[1]} class="{name}"'

    rules = "".join(f".rg-drawing .{name}{{{style}}}\n" for style, name in shared.items())
    return _STYLED.sub(change, body), rules


def _joined(found: re.Match[str]) -> str:
    """Draw outlines that look alike as one."""
    outline = "".join(re.findall(r' d="([^"]*)"', found[0]))
    return f'<path d="{outline}"{found[2]}/>'


def _children(element: ElementTree.Element) -> str:
    tag = element.tag.removeprefix(_SVG)
    given = "".join(f' {name}="{escape(value)}"' for name, value in element.attrib.items())
    is_text = tag in ("text", "tspan")
    inside = escape(element.text or "", quote=False) if is_text else ""
    for child in element:
        inside += _children(child)
        if is_text:
            inside += escape(child.tail or "", quote=False)
    if tag in ("g", "defs") and not inside and "id" not in element.attrib:
        return ""
    if tag == "g" and not given:
        return inside
    return f"<{tag}{given}>{inside}</{tag}>" if inside else f"<{tag}{given}/>"
