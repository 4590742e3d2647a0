"""Names on boards -> pins with exact version and hash.

``reportgen lock`` writes down which bytes a name means; every render after that uses exactly
those, and refuses by name what is not the same any more.
"""

from reportgen.resolve.incomplete import IgnoredVersion, ignored_versions
from reportgen.resolve.lock import Lock, LockedPin, read_lock, write_lock
from reportgen.resolve.requests import baseline_request, project_requests, report_requests
from reportgen.resolve.resolving import fetch_pins, lock_project, resolve_pins, resolve_requests

__all__ = [
    "IgnoredVersion",
    "Lock",
    "LockedPin",
    "baseline_request",
    "fetch_pins",
    "ignored_versions",
    "lock_project",
    "project_requests",
    "read_lock",
    "report_requests",
    "resolve_pins",
    "resolve_requests",
    "write_lock",
]
