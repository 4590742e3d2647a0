"""A shelf that tells people of what is put on it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reportgen.errors import RetryError, UserError
from reportgen.notify.channel import Channel
from reportgen.notify.delivery import deliver
from reportgen.notify.letter import write_letter
from reportgen.notify.outbox import Entry, Outbox
from reportgen.publish import Shelf
from reportgen.publish import open_shelf as open_site
from reportgen.report import Document, Manifest, NotifyRule, Project, ReportData, load_record

__all__ = ["AnnouncingShelf", "open_shelf"]


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"reportgen: not told: {text}\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncingShelf:
    """A shelf, an outbox, and who is told of which verdicts.

    Attributes
    ----------
    rules : with the channel of each
    url : where readers find the site; empty: nobody said
    say : takes what could not be told, and why
    """

    shelf: Shelf
    outbox: Outbox
    rules: tuple[tuple[NotifyRule, Channel], ...]
    url: str = ""
    say: Callable[[str], None] = _to_stderr

    def find(self, report: str, edition: str) -> Manifest | None:
        """Give the newest revision of an edition, or None."""
        return self.shelf.find(report, edition)

    def editions(self) -> tuple[Manifest, ...]:
        """Every revision of every edition; by report, oldest first."""
        return self.shelf.editions()

    def read(self, manifest: Manifest, name: str) -> bytes:
        """Read a file of a published edition; see `Shelf.read`."""
        return self.shelf.read(manifest, name)

    def put(self, document: Document, manifest: Manifest) -> Manifest:
        """Note who is to be told, and publish; see `Shelf.put`."""
        data = _record(document)
        for key in self._receivers(manifest):
            self.outbox.add(self._entry(key, manifest, data))
        return self.shelf.put(document, manifest)

    def refresh(self) -> None:
        """Rebuild what is derived, and tell people what waits to be told."""
        self.shelf.refresh()
        self.tell()

    def tell(self) -> None:
        """Tell people; what goes wrong is said, and stops nobody."""
        channels = {channel.key: channel for _, channel in self.rules}
        try:
            told = deliver(self.outbox, self.shelf, channels, self.url)
            self.outbox.clean()
        except (RetryError, UserError) as failed:
            self.say(str(failed))
            return
        for trouble in told.troubles:
            self.say(trouble)

    def _receivers(self, manifest: Manifest) -> list[str]:
        keys = [
            channel.key
            for rule, channel in self.rules
            if manifest.state in rule.on and (not rule.reports or manifest.report in rule.reports)
        ]
        return list(dict.fromkeys(keys))

    def _entry(self, key: str, manifest: Manifest, data: ReportData) -> Entry:
        letter = write_letter(manifest, data)
        return Entry(
            report=manifest.report,
            edition=manifest.edition,
            fingerprint=manifest.fingerprint,
            channel=key,
            subject=letter.subject,
            text=letter.text,
        )


def _record(document: Document) -> ReportData:
    path = document.folder / document.files["report.json"]
    return load_record(json.loads(path.read_bytes()))


def open_shelf(project: Project, say: Callable[[str], None] = _to_stderr) -> Shelf:
    """Open the site of a project; with `notify:`, what is put on it is told.

    Raises
    ------
    MissingToolError
        The kind of place or of receiver needs a package that is not installed.
    UserError
        A receiver has no address that can be reached.
    """
    shelf = open_site(project)
    if not project.notify:
        return shelf
    return AnnouncingShelf(
        shelf=shelf,
        outbox=_open_outbox(project),
        rules=tuple((rule, _open_channel(rule, project)) for rule in project.notify),
        url=project.site_url,
        say=say,
    )


def _open_channel(rule: NotifyRule, project: Project) -> Channel:
    if rule.to.startswith("mailto:") and not rule.to.startswith("mailto://"):
        from reportgen.notify.mail import open_mail

        return open_mail(rule, project.mail)
    from reportgen.notify.service import open_service

    return open_service(rule)


def _open_outbox(project: Project) -> Outbox:
    """Keep it where the site is, if that knows conditions: then several hosts share it."""
    from reportgen.publish.bucket_folder import FolderBucket
    from reportgen.publish.opening import open_bucket, private_folder
    from reportgen.publish.workshop import WORKSHOP

    site = project.site
    if isinstance(site, Path):
        return Outbox(bucket=FolderBucket(folder=site / WORKSHOP))
    if site.type in {"s3", "gcs", "azure"}:
        return Outbox(bucket=open_bucket(site), prefix=f"{WORKSHOP}/")
    return Outbox(bucket=FolderBucket(folder=private_folder(project.folder, "notify")))
