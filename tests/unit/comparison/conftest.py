"""A board with three versions of a model and data pins that hold the same rows, or do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.boards_support import folder_board

FEATURES = ["radius", "texture", "perimeter", "area", "smoothness", "compactness"]
FIRST, SECOND = FEATURES[:4], FEATURES[1:]


@dataclass(frozen=True)
class Pinned:
    """What is on the board, and how to put more there."""

    folder: Path
    models: dict[str, Any]
    data: pd.DataFrame
    versions: dict[str, str]

    def pin(self, name: str, path: Path, kind: str, day: int, **more: Any) -> str:
        created = datetime(2013, 5, day, 6, tzinfo=UTC)
        board = folder_board(self.folder)
        return board.write(name, path, type=kind, created=created, **more).version

    def pin_model(self, model: Any, day: int, *, name: str = "tumours", **said: Any) -> str:
        path = self.folder.parent / f"{name}-{day}.joblib"
        joblib.dump(model, path)
        return self.pin(name, path, "joblib", day, metadata=said or None)

    def pin_data(self, rows: pd.DataFrame, day: int, *, name: str = "tumours-test") -> str:
        path = self.folder.parent / f"{name}-{day}.parquet"
        rows.to_parquet(path, index=False)
        return self.pin(name, path, "parquet", day)


def _measured() -> tuple[pd.DataFrame, pd.Series[Any]]:
    features, target = load_breast_cancer(as_frame=True, return_X_y=True)
    features = features.iloc[:, :6].set_axis(FEATURES, axis=1)
    noise = np.random.default_rng(0).normal(size=features.shape)
    return features + noise * features.std().to_numpy() * 0.7, target


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Pinned:
    """Build it once; tests that write take a copy."""
    features, target = _measured()
    train = features.index % 3 == 0
    logistic = make_pipeline(StandardScaler(), LogisticRegression(C=0.01))
    models = {
        "first": logistic.fit(features.loc[train, FIRST], target[train]),
        "second": HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(
            features.loc[train, SECOND], target[train]
        ),
        "numbers": LinearRegression().fit(features.loc[train, FIRST], target[train]),
        "words": LogisticRegression(C=0.01).fit(
            features.loc[train, FIRST], target[train].map({0: "bad", 1: "good"})
        ),
    }
    data = features[~train].assign(benign=target[~train], site=list("ab") * 189 + ["a"])
    data = data.assign(id=range(1_000, 1_000 + len(data))).reset_index(drop=True)
    folder = tmp_path_factory.mktemp("comparison") / "board"
    folder.mkdir()
    pinned = Pinned(folder=folder, models=models, data=data, versions={})
    said = {"user": {"training_data": "tumours-train@1"}}
    pinned.versions["first"] = pinned.pin_model(models["first"], 1, **said)
    said = {"user": {"training_data": "tumours-train@2"}}
    pinned.versions["second"] = pinned.pin_model(models["second"], 2, **said)
    pinned.versions["data"] = pinned.pin_data(data, 1)
    return pinned


@pytest.fixture
def pinned(built: Pinned, tmp_path: Path) -> Pinned:
    """A board of one's own."""
    import shutil

    folder = tmp_path / "board"
    shutil.copytree(built.folder, folder)
    return Pinned(folder=folder, models=built.models, data=built.data, versions=built.versions)


@pytest.fixture
def compared(pinned: Pinned) -> Callable[..., Any]:
    """Compare the two versions, with what a test changes of the question."""
    from reportgen.comparison import compare

    def ask(before: str = "previous", now: str = "latest", **more: Any) -> Any:
        asked = {"data": ["tumours-test"], "target": "benign", "trust_model": True, **more}
        return compare(pinned.folder, "tumours", before, now, **asked)

    return ask
