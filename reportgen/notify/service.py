"""Everything that apprise reaches: Slack, Teams, webhooks and some hundred services more."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reportgen.errors import UserError
from reportgen.notify.channel import NotSentError, Parcel, UnclearError, channel_key
from reportgen.report import NotifyRule, State

__all__ = ["ServiceChannel", "open_service"]

_KINDS: dict[State, str] = {
    "ok": "success",
    "watch": "warning",
    "alert": "failure",
    "cannot tell": "info",
}
_NEVER_REACHED = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|Connection refused|SSLError"
    r"|Failed to establish|ProxyError"
)
_SOCKET = re.compile(r"Socket Exception|Connection error")
_STATUS = re.compile(r"error=(\d{3})")
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChannel:
    """One receiver of a service; only text goes there."""

    address: str = field(repr=False)
    service: Any = field(repr=False)
    page: str = "none"

    @property
    def key(self) -> str:
        """Which receiver it is."""
        return channel_key(self.address)

    @property
    def shown(self) -> str:
        """The kind of service; the rest of such an address is a secret."""
        return f"{self.address.partition('://')[0]}://…"

    def send(self, parcel: Parcel, begin: Callable[[], None]) -> None:
        """Send the text; what apprise only writes to its log tells whether it arrived."""
        begin()
        with _heard() as lines:
            sent = self.service.notify(
                title=parcel.letter.subject,
                body=parcel.letter.text,
                notify_type=_KINDS[parcel.state],
                body_format="text",
            )
        if sent:
            return
        said = "\n".join(lines)
        if _SOCKET.search(said) and not _NEVER_REACHED.search(said):
            raise UnclearError("the connection was lost before an answer came")
        status = _STATUS.search(said)
        raise NotSentError(
            f"the service answered {status[1]}" if status else "the service could not be reached"
        )


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Listen to apprise, and let nobody else: its log holds addresses and tokens."""
    lines: list[str] = []

    class Ears(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    log, ears = logging.getLogger("apprise"), Ears(logging.DEBUG)
    with _ONE_AT_A_TIME:
        before = log.level, log.propagate, list(log.handlers)
        log.handlers, log.propagate = [ears], False
        log.setLevel(logging.DEBUG)
        try:
            yield lines
        finally:
            log.setLevel(before[0])
            log.propagate, log.handlers = before[1], before[2]


def open_service(rule: NotifyRule) -> ServiceChannel:
    """Open an address that apprise knows.

    Raises
    ------
    MissingToolError
        apprise is not installed.
    UserError
        It does not know such an address.
    """
    from reportgen.boards.opening import need

    need("apprise", "notify", "A notification other than by mail")
    import apprise

    with _heard():
        service = apprise.Apprise.instantiate(rule.to)
    if service is None:
        kind = rule.to.partition("://")[0] if "://" in rule.to else "what stands there"
        raise UserError(
            f"notify: apprise does not know how to reach {kind[:20]!r}, or something is missing in "
            "that address. See the list of its services in apprise's own documentation."
        )
    return ServiceChannel(address=rule.to, service=service)
