"""The allow-lists: elements, attributes and properties that a page may hold."""

from __future__ import annotations

__all__ = [
    "DRAWN_ELEMENTS",
    "MATH_ATTRIBUTES",
    "MATH_ELEMENTS",
    "STYLES",
    "SVG_ATTRIBUTES",
    "SVG_ELEMENTS",
    "TEXT_ELEMENTS",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TEXT_ELEMENTS = _words(
    """
    a abbr article aside b bdi bdo blockquote br button caption cite code col colgroup data dd del
    details dfn div dl dt em fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img
    input ins kbd label legend li main mark nav ol p pre q s samp section small span strong sub
    summary sup table tbody td tfoot th thead time tr u ul var wbr meter progress
    """
)
SVG_ELEMENTS = _words(
    """
    svg g path rect circle ellipse line polyline polygon text tspan defs clipPath use title desc
    linearGradient radialGradient stop marker pattern mask symbol
    """
)
SVG_ATTRIBUTES = _words(
    """
    clip-path clip-rule clipPathUnits cx cy d dominant-baseline dx dy fill fill-opacity fill-rule
    focusable font-family font-size font-style font-weight fx fy gradientTransform gradientUnits
    height href letter-spacing marker-end marker-mid marker-start markerHeight markerUnits
    markerWidth mask offset opacity orient paint-order patternTransform patternUnits points
    preserveAspectRatio r refX refY rotate rx ry shape-rendering stop-color stop-opacity stroke
    stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit
    stroke-opacity stroke-width text-anchor textLength transform vector-effect viewBox visibility
    width x x1 x2 xmlns y y1 y2
    """
)
MATH_ELEMENTS = _words(
    """
    math semantics annotation mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror
    mpadded mphantom menclose msub msup msubsup munder mover munderover mmultiscripts mprescripts
    mtable mtr mtd
    """
)
MATH_ATTRIBUTES = _words(
    """
    accent accentunder columnalign columnlines columnspacing columnspan depth display displaystyle
    encoding fence form height largeop linethickness lspace mathvariant maxsize minsize
    movablelimits notation rowalign rowlines rowspacing rowspan rspace scriptlevel separator
    stretchy symmetric voffset width xmlns
    """
)
STYLES = _words(
    """
    background-color color width height max-width min-width text-align vertical-align font-weight
    font-style font-variant-numeric text-indent stroke fill opacity display white-space
    list-style-type stroke-width stroke-dasharray stroke-linecap stroke-linejoin fill-opacity
    stroke-opacity left top margin-left padding-left --rg-start --rg-end --rg-at --rg-low
    --rg-high
    """
)
# In a file, unlike in a page, a drawing may hold a picture and has its words from outside.
DRAWN_ELEMENTS = _words(
    """
    svg g path rect circle ellipse line polyline polygon text tspan defs clipPath use image
    linearGradient radialGradient stop marker pattern mask symbol
    """
)
