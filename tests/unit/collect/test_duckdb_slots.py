"""What DuckDB counts by sorting and what it counts in SQL is the same; samples are of content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reportgen.collect.tables import duckdb_slots
from reportgen.collect.tables.counting import Wanted
from reportgen.collect.tables.duckdb_place import parquet_place
from reportgen.collect.tables.duckdb_slots import DuckSlots
from reportgen.collect.tables.slots import Clock
from reportgen.report import periods_between
from reportgen.report.profile import Outcomes, Plan


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    random = np.random.default_rng(3)
    many = 4_000
    score = np.round(random.random(many), 2)  # with ties
    wild = random.choice([np.inf, -np.inf, 1e300, 0.5], many)
    return pd.DataFrame(
        {
            "time": pd.Timestamp("2013-07-01", tz="UTC")
            + pd.to_timedelta(random.integers(0, 28 * 86_400, many), unit="s"),
            "temp": np.where(random.random(many) < 0.1, np.nan, random.lognormal(size=many)),
            "wild": np.where(random.random(many) < 0.1, wild, random.normal(size=many)),
            "text": random.choice(["3", "x", "4.5", " 7 ", "nan"], many),
            "carrier": random.choice(["UA", "AA", None], many),
            "late": np.where(random.random(many) < 0.1, np.nan, random.random(many) < score),
            "score": np.where(random.random(many) < 0.1, np.nan, score),
            "predicted": (score > 0.5).astype(int),
        }
    )


def counted(table: pd.DataFrame, folder: Path, task: str) -> tuple[object, ...]:
    path = folder / f"{task}.parquet"
    table.to_parquet(path)
    with parquet_place({"data": [path]}, {}).opened() as tables:
        slots = tables["data"].in_one_slot()
        wanted = [
            Wanted(name=name, role="feature", kind="level" if name == "carrier" else "number")
            for name in ("temp", "wild", "text", "carrier")
        ]
        plans = slots.plan(wanted, (0,))
        plan = Plan(
            task=task,  # type: ignore[arg-type]
            columns=plans,
            target="temp" if task == "regression" else "late",
            prediction="score" if task == "regression" else "predicted",
            score=None if task == "regression" else "score",
            positive="1",
            classes=("0", "1"),
            centre=1.0,
            score_cuts=(0.25, 0.5),
        )
        again = DuckSlots(slots.connection, slots.table)
        return (
            plans,
            slots.columns(plans, [(0,)]),
            again.columns(plans, [(0,)]),
            slots.outcomes(plan, [(0,)]),
            slots.segment(plan, ("carrier",), 0),
            slots.mean("temp", (0,)),
        )


def limited(monkeypatch: pytest.MonkeyPatch, together: int, in_memory: int) -> None:
    for name, rows in (("TOGETHER", together), ("IN_MEMORY", in_memory)):
        monkeypatch.setattr(duckdb_slots, name, rows)


@pytest.mark.parametrize("task", ["classification", "multiclass", "regression"])
def test_more_rows_than_are_ranked_together(
    table: pd.DataFrame, task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = counted(table, tmp_path, task)
    limited(monkeypatch, 10, 5_000)
    monkeypatch.setattr(duckdb_slots, "_AT_ONCE", 10)
    many = counted(table, tmp_path, task)
    assert repr(few) == repr(many)


@pytest.mark.parametrize("task", ["classification", "multiclass", "regression"])
def test_few_rows_by_sorting_and_many_in_sql(
    table: pd.DataFrame, task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans, planned, columns, outcomes, groups, mean = counted(table, tmp_path, task)
    assert planned == columns
    limited(monkeypatch, 10, 10)
    sql = counted(table, tmp_path, task)
    assert plans == sql[0]
    for name, one in columns[0].items():
        other = sql[2][0][name]
        for field in (
            "holds", "rows", "nulls", "wrong", "infinite", "smallest", "largest", "first", "last",
            "median", "counts", "spread", "unseen", "new",
        ):  # fmt: skip
            assert getattr(one, field) == getattr(other, field), (name, field)
        assert one.mean == pytest.approx(other.mean, rel=1e-9)
        assert one.m2 == pytest.approx(other.m2, rel=1e-9)
    assert_outcomes(outcomes[0], sql[3][0])
    assert [group.name for group in groups] == [group.name for group in sql[4]]
    for one, other in zip(groups, sql[4], strict=True):
        assert_outcomes(one.own, other.own)
        assert_outcomes(one.others, other.others)
    assert mean == pytest.approx(sql[5], rel=1e-12)


def assert_outcomes(one: Outcomes, other: Outcomes) -> None:
    for field in ("both", "cells", "scored", "lowest_score", "highest_score", "ups", "downs"):
        assert getattr(one, field) == getattr(other, field), field
    assert one.ranking == other.ranking  # of whole numbers: to the last digit
    assert one.sums.keys() == other.sums.keys()
    for name, total in one.sums.items():
        assert total == pytest.approx(other.sums[name], rel=1e-9), name


def test_sums_do_not_depend_on_the_order_of_the_rows(table: pd.DataFrame, tmp_path: Path) -> None:
    shuffled = table.sample(frac=1, random_state=5).reset_index(drop=True)
    for task in ("classification", "regression"):
        assert counted(table, tmp_path, task) == counted(shuffled, tmp_path, task)


def sampled(table: pd.DataFrame, path: Path, names: tuple[str, ...], most: int) -> pd.DataFrame:
    table.to_parquet(path)
    with parquet_place({"data": [path]}, {}).opened() as tables:
        (found,) = tables["data"].in_one_slot().sample(names, [(0,)], most)
    return found.sort_values(list(names)).reset_index(drop=True)


def test_a_sample_is_of_content_and_not_of_order(table: pd.DataFrame, tmp_path: Path) -> None:
    names = ("temp", "carrier")
    first = sampled(table, tmp_path / "a.parquet", names, 200)
    shuffled = table.sample(frac=1, random_state=5).reset_index(drop=True)
    second = sampled(shuffled, tmp_path / "b.parquet", names, 200)
    assert len(first) == 200
    pd.testing.assert_frame_equal(first, second)
    everything = sampled(table, tmp_path / "c.parquet", names, 4_000)
    assert len(everything) == 4_000


def test_rows_that_are_alike_do_not_crowd_out_the_others(tmp_path: Path) -> None:
    levels = np.repeat(["a", "b", "c", "d", "e"], 2_000)
    found = sampled(pd.DataFrame({"level": levels}), tmp_path / "l.parquet", ("level",), 1_000)
    assert found["level"].value_counts().between(120, 280).all()
    assert found["level"].nunique() == 5


def test_rows_of_several_groups_are_those_that_each_gives_alone(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "weeks.parquet"
    twice = pd.concat([table, table[table["carrier"] == "UA"]], ignore_index=True)
    twice.to_parquet(path)
    start = datetime(2013, 7, 1, tzinfo=UTC)
    weeks = periods_between(start, start + timedelta(days=27), "week", "UTC")
    groups, names = [(0, 3), (2,), (1,)], ["carrier", "late", "temp"]
    with parquet_place({"data": [path]}, {}).opened() as tables:
        slots = tables["data"].in_slots(Clock(column="time", local=False), tuple(weeks))
        sampled = slots.sample(names, groups, 400)
        for found, group in zip(sampled, groups, strict=True):
            (alone,) = slots.sample(names, [group], 400)
            assert len(found) == 400
            pd.testing.assert_frame_equal(
                *(one.sort_values(names, ignore_index=True) for one in (found, alone))
            )
        few, other = slots.sample(names, [(1,), (2,)], 4_000)
        assert len(few) == slots.count(None, (), ())[1].rows
        assert len(other) == slots.count(None, (), ())[2].rows
        assert [len(one) for one in slots.sample(names, [(1,), (1, 2)], 50)] == [50, 50]
