"""Rows with all that engines could read differently, and how two answers are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reportgen.collect.tables.counting import Slots, Table, Wanted
from reportgen.report import Period, period_of
from reportgen.report.profile import Plan

from ..unit.measure.mon_frames import scored_table

TIMEZONE = "America/New_York"
NUMBERS = ("temp", "big", "zero", "whole", "texts", "p_late")
LEVELS = ("carrier", "codes", "flag", "late", "predicted", "note")
MEANT = {"predicted": {"0": "no", "1": "yes"}, "late": {"0": "no", "1": "yes"}}


def awkward_rows() -> pd.DataFrame:
    """Ties, heaps of zeros, infinities, nulls, numbers as texts, texts in many alphabets."""
    table = scored_table(weeks=5, per_week=300, shift=0.5)
    random, n = np.random.default_rng(2), len(table)
    table["time"] = table["time"].astype("datetime64[us, UTC]")
    table.loc[::50, "time"] = pd.NaT
    table["big"] = np.where(random.random(n) < 0.01, np.inf, random.lognormal(3, 2, n))
    table.loc[::17, "big"] = np.nan
    table.loc[3, "big"] = -1e200
    table["zero"] = np.where(random.random(n) < 0.6, 0.0, random.normal(size=n))
    table["whole"] = random.integers(-5, 6, n)
    table["flag"] = random.random(n) < 0.3
    table["texts"] = random.choice(["1.5", " 2 ", "x", "1e3", "-.5", "", None], n)
    table["codes"] = random.choice([1.0, 2.0, 2.5, 1e-7, np.nan], n)
    table["note"] = random.choice(["a", "B", "ä", "Z", "_x", "it's", "", "10", "9", None], n)
    table["p_late"] = table["p_late"].round(2)  # many ties
    return table


def weeks(table: pd.DataFrame) -> list[Period]:
    """The last three weeks; the first two lie before them."""
    last = period_of(table["time"].max().floor("s").to_pydatetime(), "week", TIMEZONE)
    return [last.previous().previous(), last.previous(), last]


def same(one: Any, other: Any, at: str = "") -> None:
    """Fail where two answers differ: numbers by more than 1e-9, all else at all."""
    if is_dataclass(one):
        for each in fields(one):
            same(getattr(one, each.name), getattr(other, each.name), f"{at}.{each.name}")
    elif isinstance(one, Mapping):
        assert one.keys() == other.keys(), at
        for key, item in one.items():
            same(item, other[key], f"{at}[{key}]")
    elif isinstance(one, Sequence) and not isinstance(one, str):
        assert len(one) == len(other), at
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            same(mine, theirs, f"{at}[{place}]")
    elif isinstance(one, float):
        assert other == pytest.approx(one, rel=1e-9, abs=1e-12), at
    else:
        assert one == other, at


def assert_same_table(one: Table, other: Table) -> None:
    """What is asked of a table before it is cut into periods."""
    assert one.names == other.names
    for name in one.names:
        assert one.holds(name) == other.holds(name), name
        assert one.fractions(name) == other.fractions(name), name
    for name in ("carrier", "codes", "late", "predicted", "flag"):
        assert one.levels(name, 1000) == other.levels(name, 1000), name
    assert one.rows() == other.rows()
    clock = one.clock("time")
    assert clock is not None
    assert clock == other.clock("time")
    assert one.ends(clock) == other.ends(clock)


def assert_same_slots(one: Slots, other: Slots) -> None:
    """What is asked of rows in their periods: every answer of the seam."""
    counted = [
        {slot: (found.rows, found.labelled) for slot, found in side.count("late", (), ()).items()}
        for side in (one, other)
    ]
    assert counted[0] == counted[1]
    names = (*NUMBERS, *LEVELS)
    known = [side.values(names, (0, 1)) for side in (one, other)]
    assert {n for n in names if known[0][n]} == {n for n in names if known[1][n]}
    same(one.mean("big", (0, 1)), other.mean("big", (0, 1)))
    plans = assert_same_plans(one, other)
    groups = [(2,), (0,), (1,)]
    same(one.columns(plans, groups), other.columns(plans, groups), "columns")
    binary = Plan(
        task="classification",
        target="late",
        prediction="predicted",
        score="p_late",
        positive="yes",
        score_cuts=next(plan for plan in plans if plan.name == "p_late").fine,
    )
    several = Plan(
        task="multiclass", target="note", prediction="carrier", classes=("AA", "DL", "a", "it's")
    )
    numbers = Plan(task="regression", target="temp", prediction="zero", centre=14.2)
    for plan in (binary, several, numbers):
        same(one.outcomes(plan, groups), other.outcomes(plan, groups), plan.task)
    same(one.outcomes(binary, [(0, 1)]), other.outcomes(binary, [(0, 1)]), "together")
    for segment in (("carrier",), ("codes", "flag"), ("note", "whole")):
        same(one.segment(binary, segment, 2), other.segment(binary, segment, 2), str(segment))


def assert_same_plans(one: Slots, other: Slots) -> Any:
    """Exactly the same cuts and levels, to the last digit."""
    wanted = [
        *(Wanted(name=name, role="feature", kind="number") for name in NUMBERS),
        *(Wanted(name=name, role="feature", kind="level") for name in LEVELS),
        Wanted(name="time", role="feature", kind="time"),
        Wanted(name="lacking", role="feature", kind="number"),
    ]
    plans = one.plan(wanted, (0, 1))
    assert plans == other.plan(wanted, (0, 1))
    return plans


def assert_picks_rows(one: Slots, table: pd.DataFrame) -> None:
    """A sample is of the group's own rows, the same in whatever order they lie."""
    names = ["temp", "carrier", "whole"]
    (picked,) = one.sample(names, [(0, 1)], 50)
    assert len(picked) == 50
    assert picked["temp"].isin(table["temp"]).all()
    fewer, more = one.sample(names, [(0, 1)], 20) + one.sample(names, [(0, 1)], 10_000)
    assert fewer.equals(picked[:20])
    assert more["temp"].nunique() > 500


def write_parquet(table: pd.DataFrame, folder: Path) -> Path:
    """As a pin would hold them."""
    path = folder / "scored.parquet"
    table.to_parquet(path, index=False)
    return path
