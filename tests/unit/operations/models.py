"""Models with known manners; loaded by name in the measured process."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

SECRET = "OPERATIONS_TEST_SECRET"


class Steady:
    """Predicts one number for every row, and says more than it should on standard output."""

    def __init__(self, feature_names_in_: list[str]) -> None:
        self.feature_names_in_ = np.array(feature_names_in_, dtype=object)

    def fit(self, *_: Any) -> Steady:
        return self

    def predict(self, rows: Any) -> np.ndarray[Any, Any]:
        print("predicting", len(rows))
        assert list(rows.columns) == list(self.feature_names_in_)
        return np.full(len(rows), 1.5)


class Nosy(Steady):
    """Fails where it finds a secret of its parent, or more threads than one."""

    def predict(self, rows: Any) -> np.ndarray[Any, Any]:
        assert SECRET not in os.environ
        assert os.environ["OMP_NUM_THREADS"] == "1"
        return super().predict(rows)


class Slow(Nosy):
    """Takes 20 ms for each request, whatever its size."""

    def predict(self, rows: Any) -> np.ndarray[Any, Any]:
        time.sleep(0.02)
        return super().predict(rows)


class Hungry(Slow):
    """Holds 200 MB for as long as it works on a batch."""

    def predict(self, rows: Any) -> np.ndarray[Any, Any]:
        held = np.ones(25_000_000 if len(rows) > 1 else 1)
        return super().predict(rows) * held[0]


class Crashing(Steady):
    """Ends its process without a word of Python."""

    def predict(self, rows: Any) -> np.ndarray[Any, Any]:
        os.write(2, b"last words")
        os._exit(7)


class Refusing(Steady):
    """Cannot predict."""

    def predict(self, rows: Any) -> np.ndarray[Any, Any]:
        raise ValueError("no such carrier")
