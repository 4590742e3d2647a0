"""What runs inside the kernel for us: the value of an inline expression, as Markdown."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["InlineValue", "inline_markdown"]

_NUMBER = re.compile(r"^[+-]?\d[\d,]*(\.\d+)?(e[+-]?\d+)?%?$")
_SPECIAL = re.compile(r"""([\\`*_{}\[\]<>#+\-.!|~^$@&:"'])""")


def inline_markdown(value: Any) -> str:
    r"""Give the Markdown of a value: its own, or else its text with nothing special left in it.

    Examples
    --------
    >>> inline_markdown("a*b*\n<b>")
    'a\\*b\\* \\<b\\>'
    >>> inline_markdown(-0.5)
    '-0.5'
    """
    own = getattr(value, "_repr_markdown_", None)
    if own is not None and not isinstance(value, type):
        shown = own()
        if isinstance(shown, tuple):  # IPython allows (text, metadata)
            shown = shown[0]
        if shown is not None:
            return str(shown)
    text = " ".join(str(value).splitlines())
    return text if _NUMBER.match(text) else _SPECIAL.sub(r"\\\1", text)


class InlineValue:
    """The Markdown of a value, made at once so that what goes wrong is raised, not printed."""

    def __init__(self, value: Any) -> None:
        self._text = inline_markdown(value)

    def __repr__(self) -> str:
        return ""

    def _repr_markdown_(self) -> str:
        return self._text
