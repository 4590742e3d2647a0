"""Which columns moved, how far, and whether chance explains it."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.measure.columns import Watched
from reportgen.measure.drift import Binned, by_chance, compare, jensen_shannon, noise_level
from reportgen.measure.monitoring_values import cell, counted, no_number, text
from reportgen.measure.wording import as_percent, listed, plain_number, weight_of
from reportgen.report.data import Column, Finding, Part, Series, State, Table
from reportgen.report.value import Provenance, Value

__all__ = ["FALSE_ALARMS", "Moved", "drift_part", "measure_drift"]

FALSE_ALARMS = 0.05
"""Chance that a report in which nothing moved shows any column beyond its noise level."""
WATCH_FROM, ALERT_FROM = 0.1, 0.25
"""Effect sizes (PSI less its mean by chance) below which a shift is never more than noted."""
SHOWN = 6
NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One column's shift since the reference.

    Attributes
    ----------
    binned : None where nothing could be compared
    noise : PSI beyond which chance is ruled out, corrected for the number of columns
    state : ``cannot tell`` where nothing could be compared
    words : for the table
    """

    column: Watched
    binned: Binned | None
    noise: float
    method: str
    state: State
    words: str

    @property
    def effect(self) -> float:
        """PSI less its mean by chance; 0 where nothing could be compared."""
        return self.binned.excess if self.binned is not None else 0.0


def measure_drift(columns: tuple[Watched, ...]) -> tuple[Moved, ...]:
    """Compare every column with its reference; a bad column never stops the others.

    Notes
    -----
    A column is called moved when the effect reaches 0.1 (watch) or 0.25 (alert) *and* PSI lies
    beyond what chance exceeds with probability 0.05 over all columns together (Bonferroni). So
    neither few rows nor many levels raise an alarm, nor does a trifle in a million rows.
    """
    compared = [_compare(column) for column in columns]
    tests = max(sum(binned is not None for binned in compared), 1)
    return tuple(
        _judge(column, binned, tests) for column, binned in zip(columns, compared, strict=True)
    )


def _compare(column: Watched) -> Binned | None:
    if column.now is None or column.before is None:
        return None
    return compare(column.kind, column.before, column.now)


def _judge(column: Watched, binned: Binned | None, tests: int) -> Moved:
    if binned is None:
        return Moved(
            column=column,
            binned=None,
            noise=0.0,
            method="",
            state="cannot tell",
            words=_why_not(column),
        )
    effect = binned.excess
    noise, method = noise_level(binned, FALSE_ALARMS / tests, exact=effect >= WATCH_FROM)
    beyond = binned.psi > noise
    state: State = "ok"
    if beyond and effect >= WATCH_FROM:
        state = "alert" if effect >= ALERT_FROM else "watch"
    words = {"alert": "moved far", "watch": "moved"}.get(state, "")
    return Moved(
        column=column,
        binned=binned,
        noise=noise,
        method=method,
        state=state,
        words=words or ("moved, negligibly" if beyond else "within noise"),
    )


def _why_not(column: Watched) -> str:
    if column.status != "ok":
        return f"{column.status}: {column.detail}"
    if column.kind == "time":
        return "times are not compared"
    return "the reference holds no values"


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
    series = [_ranking(shown, since)] if shown else []
    series += [_distribution(one, key, since) for one in shown[:SHOWN]]
    return Part(
        values=tuple(value for one in moved for value in _values(one)),
        tables=(_table(ranked, note),) if moved else (),
        series=tuple(series),
        findings=_findings(ranked, since),
    )


def _pins(one: Moved) -> tuple[str, ...]:
    return ("data", "reference") if one.column.source == "reference" else ("data",)


def _values(one: Moved) -> tuple[Value, ...]:
    path, name, pins = f"drift.{one.column.path}", one.column.name, _pins(one)
    labels = {
        "psi": f"PSI of {name}",
        "jensen_shannon": f"Jensen–Shannon distance of {name}",
        "noise": f"Noise level of {name}",
    }
    if one.binned is None:
        return tuple(
            no_number(
                f"{path}.{what}", one.words, by=f"drift.{what}@1", label=label, unit="number"
            )
            for what, label in labels.items()
        )
    binned = one.binned
    n = int(binned.now.sum())
    numbers = {
        "psi": binned.psi,
        "jensen_shannon": jensen_shannon(binned.before, binned.now),
        "noise": one.noise,
        "effect": binned.excess,
        "by_chance": by_chance(binned.before, binned.now),
    }
    if binned.middle_now is not None:
        numbers["median"] = binned.middle_now
    if binned.middle_before is not None:
        numbers["median.reference"] = binned.middle_before
    labels |= {
        "effect": f"PSI of {name} beyond its mean by chance",
        "by_chance": f"Mean PSI of {name} by chance",
        "median": f"Median of {name}",
        "median.reference": f"Median of {name} in the reference",
    }
    extra = {"noise": {"false_alarms": FALSE_ALARMS, "method": one.method}}
    return tuple(
        counted(
            f"{path}.{what}",
            number,
            by=f"drift.{what.split('.', maxsplit=1)[0]}@1",
            label=labels[what],
            unit="number",
            n=int(binned.before.sum()) if what == "median.reference" else n,
            pins=("reference",) if what == "median.reference" and "reference" in pins else pins,
            parameters=extra.get(what),
        )
        for what, number in numbers.items()
    )


def _table(ranked: list[Moved], note: str) -> Table:
    rows = tuple(
        (
            text(one.column.name),
            text(one.column.status),
            text(one.words if one.binned is not None else "not compared"),
            *(
                cell(f"drift.{one.column.path}.{what}")
                for what in ("psi", "noise", "jensen_shannon")
            ),
        )
        for one in ranked
    )
    return Table(
        name="drift.columns",
        title="Drift of each column since the reference",
        columns=(
            Column(name="column", label="Column"),
            Column(name="status", label="Status"),
            Column(name="moved", label="Moved?"),
            Column(name="psi", label="PSI", unit="number"),
            Column(name="noise", label="Noise level", unit="number"),
            Column(name="jensen_shannon", label="Jensen–Shannon", unit="number"),
        ),
        rows=rows,
        note=(
            f"{note} PSI above the noise level is more than chance explains; over all columns "
            f"together, chance passes it in {as_percent(FALSE_ALARMS)} of reports at most. A column "
            f"counts as moved when PSI also exceeds its mean by chance by {WATCH_FROM:g}, as moved "
            f"far from {ALERT_FROM:g} on."
        ).strip(),
    )


def _ranking(shown: list[Moved], since: str) -> Series:
    top = shown[:25]
    return Series(
        name="drift.ranking",
        title=f"How far each column moved since {since}",
        mark="bars",
        x="column",
        y="psi",
        columns={
            "column": tuple(one.column.name for one in top),
            "psi": tuple(one.binned.psi for one in top if one.binned is not None),
            "noise": tuple(one.noise for one in top),
            "state": tuple(one.state for one in top),
        },
        labels={"column": "Column", "psi": "PSI", "noise": "Noise level", "state": "State"},
        lines={"watch": WATCH_FROM, "alert": ALERT_FROM},
        provenance=Provenance(by="drift.ranking@1", pins=_all_pins(top)),
        note="" if len(top) == len(shown) else f"The {len(top)} that moved most, of {len(shown)}.",
    )


def _all_pins(shown: list[Moved]) -> tuple[str, ...]:
    return ("data", "reference") if any("reference" in _pins(one) for one in shown) else ("data",)


def _distribution(one: Moved, key: str, since: str) -> Series:
    binned = one.binned
    assert binned is not None
    sides = ((_capital(since), binned.before), (key, binned.now))
    return Series(
        name=f"drift.{one.column.path}.distribution",
        title=f"{one.column.name}: {since} and {key}",
        mark="bars",
        x="bin",
        y="share",
        columns={
            "bin": binned.labels * 2,
            "share": tuple(float(c) / float(side.sum()) for _, side in sides for c in side),
            "group": tuple(name for name, side in sides for _ in side),
            "n": tuple(int(count) for _, side in sides for count in side),
        },
        labels={"bin": one.column.name, "share": "Share of rows", "group": "", "n": "Rows"},
        units={"share": "ratio", "n": "rows"},
        provenance=Provenance(by="drift.distribution@1", pins=_pins(one)),
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _findings(ranked: list[Moved], since: str) -> tuple[Finding, ...]:
    moved = [one for one in ranked if one.state in {"watch", "alert"}]
    compared = [one for one in ranked if one.binned is not None]
    if not compared:
        return ()
    if not moved:
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


def _finding(one: Moved, since: str) -> Finding:
    assert one.binned is not None
    path = f"drift.{one.column.path}"
    how = "moved far" if one.state == "alert" else "moved"
    told, names = _told(one)
    size = f"PSI {plain_number(one.binned.psi)}, of which chance explains up to {plain_number(one.noise)}"
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
