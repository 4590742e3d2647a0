"""A site in a folder: what `site:` in reportgen.yml names."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from reportgen.errors import ToolError
from reportgen.publish.durable import (
    lock_site,
    point_to,
    sync_folder,
    told_apart,
    write_atomically,
    write_synced,
)
from reportgen.publish.listing import is_listed, remember_listing
from reportgen.publish.manifest import dump_manifest, load_manifest
from reportgen.publish.names import folder_of, report_folder, split_folder
from reportgen.publish.pages import history_page, latest_page, site_page
from reportgen.publish.readback import check_folder
from reportgen.publish.staging import MANIFEST_NAME, published_file, rendered_files
from reportgen.publish.status import age
from reportgen.publish.workshop import WORKSHOP, bench, sweep
from reportgen.report import Document, Manifest, PublishedFile

__all__ = ["FolderShelf"]


class FolderShelf:
    """Editions as folders of a site that is read from disk or by any web server.

    Parameters
    ----------
    site : made when the first edition is published
    title : of the page that lists all reports
    links : False: ``latest`` is a text file, with a page beside it, for places that know no links
    """

    def __init__(self, site: Path, *, title: str = "Reports", links: bool = True) -> None:
        self.site = site
        self.title = title
        self.links = links

    def find(self, report: str, edition: str) -> Manifest | None:
        """Give the newest revision of an edition, or None."""
        folders = self._folders(self.site / report_folder(report))
        named = [folder for folder in folders if split_folder(folder.name)[0] == edition]
        revisions = [m for m in _read_editions(named)[0] if m.edition == edition]
        return max(revisions, key=lambda manifest: manifest.revision, default=None)

    def latest(self, report: str) -> Manifest | None:
        """Give the newest revision of the newest edition of a report, or None."""
        return max(self._of_report(report), key=age, default=None)

    def editions(self) -> tuple[Manifest, ...]:
        """Every revision of every edition that can be read; by report, oldest first."""
        return self._scan()[0]

    def damaged(self) -> tuple[tuple[str, str], ...]:
        """Editions whose manifest cannot be read: their folder below the site, and why."""
        return self._scan()[1]

    def read(self, manifest: Manifest, name: str) -> bytes:
        """Read a file of a published edition; see `Shelf.read`."""
        folder = report_folder(manifest.report), folder_of(manifest.edition, manifest.revision)
        try:
            return self.site.joinpath(*folder, name).read_bytes()
        except OSError as missing:
            raise ToolError(f"{self.site}: {'/'.join(folder)} has no {name}") from missing

    def put(self, document: Document, manifest: Manifest) -> Manifest:
        """Publish atomically; see `Shelf.put`.

        Raises
        ------
        RetryError
            The disk is full, or another process holds the site.
        UserError
            The site cannot be written.
        ToolError
            A rendered page is not the one that was asked for.
        """
        with told_apart(self.site):
            self.site.mkdir(parents=True, exist_ok=True)
            sweep(self.site)
            with bench(self.site) as place:
                return self._publish(_copy(document, place / "edition"), manifest)

    def refresh(self) -> None:
        """Rebuild the pages that list editions, and each report's `latest`."""
        with told_apart(self.site):
            if not self.site.is_dir():
                return
            (self.site / WORKSHOP).mkdir(exist_ok=True)
            with lock_site(self.site / WORKSHOP / "lock"):
                if not is_listed(self.site, self.title):
                    self._refresh()
                    remember_listing(self.site, self.title)

    def _publish(self, built: tuple[Path, tuple[PublishedFile, ...]], ours: Manifest) -> Manifest:
        folder, files = built
        check_folder(folder, ours.fingerprint, {file.name: file.engine for file in files})
        report = self.site / report_folder(ours.report)
        report.mkdir(exist_ok=True)
        with lock_site(self.site / WORKSHOP / "lock"):
            there = self.find(ours.report, ours.edition)
            if there and there.fingerprint == ours.fingerprint and is_whole(there):
                self._point(
                    ours.report, self.latest(ours.report)
                )  # a publisher may have been killed before it did
                return replace(there, fresh=False)
            revision = self._next_revision(ours)
            manifest = replace(ours, files=files, revision=revision)
            write_synced(folder / MANIFEST_NAME, dump_manifest(manifest).encode())
            sync_folder(folder)
            target = report / folder_of(ours.edition, revision)
            folder.rename(target)  # the one moment in which the edition appears
            sync_folder(report)
            self._point(ours.report, self.latest(ours.report))
        return replace(manifest, folder=target)

    def _next_revision(self, manifest: Manifest) -> int:
        """Number a revision by the folders there are, so that a damaged one is not in the way."""
        folders = self._folders(self.site / report_folder(manifest.report))
        taken = [
            revision
            for edition, revision in (split_folder(folder.name) for folder in folders)
            if edition == manifest.edition
        ]
        return max(taken, default=0) + 1

    def _point(self, report: str, newest: Manifest | None) -> None:
        if newest:
            pointer = self.site / report_folder(report) / "latest"
            point_to(pointer, folder_of(newest.edition, newest.revision), links=self.links)

    def _refresh(self) -> None:
        editions, damaged = self._scan()
        for report, found in groupby(editions, key=lambda manifest: manifest.report):
            history = tuple(found)
            self._point(report, history[-1])
            page = history_page(history, site_title=self.title)
            write_atomically(self.site / report_folder(report) / "index.html", page.encode())
            if not self.links:
                page = latest_page(history[-1])
                write_atomically(self.site / report_folder(report) / "latest.html", page.encode())
        page = site_page(editions, title=self.title, damaged=damaged)
        write_atomically(self.site / "index.html", page.encode())

    def _of_report(self, report: str) -> tuple[Manifest, ...]:
        return _read_editions(self._folders(self.site / report_folder(report)))[0]

    def _scan(self) -> tuple[tuple[Manifest, ...], tuple[tuple[str, str], ...]]:
        found: list[Manifest] = []
        damaged: list[tuple[str, str]] = []
        for report in self._folders(self.site):
            manifests, broken = _read_editions(self._folders(report))
            found += manifests
            damaged += broken
        found.sort(key=lambda manifest: (manifest.report, age(manifest)))
        return tuple(found), tuple(damaged)

    @staticmethod
    def _folders(folder: Path) -> list[Path]:
        if not folder.is_dir():
            return []
        found = (entry for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
        return sorted(Path(entry.path) for entry in found if not entry.name.startswith("."))


def _read_editions(
    folders: list[Path],
) -> tuple[tuple[Manifest, ...], tuple[tuple[str, str], ...]]:
    """Read editions of one report; one that is damaged stops no other."""
    found: list[Manifest] = []
    damaged: list[tuple[str, str]] = []
    for folder in folders:
        try:
            found.append(_read_edition(folder))
        except (ToolError, OSError) as cause:
            damaged.append((f"{folder.parent.name}/{folder.name}", str(cause)))
    return tuple(found), tuple(damaged)


def _read_edition(folder: Path) -> Manifest:
    manifest = load_manifest((folder / MANIFEST_NAME).read_bytes())
    if folder_of(manifest.edition, manifest.revision) != folder.name:
        raise ToolError(f"manifest.json is that of {manifest.edition!r} r{manifest.revision}")
    return replace(manifest, folder=folder)


def is_whole(manifest: Manifest) -> bool:
    """Say whether each file of a published edition is there in its size."""
    folder = manifest.folder
    if folder is None:
        return False
    try:
        return all((folder / f.name).stat().st_size == f.size_bytes for f in manifest.files)
    except OSError:
        return False


def _copy(document: Document, folder: Path) -> tuple[Path, tuple[PublishedFile, ...]]:
    """Copy the rendered files to the site's own file system and make them durable."""
    folder.mkdir()
    for name, source in rendered_files(document):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    files = tuple(
        _published(folder / name, name, document.engines.get(name, ""))
        for name in sorted(document.files)
    )
    for path in sorted(path for path in folder.rglob("*") if path.is_dir()):
        sync_folder(path)
    return folder, files


def _published(path: Path, name: str, engine: str) -> PublishedFile:
    content = path.read_bytes()
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return published_file(name, content, engine)
