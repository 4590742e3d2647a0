"""What declared checks said, as values, a table and findings."""

from __future__ import annotations

from reportgen.measure.monitoring.columns import path_of
from reportgen.measure.monitoring.values import cell, estimated, text
from reportgen.measure.statistics.estimate import Estimate
from reportgen.measure.wording import as_percent, as_rows, weight_of
from reportgen.report.checks import CheckedRule
from reportgen.report.data import Column, Finding, Part, State, Table
from reportgen.report.value import Unit, Value

__all__ = ["measure_checks"]

ALERT_FROM = 0.2
_SPOKEN = 5


def measure_checks(rules: tuple[CheckedRule, ...], key: str) -> Part:
    """Name what each rule said.

    Parameters
    ----------
    key : of the period whose rows were checked

    Returns
    -------
    ``quality.checks.<rule>``: the share of the rows that fail, and `n`, the rows that were checked;
    a reason where the check could not be run
    """
    if not rules:
        return Part()
    paths: list[str] = []
    for rule in rules:
        paths.append(path_of(rule.name.replace(".", "·"), paths))
    named = tuple(zip(rules, (f"quality.checks.{path}" for path in paths), strict=True))
    return Part(
        values=tuple(value for rule, name in named for value in _values(rule, name)),
        tables=(_table(named, key),),
        findings=_findings(named, key),
    )


def _values(rule: CheckedRule, name: str) -> tuple[Value, ...]:
    reason = f"the check could not be run ({rule.error})" if rule.error else ""
    if not reason and not rule.rows:
        reason = "no rows"
    share = None if reason else rule.failing / rule.rows
    failing = None if reason else rule.failing

    def value(where: str, number: float | None, unit: Unit, words: str) -> Value:
        found = Estimate(number=number, n=rule.rows, reason=reason or None)
        return estimated(
            where, found, by="quality.checks@1", unit=unit, label=words, better="lower"
        )

    return (
        value(name, share, "ratio", f"Failing '{rule.name}'"),
        value(f"{name}.failing", failing, "count" if rule.whole else "rows", "Rows that fail"),
    )


def _table(named: tuple[tuple[CheckedRule, str], ...], key: str) -> Table:
    return Table(
        name="quality.checks",
        title=f"Declared checks on the rows of {key}",
        columns=(
            Column(name="check", label="Check"),
            Column(name="result", label="Result"),
            Column(name="failing", label="Failing", unit="rows"),
            Column(name="share", label="Share", unit="ratio"),
        ),
        rows=tuple(
            (text(rule.name), text(_result(rule)), cell(f"{name}.failing"), cell(name))
            for rule, name in sorted(named, key=lambda pair: -_ORDER[_state(pair[0])])
        ),
        note="What fails comes first. A check of the whole table counts as one.",
    )


_ORDER: dict[State, int] = {"alert": 3, "watch": 2, "cannot tell": 1, "ok": 0}


def _state(rule: CheckedRule) -> State:
    if rule.error:
        return "watch"
    if rule.grave:
        return rule.grave
    if not rule.failing:
        return "ok"
    wide = not rule.whole and rule.failing >= ALERT_FROM * rule.rows
    return "alert" if wide else "watch"


def _result(rule: CheckedRule) -> str:
    if rule.error:
        return "could not be run"
    if not rule.rows:
        return "no rows"
    return "fails" if rule.failing else "passes"


def _findings(named: tuple[tuple[CheckedRule, str], ...], key: str) -> tuple[Finding, ...]:
    bad = [(rule, name) for rule, name in named if _state(rule) != "ok"]
    bad.sort(key=lambda pair: (-_ORDER[_state(pair[0])], -pair[0].failing))
    if not bad:
        return (_all_pass(named, key),)
    found = [_finding(rule, name, key) for rule, name in bad[:_SPOKEN]]
    if len(bad) > _SPOKEN:
        rest = bad[_SPOKEN:]
        worst = _state(rest[0][0])
        found.append(
            Finding(
                kind="quality",
                state=worst,
                sentence=f"{len(rest)} more declared checks fail in {key}.",
                because=tuple(name for _, name in rest),
                weight=weight_of("quality", worst),
            )
        )
    return tuple(found)


def _all_pass(named: tuple[tuple[CheckedRule, str], ...], key: str) -> Finding:
    rows = max(rule.rows for rule, _ in named)
    many = (
        "The declared check passes"
        if len(named) == 1
        else f"All {len(named)} declared checks pass"
    )
    return Finding(
        kind="quality",
        state="ok",
        sentence=f"{many} on {as_rows(rows)} of {key}.",
        because=(named[0][1],),
        weight=weight_of("quality", "ok"),
    )


def _finding(rule: CheckedRule, name: str, key: str) -> Finding:
    state = _state(rule)
    if rule.error:
        sentence = f"The check '{rule.name}' could not be run on {key}: {rule.error}."
    elif rule.whole:
        sentence = f"The check '{rule.name}' fails in {key}."
    else:
        share = as_percent(rule.failing / rule.rows)
        sentence = (
            f"{as_rows(rule.failing)} of {rule.rows:,} in {key} ({share}) fail the check "
            f"'{rule.name}'."
        )
    size = 0.0 if rule.error or not rule.rows else rule.failing / rule.rows
    return Finding(
        kind="quality",
        state=state,
        sentence=sentence,
        because=(name,),
        weight=weight_of("quality", state, size),
    )
