"""What a published edition consists of, and what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from reportgen.report.data import State

__all__ = ["Document", "Manifest", "PublishedFile", "Remade"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Rendered files in a private folder, before they are published.

    Attributes
    ----------
    folder : private to this render
    files : published name -> path below `folder`
    engines : published name -> the engine that made it, ``embedded`` or ``quarto``
    warnings : what led nowhere in the template or settings, with file and line; not published
    """

    folder: Path
    files: Mapping[str, Path]
    engines: Mapping[str, str]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """A file of an edition: its name, size and SHA-256, and the engine that made it."""

    name: str
    size_bytes: int
    sha256: str
    engine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """What came of making a published edition again from the same inputs.

    Attributes
    ----------
    differs : files that came out different, new or not at all; none: the same bytes
    folder : where the new files are, if any differs
    """

    differs: tuple[str, ...] = ()
    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """manifest.json of an edition.

    Attributes
    ----------
    fingerprint : SHA-256 over all that decides the bytes: pins, template, parameters, versions
    inputs : what went into the fingerprint, readable
    made : when, by the clock; the only place where the clock shows
    folder : where its files are, if that is a folder of this machine
    address : where its files are otherwise, for people
    fresh : False when an edition with this fingerprint was there already
    remade : set when it was made again on request, and compared with what is published
    """

    report: str
    edition: str
    revision: int = 1
    title: str
    kind: str
    model: str = ""
    state: State
    sentence: str
    as_of: str
    provisional: bool = False
    fingerprint: str
    inputs: Mapping[str, Any]
    files: tuple[PublishedFile, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    made: datetime
    fresh: bool = field(default=True, compare=False)
    folder: Path | None = field(default=None, compare=False)
    address: str = field(default="", compare=False)
    remade: Remade | None = field(default=None, compare=False)
