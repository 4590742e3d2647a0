"""Read-only boards of pins that are served over HTTP.

The options say under ``pin_paths`` where each pin's version lies, ``{"churn": "churn/2013.../"}``,
as for ``pins.board_url``; or the server has a ``_pins.yaml`` such as R writes, whose last version
of each pin is taken. A pin has one version here, named by its own data.txt. ``pins`` always puts
a cache before such a board, so we take its class without its constructor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import quote

from reportgen.boards.metadata import LONGEST_METADATA, read_description
from reportgen.boards.names import METADATA_FILE, is_name, version_name
from reportgen.boards.objects import told
from reportgen.boards.opening import failures, need
from reportgen.boards.store import Draft, Entry, Naming
from reportgen.errors import NotFoundError, UserError
from reportgen.report import BoardSpec

__all__ = ["UrlStore", "open_url"]

_MANIFEST = "_pins.yaml"
_UNNAMED = "(no version)"


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlStore:
    """Pins at addresses.

    Attributes
    ----------
    paths : pin -> folder of its version, ending in a slash, below `root`
    """

    place: str
    root: str
    paths: Mapping[str, str]
    files: Any
    failures: tuple[type[Exception], ...] = ()

    @property
    def naming(self) -> Naming:
        """Name pins and versions as data.txt says, one version a pin."""
        return Naming(single=True)

    def names(self) -> tuple[str, ...]:
        """Give the pins that the options or the manifest name."""
        return tuple(self.paths)

    def entries(self, name: str, version: str | None = None) -> Mapping[str, Entry]:
        """Give the one version, under the name that its data.txt gives it."""
        if name not in self.paths:
            return {}
        content = self._describe(name)
        try:
            said = read_description(content) if content else None
        except ValueError:
            said = None
        found = version_name(said.created, said.pin_hash) if said else _UNNAMED
        return {found: Entry()} if version in {None, found} else {}

    def descriptions(self, name: str, versions: Sequence[str]) -> Mapping[str, bytes]:
        """Read data.txt."""
        content = self._describe(name) if versions else None
        return dict.fromkeys(versions, content) if content is not None else {}

    @contextmanager
    def open(self, name: str, version: str, file: str) -> Iterator[IO[bytes]]:  # noqa: ARG002
        """Stream a file."""
        with (
            told(self.place, self.failures),
            self.files.open(
                f"{self.root}{self.paths[name]}{quote(file)}", "rb", block_size=0
            ) as source,
        ):
            yield source

    def add(self, draft: Draft) -> str:
        """Refuse: there is nothing to write to."""
        raise UserError(
            f"{self.place}: pin '{draft.name}' cannot be written; a url board is read-only."
        )

    def _describe(self, name: str) -> bytes | None:
        return _read(self._told(), self.files, f"{self.root}{self.paths[name]}{METADATA_FILE}")

    def _told(self) -> AbstractContextManager[None]:
        return told(self.place, self.failures)


def open_url(spec: BoardSpec, place: str) -> UrlStore:
    """Open the pins below an address.

    Raises
    ------
    NotFoundError
        No `pin_paths` were given and the server has no ``_pins.yaml``.
    UserError
        A path is none that we follow.
    """
    need("aiohttp", "url", "A url board")
    import fsspec
    from pins.boards import BoardManual

    options = dict(spec.options)
    paths = options.pop("pin_paths", None)
    files = fsspec.filesystem("http", **{**options, "use_listings_cache": False})
    root = f"{spec.path.rstrip('/')}/"
    kinds = failures("aiohttp:ClientError")
    if paths is None:
        paths = _manifest(place, _read(told(place, kinds), files, f"{root}{_MANIFEST}"))
    checked = {name: _checked(place, name, path) for name, path in sorted(paths.items())}
    board = BoardManual(root, files, versioned=False, allow_pickle_read=False, pin_paths=checked)
    return UrlStore(place=place, root=root, paths=board.pin_paths, files=board.fs, failures=kinds)


def _manifest(place: str, content: bytes | None) -> dict[str, str]:
    import yaml

    if content is None:
        raise NotFoundError(
            f"{place}: there is no {_MANIFEST} that names the pins. Name them in the board's "
            "options, such as pin_paths: {churn: churn/20130501T060000Z-1a2b3/}."
        )
    try:
        found = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, AttributeError, TypeError, RecursionError) as mistake:
        raise UserError(f"{place}: {_MANIFEST} cannot be read: {mistake}") from mistake
    if not isinstance(found, dict):
        raise UserError(f"{place}: {_MANIFEST} is not a list of pins.")
    newest = {}
    for name, folders in found.items():
        listed = folders if isinstance(folders, list) else [folders]
        if listed and all(isinstance(folder, str) for folder in listed) and is_name(str(name)):
            newest[str(name)] = max(listed)
    return newest


def _checked(place: str, name: str, path: object) -> str:
    """Keep to folders below the board, so that neither name nor path leads elsewhere."""
    if not is_name(name):
        raise UserError(f"{place}: {name!r} cannot be the name of a pin.")
    parts = str(path).strip("/").split("/")
    known = all(part not in {"", ".", ".."} for part in parts)
    if not isinstance(path, str) or not known or any(x in path for x in "?#%\\:@"):
        raise UserError(
            f"{place}: {path!r} is not the folder of a version of '{name}' below the board, "
            "such as churn/20130501T060000Z-1a2b3/."
        )
    return f"{'/'.join(parts)}/"


def _read(doing: AbstractContextManager[None], files: Any, address: str) -> bytes | None:
    with doing:
        try:
            with files.open(address, "rb", block_size=0) as source:
                content: bytes = source.read(LONGEST_METADATA + 1)
                return content
        except FileNotFoundError:
            return None
