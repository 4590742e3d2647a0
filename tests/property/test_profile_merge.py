"""Profiles of parts add up to the profile of the whole, and are the same after JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score

from reportgen.collect.tables.planning import plan_column
from reportgen.collect.tables.relation import Relation, connected, parquet_relation
from reportgen.collect.tables.scan import SLOT, scan_columns
from reportgen.collect.tables.scan_outcomes import scan_outcomes
from reportgen.measure.drift.drift import quantile_edges
from reportgen.measure.monitoring.performance_outcomes import measure_outcomes
from reportgen.report.profile import (
    ColumnPlan,
    Plan,
    Profile,
    merge,
    merge_all,
)
from reportgen.report.profile_plain import profile_from_json, profile_json

numbers = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e300]),
    st.floats(-1e6, 1e6, allow_nan=False),
)
levels = st.one_of(
    st.none(), st.sampled_from(["", "a", "b", "é", "a'b", "z"]), st.text(max_size=3)
)
rows = st.lists(
    st.tuples(
        st.integers(0, 2), numbers, levels, st.sampled_from([0, 1, None]), st.integers(0, 4)
    ),
    min_size=1,
    max_size=60,
)


def table_of(drawn: list[tuple[Any, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(drawn, columns=["slot", "x", "c", "t", "s"])
    clean = [c.replace("\x00", "") if isinstance(c, str) else None for c in table["c"]]
    return pd.DataFrame(
        {
            "slot": table["slot"].astype("int64"),
            "x": table["x"].astype(float),
            "c": pd.Series(clean, dtype="str"),
            "t": table["t"].astype("Int64"),
            "s": table["s"] / 4,
        }
    )


def profiles_of(table: pd.DataFrame, path: Path, slot: str, slots: int) -> list[Profile]:
    table.to_parquet(path)
    with connected() as connection:
        whole = parquet_relation(connection, (path,))
        columns = (
            plan_column(connection, whole, "x", "feature", "number"),
            ColumnPlan(name="c", kind="level", levels=("a", "b", "d"), common=2, ranges=("d",)),
        )
        plan = Plan(
            task="classification",
            columns=columns,
            target="t",
            score="s",
            positive="1",
            score_cuts=(0.0, 0.25, 0.5, 0.75),
        )
        cut = Relation(sql=f"(SELECT {slot} AS {SLOT}, * FROM {whole.sql})", types=whole.types)
        held = scan_columns(connection, cut, columns, slots)
        outcomes = scan_outcomes(connection, cut, plan, slots)
    return [
        Profile(plan=plan.digest, rows=one["c"].rows, columns=one, outcomes=said)
        for one, said in zip(held, outcomes, strict=True)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profiles")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows)
def test_parts_add_up_to_the_whole(folder: Path, drawn: list[tuple[Any, ...]]) -> None:
    table = table_of(drawn)
    parts = profiles_of(table, folder / "rows.parquet", "slot", 3)
    (whole,) = profiles_of(table, folder / "rows.parquet", "0", 1)
    added, other_way = merge_all(tuple(parts)), merge_all(tuple(reversed(parts)))
    for found in (added, other_way):
        assert found.rows == whole.rows == len(table)
        for name in ("x", "c"):
            one, all_ = found.columns[name], whole.columns[name]
            for field in ("rows", "nulls", "wrong", "infinite", "counts", "spread", "unseen"):
                assert getattr(one, field) == getattr(all_, field), field
            for field in ("smallest", "largest", "first", "last", "new", "holds"):
                assert getattr(one, field) == getattr(all_, field), field
            assert one.mean == pytest.approx(all_.mean, rel=1e-9, abs=1e-6)
            assert one.m2 == pytest.approx(all_.m2, rel=1e-9, abs=1e-3)
        mine, theirs = found.outcomes, whole.outcomes
        assert mine is not None
        assert theirs is not None
        assert (mine.cells, mine.scored, mine.ups) == (theirs.cells, theirs.scored, theirs.ups)
        for name, total in theirs.sums.items():
            assert mine.sums[name] == pytest.approx(total, rel=1e-9)
    for profile in (*parts, whole, added):
        assert profile_from_json(profile_json(profile)) == profile
        assert profile_json(profile_from_json(profile_json(profile))) == profile_json(profile)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows)
def test_a_scan_counts_what_numpy_and_scikit_learn_count(
    folder: Path, drawn: list[tuple[Any, ...]]
) -> None:
    table = table_of(drawn)
    (whole,) = profiles_of(table, folder / "rows.parquet", "0", 1)
    x = table["x"].to_numpy()
    known, finite = x[~np.isnan(x)], x[np.abs(x) <= 1e150]
    column = whole.columns["x"]
    assert (column.rows, column.nulls) == (len(x), int(np.isnan(x).sum()))
    assert sum(column.counts) == len(known)
    assert column.smallest == (finite.min() if len(finite) else None)
    if len(finite):
        assert column.mean == pytest.approx(finite.mean(), rel=1e-9, abs=1e-6)
        assert column.m2 == pytest.approx(
            ((finite - finite.mean()) ** 2).sum(), rel=1e-6, abs=1e-3
        )
    said = whole.outcomes
    assert said is not None
    labelled = table[table["t"].notna()]
    truth, score = labelled["t"].astype(int).to_numpy(), labelled["s"].to_numpy()
    assert said.scored == len(labelled)
    if len(set(truth.tolist())) == 2:
        assert said.ranking is not None
        assert said.ranking.area == pytest.approx(roc_auc_score(truth, score), abs=1e-12)
        assert said.sums["log_loss"] / said.scored == pytest.approx(log_loss(truth, score))
        # Every score is a cut, so that even the histograms rank as the rows do.
        twice = merge(whole, whole).outcomes
        assert twice is not None
        binned = measure_outcomes([twice], "classification", 0.95, score=True)
        assert binned["roc_auc"].number[0] == pytest.approx(said.ranking.area, abs=1e-12)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 1e6, -3.0]), min_size=1, max_size=90))
def test_cuts_are_the_quantiles_of_numpy(folder: Path, drawn: list[float]) -> None:
    pd.DataFrame({"x": drawn}).to_parquet(folder / "x.parquet")
    with connected() as connection:
        table = parquet_relation(connection, (folder / "x.parquet",))
        plan = plan_column(connection, table, "x", "feature", "number")
    tenths, fortieths = (quantile_edges(np.array(drawn), many) for many in (10, 40))
    assert plan.edges == tuple(tenths)
    assert plan.fine == tuple(np.union1d(tenths, fortieths))
    assert plan.cuts[-1] == max(drawn)


def test_profiles_of_different_plans_are_not_added() -> None:
    with pytest.raises(ValueError, match="different plans"):
        merge(Profile(plan="a"), Profile(plan="b"))


def test_another_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="schema 1"):
        profile_from_json('{"schema":2}')


def test_sums_do_not_depend_on_the_number_of_threads(folder: Path) -> None:
    random = np.random.default_rng(1)
    table = pd.DataFrame({"x": random.lognormal(size=300_000), "slot": 0})
    table.to_parquet(folder / "many.parquet", row_group_size=20_000)
    found = []
    for threads in (1, 2, 4):
        with connected() as connection:
            connection.execute(f"SET threads = {threads}")
            whole = parquet_relation(connection, (folder / "many.parquet",))
            plan = plan_column(connection, whole, "x", "feature", "number")
            cut = Relation(sql=f"(SELECT slot AS {SLOT}, * FROM {whole.sql})", types=whole.types)
            found.append((plan, scan_columns(connection, cut, (plan,), 1)))
    assert found[0] == found[1] == found[2]


def test_a_profile_of_25_columns_is_small(folder: Path) -> None:
    random = np.random.default_rng(2)
    many = 20_000
    table = pd.DataFrame({f"number_{at}": random.lognormal(size=many) for at in range(20)})
    for at, size in enumerate((2, 5, 20, 200, 400)):
        table[f"level_{at}"] = random.integers(0, size, many).astype(str)
    table.to_parquet(folder / "wide.parquet")
    with connected() as connection:
        whole = parquet_relation(connection, (folder / "wide.parquet",))
        plans = tuple(
            plan_column(connection, whole, name, "feature", whole.holds(name))
            for name in whole.types
        )
        cut = Relation(sql=f"(SELECT 0 AS {SLOT}, * FROM {whole.sql})", types=whole.types)
        (columns,) = scan_columns(connection, cut, plans, 1)
    profile = Profile(plan="0" * 64, rows=many, columns=columns)
    assert len(profile_json(profile).encode()) < 40_000
