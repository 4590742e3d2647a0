"""The body of a page by allow-list: what is not on it is taken out."""

from __future__ import annotations

import re

from reportgen.render.allowed import (
    MATH_ATTRIBUTES,
    MATH_ELEMENTS,
    STYLES,
    SVG_ATTRIBUTES,
    SVG_ELEMENTS,
    TEXT_ELEMENTS,
)

__all__ = ["sanitise_html", "slim", "unique_ids"]

_EVERYWHERE = {"id", "class", "lang", "dir", "title", "role", "tabindex", "hidden", "style"}
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "name"},
    "button": {"popovertarget", "popovertargetaction"},
    "col": {"span"},
    "data": {"value"},
    "details": {"open", "name"},
    "div": {"popover"},
    "img": {"src", "alt", "width", "height"},
    "input": {"checked", "disabled", "name", "value"},
    "label": {"for"},
    "li": {"value"},
    "meter": {"min", "max", "low", "high", "optimum", "value"},
    "ol": {"start", "type", "reversed"},
    "progress": {"max", "value"},
    "span": {"popover"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope", "abbr"},
    "time": {"datetime"},
}
_BAD_STYLE = re.compile(r"url\s*\(|expression|@import|\\", re.IGNORECASE)
_LOCAL = re.compile(r"^#[\w:.-]+$")
_DATA_IMAGE = re.compile(r"^data:image/(?:png|jpeg|gif|svg\+xml|webp)[;,]", re.IGNORECASE)
_ID = re.compile(r'(<[a-zA-Z][^<>]*?\sid=")([^"]*)(")')

_ALIGNED = re.compile(r'<(t[dh]) style="text-align:(left|right)"(?=[^>]*>)(?![^>]*class=)')
_BETWEEN_CELLS = re.compile(r"\n(</?t[rdh]\b)")


def slim(body: str) -> str:
    """Say the alignment of table cells in few bytes: a page of many tables is half cells.

    Left is what the style sheet does anyway; right becomes a class.
    """
    aligned = _ALIGNED.sub(
        lambda found: f"<{found[1]}" + (' class="rg-r"' if found[2] == "right" else ""), body
    )
    return _BETWEEN_CELLS.sub(r"\1", aligned)


def sanitise_html(body: str) -> str:
    """Keep what a page may hold, and drop the rest: scripts, handlers, styles, what is fetched.

    Parameters
    ----------
    body : a fragment of HTML

    Returns
    -------
    well-formed HTML in which nothing runs and nothing points to a file or script
    """
    import nh3

    attributes: dict[str, set[str]] = {"*": set(_EVERYWHERE)}
    for tag in TEXT_ELEMENTS:
        attributes[tag] = set(_ATTRIBUTES.get(tag, set()))
    for tag in SVG_ELEMENTS:
        attributes[tag] = set(SVG_ATTRIBUTES)
    for tag in MATH_ELEMENTS:
        attributes[tag] = set(MATH_ATTRIBUTES)
    return nh3.clean(
        body,
        tags={*TEXT_ELEMENTS, *SVG_ELEMENTS, *MATH_ELEMENTS},
        attributes=attributes,
        attribute_filter=_filter,
        tag_attribute_values={
            "input": {"type": {"radio", "checkbox"}},
            "button": {"type": {"button"}},
        },
        generic_attribute_prefixes={"data-", "aria-"},
        filter_style_properties=STYLES,
        clean_content_tags={"script", "style", "iframe", "object", "template", "noscript"},
        url_schemes={"http", "https", "mailto", "tel", "data"},
        link_rel=None,
    )


def _filter(tag: str, name: str, value: str) -> str | None:
    """Refuse what an allowed attribute may still not say."""
    if name == "style":
        return None if _BAD_STYLE.search(value) else value
    if name == "href" and tag != "a":
        return value if _LOCAL.match(value) else None
    if name == "href" and value.lower().lstrip().startswith("data:"):
        return None
    if name == "src":
        return value if _is_inside(value) else None
    if "url(" in value and name not in ("title", "alt"):
        return value if re.fullmatch(r"url\(#[\w:.-]+\)", value) else None
    return value


def _is_inside(address: str) -> bool:
    return bool(_DATA_IMAGE.match(address)) or not re.match(r"[a-zA-Z][\w+.-]*:|//", address)


def unique_ids(body: str) -> str:
    """Rename the second and later elements of one id; the first keeps it, as links expect."""
    seen: set[str] = set()

    def rename(match: re.Match[str]) -> str:
        name, number = match[2], 2
        while name in seen:
            name = f"{match[2]}-{number}"
            number += 1
        seen.add(name)
        return match[1] + name + match[3]

    return _ID.sub(rename, body)
