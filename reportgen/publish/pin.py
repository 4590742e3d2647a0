"""Editions as versions of a pin: one pin for each report, one version for each revision.

A version is written by `boards`, which puts it on the board whole or not at all. What says what it
is lies in its metadata, so that nothing is fetched to find an edition. A pin has no folders: files
at the top of an edition are files of the pin, the others are in ``files.zip``.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from reportgen.boards import Board, PinVersion, open_board, parse_address
from reportgen.errors import NotFoundError, ToolError, UserError
from reportgen.publish.manifest import dump_manifest, load_manifest
from reportgen.publish.readback import check_contents
from reportgen.publish.staging import MANIFEST_NAME, published_file, rendered_files
from reportgen.publish.status import age
from reportgen.report import BoardSpec, Document, Manifest, SiteSpec

__all__ = ["PinShelf", "open_pin_shelf"]

_KEY = "reportgen"
_REST = "files.zip"
_EPOCH = (1980, 1, 1, 0, 0, 0)


class PinShelf:
    """Editions on a board, for whoever reads pins anyway.

    Two publishers of the same edition at once may both write it: boards know no condition. The
    older version counts, and the other is not shown.

    Parameters
    ----------
    prefix : of the pins' names, before that of the report
    """

    def __init__(self, board: Board, *, prefix: str = "") -> None:
        self.board = board
        self.prefix = prefix

    def find(self, report: str, edition: str) -> Manifest | None:
        """Give the newest revision of an edition, or None."""
        found = [manifest for _, manifest in self._versions(report) if manifest.edition == edition]
        return found[-1] if found else None

    def editions(self) -> tuple[Manifest, ...]:
        """Every revision of every edition; by report, oldest first."""
        reports = [
            name.removeprefix(self.prefix)
            for name in self.board.names()
            if name.startswith(self.prefix)
        ]
        found = [manifest for report in reports for _, manifest in self._versions(report)]
        return tuple(sorted(found, key=lambda manifest: (manifest.report, age(manifest))))

    def read(self, manifest: Manifest, name: str) -> bytes:
        """Read a file of a published edition; see `Shelf.read`."""
        for version, found in self._versions(manifest.report):
            if (found.edition, found.revision) == (manifest.edition, manifest.revision):
                with TemporaryDirectory(prefix="reportgen-") as folder:
                    private = Path(folder).resolve() / "pin"
                    fetched = self.board.fetch(version.name, version.version, private)
                    return _read(fetched.folder, name)
        raise ToolError(f"{self.board.address}: no {manifest.report} {manifest.edition}")

    def put(self, document: Document, manifest: Manifest) -> Manifest:
        """Publish; see `Shelf.put`.

        Raises
        ------
        RetryError
            The board fails. Nothing was published.
        UserError
            The board cannot be written, or the pin of that name is not one of ours.
        ToolError
            A rendered page is not the one that was asked for.
        """
        there = self.find(manifest.report, manifest.edition)
        if there and there.fingerprint == manifest.fingerprint:
            return replace(there, fresh=False)
        contents = {name: path.read_bytes() for name, path in rendered_files(document)}
        check_contents(contents, manifest.fingerprint, document.engines)
        self._refuse_others(manifest.report)
        files = tuple(
            published_file(name, content, document.engines.get(name, ""))
            for name, content in contents.items()
        )
        revision = there.revision + 1 if there else 1
        ours = replace(manifest, files=files, revision=revision)
        with TemporaryDirectory(prefix="reportgen-") as folder:
            version = self._write(Path(folder), contents, ours)
        for written, found in reversed(self._versions(manifest.report)):
            if (found.edition, found.fingerprint) == (ours.edition, ours.fingerprint):
                return replace(found, fresh=written.version == version.version)
        raise ToolError(f"{self.board.address}: {version.version} was written and is not there")

    def refresh(self) -> None:
        """Do nothing: a board lists its versions itself."""

    def _write(self, folder: Path, contents: Mapping[str, bytes], ours: Manifest) -> PinVersion:
        note = dump_manifest(ours)
        top = {name: content for name, content in contents.items() if "/" not in name}
        below = {name: content for name, content in contents.items() if "/" in name}
        top[MANIFEST_NAME] = note.encode()
        if below:
            top[_REST] = _zipped(below)
        for name, content in top.items():
            (folder / name).write_bytes(content)
        return self.board.write(
            self._name(ours.report),
            [folder / name for name in sorted(top)],
            type="file",
            created=ours.made.astimezone(UTC),
            title=f"{ours.title or ours.report}, {ours.edition}: {ours.state}",
            description=ours.sentence,
            metadata={_KEY: {"manifest": note}},
        )

    def _versions(self, report: str) -> tuple[tuple[PinVersion, Manifest], ...]:
        """Give the versions that are editions, oldest first, each edition's revisions counted."""
        try:
            versions = self.board.versions(self._name(report))
        except NotFoundError:
            return ()
        found: list[tuple[PinVersion, Manifest]] = []
        for version in versions:
            manifest = _manifest_in(version)
            if manifest is None or manifest.report != report:
                continue
            before = [other for _, other in found if other.edition == manifest.edition]
            if before and before[-1].fingerprint == manifest.fingerprint:
                continue
            address = f"{self.board.address}/{version.name}/{version.version}"
            numbered = replace(manifest, revision=len(before) + 1, address=address)
            found.append((version, numbered))
        return tuple(found)

    def _refuse_others(self, report: str) -> None:
        """Never add a version to a pin that holds something else: a model, a table."""
        name = self._name(report)
        try:
            versions = self.board.versions(name)
        except NotFoundError:
            return
        if versions and _manifest_in(versions[-1]) is None:
            raise UserError(
                f"{self.board.address}: the pin '{name}' is there and holds no report. "
                "Set `prefix` in the options of the site, such as {prefix: report-}."
            )

    def _name(self, report: str) -> str:
        return f"{self.prefix}{report}"


def _manifest_in(version: PinVersion) -> Manifest | None:
    about = version.metadata.get(_KEY)
    note = about.get("manifest") if isinstance(about, Mapping) else None
    if not isinstance(note, str):
        return None
    try:
        return load_manifest(note)
    except ToolError:
        return None


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    """Pack files so that the same files give the same bytes."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), contents[name], zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _read(folder: Path, name: str) -> bytes:
    try:
        if "/" not in name:
            return (folder / name).read_bytes()
        with zipfile.ZipFile(folder / _REST) as archive:
            return archive.read(name)
    except (OSError, KeyError, zipfile.BadZipFile) as missing:
        raise ToolError(f"The published pin has no {name}") from missing


def open_pin_shelf(site: SiteSpec, own: BoardSpec, base: Path) -> PinShelf:
    """Open a board as a site.

    Parameters
    ----------
    site : its path is the address of a board; without one, it is the project's own
    own : the project's board
    base : folder in which a relative path starts
    """
    options = dict(site.options)
    prefix = str(options.pop("prefix", ""))
    if not site.path:
        return PinShelf(open_board(own, base), prefix=prefix)
    named = parse_address(site.path)
    return PinShelf(open_board(replace(named, options=options), base), prefix=prefix)
