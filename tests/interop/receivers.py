"""Receivers of notifications on loopback: a real SMTP server, and a webhook that can fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from reportgen.notify import open_shelf
from reportgen.publish import Shelf, publish_document
from reportgen.report import (
    BoardSpec,
    Finding,
    MailSpec,
    Manifest,
    NotifyRule,
    Project,
    SiteSpec,
    State,
)
from tests.interop.loopback import free_port
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs

REPORT = "late-flights-weekly"


@dataclass
class Postbox:
    """Mail that has arrived, in order.

    Attributes
    ----------
    refuse : what the server says to the next letters instead of taking them
    """

    port: int = 0
    mail: list[EmailMessage] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)
    taken: threading.Event = field(default_factory=threading.Event)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address.startswith("nobody@"):
            return "550 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuse:
            said = self.refuse.pop(0)
            if said == "hang up":
                self.mail.append(_parsed(envelope.content))
                server.transport.abort()
                return "250 OK"
            return said
        self.mail.append(_parsed(envelope.content))
        self.taken.set()
        return "250 OK"


def _parsed(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


@contextmanager
def postbox(*, password: str = "", port: int = 0) -> Iterator[Postbox]:
    """Serve SMTP; with a password, only who logs in with it may send."""
    box = Postbox(port=port or free_port())

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        return AuthResult(success=data.password == password.encode(), handled=False)

    login = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    controller = Controller(
        box, hostname="127.0.0.1", port=box.port, ready_timeout=60, **(login if password else {})
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Hook:
    """A webhook: what was posted, and with which status the next posts are answered."""

    address: str = ""
    posts: list[bytes] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@contextmanager
def webhook() -> Iterator[Hook]:
    """Serve a webhook; a status of 0 takes the post and hangs up."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = hook.statuses.pop(0) if hook.statuses else 200
            if status in (0, 200):
                hook.posts.append(body)
            if status == 0:
                self.connection.close()
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook.address = f"127.0.0.1:{server.server_address[1]}/reports"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def project_of(
    folder: Path,
    *rules: NotifyRule,
    port: int = 25,
    site: Path | SiteSpec | None = None,
    url: str = "",
    **mail: Any,
) -> Project:
    return Project(
        folder=folder,
        name="Flight delays",
        board=BoardSpec(type="folder", path="board"),
        site=site or folder / "site",
        site_url=url,
        notify=rules,
        mail=MailSpec(
            server="127.0.0.1", port=port, sender="reports@example.com", security="none", **mail
        ),
    )


FINDINGS = (
    Finding(kind="drift", state="watch", sentence="Distance drifted.", weight=1.0),
    Finding(kind="change", state="alert", sentence="Recall fell from 0.61 to 0.48.", weight=2.0),
    Finding(kind="quality", state="ok", sentence="No column is empty."),
    Finding(kind="group", state="watch", sentence="Carrier EV is worse."),
)


def publish(
    shelf: Shelf,
    render: Path,
    edition: str = "2013-W27",
    *,
    state: State = "watch",
    now: datetime = NOW,
    refresh: bool = True,
    **changed: Any,
) -> Manifest:
    inputs = sample_inputs(**{"parameters": {"edition": edition, "state": state}, **changed})
    year, week = edition.split("-W")
    data = sample_data(
        edition,
        state=state,
        title="late-flights",
        as_of=date.fromisocalendar(int(year), int(week), 7),
        findings=FINDINGS,
    )
    document = sample_document(render, inputs)
    return publish_document(document, data, inputs, shelf, now, refresh=refresh)


def shelf_of(project: Project) -> tuple[Any, list[str]]:
    """The shelf of a project as a process opens it, and what it says of what was not told."""
    said: list[str] = []
    return open_shelf(project, say=said.append), said
