"""Profiles as plain data and as JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reportgen.report.profile import (
    PROFILE_SCHEMA,
    ColumnPlan,
    ColumnProfile,
    Outcomes,
    Profile,
    Ranking,
    plain_of,
)

__all__ = [
    "columns_from",
    "columns_plain",
    "outcomes_from",
    "outcomes_plain",
    "plan_from",
    "plan_plain",
    "profile_from_json",
    "profile_from_plain",
    "profile_json",
    "profile_plain",
]


def profile_json(profile: Profile) -> str:
    """Write a profile in the one way that has one spelling: compact, sorted, no NaN."""
    plain = {"schema": PROFILE_SCHEMA, **profile_plain(profile)}
    return (
        json.dumps(
            plain, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        + "\n"
    )


def profile_from_json(text: str) -> Profile:
    """Read a profile back.

    Raises
    ------
    ValueError
        It is of another schema, or no profile.
    """
    plain = json.loads(text)
    if not isinstance(plain, dict) or plain.pop("schema", None) != PROFILE_SCHEMA:
        raise ValueError(f"this is no profile of schema {PROFILE_SCHEMA}")
    return profile_from_plain(plain)


def profile_plain(profile: Profile) -> dict[str, Any]:
    """Turn a profile into plain data."""
    outcomes = profile.outcomes
    return {
        "plan": profile.plan,
        "rows": profile.rows,
        "labelled": profile.labelled,
        "columns": columns_plain(profile.columns),
        "outcomes": None if outcomes is None else outcomes_plain(outcomes),
    }


def profile_from_plain(plain: Mapping[str, Any]) -> Profile:
    """Turn plain data back into a profile."""
    outcomes = plain["outcomes"]
    return Profile(
        plan=plain["plan"],
        rows=plain["rows"],
        labelled=plain["labelled"],
        columns=columns_from(plain["columns"]),
        outcomes=None if outcomes is None else outcomes_from(outcomes),
    )


def columns_plain(columns: Mapping[str, ColumnProfile]) -> dict[str, dict[str, Any]]:
    """Turn profiles of columns into plain data; what is as in an empty one is left out."""
    empty = plain_of(ColumnProfile())
    return {
        name: {key: held for key, held in plain_of(one).items() if held != empty[key]}
        for name, one in columns.items()
    }


def columns_from(plain: Mapping[str, Mapping[str, Any]]) -> dict[str, ColumnProfile]:
    """Turn plain data back into profiles of columns."""
    return {name: _column(column) for name, column in plain.items()}


def _column(plain: Mapping[str, Any]) -> ColumnProfile:
    found = ColumnProfile(**plain)
    new = tuple((str(level), int(rows)) for level, rows in found.new)
    return replace(found, counts=tuple(found.counts), spread=tuple(found.spread), new=new)


def outcomes_plain(outcomes: Outcomes) -> dict[str, Any]:
    """Turn outcomes into plain data."""
    ranking = outcomes.ranking
    return {**plain_of(outcomes), "ranking": None if ranking is None else plain_of(ranking)}


def outcomes_from(plain: Mapping[str, Any]) -> Outcomes:
    """Turn plain data back into outcomes."""
    ranking = plain["ranking"]
    lists = {name: tuple(plain[name]) for name in ("cells", "ups", "downs")}
    return Outcomes(
        **{**plain, **lists, "ranking": None if ranking is None else Ranking(**ranking)}
    )


def plan_plain(plan: ColumnPlan) -> dict[str, Any]:
    """Turn the plan of a column into plain data."""
    return plain_of(plan)


def plan_from(plain: Mapping[str, Any]) -> ColumnPlan:
    """Turn plain data back into the plan of a column."""
    lists = {name: tuple(plain[name]) for name in ("cuts", "fine", "edges", "levels", "ranges")}
    return ColumnPlan(**{**plain, **lists})
