"""Telling people: who wants to know of a verdict is told once, when its edition is there.

`open_shelf` opens the site of a project so that what is put on it is told, if the project asks for
it. Telling never stops publishing: what could not be sent waits in the outbox for the next time.
"""

from __future__ import annotations

from reportgen.notify.announcing import AnnouncingShelf, open_shelf
from reportgen.notify.channel import Channel, NotSentError, Parcel, UnclearError
from reportgen.notify.delivery import Told, deliver
from reportgen.notify.letter import Letter, write_letter
from reportgen.notify.outbox import Entry, Outbox

__all__ = [
    "AnnouncingShelf",
    "Channel",
    "Entry",
    "Letter",
    "NotSentError",
    "Outbox",
    "Parcel",
    "Told",
    "UnclearError",
    "deliver",
    "open_shelf",
    "write_letter",
]
