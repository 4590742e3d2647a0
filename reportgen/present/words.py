"""Names of values, states and methods in words of the page."""

from __future__ import annotations

import re

from reportgen.present.escape import escape
from reportgen.report import Interval, State, Value

__all__ = [
    "SHAPES",
    "STATES",
    "group_of",
    "interval_words",
    "label_of",
    "path_words",
    "state_class",
    "state_mark",
]

STATES: dict[State, str] = {
    "ok": "OK",
    "watch": "Watch",
    "alert": "Alert",
    "cannot tell": "Cannot tell",
}
SHAPES: dict[State, str] = {"ok": "✓", "watch": "◆", "alert": "▲", "cannot tell": "?"}
_CLASSES: dict[State, str] = {
    "ok": "rg-ok",
    "watch": "rg-watch",
    "alert": "rg-alert",
    "cannot tell": "rg-unknown",
}
_GROUP = re.compile(r"\[(.*)\]$")
_SHORT = {"auc", "psi", "roc", "mae", "rmse", "mape", "r2", "f1"}
_METHODS = {"wilson": "Wilson", "delong": "DeLong", "bca": "BCa bootstrap"}


def label_of(value: Value) -> str:
    """The words for a value: its label, or else the last part of its name; plain text.

    Examples
    --------
    >>> from reportgen.report import Provenance
    >>> label_of(Value(name="evaluation.roc_auc", number=1, unit="ratio",
    ...                provenance=Provenance(by="a@1")))
    'ROC AUC'
    """
    if value.label:
        return value.label
    return _words(_GROUP.sub("", value.name).rsplit(".", 1)[-1])


def path_words(name: str) -> str:
    """The words for a path without its room and its group: ``Accuracy gap``; plain text."""
    return _words(_GROUP.sub("", name).partition(".")[2].replace(".", "_"))


def _words(path: str) -> str:
    words = [word.upper() if word in _SHORT else word for word in path.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def group_of(name: str) -> str:
    """What stands in the brackets of a name, ``carrier=UA``; empty when there are none."""
    found = _GROUP.search(name)
    return found.group(1) if found else ""


def interval_words(interval: Interval) -> str:
    """``95 % interval, Wilson``: what an interval is, without its ends; plain text."""
    level = f"{interval.level * 100:.6f}".rstrip("0").rstrip(".")
    return f"{level} % interval, {_METHODS.get(interval.method, interval.method)}"


def state_class(state: State) -> str:
    """The class that colours a state."""
    return _CLASSES[state]


def state_mark(state: State, sentence: str = "") -> str:
    """Shape and word of a state as Markdown; the shape is for the eye alone."""
    shape = f'[{escape(SHAPES[state])}]{{.rg-shape aria-hidden="true"}}'
    return f"[{shape} {STATES[state]}{escape(sentence)}]{{.rg-state .{_CLASSES[state]}}}"
