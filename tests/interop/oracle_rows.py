"""The rows that other tools were asked about, and a name for them; needs numpy and pandas alone.

Drawn anew on each side, so that none need be kept: `name_of` tells whether they are the same.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pandas as pd

NUMBERS = ("normal", "still", "few", "spoilt", "wild", "nulls")
LEVELS = ("level", "same", "many", "new", "calm")
START = pd.Timestamp("2024-01-01")  # a Monday
WEEKS = 8


def drift_rows() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A reference of 5,000 rows and a period of 3,000: what moved, what did not, what is wild."""
    random = np.random.default_rng(20_240_101)
    before = _numbers(random, 5_000, 0.0) | _levels(random, 5_000, [0.4, 0.3, 0.2, 0.1])
    now = _numbers(random, 3_000, 0.4) | _levels(random, 3_000, [0.33, 0.3, 0.22, 0.15])
    before["few"] = random.choice(5, 5_000, p=[0.3, 0.25, 0.2, 0.15, 0.1]).astype(float)
    now["few"] = random.choice(5, 3_000, p=[0.2, 0.25, 0.25, 0.15, 0.15]).astype(float)
    before["spoilt"][0] = 1e6
    now["wild"][0] = 1e6
    now["nulls"] = np.where(random.random(3_000) < 0.6, np.nan, random.normal(size=3_000))
    now["still"] = random.normal(size=3_000)
    now["new"] = np.where(random.random(3_000) < 0.05, "x", now["new"])
    return pd.DataFrame(before).round(6), pd.DataFrame(now).round(6)


def _numbers(random: np.random.Generator, n: int, shift: float) -> dict[str, np.ndarray]:
    return {name: random.normal(shift, 1, n) for name in NUMBERS}


def _levels(random: np.random.Generator, n: int, moved: list[float]) -> dict[str, np.ndarray]:
    return {
        "level": random.choice(list("abcd"), n, p=moved),
        "same": random.choice(list("abcdef"), n),
        "many": np.char.add("v", random.integers(0, 1_000, n).astype(str)),
        "new": random.choice(list("abcde"), n),
        "calm": random.choice(list("abc"), n, p=[0.5, 0.3, 0.2]),
    }


def together_rows(correlation: float, n: int = 3_000) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two columns of one law each before and now; what goes together is as told only now."""
    random = np.random.default_rng(20_240_102)
    before, now = random.normal(size=(n, 4)), random.normal(size=(n, 4))
    now[:, 1] = correlation * now[:, 0] + np.sqrt(1 - correlation**2) * now[:, 1]
    names = list("abcd")
    return pd.DataFrame(before, columns=names).round(6), pd.DataFrame(now, columns=names).round(6)


def scored_rows() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Labelled rows, and eight weeks whose inputs move; a score that is too sure of itself."""
    random = np.random.default_rng(20_240_103)
    return _scored(random, 8_000, 0.0), _scored(random, 1_000 * WEEKS, 1.0)


def _scored(random: np.random.Generator, n: int, shift: float) -> pd.DataFrame:
    place = np.arange(n) / n
    known, hidden = random.normal(shift * place, 1), random.normal(size=n)
    chance = 1 / (1 + np.exp(1 - known - 0.5 * hidden))
    late = random.random(n) < chance
    score = (1 / (1 + np.exp(1.5 - 1.6 * known))).round(6)
    return pd.DataFrame(
        {
            "time": START + pd.to_timedelta(place * WEEKS * 7, unit="D").floor("s"),
            "known": known.round(6),
            "score": score,
            "predicted": (score >= 0.4).astype(int),
            "late": late.astype(int),
        }
    )


def priced_rows() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Numbers whose errors grow with an input, which moves over the eight weeks."""
    random = np.random.default_rng(20_240_104)
    return _priced(random, 6_000, 0.0), _priced(random, 1_000 * WEEKS, 0.6)


def _priced(random: np.random.Generator, n: int, shift: float) -> pd.DataFrame:
    place = np.arange(n) / n
    a, b = random.normal(shift * place, 1), random.normal(size=n)
    said = 20 + 2 * a + b
    return pd.DataFrame(
        {
            "time": START + pd.to_timedelta(place * WEEKS * 7, unit="D").floor("s"),
            "a": a.round(6),
            "b": b.round(6),
            "predicted": said.round(6),
            "price": (said + random.normal(0, np.exp(0.5 * a))).round(6),
        }
    )


def name_of(*frames: pd.DataFrame) -> str:
    """Name rows by their content, as text of six digits."""
    texts = (frame.to_csv(index=False, float_format="%.6f") for frame in frames)
    return sha256("\n".join(texts).encode()).hexdigest()[:16]


def names() -> dict[str, str]:
    """Name all rows that others were asked about."""
    return {
        "drift": name_of(*drift_rows()),
        "together": name_of(*together_rows(0.0), *together_rows(0.95)),
        "scored": name_of(*scored_rows()),
        "priced": name_of(*priced_rows()),
    }
