"""A measurement made by hand, and a board with a model and its rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from reportgen.boards import Board
from reportgen.report.operations import (
    Machine,
    Measurement,
    Memory,
    Plan,
    Service,
    Start,
    Subject,
    Timings,
)
from tests.boards_support import WRITTEN, folder_board

MS = 1_000_000
VERSION = "20130501T060000Z-1a2b3"


def measurement(**changes: Any) -> Measurement:
    """500 requests of 1 to 500 ms, ten batches, six starts; nothing of it was ever timed."""
    usual = Measurement(
        model=Subject(name="churn", version=VERSION, sha256="a" * 64),
        data=Subject(name="churn-test", version=VERSION, sha256="b" * 64),
        measured_at=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
        machine=Machine(
            processor="Abacus 2000 (wood)",
            cores=2,
            memory_bytes=8_000_000_000,
            system="Linux 6.1",
            python="CPython 3.11.7",
            packages={"numpy": "2.1", "scikit-learn": "1.5", "six": "1.16"},
            load=0.1,
        ),
        plan=Plan(),
        one_row=Timings(
            rows=1, distinct=100, took_ns=tuple(n * MS for n in reversed(range(1, 501)))
        ),
        batch=Timings(rows=1000, distinct=800, took_ns=tuple(n * 100 * MS for n in range(1, 11))),
        starts=tuple(
            Start(answered_ns=n * 1000 * MS, load_ns=n * 500 * MS, own_ns=MS) for n in range(1, 7)
        ),
        memory=Memory(baseline_bytes=200, loaded_bytes=250, peak_bytes=320, by="VmHWM"),
    )
    return replace(usual, **changes)


def of_service(failures: dict[str, int] | None = None, version: str = "") -> Measurement:
    """The same, asked of an API."""
    usual = measurement()
    return replace(
        usual,
        starts=(),
        memory=None,
        service=Service(address="http://127.0.0.1:8000/predict", version=version),
        one_row=replace(usual.one_row, failures=failures or {}),
    )


ROWS = pd.DataFrame(
    {"a": [float(n) for n in range(40)], "b": ["x", "y"] * 20, "label": [0, 1] * 20}
)


def board_with(folder: Path, model: Any, rows: pd.DataFrame = ROWS) -> Board:
    """Pin a model and its rows on a new board."""
    (folder / "board").mkdir()
    board = folder_board(folder / "board")
    joblib.dump(model, folder / "model.joblib")
    rows.to_parquet(folder / "rows.parquet", index=False)
    board.write("steady", folder / "model.joblib", type="joblib", created=WRITTEN)
    board.write("rows", folder / "rows.parquet", type="parquet", created=WRITTEN)
    return board
