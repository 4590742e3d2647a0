"""What the ledger holds of one edition, and the only ways in which that may change.

Pure: every change takes an entry and the time, and gives the next entry. A store adds that two of
them cannot change the same entry at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from reportgen.errors import LeaseLostError
from reportgen.report.run_spec import FailureKind, RunResult

__all__ = [
    "DEATHS",
    "Entry",
    "Key",
    "Lease",
    "State",
    "claimed",
    "dump_entry",
    "finished",
    "freed",
    "held",
    "load_entry",
    "renewed",
    "skipped",
]

Key = tuple[str, str]
"""Report and edition."""

State = Literal["running", "published", "skipped", "failed"]

DEATHS = 6
"""What one edition may cost before it is set aside: two workers, which weigh three each, or six
runs that ended without a word, which may have had nothing to do with it."""
_WORKER, _RUN = 3, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on one edition, as long as nobody took it over.

    Attributes
    ----------
    generation : grows with every claim of the edition; what an older one brings is refused
    tries : attempts since the inputs changed, this one included
    """

    report: str
    edition: str
    owner: str
    generation: int
    tries: int = 1

    @property
    def key(self) -> Key:
        """Report and edition."""
        return self.report, self.edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The current state of one edition.

    Attributes
    ----------
    state : ``failed`` says of the last attempt only; with a `fingerprint` an earlier one is out
    start, end : of the period; None for a card
    basis : digest of what the last attempt was made from: pins, settings, template
    made_from, data, rows, fingerprint, revision, verdict, provisional : of what is published;
        `made_from` is its basis, `data` its data pin, `rows` the digest of the period's rows
    reason, kind : why it was skipped or failed
    tries, deaths : attempts since the basis changed, and what they cost; see `DEATHS`
    retry_at : when a failure that may pass is tried again
    """

    report: str
    edition: str
    state: State
    updated: datetime
    start: datetime | None = None
    end: datetime | None = None
    generation: int = 0
    owner: str = ""
    expires: datetime | None = None
    basis: str = ""
    made_from: str = ""
    data: str = ""
    rows: str = ""
    fingerprint: str = ""
    revision: int = 0
    verdict: str = ""
    provisional: bool = False
    reason: str = ""
    kind: FailureKind = ""
    tries: int = 0
    deaths: int = 0
    retry_at: datetime | None = None

    @property
    def key(self) -> Key:
        """Report and edition."""
        return self.report, self.edition

    @property
    def lease(self) -> Lease:
        """The lease that the last claim gave."""
        return Lease(
            report=self.report,
            edition=self.edition,
            owner=self.owner,
            generation=self.generation,
            tries=self.tries,
        )


def claimed(
    entry: Entry | None, new: Entry, owner: str, ttl: timedelta, *, seen: int
) -> Entry | None:
    """Claim an edition; None: somebody else is at it, or was since we looked.

    Parameters
    ----------
    new : what would be there if nothing was: key, period, basis, and the time of the claim
    seen : generation of the entry on which the claim rests; 0: there was none

    Returns
    -------
    the running entry, or a failed one when this edition has taken too many workers down
    """
    now = new.updated
    if (entry.generation if entry else 0) != seen:
        return None
    if entry is None:
        return replace(new, state="running", owner=owner, expires=now + ttl, generation=1, tries=1)
    if held(entry, now):
        return None
    same = entry.basis == new.basis
    # Whoever still holds it and let the lease run out has died, or is as good as dead.
    deaths = entry.deaths + _RUN * (entry.state == "running") if same else 0
    if deaths >= DEATHS:
        return _poisoned(entry, deaths, now)
    return replace(
        entry,
        state="running",
        updated=now,
        owner=owner,
        expires=now + ttl,
        generation=entry.generation + 1,
        basis=new.basis,
        tries=(entry.tries if same else 0) + 1,
        deaths=deaths,
        reason="",
        kind="",
        retry_at=None,
    )


def held(entry: Entry, now: datetime) -> bool:
    """Tell whether a lease on it has not run out."""
    return entry.state == "running" and entry.expires is not None and entry.expires > now


def renewed(entry: Entry | None, lease: Lease, now: datetime, ttl: timedelta) -> Entry:
    """Hold on to an edition for longer.

    Raises
    ------
    LeaseLostError
        Another has claimed it since, or it is settled.
    """
    return replace(_own(entry, lease), expires=now + ttl, updated=now)


def finished(
    entry: Entry | None,
    lease: Lease,
    result: RunResult,
    now: datetime,
    *,
    data: str = "",
    retry_at: datetime | None = None,
) -> Entry:
    """Write down what came of an attempt, and give the lease back.

    Parameters
    ----------
    data : the data pin that the attempt was made from
    retry_at : of a failure that may pass

    Raises
    ------
    LeaseLostError
        The lease is of an older generation: what it brings does not count.
    """
    own = replace(_own(entry, lease), owner="", expires=None, updated=now)
    if result.outcome == "failed":
        deaths = own.deaths + _WORKER * (result.kind == "lost")
        if deaths >= DEATHS:
            return _poisoned(own, deaths, now)
        return replace(
            own,
            state="failed",
            reason=result.error,
            kind=result.kind,
            deaths=deaths,
            retry_at=retry_at,
        )
    return replace(
        own,
        state="published",
        made_from=own.basis,
        data=data,
        rows=result.rows or own.rows,
        fingerprint=result.fingerprint or own.fingerprint,
        revision=result.revision or own.revision,
        verdict=result.state or own.verdict,
        provisional=result.provisional,
        deaths=0,
    )


def skipped(entry: Entry | None, new: Entry, reason: str) -> Entry | None:
    """Note that an edition will not be made, and why; None: something is known of it already."""
    if entry is not None and (entry.state != "failed" or entry.fingerprint):
        return None
    generation = entry.generation + 1 if entry else 1
    return replace(new, state="skipped", reason=reason, generation=generation)


def freed(entry: Entry, lease: Lease, now: datetime) -> Entry:
    """Give a claim back unused, as if it had not been made: work was stopped before it began.

    Raises
    ------
    LeaseLostError
        Another has claimed it since.
    """
    own = _own(entry, lease)
    state: State = "published" if own.fingerprint else "failed"
    return replace(
        own,
        state=state,
        owner="",
        expires=None,
        updated=now,
        basis=own.made_from if own.fingerprint else "",
        reason="" if own.fingerprint else "stopped before it was made",
        kind="" if own.fingerprint else "again",
        retry_at=None if own.fingerprint else now,
    )


def _own(entry: Entry | None, lease: Lease) -> Entry:
    if entry is None or entry.state != "running" or entry.generation != lease.generation:
        raise LeaseLostError(
            f"{lease.report} {lease.edition}: another process has taken over since generation "
            f"{lease.generation}; what this one made does not count."
        )
    return entry


def _poisoned(entry: Entry, deaths: int, now: datetime) -> Entry:
    return replace(
        entry,
        state="failed",
        kind="poison",
        deaths=deaths,
        owner="",
        expires=None,
        retry_at=None,
        updated=now,
        reason="it took its workers down again and again; it is set aside until its inputs change",
    )


_NAMES = tuple(field.name for field in fields(Entry))
_TIMES = frozenset({"updated", "start", "end", "expires", "retry_at"})
_USUAL = {field.name: field.default for field in fields(Entry)}


def dump_entry(entry: Entry) -> str:
    """Write an entry as one line of JSON; what is as usual is left out."""
    plain: dict[str, Any] = {}
    for name in _NAMES:
        value = getattr(entry, name)
        if value != _USUAL[name]:
            plain[name] = value.isoformat() if isinstance(value, datetime) else value
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def load_entry(text: str | bytes) -> Entry:
    """Read an entry back.

    Raises
    ------
    ValueError
        It is none.
    """
    plain: Mapping[str, Any] = json.loads(text)
    if not isinstance(plain, dict) or plain.get("state") not in get_args(State):
        raise ValueError("this is no entry of a ledger")
    read: dict[str, Any] = {
        name: datetime.fromisoformat(value) if name in _TIMES and value else value
        for name, value in plain.items()
        if name in _USUAL
    }
    try:
        return Entry(**read)
    except TypeError as error:
        raise ValueError(f"this is no entry of a ledger: {error}") from error
