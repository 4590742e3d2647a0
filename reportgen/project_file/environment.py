"""References to the environment, ``${NAME}``: the only way in which a secret reaches a project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reportgen.project_file.check import Mistakes
from reportgen.project_file.source import Where

__all__ = ["is_secret", "resolve_references"]

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)
_SECRET = re.compile(
    r"(?:^|[_-])(?:password|passwd|passphrase|authorization|token|secret|credential|key|apikey|pwd)s?$"
    r"|(?:^|[_-])(?:secret|token)(?:[_-]|$)|connection[_-]?string|sas[_-]?token"
)


def is_secret(key: str) -> bool:
    """Tell whether a setting of this name holds a secret.

    Examples
    --------
    >>> [is_secret(key) for key in ("aws_secret_access_key", "token", "endpoint_url", "keyboard")]
    [True, True, False, False]
    """
    return bool(_SECRET.search(key.lower()))


def resolve_references(
    tree: Any, where: Where, environment: Mapping[str, str], mistakes: Mistakes
) -> Any:
    """Put the environment's values in place of ``${NAME}``, noting what is not there.

    A value that came from the environment is never part of a message.
    """
    if isinstance(tree, dict):
        return {
            key: resolve_references(value, (*where, key), environment, mistakes)
            for key, value in tree.items()
        }
    if isinstance(tree, list):
        return [
            resolve_references(value, (*where, index), environment, mistakes)
            for index, value in enumerate(tree)
        ]
    # The names of pins are names, whatever they sound like.
    secret = "pin_paths" not in where and any(is_secret(str(part)) for part in where)
    if secret and tree is not None and not isinstance(tree, bool):
        return _secret(tree, where, environment, mistakes)
    return _text(tree, where, environment, mistakes) if isinstance(tree, str) else tree


def _secret(
    given: Any, where: Where, environment: Mapping[str, str], mistakes: Mistakes
) -> str | None:
    found = _REFERENCE.fullmatch(given) if isinstance(given, str) else None
    named = _NAME.fullmatch(found[1]) if found else None
    example = re.sub(r"\W", "_", str(where[-1])).upper()
    if named is None:
        mistakes.add(
            where,
            "a secret must not stand in this file.",
            f"Write ${{{example}}} and set that variable in the environment.",
        )
        return None
    if named["default"] is not None:
        mistakes.add(where, "a secret has no default.", f"Write ${{{named['name']}}}.")
        return None
    return _text(str(given), where, environment, mistakes)


def _text(text: str, where: Where, environment: Mapping[str, str], mistakes: Mistakes) -> str:
    def value(found: re.Match[str]) -> str:
        named = _NAME.fullmatch(found[1])
        if named is None:
            mistakes.add(where, f"{found[0]} is not a reference such as ${{NAME}}.")
            return ""
        known = environment.get(named["name"]) or named["default"]
        if known is None:
            mistakes.add(
                where,
                f"the environment has no variable {named['name']}.",
                f"Set it, for instance with: export {named['name']}=...",
            )
        return known or ""

    return _REFERENCE.sub(value, text)
