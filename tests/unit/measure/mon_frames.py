"""Frames of scored rows for the tests of monitoring: small, seeded, with one thing wrong each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reportgen.report import Finding, Part, Value, period_of
from reportgen.report.frame import MonitoringFrame

START = pd.Timestamp("2013-05-06T00:00:00", tz="America/New_York")  # a Monday


def scored_table(
    weeks: int = 8, per_week: int = 600, *, seed: int = 1, shift: float = 0.0
) -> pd.DataFrame:
    """Weekly flights, scored; `shift` moves `temp` in the last week."""
    random = np.random.default_rng(seed)
    n = weeks * per_week
    week = np.repeat(np.arange(weeks), per_week)
    offset = pd.to_timedelta(random.uniform(0, 7 * 86_400 - 1, n), unit="s")
    temp = random.normal(15, 5, n) + shift * 5 * (week == weeks - 1)
    chance = 1 / (1 + np.exp(-(-2 + 0.15 * (temp - 15) + random.normal(0, 0.5, n))))
    late = (random.random(n) < chance).astype(float)
    local = (START + pd.to_timedelta(week * 7, unit="D") + offset).astype("datetime64[ns, UTC]")
    return pd.DataFrame(
        {
            "time": local,
            "temp": temp,
            "carrier": random.choice(["UA", "AA", "DL"], n, p=[0.5, 0.3, 0.2]),
            "p_late": chance,
            "predicted": (chance > 0.3).astype(int),
            "late": late,
        }
    )


def frame_of(table: pd.DataFrame, **more: Any) -> MonitoringFrame:
    """Frame of the last week of a table, unless told otherwise."""
    times = table["time"].astype("datetime64[ns, UTC]")
    last = more.pop("at", None) or times.max()
    every, timezone = more.get("every", "week"), more.get("timezone", "America/New_York")
    period = more.pop("period", None) or period_of(
        last.floor("s").to_pydatetime(), every, timezone
    )
    options: dict[str, Any] = {
        "task": "classification",
        "rows": table,
        "times": times,
        "every": every,
        "timezone": timezone,
        "period": period,
        "prediction": "predicted",
        "score": "p_late",
        "target": "late",
        "positive": 1,
        "features": ("temp", "carrier"),
        "as_of": pd.Timestamp("2030-01-01", tz="UTC"),
    }
    return MonitoringFrame(**(options | more))


def values_of(part: Part) -> Mapping[str, Value]:
    """Values by name, of which there are no two alike."""
    named = {value.name: value for value in part.values}
    assert len(named) == len(part.values)
    return named


def findings_of(part: Part, kind: str, *states: str) -> list[Finding]:
    """Findings of a kind, and of some states when they are named."""
    return [f for f in part.findings if f.kind == kind and (not states or f.state in states)]
