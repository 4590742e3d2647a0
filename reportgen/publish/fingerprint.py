"""One hash over everything that decides the bytes of an edition."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import PurePath
from typing import Any

from reportgen.report import canonical_json

__all__ = ["fingerprint", "plain_inputs"]


def plain_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Turn inputs into plain JSON data that has one spelling.

    Raises
    ------
    TypeError
        An input has no spelling that is the same on every machine: a path, an object.
    """
    return {str(key): _plain(item, str(key)) for key, item in inputs.items()}


def fingerprint(inputs: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of what went into an edition.

    Parameters
    ----------
    inputs : by convention ``pins`` (role -> name, version, sha256), ``template`` (its sha256),
        ``parameters``, ``formats``, ``settings``, ``engine`` and ``versions`` (reportgen, Pandoc,
        Typst and each Python package that draws or measures). Order of keys does not matter.

    Returns
    -------
    64 hex digits

    Raises
    ------
    TypeError
        An input has no spelling that is the same on every machine: a path, an object.
    ValueError
        A number is not finite.

    Examples
    --------
    >>> fingerprint({"a": 1, "b": (2,)}) == fingerprint({"b": [2], "a": 1})
    True
    """
    return sha256(canonical_json(plain_inputs(inputs)).encode()).hexdigest()


def _plain(item: Any, where: str) -> Any:
    if item is None or isinstance(item, str | bool | int | float):
        return item
    if isinstance(item, Mapping):
        return {str(key): _plain(value, f"{where}.{key}") for key, value in item.items()}
    if isinstance(item, tuple | list):
        return [_plain(value, where) for value in item]
    if isinstance(item, AbstractSet):
        return sorted((_plain(value, where) for value in item), key=canonical_json)
    if isinstance(item, datetime):
        return item.isoformat().replace("+00:00", "Z")
    if isinstance(item, date):
        return item.isoformat()
    if isinstance(item, timedelta):
        return item.total_seconds()
    if is_dataclass(item) and not isinstance(item, type):
        return _plain(asdict(item), where)
    if isinstance(item, PurePath):
        raise TypeError(f"{where}: a path differs between machines; hash the file's bytes instead")
    raise TypeError(f"{where}: a {type(item).__name__} has no spelling that is always the same")
