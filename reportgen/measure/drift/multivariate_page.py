"""What was found of all columns together, as values, a table and a sentence."""

from __future__ import annotations

from dataclasses import replace

from reportgen.measure.drift.multivariate import ALERT_FROM, WATCH_FROM, Multivariate
from reportgen.measure.monitoring.values import cell, counted, estimated, no_number, text
from reportgen.measure.wording import listed, plain_number, weight_of
from reportgen.report.data import Column, Finding, Part, State, Table
from reportgen.report.value import Value, value_name

__all__ = ["with_multivariate"]

_BY = "drift.multivariate@1"
AUC, NOISE = "drift.multivariate.auc", "drift.multivariate.auc.noise"
_SHOWN = 10
_NAMED = 3
_MATTERS = 0.01
"""Fall of the area from which a column is named."""


def with_multivariate(part: Part, found: Multivariate | None, since: str, *, pinned: bool) -> Part:
    """Add what all columns together say to what each says by itself.

    Parameters
    ----------
    part : of the drift of single columns
    since : what the columns are compared with, in words
    pinned : whether that is a pin of its own

    Notes
    -----
    Where a column moved by itself, the classifier explains and raises no alarm of its own: it
    could not but see it.
    """
    if found is None:
        return part
    pins = ("data", "reference") if pinned else ("data",)
    findings = part.findings
    alone = any(one.state in {"watch", "alert"} for one in findings)
    state: State = "ok" if alone else found.state
    if state in {"watch", "alert"}:  # "no column moved" is then half of the truth
        findings = tuple(one for one in findings if one.state != "ok")
    told = _finding(found, since, state) if found.is_beyond else ()
    return replace(
        part,
        values=part.values + _values(found, pins),
        tables=(*part.tables, _table(found)) if found.auc.number is not None else part.tables,
        findings=(*findings, *told),
    )


def _values(found: Multivariate, pins: tuple[str, ...]) -> tuple[Value, ...]:
    label = "AUC of telling the period's rows from the reference's"
    auc = estimated(
        AUC,
        found.auc,
        by=_BY,
        unit="number",
        label=label,
        pins=pins,
        parameters={"columns": len(found.columns)},
    )
    if found.noise is None:
        reason = found.auc.reason or "not compared"
        return (auc, no_number(NOISE, reason, by=_BY, label=f"Noise level of the {label}"))
    noise = counted(
        NOISE,
        found.noise,
        by=_BY,
        label=f"Noise level of the {label}",
        unit="number",
        n=found.auc.n,
        pins=pins,
        parameters={"method": found.method},
    )
    falls = tuple(
        counted(
            _name(column),
            fall,
            by=_BY,
            label=f"Fall of that AUC when {column} is shuffled",
            unit="number",
            n=found.auc.n,
            pins=pins,
        )
        for column, fall in found.falls[:_SHOWN]
    )
    return (auc, noise, *falls)


def _name(column: str) -> str:
    return value_name("drift.multivariate.importance", column=column)


def _table(found: Multivariate) -> Table:
    rows = [(text(f"all {len(found.columns)} together"), cell(AUC), cell(NOISE), text("–"))]
    rows += [
        (text(column), text("–"), text("–"), cell(_name(column)))
        for column, _ in found.falls[:_SHOWN]
    ]
    return Table(
        name="drift.multivariate",
        title="All columns together",
        columns=(
            Column(name="column", label="Column"),
            Column(name="auc", label="AUC", unit="number"),
            Column(name="noise", label="Noise level", unit="number"),
            Column(name="fall", label="Falls by, shuffled", unit="number"),
        ),
        rows=tuple(rows),
        note=(
            "How well a classifier tells rows of the period from rows of the reference that it "
            f"has not seen; 0.5 is guessing. It also sees what no column shows by itself. From "
            f"{WATCH_FROM:g} on and beyond the noise level it counts, from {ALERT_FROM:g} on much."
        ),
    )


def _finding(found: Multivariate, since: str, state: State) -> tuple[Finding, ...]:
    assert found.auc.number is not None
    assert found.noise is not None
    size = f"AUC {plain_number(found.auc.number, found.auc.interval)}, of which chance explains up to {plain_number(found.noise)}"
    if found.noise > 0.5 and found.method.startswith("what "):
        size = size.replace("chance explains", "its usual change explains")
    named = tuple(column for column, fall in found.falls[:_NAMED] if fall >= _MATTERS)
    mostly = f", mostly by {listed(named)}" if named else ""
    if state == "ok":
        sentence = f"All columns together tell the period from {since} ({size}){mostly}."
    else:
        sentence = (
            f"How columns go together has changed since {since}, though none moved far by itself "
            f"({size}){mostly}."
        )
    because = (AUC, NOISE, *(_name(column) for column in named))
    effect = 2 * (found.auc.number - 0.5)
    return (
        Finding(
            kind="drift",
            state=state,
            sentence=sentence,
            because=because,
            weight=weight_of("drift", state, effect),
        ),
    )
