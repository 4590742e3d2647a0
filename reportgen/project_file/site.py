"""Where a site is, as a person writes it: a folder, or an address such as s3://bucket/prefix."""

from __future__ import annotations

import re
from typing import Any

from reportgen.errors import near_miss
from reportgen.report import SiteType

__all__ = ["read_channel", "read_site"]

_SCHEMES: dict[str, SiteType] = {
    "file": "folder",
    "s3": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "az": "azure",
    "abfs": "azure",
    "connect": "connect",
    "pin": "pin",
    "git": "git",
}
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(?://)?(.*)", re.DOTALL)  # one letter: a drive
_MAIL = re.compile(r"mailto:[^\s@?:/]+@[A-Za-z0-9][A-Za-z0-9.-]*")
_WEBHOOK = re.compile(r"(?:json|jsons|form|forms|xml|xmls)://[^\s@]+")


def read_site(text: str) -> dict[str, Any]:
    """Read the short form of `site:`.

    Raises
    ------
    ValueError
        The address is of a kind we do not know.

    Examples
    --------
    >>> read_site("site"), read_site("s3://reports/flights")
    ({'type': 'folder', 'path': 'site'}, {'type': 's3', 'path': 'reports/flights'})
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return {"type": "folder", "path": text}
    scheme, rest = found[1].lower(), found[2]
    if scheme not in _SCHEMES:
        near = near_miss(f"{scheme}:", [f"{known}:" for known in _SCHEMES])
        raise ValueError(f"{scheme}: is no kind of place for a site. {near}")
    kind = _SCHEMES[scheme]
    if not rest.strip("/") and kind != "pin":
        raise ValueError(f"{text} does not say where, such as {scheme}://name/prefix.")
    return {"type": kind, "path": f"https://{rest}" if kind == "connect" else rest}


def read_channel(text: str) -> str:
    """Check where a notification goes, as it is written in the file.

    Most such addresses are secrets in themselves: whoever has them can post. They come from the
    environment; a plain mail address or webhook may stand in the file.

    Raises
    ------
    ValueError
        It is none, or a secret that is written out.
    """
    if "${" in text or _MAIL.fullmatch(text) or _WEBHOOK.fullmatch(text):
        return text
    if "://" in text or text.startswith("mailto:"):
        raise ValueError(
            "may hold a token or password, which must not stand in this file. "
            "Write ${NOTIFY_URL} and set that variable in the environment."
        )
    raise ValueError(
        "is not where a message can go: write mailto:name@example.com, json://host/path, or "
        "${NAME} for any other address that apprise knows."
    )
