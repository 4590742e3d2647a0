"""Tables that a project reads where they lie: what is written of them, checked before they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from reportgen.project_file.check import Mistakes
from reportgen.project_file.environment import is_secret, resolve_references
from reportgen.project_file.settings import as_written
from reportgen.project_file.source import Where

__all__ = ["check_tables"]

_PASSWORD = re.compile(r"://[^/@:]*:(?!\$\{[^}]*\}@)[^/@]+@")
_USES = ("data", "reference")
_WRITE_REFERENCE = "Write ${NAME} in its place and set that variable in the environment."


def check_tables(
    tree: Mapping[str, Any], environment: Mapping[str, str], mistakes: Mistakes
) -> None:
    """Note what is wrong with the sources of monitoring.

    References to the environment are looked up, so that one that is missing is said now; what they
    stand for stays out of the project and is put in when the table is opened.
    """
    for where, source in _sources(tree):
        pin, address = source.get("pin"), source.get("table")
        if (pin is None) == (address is None):
            what = "has both a pin and a table." if pin is not None else "is needed: pin or table."
            mistakes.add(
                where, what, "Write {pin: NAME}, or {table: PATH} with one or more files."
            )
        if address is None:
            if "name" in source:
                mistakes.add((*where, "name"), "only a table has one.", "A pin is named by `pin`.")
            continue
        if "version" in source:
            fix = "Pin its rows if a report must always read the same."
            mistakes.add((*where, "version"), "a table has no versions.", fix)
        text = as_written(address)
        if isinstance(text, str):
            _check_address(text, (*where, "table"), environment, mistakes)


def _sources(tree: Mapping[str, Any]) -> Iterator[tuple[Where, Mapping[str, Any]]]:
    models = tree.get("models")
    for name, model in models.items() if isinstance(models, dict) else ():
        asked = model.get("monitoring") if isinstance(model, dict) else None
        if not isinstance(asked, dict):
            continue
        for use in _USES:
            if isinstance(asked.get(use), dict):
                yield ("models", name, "monitoring", use), asked[use]


def _check_address(
    text: str, where: Where, environment: Mapping[str, str], mistakes: Mistakes
) -> None:
    queried = parse_qsl(text.partition("?")[2], keep_blank_values=True)
    secrets = [key for key, value in queried if is_secret(key) and not value.startswith("${")]
    if _PASSWORD.search(text) or secrets:
        mistakes.add(where, "a secret must not stand in this file.", _WRITE_REFERENCE)
    resolve_references(text, where, environment, mistakes)
