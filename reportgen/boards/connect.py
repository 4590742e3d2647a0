"""Boards on a Posit Connect server.

A pin is a content item ``<user>/<name>``, a version one of its bundles. ``pins`` lists bundles
and fetches single files of them; a bundle is deployed whole, so it cannot be half there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from reportgen.boards.metadata import LONGEST_METADATA
from reportgen.boards.names import METADATA_FILE
from reportgen.boards.objects import told
from reportgen.boards.opening import failures, open_pins
from reportgen.boards.store import Draft, Entry, Naming
from reportgen.boards.writing import describe_draft
from reportgen.report import BoardSpec

__all__ = ["ConnectStore", "open_connect"]

_ABSENT = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectStore:
    """The pins on a server that the key may see.

    Attributes
    ----------
    board : the board of ``pins``
    failures : what its client raises besides OSError
    absent : those of them that say that a path is not there
    """

    place: str
    board: Any
    failures: tuple[type[Exception], ...] = ()
    absent: tuple[type[Exception], ...] = ()

    @property
    def naming(self) -> Naming:
        """Name pins and versions as Posit Connect does."""
        return Naming(owned=True, bundles=True)

    def names(self) -> tuple[str, ...]:
        """Give the names of all pins as ``<user>/<name>``."""
        with self._told():
            return tuple(self.board.pin_list())

    def entries(self, name: str, version: str | None = None) -> Mapping[str, Entry]:
        """List the bundles; what is in them is not told."""
        absent: tuple[type[Exception], ...] = (*self.absent, ValueError)  # of an unknown user
        with self._told():
            try:
                found = self.board.fs.ls(name)
            except absent:
                return {}
        ids = [str(bundle) for bundle in found]
        return {bundle: Entry() for bundle in ids if version in {None, bundle}}

    def descriptions(self, name: str, versions: Sequence[str]) -> Mapping[str, bytes]:
        """Read data.txt of each bundle."""
        found = {}
        for version in versions:
            with self._told():
                try:
                    with self.board.fs.open(f"{name}/{version}/{METADATA_FILE}") as source:
                        found[version] = source.read(LONGEST_METADATA + 1)
                except self.absent:
                    continue
                except OSError as failed:  # which the failures of requests are
                    if getattr(failed.__dict__.get("response"), "status_code", 0) != _ABSENT:
                        raise
        return found

    @contextmanager
    def open(self, name: str, version: str, file: str) -> Iterator[IO[bytes]]:
        """Download a file of a bundle, which ``pins`` does to a path or into memory."""
        with self._told(), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file"
            self.board.fs.get(f"{name}/{version}/{quote(file)}", str(path))
            with path.open("rb") as source:
                yield source

    def add(self, draft: Draft) -> str:
        """Deploy a bundle with the files, data.txt and a page that links to them."""
        with self._told(), tempfile.TemporaryDirectory() as folder:
            for file, path in draft.paths.items():
                shutil.copyfile(path, Path(folder) / file)
            (Path(folder) / METADATA_FILE).write_bytes(describe_draft(draft))
            (Path(folder) / "index.html").write_text(_page(draft), encoding="utf-8")
            deployed = self.board.fs.put(folder, draft.name, recursive=True)
        return str(deployed).rsplit("/", 1)[-1]

    def _told(self) -> AbstractContextManager[None]:
        return told(self.place, self.failures)


def _page(draft: Draft) -> str:
    links = "\n".join(
        f'<li><a href="{quote(file)}">{escape(file)}</a></li>' for file in draft.paths
    )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{escape(draft.title)}</title>\n<h1>{escape(draft.title)}</h1>\n"
        f"<p>{escape(draft.description)}</p>\n<ul>\n{links}\n</ul>\n</html>\n"
    )


def open_connect(spec: BoardSpec, place: str) -> ConnectStore:
    """Open a server; the key comes from the option `api_key` or from ``CONNECT_API_KEY``."""
    errors = "pins.rsconnect.api"
    absent = failures(f"{errors}:RsConnectApiMissingContentError")
    return ConnectStore(
        place=place,
        board=open_pins("rsc", None, {**spec.options, "server_url": spec.path.rstrip("/")}),
        failures=failures(f"{errors}:RsConnectApiError", "requests:RequestException"),
        absent=absent,
    )
