"""Outlines of drawings in few characters: steps instead of places, no sign that says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["short_outline"]

_PLACE = r"-?(?:\d+\.?\d*|\.\d+)"
_STRAIGHT = re.compile(rf"\s*(?:[MLHVZz](?:[\s,]*{_PLACE})*\s*)+")
_FLAGGED = re.compile(r"[Aa]|[^\d\s.,MmLlHhVvCcSsQqTtZz-]|\.\d*\.")
_ZERO = re.compile(r"(?<![\d.])0+(?=\.\d)")
_PART = re.compile(rf"[MLHVZz]|{_PLACE}")


def short_outline(path: str) -> str:
    """Write the ``d`` of a path of straight lines as steps from place to place.

    Places keep their digits, and steps are exact differences of them, so the line stays where it
    was. Of a path with curves, or with steps of its own, only zeros and blanks are left out.

    Examples
    --------
    >>> short_outline("M38.8 140.5L340.6 140.5L341.1 133.3z")
    'M38.8 140.5H340.6l.5-7.2z'
    """
    if not _STRAIGHT.fullmatch(path):
        return path if _FLAGGED.search(path) else _tight(path)
    try:
        return min(_tight(path), "".join(_written(_steps(_PART.findall(path)))), key=len)
    except (IndexError, ValueError):  # a place is missing: a browser draws as much as there is
        return path


def _steps(parts: list[str]) -> Iterator[tuple[str, str]]:
    """Give each command with its numbers, as short as it can be said."""
    x = y = start_x = start_y = 0
    command, place = "", 0
    while place < len(parts):
        if parts[place].isalpha():
            command, place = parts[place], place + 1
        if command in "Zz":
            yield "z", ""
            x, y = start_x, start_y
            continue
        new_x, new_y = x, y
        if command in "MLH":
            new_x, place = _hundredths(parts[place]), place + 1
        if command in "MLV":
            new_y, place = _hundredths(parts[place]), place + 1
        if command == "M":
            yield "M", _joined(new_x, new_y)
            start_x, start_y, command = new_x, new_y, "L"
        elif new_y == y:
            yield min(("H", _said(new_x)), ("h", _said(new_x - x)), key=_length)
        elif new_x == x:
            yield min(("V", _said(new_y)), ("v", _said(new_y - y)), key=_length)
        else:
            yield "l", _joined(new_x - x, new_y - y)
        x, y = new_x, new_y


def _tight(path: str) -> str:
    return _ZERO.sub("", path).replace(" -", "-")


def _length(step: tuple[str, str]) -> int:
    return len(step[1])


def _written(steps: Iterator[tuple[str, str]]) -> Iterator[str]:
    """Put the steps behind one another; a command that goes on is said once."""
    before, numbers = "", ""
    for command, said in steps:
        if command != before or command == "M":
            yield command + said
        else:
            yield _gap(numbers, said) + said
        before, numbers = command, said


def _joined(x: int, y: int) -> str:
    first, second = _said(x), _said(y)
    return first + _gap(first, second) + second


def _gap(first: str, second: str) -> str:
    """What must stand between two numbers: nothing where a sign or a point starts the second."""
    ended = "." in re.split(r"[ -]", first)[-1]
    return "" if second[0] == "-" or (second[0] == "." and ended) else " "


def _hundredths(said: str) -> int:
    exact = round(100 * float(said))
    if abs(100 * float(said) - exact) > 1e-6:
        raise ValueError(said)
    return exact


def _said(hundredths: int) -> str:
    text = f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
