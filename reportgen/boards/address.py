"""Where a board is: from what a person types, to what may be shown to everybody."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import get_args
from urllib.parse import urlsplit

from reportgen.errors import UserError, near_miss
from reportgen.report import BoardSpec, BoardType

__all__ = ["parse_address", "place_of", "shown_address"]

_SCHEMES: dict[str, BoardType] = {
    "file": "folder",
    "s3": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "az": "azure",
    "abfs": "azure",
    "connect": "connect",
    "databricks": "databricks",
    "http": "url",
    "https": "url",
}
_PREFIXES: dict[BoardType, str] = {
    "s3": "s3://",
    "gcs": "gs://",
    "azure": "az://",
    "connect": "",
    "databricks": "databricks:",
    "url": "",
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)  # one letter is a drive


def parse_address(uri: str) -> BoardSpec:
    """Read the address of a board.

    Parameters
    ----------
    uri : a folder, or ``s3://bucket/prefix``, ``gs://bucket/prefix``, ``az://container/path``,
        ``connect://server``, ``databricks:/Volumes/catalog/schema/volume``, ``https://...``

    Raises
    ------
    UserError
        The address is empty, of a kind we do not know, or has a password in it.

    Examples
    --------
    >>> parse_address("s3://models/board").path
    'models/board'
    >>> parse_address("boards/prod").type
    'folder'
    """
    if not uri.strip():
        raise UserError("The address of the board is empty; give a folder or s3://bucket/prefix.")
    found = _SCHEME.fullmatch(uri)
    if found is None:
        return BoardSpec(type="folder", path=uri)
    scheme, rest = found[1].lower(), found[2]
    if scheme not in _SCHEMES:
        known = [f"{name}:" for name in _SCHEMES]
        raise UserError(f"{scheme}: is no kind of board. {near_miss(f'{scheme}:', known)}")
    kind = _SCHEMES[scheme]
    _refuse_secrets(uri, kind)
    if kind == "url":
        return BoardSpec(type=kind, path=f"{scheme}:{rest}")
    if kind == "folder":
        return BoardSpec(type=kind, path=rest.removeprefix("//"))
    path = f"/{rest.strip('/')}" if kind == "databricks" else rest.strip("/")
    if not path.strip("/"):
        raise UserError(f"{uri} does not say where the board is, such as {scheme}://name/prefix.")
    return BoardSpec(type=kind, path=f"https://{path}" if kind == "connect" else path)


def _refuse_secrets(uri: str, kind: BoardType) -> None:
    authority = uri.partition("://")[2].partition("/")[0]
    azure_account = kind == "azure" and ":" not in authority  # container@account
    if "@" in authority and not azure_account:
        shown = uri.replace(authority, authority.rpartition("@")[2])
        raise UserError(
            f"The address of the board {shown} has a user name or password in it, which would be "
            "shown on every page. Give it as ${ENV} in the board's options in reportgen.yml."
        )


def shown_address(spec: BoardSpec, base: Path) -> str:
    """Write a board's address as records and pages show it.

    A folder is written relative to the project, so that the record does not depend on where the
    project lies, and tells no visitor how the author's disk is laid out; a folder elsewhere is
    named by its last part.

    Examples
    --------
    >>> shown_address(BoardSpec(type="folder", path="board"), Path("/home/ada/flights"))
    'board'
    >>> shown_address(BoardSpec(type="folder", path="/srv/boards/prod"), Path("/home/ada/flights"))
    'prod'
    """
    if spec.type != "folder":
        return place_of(spec, base)
    path = Path(spec.path).expanduser()
    if not path.is_absolute():
        return PurePosixPath(*path.parts).as_posix()
    if path.is_relative_to(base):
        return path.relative_to(base).as_posix()
    return path.name or "board"


def place_of(spec: BoardSpec, base: Path) -> str:
    """Write where a board is for an error message: in full, but without a secret."""
    if spec.type not in get_args(BoardType):
        raise UserError(
            f"{spec.type!r} is no kind of board. {near_miss(spec.type, get_args(BoardType))}"
        )
    if spec.type == "folder":
        return str(base / Path(spec.path).expanduser())
    if spec.type in {"url", "connect"}:
        parts = urlsplit(spec.path)
        host = parts.netloc.rpartition("@")[2]
        scheme = "connect" if spec.type == "connect" else parts.scheme
        return f"{scheme}://{host}{parts.path}".rstrip("/")
    return f"{_PREFIXES[spec.type]}{spec.path.rstrip('/')}"
