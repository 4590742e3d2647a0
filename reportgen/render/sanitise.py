"""The allow-list: what may be in the body of a page. All else is taken out."""

from __future__ import annotations

import re

__all__ = ["sanitise_html", "unique_ids"]

_TEXT = """a abbr article aside b bdi bdo blockquote br button caption cite code col colgroup data dd
del details dfn div dl dt em fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img
input ins kbd label legend li main mark nav ol p pre q s samp section small span strong sub summary
sup table tbody td tfoot th thead time tr u ul var wbr meter progress""".split()
_SVG = """svg g path rect circle ellipse line polyline polygon text tspan defs clipPath use title
desc linearGradient radialGradient stop marker pattern mask symbol""".split()
_MATHML = """math semantics annotation mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle
merror mpadded mphantom menclose msub msup msubsup munder mover munderover mmultiscripts
mprescripts mtable mtr mtd""".split()

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
_SVG_ATTRIBUTES = set(
    """
    clip-path clip-rule clipPathUnits cx cy d dominant-baseline dx dy fill fill-opacity fill-rule
    focusable font-family font-size font-style font-weight fx fy gradientTransform gradientUnits
    height href letter-spacing marker-end marker-mid marker-start markerHeight markerUnits
    markerWidth mask offset opacity orient paint-order patternTransform patternUnits points
    preserveAspectRatio r refX refY rotate rx ry shape-rendering stop-color stop-opacity stroke
    stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit
    stroke-opacity stroke-width text-anchor textLength transform vector-effect viewBox visibility
    width x x1 x2 xmlns y y1 y2
    """.split()
)
_MATHML_ATTRIBUTES = set(
    """
    accent accentunder columnalign columnlines columnspacing columnspan depth display displaystyle
    encoding fence form height largeop linethickness lspace mathvariant maxsize minsize
    movablelimits notation rowalign rowlines rowspacing rowspan rspace scriptlevel separator
    stretchy symmetric voffset width xmlns
    """.split()
)
_STYLES = set(
    """
    background-color color width height max-width min-width text-align vertical-align font-weight
    font-style font-variant-numeric text-indent stroke fill opacity display white-space list-style-type
    stroke-width stroke-dasharray stroke-linecap stroke-linejoin fill-opacity stroke-opacity left top
    margin-left padding-left --rg-start --rg-end --rg-at --rg-low --rg-high
    """.split()
)
_BAD_STYLE = re.compile(r"url\s*\(|expression|@import|\\", re.IGNORECASE)
_LOCAL = re.compile(r"^#[\w:.-]+$")
_DATA_IMAGE = re.compile(r"^data:image/(?:png|jpeg|gif|svg\+xml|webp)[;,]", re.IGNORECASE)
_ID = re.compile(r'(<[a-zA-Z][^<>]*?\sid=")([^"]*)(")')


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
    for tag in _TEXT:
        attributes[tag] = set(_ATTRIBUTES.get(tag, set()))
    for tag in _SVG:
        attributes[tag] = set(_SVG_ATTRIBUTES)
    for tag in _MATHML:
        attributes[tag] = set(_MATHML_ATTRIBUTES)
    return nh3.clean(
        body,
        tags={*_TEXT, *_SVG, *_MATHML},
        attributes=attributes,
        attribute_filter=_filter,
        tag_attribute_values={"input": {"type": {"radio", "checkbox"}}, "button": {"type": {"button"}}},
        generic_attribute_prefixes={"data-", "aria-"},
        filter_style_properties=_STYLES,
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
