"""Short runs of benchmarks/false_alarms.py and power.py: quiet where nothing moved, not deaf."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from reportgen.measure.drift.drift import compare
from reportgen.measure.drift.levels import gone_for_sure
from reportgen.measure.drift.moved import judge_column
from reportgen.measure.drift.noise import noise_of


def load(name: str) -> ModuleType:
    path = Path(__file__).parents[3] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


simulated = load("simulated_counts")


@pytest.mark.parametrize(
    ("n", "m"), [(1_000, 1_000), (1_000_000, 1_000_000), (100, 1_000_000), (100, 100)]
)
def test_25_columns_that_did_not_move_raise_hardly_any_alarm(n: int, m: int) -> None:
    alarms = sum(
        any(one.state != "ok" or gone_for_sure(one, 25) for one in period)
        for period in (simulated.quiet_period(seed, n, m) for seed in range(12))
    )
    assert alarms <= 2  # of 12, where 0.6 are expected at most: chance of a fifth below 0.02


def test_counts_that_are_drawn_directly_are_those_of_rows() -> None:
    random = np.random.default_rng(0)
    drawn, counted = [], []
    for _ in range(150):
        drawn.append(simulated.continuous(random, 500, 2000, shift=0.3, nulls=0.05).psi)
        before, now = random.normal(size=2000), random.normal(0.3, 1, 500)
        before[random.random(2000) < 0.05] = np.nan
        now[random.random(500) < 0.05] = np.nan
        found = compare("number", pd.Series(before), pd.Series(now))
        assert found is not None
        counted.append(found.psi)
    error = np.hypot(np.std(drawn), np.std(counted)) / np.sqrt(150)
    assert np.mean(drawn) == pytest.approx(np.mean(counted), abs=4 * error)


@pytest.mark.parametrize(("shift", "called"), [(0.005, False), (0.1, False), (0.5, True)])
def test_what_is_called_at_a_million_rows_is_a_matter_of_size(shift: float, called: bool) -> None:
    for seed in range(5):
        random = np.random.default_rng(seed)
        binned = simulated.continuous(random, 1_000_000, 1_000_000, shift=shift)
        one = simulated.judged(binned, 25)
        assert (one.state != "ok") is called
        assert one.words in {"moved", "moved far", "moved, negligibly", "within noise"}


def test_a_shift_of_half_a_standard_deviation_is_found_in_250_rows() -> None:
    found = [
        simulated.judged(
            simulated.continuous(np.random.default_rng(seed), 250, 20_000, shift=0.5), 25
        )
        for seed in range(30)
    ]
    assert sum(one.state != "ok" for one in found) >= 28


def test_periods_that_differ_anyway_are_not_called_once_they_are_known() -> None:
    called = {True: 0, False: 0}
    for seed in range(30):
        random = np.random.default_rng(seed)
        rows = random.normal(random.normal(0, 0.5, 9)[:, None], 1, (9, 500))
        code = np.repeat(np.arange(8), 500)
        for known in (True, False):
            binned = compare(
                "number",
                pd.Series(rows[:-1].ravel()),
                pd.Series(rows[-1]),
                code if known else None,
            )
            called[known] += judge_column(simulated.watched("x"), binned, 25).state != "ok"
    assert called[True] <= 3
    assert called[False] >= 10


def test_a_far_shift_is_called_though_the_reference_varies() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(random.normal(0, 0.2, 13)[:, None], 1, (13, 500))
    code = np.repeat(np.arange(12), 500)
    binned = compare("number", pd.Series(rows[:-1].ravel()), pd.Series(rows[-1] + 2), code)
    assert judge_column(simulated.watched("x"), binned, 25).state == "alert"


def test_any_number_of_threads_gives_the_same_digits() -> None:
    found = []
    for threads in (1, 4):
        random = np.random.default_rng(0)
        rows = random.normal(random.normal(0, 0.2, 13)[:, None], 1, (13, 400))
        with threadpool_limits(threads):
            binned = compare(
                "number",
                pd.Series(rows[:-1].ravel()),
                pd.Series(rows[-1]),
                np.repeat(np.arange(12), 400),
            )
            assert binned is not None
            noise = noise_of(
                binned.before,
                binned.now,
                binned.psi,
                shape=binned.shape,
                periods=binned.periods,
                chance=0.05,
                tests=25,
                exact=True,
            )
            found.append((binned.psi, noise))
    assert found[0] == found[1]
