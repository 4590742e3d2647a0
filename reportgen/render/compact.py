"""The same page in fewer bytes: a card holds hundreds of numbers, each with its source behind it.

What HTML lets be left out is left out where it recurs most: in tables, around numbers and in
drawings.
"""

from __future__ import annotations

import re

__all__ = ["compact"]

_RIGHT_VALUE = re.compile(r'<td class="rg-r">(?=<button class="rg-value)')
_INTERVAL = re.compile(r' ?<span class="rg-interval rg-muted">([^<]*)</span>')
_BUTTON = re.compile(r'<button class="rg-value"( popovertarget="v\d+"[^<>]*)>')
_NOTE = re.compile(r'<span id="(v\d+)" popover="">([^<>]*)(?:<a href="(#note-\d+)">)?')
_CELL = re.compile(r"<t[dh] [^<>]*>")
_PLAIN = re.compile(
    r'<(?:div class="table-scroll"|input class="tab-input"|label class="tab-label") [^<>]*>'
)
_MARK = re.compile(r"<(?:path|text|use|rect|g|circle) [^<>]*>")
_QUOTED = re.compile(r'="([\w.#:()-]+)"(?!/)')
_LAST_QUOTED = re.compile(r'="([\w.#:()-]+)"/>$')
_SOURCE = re.compile(
    r'<div id="(note-\d+)" class="rg-source">\s*<p><span class="rg-source-number">(\d+)</span>'
    r'\s*<span class="rg-source-text">([^<]*)</span></p>\s*</div>'
)
_GIVEN = re.compile(r'<p><span class="rg-given">([^<]*)</span></p>')
# The end of a cell or row that another one, or the end of its part of the table, follows.
_CLOSED_CELL = re.compile(r"</t[dh]>(?=</tr>|<t[dh]\b)")
_CLOSED_ROW = re.compile(r"</tr>\s*(?=<tr\b|</t(?:head|body|foot)>)")


def compact(body: str) -> str:
    """Shorten the body of a page that is ready; a browser reads the same from it.

    The style sheet knows a number by the ``name`` of its button, which is its name in the record,
    and puts it right in a cell; its ``value`` is the number of its note. An interval in a cell is
    ``small``, a note's number is ``b``, a cell to the right has the class ``r``, plain attributes
    need no quotes, and cells and rows no end.
    """
    body = _RIGHT_VALUE.sub("<td>", body)
    body = _INTERVAL.sub(_short_interval, body)
    body = _BUTTON.sub(_short_button, body)
    body = _NOTE.sub(_short_note, body).replace("&nbsp;", "\u00a0")
    body = _SOURCE.sub(r"<div id=\1 class=rg-source><b>\2</b> <span>\3</span></div>", body)
    body = _GIVEN.sub(r"<p class=rg-given>\1</p>", body)
    body = _CELL.sub(_short_cell, body)
    body = _PLAIN.sub(_unquoted, body)
    body = _MARK.sub(_short_mark, body)
    return _CLOSED_ROW.sub("", _CLOSED_CELL.sub("", body))


def _short_button(found: re.Match[str]) -> str:
    given = found[1].replace(" data-name=", " name=", 1).replace(" data-note=", " value=", 1)
    return "<button" + _QUOTED.sub(r"=\1", given) + ">"


def _short_interval(found: re.Match[str]) -> str:
    """On one line by the style sheet; on a phone it may break in front of its "to"."""
    return f"<small>{found[1].replace('&nbsp;', ' ', 1)}</small>"


def _short_note(found: re.Match[str]) -> str:
    link = f"<a href={found[3]}>" if found[3] else ""
    return f"<span id={found[1]} popover>{found[2]}{link}"


def _short_cell(found: re.Match[str]) -> str:
    return _QUOTED.sub(r"=\1", found[0].replace('class="rg-r"', 'class="r"', 1))


def _unquoted(found: re.Match[str]) -> str:
    return _QUOTED.sub(r"=\1", found[0])


def _short_mark(found: re.Match[str]) -> str:
    """A slash right after a value would belong to it: a space is as short as a pair of quotes."""
    return _LAST_QUOTED.sub(r"=\1 />", _QUOTED.sub(r"=\1", found[0]))
