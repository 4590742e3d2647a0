"""Texts against the numbers they rest on: a text holds as long as what it takes for granted does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reportgen.report.data import Expectation, Narrative, Part
from reportgen.report.rounding import write_limit, write_value
from reportgen.report.value import Fact, Value

__all__ = ["hold_expectations"]


def hold_expectations(narrative: tuple[Narrative, ...], part: Part) -> tuple[Narrative, ...]:
    """Let a text expire when a value or fact is not as the text takes for granted.

    Parameters
    ----------
    part : the record, with every name that a text rests on

    Returns
    -------
    the same sections; one that expired for this reason says which value it was
    """
    expected = {item.name for entry in narrative for item in entry.expects}
    values = {value.name: value for value in part.values if value.name in expected}
    facts = {fact.name: fact for fact in part.facts if fact.name in expected}
    return tuple(_held(entry, values, facts) for entry in narrative)


def _held(entry: Narrative, values: Mapping[str, Value], facts: Mapping[str, Fact]) -> Narrative:
    broken = [
        _said_of(facts[item.name], item)
        if item.equals is not None
        else _read(values[item.name], item)
        for item in entry.expects
    ]
    reasons = [reason for reason in broken if reason]
    if not reasons:
        return entry
    earlier = [entry.reason] if entry.state == "expired" else []
    text = entry.text or f"Not applicable: {entry.reason}"
    return replace(entry, state="expired", text=text, reason="; ".join([*earlier, *reasons]))


def _said_of(fact: Fact, expected: Expectation) -> str:
    if fact.text == expected.equals:
        return ""
    return f"it rests on {fact.name} being {expected.equals}; it is {fact.text}"


def _read(value: Value, expected: Expectation) -> str:
    low, high = expected.minimum, expected.maximum
    rests = f"it rests on {value.name} being {_range(value, low, high)}"
    if value.number is None:
        return f"{rests}; it is not available ({value.reason})"
    if (low is None or value.number >= low) and (high is None or value.number <= high):
        return ""
    crossed = low if low is not None and value.number < low else high
    return f"{rests}; it is {_told_apart(value, crossed)}"


def _range(value: Value, low: float | None, high: float | None) -> str:
    ends = [None if end is None else write_limit(end, value.unit) for end in (low, high)]
    if ends[0] is not None and ends[1] is not None:
        return f"{ends[0]} to {ends[1]}"
    return f"at least {ends[0]}" if ends[0] is not None else f"at most {ends[1]}"


def _told_apart(value: Value, limit: float | None) -> str:
    """Write the number as the page does, unless it would then read like the limit it crossed."""
    shown = write_value(value).number
    if limit is not None and shown == write_value(replace(value, number=limit)).number:
        return f"{value.number:.6g}"
    return shown
