"""What a way to tell people must be able to do; one file per kind of way beside this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from reportgen.notify.letter import Letter
from reportgen.report import State

__all__ = ["Channel", "NotSentError", "Parcel", "UnclearError", "channel_key"]


class NotSentError(Exception):
    """Nothing has arrived, for sure: it may be tried again."""


class UnclearError(Exception):
    """It may have arrived: it must not be tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A letter and what comes along with it.

    Attributes
    ----------
    mark : of the edition and the channel; a receiver that knows it has had this letter
    made : when the edition was published
    page : name -> content of what comes along, at most one file
    """

    letter: Letter
    state: State
    mark: str
    made: datetime
    page: Mapping[str, bytes] = field(default_factory=dict, repr=False)


class Channel(Protocol):
    """One receiver.

    Attributes
    ----------
    key : of the receiver in the outbox; its address cannot be read out of it
    shown : for messages to people: the kind of receiver, without any secret
    page : how the page comes along
    """

    @property
    def key(self) -> str:
        """Which receiver it is."""

    @property
    def shown(self) -> str:
        """What people may see of it."""

    @property
    def page(self) -> str:
        """``attached``, ``inlined`` or ``none``."""

    def send(self, parcel: Parcel, begin: Callable[[], None]) -> None:
        """Send, and call `begin` right before what cannot be taken back.

        Raises
        ------
        NotSentError
            Nothing has arrived.
        UnclearError
            It may have arrived.
        """


def channel_key(address: str) -> str:
    """Name a receiver by a hash of its address, which may be a secret."""
    return sha256(address.encode()).hexdigest()[:16]
