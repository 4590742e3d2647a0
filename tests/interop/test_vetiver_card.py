"""A card of a pin that vetiver's own `vetiver_pin_write` made, with no project file."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pins
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.boards_support import PINS_LEAVES_FILES_OPEN, VETIVER_USES_OLD_PYDANTIC

pytestmark = [
    pytest.mark.slow,
    PINS_LEAVES_FILES_OPEN,
    VETIVER_USES_OLD_PYDANTIC,
]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A board with a real model and data, and the AUC by scikit-learn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import vetiver

        features, target = load_breast_cancer(as_frame=True, return_X_y=True)
        features = features.iloc[:, :6]
        train = features.index % 3 != 0
        model = make_pipeline(StandardScaler(), LogisticRegression())
        model.fit(features[train], target[train])
        folder = tmp_path_factory.mktemp("vetiver") / "board"
        written = pins.board_folder(str(folder), allow_pickle_read=True)
        named = vetiver.VetiverModel(model, "tumours", prototype_data=features)
        vetiver.vetiver_pin_write(written, named)
        test = features[~train].assign(benign=target[~train])
        written.pin_write(test, "tumours-test", type="parquet")
    truth = target[~train]
    return folder, float(roc_auc_score(truth, model.predict_proba(features[~train])[:, 1]))


def reportgen(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reportgen", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200)


def test_a_card_in_an_empty_folder(board: tuple[Path, float], tmp_path: Path) -> None:
    folder, auc = board
    words = ["card", "tumours", "--board", str(folder), "--data", "tumours-test"]
    done = reportgen(tmp_path, *words, "--target", "benign", "--trust-model")
    assert done.returncode == 0, done.stdout + done.stderr
    made = tmp_path / "tumours-card"
    record = pd.read_json(made / "report.json", typ="series")
    assert record["values"]["evaluation.roc_auc"]["number"] == pytest.approx(auc, abs=1e-12)
    assert record["values"]["model.features"]["number"] == 6
    assert (made / "report.pdf").read_bytes().startswith(b"%PDF")
    page = (made / "index.html").read_text()
    assert "LogisticRegression" in page
    assert str(tmp_path) not in page
    assert str(folder) not in page


def test_one_file_when_one_is_asked_for(board: tuple[Path, float], tmp_path: Path) -> None:
    done = reportgen(tmp_path, "card", "tumours", "-b", str(board[0]), "-o", "card.html")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["card.html"]


def test_what_is_missing_is_named_at_once(board: tuple[Path, float], tmp_path: Path) -> None:
    done = reportgen(tmp_path, "card", "--board", str(board[0]), "--data", "tumours-test")
    assert done.returncode == 2
    for named in ("MODEL", "tumours", "--target"):
        assert named in done.stderr


def test_a_pickle_nobody_allowed_is_not_loaded(board: tuple[Path, float], tmp_path: Path) -> None:
    words = ["card", "tumours", "--board", str(board[0]), "--data", "tumours-test"]
    done = reportgen(tmp_path, *words, "--target", "benign")
    assert done.returncode == 2
    assert "--trust-model" in done.stderr
    assert list(tmp_path.iterdir()) == []
