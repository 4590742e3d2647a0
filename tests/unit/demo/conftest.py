"""The flights and the pins of the demo, read once."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from reportgen.demo.flights import find_data, read_flights


@pytest.fixture(scope="session")
def raw() -> pd.DataFrame:
    """The package's own table, read without our code."""
    return pd.read_csv(find_data() / "flights.csv.zip")


@pytest.fixture(scope="session")
def flights() -> pd.DataFrame:
    return read_flights(find_data())


@pytest.fixture(scope="session")
def pinned(demo: Path) -> dict[str, pd.DataFrame]:
    """The data pins, read with pandas alone."""
    found = {}
    for name in ("flights-test", "flights-reference", "flights-scored"):
        (path,) = (demo / "board" / name).glob("*/*.parquet")
        found[name] = pd.read_parquet(path)
    return found


@pytest.fixture(scope="session")
def versions(demo: Path) -> list[Path]:
    """The two versions of the model, oldest first."""
    return sorted((demo / "board" / "late-flights").iterdir())


def prototype(version: Path) -> dict[str, object]:
    import yaml

    meta = yaml.safe_load((version / "data.txt").read_text())["user"]["vetiver_meta"]
    return dict(json.loads(meta["prototype"]))
