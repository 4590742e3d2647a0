"""A site in an object store: S3, GCS, Azure.

Nothing can be renamed there, so an edition appears with its manifest: first its files, each
written only where there is none; then ``manifest.json``, written only if there is none; then the
pointer ``latest``, swapped only if it is still the one that was read. A reader who starts at a
page, a pointer or a manifest never meets half an edition.

Of two publishers of one revision, the first to write a file of other content keeps the number; the
other takes the next one. What a killed one leaves is withdrawn by a manifest of its own, after
which nobody can publish under that number: so the janitor is safe beside a publisher that only
slept.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby

from reportgen.errors import RetryError, ToolError
from reportgen.publish.bucket import Bucket, Held
from reportgen.publish.manifest import dump_manifest, load_manifest
from reportgen.publish.names import folder_of, report_folder, safe_name, split_folder
from reportgen.publish.pages import history_page, latest_page, site_page
from reportgen.publish.readback import check_contents
from reportgen.publish.staging import MANIFEST_NAME, published_file, rendered_files
from reportgen.publish.status import age
from reportgen.report import Document, Manifest, canonical_json

__all__ = ["ObjectShelf"]

_DEADLINE_S = 600.0
_OLD_S = 3600.0
_MOST_TRIES = 50
_WITHDRAWN = "withdrawn"


class ObjectShelf:
    """Editions as keys below a prefix, readable through any web server in front of the bucket.

    Parameters
    ----------
    title : of the page that lists all reports
    deadline_s : after which a publication gives up, between two requests
    """

    def __init__(
        self, bucket: Bucket, *, title: str = "Reports", deadline_s: float = _DEADLINE_S
    ) -> None:
        self.bucket = bucket
        self.title = title
        self._deadline_s = deadline_s
        self._known: dict[str, Manifest] = {}  # a manifest never changes once it is there

    def find(self, report: str, edition: str) -> Manifest | None:
        """Give the newest revision of an edition, or None."""
        found = self._revisions(report, edition).values()
        return max(filter(None, found), key=lambda manifest: manifest.revision, default=None)

    def latest(self, report: str) -> Manifest | None:
        """Give the newest revision of the newest edition of a report, or None."""
        return max(self._scan(f"{report_folder(report)}/")[0], key=age, default=None)

    def editions(self) -> tuple[Manifest, ...]:
        """Every revision of every edition that can be read; by report, oldest first."""
        return self._scan()[0]

    def damaged(self) -> tuple[tuple[str, str], ...]:
        """Editions whose manifest cannot be read: their place below the site, and why."""
        return self._scan()[1]

    def read(self, manifest: Manifest, name: str) -> bytes:
        """Read a file of a published edition; see `Shelf.read`."""
        held = self.bucket.read(f"{_place_of(manifest)}/{name}")
        if held is None:
            raise ToolError(f"{self.bucket.place}: {_place_of(manifest)} has no {name}")
        return held.content

    def put(self, document: Document, manifest: Manifest) -> Manifest:
        """Publish; see `Shelf.put`.

        Raises
        ------
        RetryError
            The store fails, or takes too long. What was sent serves the next try.
        UserError
            Access is refused.
        ToolError
            A rendered page is not the one that was asked for.
        """
        contents = {name: path.read_bytes() for name, path in rendered_files(document)}
        check_contents(contents, manifest.fingerprint, document.engines)
        files = tuple(
            published_file(name, content, document.engines.get(name, ""))
            for name, content in contents.items()
        )
        published = self._publish(contents, replace(manifest, files=files))
        self._point(published)
        return published

    def refresh(self) -> None:
        """Rebuild the pages that list editions, and each report's pointer; tidy up."""
        for _ in range(_MOST_TRIES):
            if self._refresh():
                self.sweep()
                return
        raise RetryError(f"{self.bucket.place}: others publish all the time. Try again.")

    def sweep(self, *, old_s: float = _OLD_S) -> tuple[str, ...]:
        """Remove what killed publishers left: files of revisions that never got a manifest.

        Such a revision first gets a manifest that withdraws it, so that a publisher that only
        slept finds its number taken, and takes the next one.

        Parameters
        ----------
        old_s : younger ones are left alone: their publisher may be at work

        Returns
        -------
        the folders that were cleaned, below the site
        """
        listed = self.bucket.list("")
        cleaned = []
        for place, keys in _by_folder(listed).items():
            note = f"{place}/{MANIFEST_NAME}"
            left = [key for key in keys if key != note]
            if not left or min(listed[key].age_s for key in left) < old_s:
                continue
            withdrawn = canonical_json({"schema": 1, _WITHDRAWN: True}).encode()
            if note in keys:
                held = self.bucket.read(note)
                if held is None or not _is_withdrawn(held.content):
                    continue
            elif not self.bucket.create(note, withdrawn):
                continue
            for key in left:
                self.bucket.delete(key)
            cleaned.append(place)
        return tuple(cleaned)

    def _publish(self, contents: Mapping[str, bytes], ours: Manifest) -> Manifest:
        ends = time.monotonic() + self._deadline_s
        least = 1
        for _ in range(_MOST_TRIES):
            taken = self._revisions(ours.report, ours.edition)
            newest = max(filter(None, taken.values()), key=lambda m: m.revision, default=None)
            if newest and newest.fingerprint == ours.fingerprint and self._is_whole(newest):
                return self._placed(newest, fresh=False)
            least = max(least, *(number + 1 for number in taken), 1)
            manifest = replace(ours, revision=least)
            if not self._send(contents, manifest, ends):
                least += 1
                continue
            text = dump_manifest(manifest).encode()
            note = f"{_place_of(manifest)}/{MANIFEST_NAME}"
            if self.bucket.create(note, text):  # the one moment in which the edition appears
                return self._placed(manifest, fresh=True)
            held = self.bucket.read(note)
            if held and held.content == text:  # it was ours, and only the answer was lost
                return self._placed(manifest, fresh=True)
        raise RetryError(f"{self.bucket.place}: others publish all the time. Try again.")

    def _send(self, contents: Mapping[str, bytes], manifest: Manifest, ends: float) -> bool:
        """Write the files, page first; False when one is there with other content."""
        place = _place_of(manifest)
        for name in sorted(contents, key=lambda name: (name != "index.html", name)):
            if time.monotonic() > ends:
                raise RetryError(
                    f"{self.bucket.place}: publishing took more than {self._deadline_s:.0f} s. "
                    "The site is as it was; what was sent serves the next try."
                )
            key = f"{place}/{name}"
            if not self.bucket.create(key, contents[name]):
                held = self.bucket.read(key)
                if held is None or held.content != contents[name]:
                    return False
        return True

    def _placed(self, manifest: Manifest, *, fresh: bool) -> Manifest:
        address = f"{self.bucket.place}/{_place_of(manifest)}"
        return replace(manifest, fresh=fresh, address=address)

    def _point(self, ours: Manifest) -> None:
        """Let ``latest`` name the newest edition, whoever else moves it at the same time."""
        report = report_folder(ours.report)
        for _ in range(_MOST_TRIES):
            held = self.bucket.read(f"{report}/latest")
            newest = self._newest(held, ours)
            text = f"{folder_of(newest.edition, newest.revision)}\n".encode()
            if held and held.content == text:
                return
            if self._write(f"{report}/latest", text, held):
                return
        raise RetryError(f"{self.bucket.place}: others publish all the time. Try again.")

    def _newest(self, held: Held | None, ours: Manifest) -> Manifest:
        report = report_folder(ours.report)
        if held:
            named = f"{report}/{held.content.decode(errors='replace').strip()}"
            pointed = self._load(f"{named}/{MANIFEST_NAME}")
            if isinstance(pointed, Manifest):
                return max(pointed, ours, key=age)
        return max((*self._scan(f"{report}/")[0], ours), key=age)

    def _write(self, key: str, content: bytes, held: Held | None) -> bool:
        """Write only if nobody did since `held` was read."""
        if held is None:
            return self.bucket.create(key, content)
        return held.content == content or self.bucket.swap(key, content, held.mark)

    def _refresh(self) -> bool:
        """Write all pages; False when somebody wrote one after we began to look."""
        reports = sorted({place.partition("/")[0] for place in _by_folder(self.bucket.list(""))})
        keys = [f"{report}/{page}" for report in reports for page in ("index.html", "latest.html")]
        before = {key: self.bucket.read(key) for key in ("index.html", *keys)}
        editions, damaged = self._scan()
        for report, found in groupby(editions, key=lambda manifest: manifest.report):
            history = tuple(found)
            self._point(history[-1])
            folder = report_folder(report)
            for name, page in (
                ("index.html", history_page(history, site_title=self.title)),
                ("latest.html", latest_page(history[-1])),
            ):
                key = f"{folder}/{name}"
                if not self._write(key, page.encode(), before.get(key)):
                    return False
        page = site_page(editions, title=self.title, damaged=damaged)
        return self._write("index.html", page.encode(), before["index.html"])

    def _revisions(self, report: str, edition: str) -> dict[int, Manifest | None]:
        """Give each revision number that has a manifest, with it, if it can be believed."""
        found: dict[int, Manifest | None] = {}
        prefix = f"{report_folder(report)}/{safe_name(edition)}"
        for place, keys in _by_folder(self.bucket.list(prefix)).items():
            named, revision = split_folder(place.partition("/")[2])
            note = f"{place}/{MANIFEST_NAME}"
            if named == edition and note in keys:
                loaded = self._load(note)
                found[revision] = loaded if isinstance(loaded, Manifest) else None
        return found

    def _scan(self, prefix: str = "") -> tuple[tuple[Manifest, ...], tuple[tuple[str, str], ...]]:
        found: list[Manifest] = []
        damaged: list[tuple[str, str]] = []
        for place, keys in _by_folder(self.bucket.list(prefix)).items():
            note = f"{place}/{MANIFEST_NAME}"
            loaded = self._load(note) if note in keys else None
            if isinstance(loaded, Manifest):
                found.append(loaded)
            elif loaded:
                damaged.append((place, loaded))
        found.sort(key=lambda manifest: (manifest.report, age(manifest)))
        return tuple(found), tuple(damaged)

    def _load(self, note: str) -> Manifest | str | None:
        """Read a manifest; a text says why it cannot be believed, None that there is none."""
        if note in self._known:
            return self._known[note]
        held = self.bucket.read(note)
        if held is None or _is_withdrawn(held.content):
            return None
        place = note.removesuffix(f"/{MANIFEST_NAME}")
        try:
            manifest = load_manifest(held.content)
        except ToolError as damage:
            return str(damage)
        if _place_of(manifest) != place:
            return f"manifest.json is that of {manifest.edition!r} r{manifest.revision}"
        self._known[note] = self._placed(manifest, fresh=True)
        return self._known[note]

    def _is_whole(self, manifest: Manifest) -> bool:
        place = _place_of(manifest)
        there = self.bucket.list(f"{place}/")
        return all(
            f"{place}/{file.name}" in there
            and there[f"{place}/{file.name}"].size_bytes == file.size_bytes
            for file in manifest.files
        )


def _place_of(manifest: Manifest) -> str:
    return f"{report_folder(manifest.report)}/{folder_of(manifest.edition, manifest.revision)}"


def _by_folder(keys: Iterable[str]) -> dict[str, list[str]]:
    """Sort keys by the folders of editions they lie in; others are left out."""
    found: dict[str, list[str]] = {}
    for key in sorted(keys):
        report, _, rest = key.partition("/")
        folder, slash, _ = rest.partition("/")
        if slash and not report.startswith(".") and not folder.startswith("."):
            found.setdefault(f"{report}/{folder}", []).append(key)
    return found


def _is_withdrawn(content: bytes) -> bool:
    try:
        plain = json.loads(content)
    except ValueError:
        return False
    return isinstance(plain, dict) and plain.get(_WITHDRAWN) is True
