"""Which names of pins, versions and files we follow into a path.

The ``pins`` package lets ``..`` and the empty name pass, and follows a path written in data.txt.
Whatever comes from a board, a lock or a person goes through here before it becomes a path.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import PureWindowsPath

from reportgen.errors import NotFoundError

__all__ = [
    "METADATA_FILE",
    "check_name",
    "created_of",
    "file_fault",
    "is_name",
    "is_version",
    "version_name",
]

METADATA_FILE = "data.txt"
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.@ -]{0,126}[A-Za-z0-9_@-])?")
_VERSION = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{5}", re.ASCII)
_BUNDLE = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_CREATED = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_LONGEST_FILE_NAME = 255  # bytes, as on the usual file systems
_RESERVED = frozenset({"_pins.yaml"})


def is_name(text: str, *, owner: bool = False) -> bool:
    """Tell whether a pin may have this name.

    Parameters
    ----------
    owner : names are ``<user>/<pin>``, as on Posit Connect

    Examples
    --------
    >>> is_name("late-flights"), is_name(".."), is_name("a/b"), is_name("a/b", owner=True)
    (True, False, False, True)
    """
    parts = text.split("/")
    if len(parts) != (2 if owner else 1) or text in _RESERVED:
        return False
    return all(_NAME.fullmatch(part) and ".." not in part for part in parts)


def check_name(text: str, place: str, *, owner: bool = False) -> None:
    """Refuse what cannot be the name of a pin.

    Raises
    ------
    NotFoundError
        The name has another form.
    """
    if is_name(text, owner=owner):
        return
    form = "user/name, each" if owner else "one word"
    raise NotFoundError(
        f"{place}: {text!r} cannot be the name of a pin. A name is {form} of letters, digits, "
        "'_', '-', '.', '@' and spaces, without '..', up to 128 long."
    )


def is_version(text: str, *, bundles: bool = False) -> bool:
    """Tell whether a folder is named like a version.

    Parameters
    ----------
    bundles : versions are the bundle ids of Posit Connect

    Examples
    --------
    >>> is_version("20130501T060000Z-1a2b3"), is_version("latest"), is_version("7", bundles=True)
    (True, False, True)
    """
    return bool((_BUNDLE if bundles else _VERSION).fullmatch(text))


def created_of(text: str) -> datetime:
    """Read ``created`` of data.txt.

    Raises
    ------
    ValueError
        The text has another form, or names a second that does not exist.

    Examples
    --------
    >>> created_of("20130501T060000Z").isoformat()
    '2013-05-01T06:00:00+00:00'
    """
    if not _CREATED.fullmatch(text):
        raise ValueError(f"created is {text!r}, which is not like 20130501T060000Z")
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as mistake:
        raise ValueError(f"created is {text!r}, a second that does not exist") from mistake


def version_name(created: datetime, pin_hash: str) -> str:
    """Name a version as every ``pins`` does: when it was made, and how its hash begins.

    Examples
    --------
    >>> version_name(created_of("20130501T060000Z"), "1a2b3c4d5e6f7081")
    '20130501T060000Z-1a2b3'
    """
    return f"{created.astimezone(UTC):%Y%m%dT%H%M%SZ}-{pin_hash[:5]}"


def file_fault(text: str) -> str:
    """Say why a file of a pin cannot have this name; empty when it can.

    Examples
    --------
    >>> file_fault("model.joblib")
    ''
    >>> file_fault("../secret.json")
    "'../secret.json' is not a bare file name"
    """
    if text in {"", ".", ".."} or "/" in text or PureWindowsPath(text).name != text:
        return f"{text!r} is not a bare file name"
    if any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in text):
        return f"{text!r} has a control character in it"
    if any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        return f"{text!r} is not valid Unicode"
    if len(text.encode()) > _LONGEST_FILE_NAME:
        return f"{text[:40]!r}... is longer than a file name can be"
    if text.casefold() == METADATA_FILE:
        return f"{text!r} is the name of the description itself"
    return ""
