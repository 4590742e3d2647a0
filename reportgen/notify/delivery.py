"""From the outbox to the receivers, each edition once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reportgen.errors import ToolError
from reportgen.notify.channel import Channel, NotSentError, Parcel, UnclearError
from reportgen.notify.letter import finish_letter
from reportgen.notify.outbox import Entry, Outbox
from reportgen.publish import Shelf
from reportgen.publish.status import age
from reportgen.report import Manifest

__all__ = ["Told", "deliver"]

_GIVEN_UP_S = 7 * 86_400.0
_SILENT_S = 900.0
_MOST_TRIES = 30
_MOST_BYTES = 10_000_000
_PAGES = {"index.html": "html", "report.pdf": "pdf"}


class _TakenError(Exception):
    """Somebody else is sending it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How many were told, and what is to be said of the others."""

    sent: int = 0
    troubles: tuple[str, ...] = ()


def deliver(outbox: Outbox, shelf: Shelf, channels: Mapping[str, Channel], url: str = "") -> Told:
    """Send what waits in the outbox.

    Told is of the newest edition of a report, and of an older one when a revision changed its
    verdict: who makes a year of reports anew does not get a year of mail.

    Parameters
    ----------
    channels : by key; entries of other receivers wait
    url : where readers find the site
    """
    waiting = [entry for entry in outbox.entries() if entry.channel in channels]
    if not waiting:
        return Told()
    editions = {m.fingerprint: m for m in shelf.editions()}
    sent, troubles = 0, []
    for entry in waiting:
        delivery = _Delivery(
            entry=entry, outbox=outbox, shelf=shelf, channel=channels[entry.channel], url=url
        )
        trouble = delivery.run(editions)
        sent += trouble is None
        if trouble:
            troubles.append(trouble)
    return Told(sent=sent, troubles=tuple(troubles))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    """One entry on its way to one receiver."""

    entry: Entry
    outbox: Outbox
    shelf: Shelf
    channel: Channel
    url: str

    @property
    def subject(self) -> str:
        return f"{self.channel.shown}, {self.entry.report} {self.entry.edition}"

    def run(self, editions: Mapping[str, Manifest]) -> str | None:
        """Send it; None when it was sent, else what is to be said, which may be nothing."""
        entry = self.entry
        if entry.state == "sending":
            if entry.age_s > _SILENT_S and self.outbox.change(entry, state="unclear"):
                return f"{self.subject}: it may have arrived before we were cut off"
            return ""
        manifest = editions.get(entry.fingerprint)
        if manifest is None or entry.tries >= _MOST_TRIES:
            return self._leave()
        if why := _passed_over(manifest, tuple(editions.values())):
            self.outbox.change(entry, state="passed over", said=why)
            return ""
        return self._send(manifest)

    def _leave(self) -> str:
        """Wait for the edition or the receiver, but not for ever."""
        entry = self.entry
        tired = entry.age_s > _GIVEN_UP_S or entry.tries >= _MOST_TRIES
        if not tired or not self.outbox.change(entry, state="given up"):
            return ""
        return f"{self.subject}: given up: {entry.said or 'it was never published'}"

    def _send(self, manifest: Manifest) -> str | None:
        entry, now = self.entry, [self.entry]

        def begin() -> None:
            taken = self.outbox.change(now[0], state="sending")
            if taken is None:
                raise _TakenError
            now[0] = taken

        try:
            self.channel.send(self._parcel(manifest), begin)
        except _TakenError:
            return ""
        except NotSentError as refused:
            tries = entry.tries + 1
            self.outbox.change(now[0], state="waiting", tries=tries, said=str(refused))
            return f"{self.subject}: {refused}. It is tried again the next time."
        except UnclearError as lost:
            self.outbox.change(now[0], state="unclear", said=str(lost))
            return f"{self.subject}: {lost}. It may have arrived, and is not sent again."
        self.outbox.change(now[0], state="sent")
        return None

    def _parcel(self, manifest: Manifest) -> Parcel:
        return Parcel(
            letter=finish_letter(self.entry.letter, manifest, self.url),
            state=manifest.state,
            mark=f"{self.entry.fingerprint[:32]}.{self.entry.channel}",
            made=manifest.made,
            page=self._page(manifest),
        )

    def _page(self, manifest: Manifest) -> dict[str, bytes]:
        """Read the page that comes along: HTML where there is one, else PDF; not a huge one."""
        sizes = {file.name: file.size_bytes for file in manifest.files}
        for name, ending in _PAGES.items():
            if self.channel.page != "none" and sizes.get(name, _MOST_BYTES) < _MOST_BYTES:
                try:
                    content = self.shelf.read(manifest, name)
                except ToolError:  # it has gone since; the letter says enough
                    return {}
                return {f"{manifest.report}-{manifest.edition}.{ending}": content}
        return {}


def _passed_over(manifest: Manifest, editions: tuple[Manifest, ...]) -> str:
    """Say why nobody needs to hear of an edition any more; empty: they do."""
    of_report = [other for other in editions if other.report == manifest.report]
    if manifest == max(of_report, key=age):
        return ""
    revisions = [other for other in of_report if other.edition == manifest.edition]
    before = {other.revision: other for other in revisions}.get(manifest.revision - 1)
    newest = max(revisions, key=lambda other: other.revision)
    if manifest == newest and before and before.state != manifest.state:
        return ""
    return "a newer edition is there"
