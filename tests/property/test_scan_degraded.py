"""Whatever is wrong with a table, counting says what reading says, and names what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reportgen.measure import judge
from reportgen.report import Part
from reportgen.report.spec import DriftSpec
from tests.unit.collect.test_scan_reports import assert_same, both_ways

WEEK = pd.Timedelta(days=7)
START = pd.Timestamp("2013-06-03", tz="UTC")  # a Monday
Fill = Callable[[np.random.Generator, int], Any]

NUMBERS: dict[str, Fill] = {
    "usual": lambda random, n: random.normal(size=n),
    "all null": lambda random, n: np.full(n, np.nan),
    "some null": lambda random, n: np.where(random.random(n) < 0.6, np.nan, 1.0),
    "infinite": lambda random, n: random.choice([np.inf, -np.inf, 0.5, 1e300, -1e200], n),
    "constant": lambda random, n: np.full(n, 7.0),
    "of another type": lambda random, n: random.choice(["warm", "cold", "3.5"], n),
    "whole": lambda random, n: random.integers(0, 3, n),
}
LEVELS: dict[str, Fill] = {
    "usual": lambda random, n: random.choice(["UA", "AA", "DL"], n),
    "unseen": lambda random, n: random.choice(["UA", "ZZ", "it's"], n),
    "all null": lambda random, n: np.full(n, None, dtype=object),
    "one level": lambda random, n: np.full(n, "UA"),
    "of another type": lambda random, n: random.integers(0, 3, n) + 0.5,
    "many": lambda random, n: np.array([f"level {at}" for at in range(n)], dtype=object),
}
LABELS: dict[str, Fill] = {
    "usual": lambda random, n: random.integers(0, 2, n).astype(float),
    "all null": lambda random, n: np.full(n, np.nan),
    "some null": lambda random, n: random.choice([0.0, 1.0, np.nan], n),
    "one class": lambda random, n: np.ones(n),
}
SCORES: dict[str, Fill] = {
    "usual": lambda random, n: random.random(n),
    "all null": lambda random, n: np.full(n, np.nan),
    "tied": lambda random, n: random.choice([0.2, 0.8], n),
    "no probability": lambda random, n: random.normal(size=n) * 5,
}


@dataclass(frozen=True)
class Drawn:
    """What is wrong in the reported week, and how many rows there are."""

    number: str
    level: str
    label: str
    score: str
    rows: int
    reference: bool
    gone: str
    seed: int


DRAWN = st.builds(
    Drawn,
    number=st.sampled_from(list(NUMBERS)),
    level=st.sampled_from(list(LEVELS)),
    label=st.sampled_from(list(LABELS)),
    score=st.sampled_from(list(SCORES)),
    rows=st.sampled_from([0, 1, 2, 9, 40, 120]),
    reference=st.booleans(),
    gone=st.sampled_from(["", "", "", "temp", "carrier"]),
    seed=st.integers(0, 1000),
)


def rows_of(drawn: Drawn, n: int, week: int, *, spoilt: bool) -> pd.DataFrame:
    random = np.random.default_rng([drawn.seed, week])
    kinds = (drawn.number, drawn.level, drawn.label, drawn.score) if spoilt else ("usual",) * 4
    fills = (NUMBERS, LEVELS, LABELS, SCORES)
    number, level, label, score = (
        fill[kind](random, n) for fill, kind in zip(fills, kinds, strict=True)
    )
    offset = pd.to_timedelta(random.integers(0, 7 * 86_400, n), unit="s")
    return pd.DataFrame(
        {
            "time": (START + week * WEEK + offset).astype("datetime64[us, UTC]"),
            "temp": pd.Series(number),
            "carrier": pd.Series(level),
            "late": pd.Series(label, dtype=float),
            "predicted": random.integers(0, 2, n),
            "p_late": pd.Series(score, dtype=float),
        }
    )


def in_one_type(column: pd.Series[Any]) -> pd.Series[Any]:
    """As parquet would hold it: texts where any value is one, else numbers."""
    if any(isinstance(value, str) for value in column):
        return column.map(lambda value: None if pd.isna(value) else str(value)).astype("str")
    return column.astype(float)


def tables(drawn: Drawn) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    weeks = [rows_of(drawn, 60, week, spoilt=False) for week in range(4)]
    now = rows_of(drawn, drawn.rows, 4, spoilt=True)
    if drawn.reference:
        table = pd.concat([now, now.iloc[:0]], ignore_index=True)
        for name in ("temp", "carrier"):
            table[name] = in_one_type(table[name]) if len(table) else table[name].astype(float)
        reference: pd.DataFrame | None = pd.concat(weeks, ignore_index=True)
        if not len(table):
            table = weeks[0]
    else:
        parts = [one.astype({"temp": object, "carrier": object}) for one in (*weeks, now)]
        table = pd.concat(parts, ignore_index=True)
        for name in ("temp", "carrier"):
            table[name] = in_one_type(table[name])
        reference = None
    return table.drop(columns=[drawn.gone] if drawn.gone else []), reference


def measured(drawn: Drawn, folder: Path) -> tuple[Part, Part]:
    table, reference = tables(drawn)
    return both_ways(
        table,
        folder,
        reference=reference,
        types={"temp": "number", "carrier": "category"},
        features=None,
        segments=() if drawn.gone == "carrier" else (("carrier",),),
        timezone="UTC",
        task="classification",
        positive=1,
        at=(START + 4 * WEEK + pd.Timedelta(days=1)).to_pydatetime(),
        estimated=False,
        drift=DriftSpec(multivariate=False),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("degraded")


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a report is too long to shrink
)
@given(DRAWN)
def test_counting_says_what_reading_says(folder: Path, drawn: Drawn) -> None:
    read, scanned = measured(drawn, folder)
    assert_same(read, scanned)
    names = {value.name for value in scanned.values}
    assert set(judge("monitoring", scanned, ()).because) <= names
    assert all(set(finding.because) <= names for finding in scanned.findings)


SPOILT = Drawn(
    number="usual",
    level="usual",
    label="usual",
    score="usual",
    rows=120,
    reference=True,
    gone="",
    seed=1,
)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"gone": "temp"}, "temp is missing in 2013-W27: it is not in the data."),
        ({"number": "all null"}, "temp is empty in 2013-W27"),
        ({"number": "some null"}, "of temp is missing in 2013-W27"),
        ({"number": "infinite"}, "the range of the reference"),
        ({"number": "constant"}, "temp holds nothing but 7"),
        ({"number": "of another type"}, "temp is of another type in 2013-W27"),
        ({"level": "unseen"}, "carrier"),
        ({"level": "all null"}, "carrier is empty in 2013-W27"),
        ({"label": "all null"}, ""),
        ({"label": "one class"}, ""),
        ({"rows": 0, "reference": False}, "2013-W27 has no rows"),
        ({"score": "no probability"}, ""),
    ],
)
def test_what_is_wrong_is_named(folder: Path, wrong: dict[str, Any], said: str) -> None:
    read, scanned = measured(replace(SPOILT, **wrong), folder)
    assert_same(read, scanned)
    sentences = [finding.sentence for finding in scanned.findings]
    assert any(said in sentence for sentence in sentences), sentences
