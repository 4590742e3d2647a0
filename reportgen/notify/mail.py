"""Mail by SMTP: the verdict and what changed as text, the page attached or inlined."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from reportgen.errors import UserError
from reportgen.notify.channel import NotSentError, Parcel, UnclearError, channel_key
from reportgen.report import MailSpec, NotifyRule

__all__ = ["MailChannel", "open_mail", "write_mail"]

_PREFIX = "mailto:"
_LIMIT_S = 30.0
_TAKEN = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChannel:
    """One mail address, reached through one server."""

    address: str = field(repr=False)
    server: MailSpec
    page: str = "attached"

    @property
    def key(self) -> str:
        """Which address it is."""
        return channel_key(f"{_PREFIX}{self.address}")

    @property
    def shown(self) -> str:
        """The domain of the address."""
        return f"mail to …@{self.address.rpartition('@')[2]}"

    def send(self, parcel: Parcel, begin: Callable[[], None]) -> None:
        """Hand the mail to the server; until it was asked to take the text, nothing is sent."""
        mail = write_mail(parcel, self).as_bytes(policy=SMTP)
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as refused:
            raise NotSentError(self._said(refused)) from refused
        try:
            self._hand_over(server, mail, begin)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()

    def _hand_over(self, server: smtplib.SMTP, mail: bytes, begin: Callable[[], None]) -> None:
        try:
            for code, said in (server.mail(self.server.sender), server.rcpt(self.address)):
                if code not in (_TAKEN, 251):
                    raise NotSentError(f"{code} {said.decode(errors='replace')}")
        except (OSError, smtplib.SMTPException) as refused:
            raise NotSentError(self._said(refused)) from refused
        begin()
        try:
            code, said = server.data(mail)
        except smtplib.SMTPDataError as refused:
            raise NotSentError(self._said(refused)) from refused
        except (OSError, smtplib.SMTPException) as lost:
            raise UnclearError(self._said(lost)) from lost
        if code != _TAKEN:
            raise NotSentError(f"{code} {said.decode(errors='replace')}")

    def _connected(self) -> smtplib.SMTP:
        asked = self.server
        if asked.security == "tls":
            trust = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                asked.server, asked.port, timeout=_LIMIT_S, context=trust
            )
        else:
            server = smtplib.SMTP(asked.server, asked.port, timeout=_LIMIT_S)
        try:
            server.ehlo_or_helo_if_needed()
            if asked.security == "starttls":
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if asked.user:
                server.login(asked.user, asked.password)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    def _said(self, refused: Exception) -> str:
        """Say what the server said, and nothing that was said to it."""
        if isinstance(refused, smtplib.SMTPAuthenticationError):
            return f"{self.server.server}: the server does not take user and password"
        text = f"{self.server.server}: {refused}"
        return text.replace(self.server.password, "…") if self.server.password else text


def write_mail(parcel: Parcel, channel: MailChannel) -> EmailMessage:
    """Write the mail; the same edition and receiver give the same bytes."""
    mail = EmailMessage()
    mail["From"] = channel.server.sender
    mail["To"] = channel.address
    mail["Subject"] = parcel.letter.subject
    mail["Date"] = format_datetime(parcel.made)
    mail["Message-ID"] = f"<{parcel.mark}@reportgen>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{parcel.letter.text}\n")
    for name, content in parcel.page.items():
        if channel.page == "inlined" and name.endswith(".html"):
            mail.add_alternative(content.decode(errors="replace"), subtype="html")
        else:
            kind, subtype = ("text", "html") if name.endswith(".html") else ("application", "pdf")
            mail.add_attachment(content, maintype=kind, subtype=subtype, filename=name)
    if mail.is_multipart():
        # Otherwise it is drawn at random.
        for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
            part.set_boundary(f"reportgen-{parcel.mark}-{number}")
    return mail


def open_mail(rule: NotifyRule, server: MailSpec | None) -> MailChannel:
    """Open a mail address.

    Raises
    ------
    UserError
        It is none, or no server was named.
    """
    address = rule.to.removeprefix(_PREFIX)
    if parseaddr(address)[1] != address or address.count("@") != 1:
        raise UserError("notify: `to` holds a mail address that is none.")
    if server is None:
        raise UserError("notify: a mail needs a server: add `mail:` with server and sender.")
    return MailChannel(address=address, server=server, page=rule.page)
