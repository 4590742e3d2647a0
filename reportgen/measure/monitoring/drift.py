"""Which columns moved, how far, and whether chance explains it."""

from __future__ import annotations

from reportgen.measure.drift.levels import gone_for_sure, levels_table, levels_values
from reportgen.measure.drift.moved import FALSE_ALARMS, Moved, measure_drift
from reportgen.measure.drift.page import (
    columns_table,
    distances_table,
    distribution_series,
    drift_values,
    ranking_series,
)
from reportgen.measure.monitoring.columns import Watched
from reportgen.measure.wording import as_percent, listed, plain_number, weight_of
from reportgen.report.data import Finding, Part, State

__all__ = ["FALSE_ALARMS", "Moved", "drift_part", "measure_drift"]

SHOWN = 6
NAMED = 5


def drift_part(moved: tuple[Moved, ...], key: str, since: str, note: str) -> Part:
    """Name what was measured.

    Parameters
    ----------
    key : of the reported period
    since : what the columns are compared with, in words
    note : on the reference, for the table
    """
    ranked = sorted(moved, key=lambda one: (-one.effect, one.column.name))
    shown = [one for one in ranked if one.binned is not None]
    series = [ranking_series(shown, since)] if shown else []
    series += [distribution_series(one, key, since) for one in shown[:SHOWN]]
    values = tuple(value for one in moved for value in (*drift_values(one), *levels_values(one)))
    tables = (columns_table(ranked, note), distances_table(shown, values), levels_table(ranked))
    return Part(
        values=values,
        tables=tuple(table for table in tables if table is not None) if moved else (),
        series=tuple(series),
        findings=(*_findings(ranked, since), *_gone(ranked, since)),
    )


def _findings(ranked: list[Moved], since: str) -> tuple[Finding, ...]:
    moved = [one for one in ranked if one.state in {"watch", "alert"}]
    compared = [one for one in ranked if one.binned is not None]
    if not compared:
        return ()
    if not moved:
        if _gone(ranked, since):
            return ()
        many = f"the {len(compared)} columns" if len(compared) > 1 else "the one column"
        return (
            Finding(
                kind="drift",
                state="ok",
                sentence=f"No drift: none of {many} compared moved materially since {since}.",
                because=(f"drift.{compared[0].column.path}.psi",),
                weight=weight_of("drift", "ok"),
            ),
        )
    found = [_finding(one, since) for one in moved[:NAMED]]
    rest = moved[NAMED:]
    if rest:
        state: State = "alert" if any(one.state == "alert" for one in rest) else "watch"
        names = listed(tuple(one.column.name for one in rest), most=8)
        found.append(
            Finding(
                kind="drift",
                state=state,
                sentence=f"{len(rest)} more moved since {since}: {names}.",
                because=tuple(f"drift.{one.column.path}.psi" for one in rest),
                weight=weight_of("drift", state),
            )
        )
    return tuple(found)


def _gone(ranked: list[Moved], since: str) -> tuple[Finding, ...]:
    """Name levels that are gone from columns of which nothing else is said."""
    tests = max(sum(one.binned is not None for one in ranked), 1)
    found = []
    for one in ranked:
        gone = gone_for_sure(one, tests)
        if gone is None or one.state in {"watch", "alert"}:
            continue
        level, share = gone
        path = f"drift.{one.column.path}"
        found.append(
            Finding(
                kind="drift",
                state="watch",
                sentence=(
                    f"{_subject(one.column)} has no '{level}' any more, {as_percent(share)} of rows "
                    f"in {since}."
                ),
                because=(f"{path}.gone_levels", f"{path}.psi"),
                weight=weight_of("drift", "watch", share),
            )
        )
    return tuple(found[:NAMED])


def _finding(one: Moved, since: str) -> Finding:
    assert one.binned is not None
    path = f"drift.{one.column.path}"
    how = "moved far" if one.state == "alert" else "moved"
    told, names = _told(one)
    explains = "chance" if one.levels is None or one.levels.ratio == 1 else "its usual change"
    psi, noise = plain_number(one.binned.psi), plain_number(one.noise)
    size = f"PSI {psi}, of which {explains} explains up to {noise}"
    return Finding(
        kind="drift",
        state=one.state,
        sentence=f"{_subject(one.column)} {how} since {since} ({size}){told}.",
        because=(f"{path}.psi", f"{path}.noise", *(f"{path}.{name}" for name in names)),
        weight=weight_of("drift", one.state, one.effect),
    )


def _subject(column: Watched) -> str:
    return column.name if column.role == "feature" else f"The {column.role} ({column.name})"


def _told(one: Moved) -> tuple[str, tuple[str, ...]]:
    """Tell the shift in the column's own terms, and name the values that this rests on."""
    binned = one.binned
    assert binned is not None
    p, q = binned.before / binned.before.sum(), binned.now / binned.now.sum()
    at = int(binned.parts.argmax())
    old, new = binned.middle_before, binned.middle_now
    whole = binned.labels[at] not in {"missing", "not a number"}
    if old is not None and new is not None and old != new and whole:
        was, now = plain_number(old), plain_number(new)
        return f": its median went from {was} to {now}", ("median", "median.reference")
    where = f"'{binned.labels[at]}'" if whole else binned.labels[at]
    return f": {where} went from {as_percent(p[at])} to {as_percent(q[at])} of rows", ()
