"""A report that is published again: what it said before, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reportgen.measure.monitoring.values import cell, counted, text
from reportgen.measure.wording import in_sentence, listed, plain_number
from reportgen.report.data import Cell, Column, Finding, Part, ReportData, Table
from reportgen.report.revision import Revision
from reportgen.report.value import Provenance, Value, value_name

__all__ = ["measure_revisions"]

_BY = "revisions.record@1"
_COUNTS = (("rows", "volume.rows", "Rows"), ("labels", "labels.rows", "Outcomes known"))
_DIGITS = 7
_UNREAD = "its record cannot be read"
# What of the inputs differs, in words; what is none of these is a setting.
_PINS: Mapping[str, str] = {
    "data": "newer data",
    "model": "another model version",
    "reference": "another reference",
    "history": "another pinned history",
}
_WORDS: Mapping[str, str] = {
    "template": "another template",
    "settings": "another look",
    "versions": "other versions of the software",
    "checks": "other checks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """One revision in the row of all: an earlier one, or the one that is being made."""

    name: str
    record: ReportData | None
    inputs: Mapping[str, Any]
    own: bool = False

    def value(self, path: str) -> Value | None:
        return None if self.record is None else self.record.values.get(path)


def measure_revisions(
    data: ReportData, inputs: Mapping[str, Any], earlier: tuple[Revision, ...]
) -> Part:
    """Set a record beside those of the revisions before it.

    Parameters
    ----------
    data : the record as measured; its own values stand in the last revision's row
    inputs : what it is made from, but for the revisions
    earlier : oldest first; none: there is nothing to say

    Returns
    -------
    values ``revisions.*[revision=r1]`` copied from earlier records, how many rows and outcomes
    came since the revision before, the table ``revisions`` and a finding

    Notes
    -----
    Two revisions share most of their rows, so their intervals say nothing of the difference, and
    none is computed: it is said whether a number lies in the interval that was given before.
    """
    if not earlier:
        return Part()
    stages = [_Stage(name=e.name, record=e.record, inputs=e.inputs) for e in earlier]
    stages.append(_Stage(name="this one", record=data, inputs=inputs, own=True))
    metrics = _headlines(data)
    shas = {revision.name: revision.sha256 for revision in earlier}
    values = [
        value for stage in stages[:-1] for value in _copied(stage, metrics, shas[stage.name])
    ]
    values += _came(stages[-2], stages[-1])
    table = _table(data, stages, metrics)
    finding = _finding(data, stages[-2], stages[-1], metrics, {v.name for v in values})
    return Part(values=tuple(values), tables=(table,), findings=(finding,))


def _headlines(data: ReportData) -> tuple[str, ...]:
    """Give the metrics that the page speaks of, which are those of its history."""
    history = data.tables.get("performance.history")
    names = () if history is None else tuple(column.name for column in history.columns)
    return tuple(name for name in names if f"performance.{name}" in data.values)


def _paths(metrics: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    counts = tuple((short, path) for short, path, _ in _COUNTS)
    return (*counts, *((name, f"performance.{name}") for name in metrics))


def _copied(stage: _Stage, metrics: tuple[str, ...], sha256: str) -> list[Value]:
    """Take over what an earlier record says, with the record as its source."""
    found = []
    for short, path in _paths(metrics):
        value = stage.value(path)
        if value is None or stage.record is None:
            continue
        source = {"value": path, "revision": stage.name, "record": sha256}
        pin = stage.record.pins.get("data")
        if pin is not None:
            source["data"] = f"{pin.name} {pin.version}"
        copied = replace(
            value,
            name=value_name(f"revisions.{short}", revision=stage.name),
            label=f"{value.label or short}, {stage.name}",
            provenance=Provenance(by=_BY, parameters=source),
        )
        found.append(copied)
    return found


def _came(before: _Stage, now: _Stage) -> list[Value]:
    """Count rows and outcomes that came since the revision before; fewer than none: they went."""
    found = []
    for short, path, label in _COUNTS:
        then, is_now = before.value(path), now.value(path)
        if then is None or is_now is None or then.number is None or is_now.number is None:
            continue
        found.append(
            counted(
                f"revisions.{short}.change",
                is_now.number - then.number,
                by="revisions.change@1",
                label=f"{label}, since {before.name}",
                parameters={"since": before.name},
            )
        )
    return found


def _table(data: ReportData, stages: list[_Stage], metrics: tuple[str, ...]) -> Table:
    labels = [data.values[f"performance.{name}"] for name in metrics]
    roles = _moving_roles(stages)
    pairs = zip([None, *stages[:-1]], stages, strict=True)
    rows = [
        (
            text(stage.name),
            text(_pins(stage.inputs, roles)),
            *(_cell(stage, short, path) for short, path in _paths(metrics)),
            text(_verdict(stage)),
            text(_differs(before, stage, metrics)),
        )
        for before, stage in pairs
    ]
    return Table(
        name="revisions",
        title=f"Revisions of {data.edition}, the newest first",
        columns=(
            Column(name="revision", label="Revision"),
            Column(name="pins", label="Made from"),
            *(Column(name=short, label=label, unit="rows") for short, _, label in _COUNTS),
            *(
                Column(name=name, label=value.label or name, unit=value.unit)
                for name, value in zip(metrics, labels, strict=True)
            ),
            Column(name="verdict", label="Verdict"),
            Column(name="changed", label="What changed"),
        ),
        rows=tuple(reversed(rows)),
        note=_note(stages[-1].inputs, roles),
    )


def _cell(stage: _Stage, short: str, path: str) -> Cell:
    if stage.value(path) is None:
        return text("–")
    return cell(path if stage.own else value_name(f"revisions.{short}", revision=stage.name))


def _shas(inputs: Mapping[str, Any]) -> dict[str, str]:
    pins = inputs.get("pins")
    if not isinstance(pins, Mapping):
        return {}
    return {
        str(role): str(pin["sha256"])
        for role, pin in pins.items()
        if isinstance(pin, Mapping) and "sha256" in pin
    }


def _moving_roles(stages: list[_Stage]) -> tuple[str, ...]:
    """Name the pins that are not the same in all revisions; the data in any case."""
    found = [_shas(stage.inputs) for stage in stages]
    roles = dict.fromkeys(role for pins in found for role in sorted(pins))
    moving = [r for r in roles if r == "data" or len({pins.get(r) for pins in found}) > 1]
    return tuple(sorted(moving, key=lambda role: (role != "data", role)))


def _pins(inputs: Mapping[str, Any], roles: tuple[str, ...]) -> str:
    found = _shas(inputs)
    return ", ".join(f"{role} {found[role][:_DIGITS]}" for role in roles if role in found) or "–"


def _note(inputs: Mapping[str, Any], roles: tuple[str, ...]) -> str:
    same = tuple(
        f"{role} {sha256[:_DIGITS]}"
        for role, sha256 in sorted(_shas(inputs).items())
        if role not in roles
    )
    said = f" All were made from the same {listed(same)}." if same else ""
    return (
        "Pins stand with the first digits of their SHA-256. Each revision stays as it was "
        f"published.{said}"
    )


def _verdict(stage: _Stage) -> str:
    if stage.record is None:
        return "–"
    return f"{stage.record.verdict.state}{', provisional' if stage.record.provisional else ''}"


def _differs(before: _Stage | None, now: _Stage, metrics: tuple[str, ...]) -> str:
    """Say in a few words what is not as in the revision before."""
    if before is None:
        return "first published" if now.record is not None else _UNREAD
    if now.record is None:
        return _UNREAD
    said = [*_inputs(before.inputs, now.inputs), *_counts(before, now)]
    left = tuple(in_sentence(v.label) for v in _moved(before, now, metrics)[1])
    if left:
        said.append(f"{listed(left)} outside the interval given before")
    return "; ".join(said) or "nothing that is shown here"


def _inputs(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name the inputs that differ: pins by role, then what else a page is made of."""
    then, shas = _shas(before), _shas(now)
    roles = sorted({*then, *shas}, key=lambda role: (role != "data", role))
    said = [
        _PINS.get(role, f"another {role}") for role in roles if then.get(role) != shas.get(role)
    ]
    others = {key for key in {*before, *now} - {"pins", "revisions"} if _other(before, now, key)}
    words = [_WORDS.get(key, "other settings") for key in sorted(others)]
    return list(dict.fromkeys([*said, *words]))


def _other(before: Mapping[str, Any], now: Mapping[str, Any], key: str) -> bool:
    return bool(before.get(key) != now.get(key))


def _counts(before: _Stage, now: _Stage) -> list[str]:
    return [
        f"{'more' if (value.number or 0) > 0 else 'fewer'} {_noun(value)}s"
        for value in _came(before, now)
        if value.number
    ]


def _noun(value: Value) -> str:
    return "outcome" if value.name == "revisions.labels.change" else "row"


def _moved(
    before: _Stage, now: _Stage, metrics: tuple[str, ...]
) -> tuple[list[Value], list[Value]]:
    """Part the metrics into those within the interval that was given before, and the others."""
    inside: list[Value] = []
    outside: list[Value] = []
    for name in metrics:
        then, value = before.value(f"performance.{name}"), now.value(f"performance.{name}")
        if then is None or value is None or value.number is None or then.interval is None:
            continue
        held = then.interval.low <= value.number <= then.interval.high
        (inside if held else outside).append(value)
    return inside, outside


def _finding(
    data: ReportData, before: _Stage, now: _Stage, metrics: tuple[str, ...], known: set[str]
) -> Finding:
    came = {v.name: v for v in _came(before, now)}
    why = _inputs(before.inputs, now.inputs)
    said = [f"This page takes the place of {before.name} of {data.edition}"]
    if before.record is None:
        said[0] += f", of which {_UNREAD}"
    told = [_gained(value) for value in came.values() if value.number]
    reason = f" ({listed(tuple(why))})" if why else ""
    if told:
        said[0] += f": {listed(tuple(told))} since{reason}."
    else:
        said[0] += (
            f"{reason}."
            if before.record is None
            else f": the same number of rows and outcomes{reason}."
        )
    said += _metric_words(before, now, metrics)
    if before.record is not None and before.record.verdict.state != data.verdict.state:
        said.append(
            f"The verdict went from {before.record.verdict.state} to {data.verdict.state}."
        )
    state = before.record.verdict.state if before.record is not None else data.verdict.state
    settled = state == data.verdict.state and not _moved(before, now, metrics)[1]
    changed = sorted(came, key=lambda name: not came[name].number)
    names = [*changed, *(value_name(f"revisions.{m}", revision=before.name) for m in metrics)]
    return Finding(
        kind="revision",
        state="ok" if settled else "watch",
        sentence=" ".join(said),
        because=tuple(name for name in names if name in known),
        weight=0.0,
    )


def _gained(value: Value) -> str:
    number = int(value.number or 0)
    sign = "more" if number > 0 else "fewer"
    return f"{abs(number):,} {sign} {_noun(value)}{'' if abs(number) == 1 else 's'}"


def _metric_words(before: _Stage, now: _Stage, metrics: tuple[str, ...]) -> list[str]:
    inside, outside = _moved(before, now, metrics)
    said = []
    for value in outside:
        then = before.value(value.name)
        assert then is not None
        assert then.number is not None
        assert value.number is not None
        old = plain_number(then.number, then.interval, unit=then.unit)
        new = plain_number(value.number, value.interval, unit=value.unit)
        said.append(f"{value.label} went from {old} to {new}, outside the interval given before.")
    if inside:
        names = listed(tuple(in_sentence(value.label) for value in inside))
        verb = "lies" if len(inside) == 1 else "lie"
        sentence = f"{names} {verb} in the interval{'' if len(inside) == 1 else 's'} given before."
        said.append(f"{sentence[:1].upper()}{sentence[1:]}")
    return said
