"""The one door to pins: which versions there are, verified copies of them, new ones.

Nothing on a board is believed until its bytes were hashed, no cache stands in between, and no
pickle is ever loaded here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from reportgen.boards.address import parse_address, place_of, shown_address
from reportgen.boards.board import StoredBoard
from reportgen.boards.opening import check_options
from reportgen.boards.store import Store
from reportgen.boards.version import PinVersion, Snapshot
from reportgen.report import BoardSpec

__all__ = ["Board", "PinVersion", "Snapshot", "open_board", "parse_address"]


class Board(Protocol):
    """Where pins live. `StoredBoard` says what each call does and raises.

    Attributes
    ----------
    address : for records and pages: without a secret, and without the path of a home folder
    """

    @property
    def address(self) -> str:
        """Where it is, as everybody may see it."""

    def names(self) -> tuple[str, ...]:
        """Give the names of all pins."""

    def versions(self, name: str) -> tuple[PinVersion, ...]:
        """Give the complete versions of a pin, oldest first."""

    def incomplete(self, name: str) -> tuple[tuple[str, str], ...]:
        """Give the version folders that do not count, each with the reason."""

    def version(self, name: str, version: str) -> PinVersion:
        """Describe one version."""

    def fetch(self, name: str, version: str, folder: Path) -> Snapshot:
        """Copy a version into a private folder and check it."""

    def write(
        self,
        name: str,
        path_or_paths: Path | Sequence[Path],
        *,
        type: str,  # noqa: A002
        created: datetime,
        title: str = "",
        description: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> PinVersion:
        """Write a version."""


def open_board(spec: BoardSpec, base: Path) -> Board:
    """Open a board; nothing is read yet, except the manifest of a url board.

    Parameters
    ----------
    base : the folder in which a relative path starts, which is that of reportgen.yml

    Raises
    ------
    MissingToolError
        The kind of board needs a package that is not installed.
    UserError
        There is no such kind of board, or an option that we do not allow.
    """
    base = base.resolve()
    place = place_of(spec, base)
    check_options(spec)
    return StoredBoard(address=shown_address(spec, base), store=_open_store(spec, place))


def _open_store(spec: BoardSpec, place: str) -> Store:
    """Import the one kind that is asked for, so that a folder does not wait for a cloud."""
    match spec.type:
        case "folder":
            from reportgen.boards.folder import open_folder

            return open_folder(spec, place)
        case "s3":
            from reportgen.boards.s3 import open_s3

            return open_s3(spec, place)
        case "gcs":
            from reportgen.boards.gcs import open_gcs

            return open_gcs(spec, place)
        case "azure":
            from reportgen.boards.azure import open_azure

            return open_azure(spec, place)
        case "connect":
            from reportgen.boards.connect import open_connect

            return open_connect(spec, place)
        case "databricks":
            from reportgen.boards.databricks import open_databricks

            return open_databricks(spec, place)
        case "url":
            from reportgen.boards.url import open_url

            return open_url(spec, place)
