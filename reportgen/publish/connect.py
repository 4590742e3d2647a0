"""A site as static content on Posit Connect.

Connect serves one bundle at a time and switches to a new one at once, so the whole site is one
bundle. It is put together in a private folder of this machine; when the bundle that is active on
the server is not the one that was made here, its editions are fetched first, so that none is lost.
The bundle is built by rsconnect-python. An edition is on the server when `refresh` has returned.
"""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import md5, sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, TypeVar

from reportgen.boards.opening import need
from reportgen.errors import ReportgenError, RetryError, ToolError, UserError
from reportgen.publish.durable import lock_site, told_apart, write_atomically
from reportgen.publish.folder import FolderShelf
from reportgen.publish.staging import MANIFEST_NAME
from reportgen.publish.workshop import WORKSHOP
from reportgen.report import Document, Manifest, SiteSpec

__all__ = ["ConnectShelf", "make_bundle", "open_connect_shelf"]

_Answer = TypeVar("_Answer")
_NOTE = "deployed.json"
_PATIENCE_S = 600


class ConnectShelf:
    """Editions on Posit Connect.

    Connect knows no condition under which a bundle is taken: one machine at a time may publish.

    Parameters
    ----------
    folder : private; holds the site as it is to be
    client : makes a client of rsconnect for the server
    name : of the content, when `content` is not given
    content : GUID of the content
    """

    def __init__(
        self,
        folder: Path,
        client: Callable[[], Any],
        *,
        place: str,
        name: str,
        content: str = "",
        title: str = "Reports",
    ) -> None:
        self._folder = folder
        self._open = client
        self._place = place
        self._name = name
        self._content = content
        self._title = title
        self._looked = False
        self._site = FolderShelf(folder / "site", title=title, links=False)

    def find(self, report: str, edition: str) -> Manifest | None:
        """Give the newest revision of an edition, or None."""
        with self._ready():
            found = self._site.find(report, edition)
        return None if found is None else self._placed(found)

    def editions(self) -> tuple[Manifest, ...]:
        """Every revision of every edition that can be read; by report, oldest first."""
        with self._ready():
            return tuple(self._placed(found) for found in self._site.editions())

    def read(self, manifest: Manifest, name: str) -> bytes:
        """Read a file of a published edition; see `Shelf.read`."""
        with self._ready():
            return self._site.read(manifest, name)

    def put(self, document: Document, manifest: Manifest) -> Manifest:
        """Put an edition into the site as it is to be; `refresh` sends it."""
        with self._ready():
            return self._placed(self._site.put(document, manifest))

    def refresh(self) -> None:
        """Rebuild the pages, and send the site if it is not what the server shows.

        Raises
        ------
        RetryError
            The server cannot be reached. What was published waits for the next call.
        UserError
            The server does not let us in.
        """
        with self._ready():
            if not self._site.site.is_dir():
                return
            self._site.refresh()
            digest = _digest(self._site.site)
            deployed = self._deployed()
            if deployed.get("digest") != digest:
                self._deploy(digest)

    @contextmanager
    def _ready(self) -> Iterator[None]:
        with told_apart(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with lock_site(self._folder / ".lock", _PATIENCE_S):
                if not self._looked:
                    self._take_over()
                    self._looked = True
                yield

    def _deployed(self) -> dict[str, str]:
        try:
            return dict(json.loads((self._folder / _NOTE).read_bytes()))
        except (OSError, ValueError):
            return {}

    def _take_over(self) -> None:
        """Fetch the editions that another machine has published."""
        content = self._find_content(self._open())
        if content is None:
            return
        active, known = content.get("bundle_id"), self._deployed()
        if active in (None, known.get("bundle")):
            return
        answer = self._ask(lambda: self._open().bundle_download(content["guid"], active))
        with TemporaryDirectory(prefix="reportgen-") as folder:
            _unpack(answer.response_body, Path(folder))
            for note in sorted(Path(folder).glob(f"*/*/{MANIFEST_NAME}")):
                target = self._site.site / note.parent.relative_to(folder)
                if not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copytree(note.parent, target.with_name(f".{target.name}"))
                    target.with_name(f".{target.name}").rename(target)

    def _find_content(self, client: Any) -> dict[str, Any] | None:
        guid = self._content or self._deployed().get("content")
        if guid:
            found = self._ask(lambda: client.content_get(guid))
            return dict(found)
        named = self._ask(lambda: client.content_list({"name": self._name}))
        return dict(named[0]) if named else None

    def _deploy(self, digest: str) -> None:
        client = self._open()
        found = self._find_content(client)
        if found is None:
            found = self._ask(lambda: client.content_create(self._name))
            self._ask(lambda: client.content_update(found["guid"], {"title": self._title}))
        guid = found["guid"]
        with make_bundle(self._site.site) as bundle:
            sent = self._ask(lambda: client.upload_bundle(guid, bundle))
        task = self._ask(lambda: client.content_deploy(guid, sent["id"]))
        self._ask(
            lambda: client.wait_for_task(task["task_id"], log_callback=None, timeout=_PATIENCE_S)
        )
        note = {"digest": digest, "bundle": sent["id"], "content": guid}
        write_atomically(self._folder / _NOTE, json.dumps(note).encode())

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        """Say of a refusal whether to try again or to mend something."""
        from rsconnect.exception import RSConnectException

        try:
            return question()
        except RSConnectException as refused:
            raise self._error_of(refused) from refused

    def _error_of(self, refused: Any) -> ReportgenError:
        said, status = f"{self._place}: {refused}", getattr(refused, "status", None)
        if status in {401, 403}:
            return UserError(f"{said}. Check the API key: options: {{key: ${{CONNECT_API_KEY}}}}.")
        if status == 404:
            return UserError(f"{said}. Check the address, and `content` in the site's options.")
        if status is None or status >= 500 or status == 429:
            return RetryError(f"{said}. Try again.")
        return ToolError(said)

    def _placed(self, manifest: Manifest) -> Manifest:
        name = "" if manifest.folder is None else manifest.folder.relative_to(self._site.site)
        return replace(manifest, folder=None, address=f"{self._place} {self._name}/{name}")


def make_bundle(site: Path) -> IO[bytes]:
    """Build the bundle of a site with rsconnect-python, and see that it is whole.

    rsconnect lists the ``manifest.json`` of every edition in its own, and then leaves these files
    out of the archive. They are put in. The hidden folder of the publisher stays here.

    Raises
    ------
    ToolError
        A file of the archive is not the one that its manifest names.
    """
    from rsconnect.bundle import make_html_bundle

    with (
        make_html_bundle(str(site), "index.html", [], [f"{WORKSHOP}/**"]) as built,
        tarfile.open(fileobj=built, mode="r:gz") as archive,
    ):
        contents = {each.name: _member(archive, each) for each in archive if each.isfile()}
    listed = json.loads(contents[MANIFEST_NAME])["files"]
    for name, about in listed.items():
        content = contents.setdefault(name, (site / name).read_bytes())
        if md5(content, usedforsecurity=False).hexdigest() != about["checksum"]:
            raise ToolError(f"{site}: {name} changed while the bundle was made")
    bundle = BytesIO()
    with tarfile.open(fileobj=bundle, mode="w:gz") as archive:
        for name in sorted(contents):
            about = tarfile.TarInfo(name)
            about.size = len(contents[name])
            archive.addfile(about, BytesIO(contents[name]))
    bundle.seek(0)
    return bundle


def _member(archive: tarfile.TarFile, each: tarfile.TarInfo) -> bytes:
    opened = archive.extractfile(each)
    return opened.read() if opened else b""


def _digest(site: Path) -> str:
    """Hash what a bundle would hold; of editions, their manifests, which hash the rest."""
    lines = [
        f"{path.relative_to(site).as_posix()} {sha256(path.read_bytes()).hexdigest()}"
        for pattern in ("*.html", "*/*.html", "*/latest", f"*/*/{MANIFEST_NAME}")
        for path in sorted(site.glob(pattern))
        if path.is_file()
    ]
    return sha256("\n".join(lines).encode()).hexdigest()


def _unpack(content: bytes, folder: Path) -> None:
    try:
        with tarfile.open(fileobj=BytesIO(content), mode="r:*") as archive:
            archive.extractall(folder, filter="data")
    except tarfile.TarError as damaged:
        raise ToolError(f"The bundle on the server cannot be read: {damaged}") from damaged


def open_connect_shelf(site: SiteSpec, base: Path, *, title: str) -> ConnectShelf:
    """Open content on a Connect server as a site.

    Parameters
    ----------
    site : its path is the address of the server; `options`: `key`, and `content` or `name`
    base : folder of the project

    Raises
    ------
    UserError
        There is no API key.
    """
    from reportgen.publish.opening import private_folder

    need("rsconnect", "connect", "A site on Posit Connect")
    server = site.path if "://" in site.path else f"https://{site.path}"
    key = str(site.options.get("key") or "")
    if not key:
        raise UserError(
            f"{server}: Posit Connect needs an API key: options: {{key: ${{CONNECT_API_KEY}}}}."
        )
    content = str(site.options.get("content") or "")
    name = str(site.options.get("name") or _name_of(title))

    def client() -> Any:
        from rsconnect.api import RSConnectClient, RSConnectServer

        return RSConnectClient(RSConnectServer(server, key))

    mark = sha256(f"{server}\n{content or name}".encode()).hexdigest()[:16]
    private = private_folder(base, "connect") / mark
    return ConnectShelf(private, client, place=server, name=name, content=content, title=title)


def _name_of(title: str) -> str:
    """Make a name that Connect takes: 3 to 64 letters, digits, ``-`` and ``_``."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:57].ljust(3, "-") or "reports"
