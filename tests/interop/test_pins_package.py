"""The real `pins` and the real vetiver: they read what we write, we read what they write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pins
import pytest
from sklearn.linear_model import LogisticRegression

from reportgen.boards import Board
from tests.boards_support import (
    PINS_LEAVES_FILES_OPEN,
    VETIVER_USES_OLD_PYDANTIC,
    WRITTEN,
    folder_board,
    hash_of,
    put_version,
    r_data_txt,
)

pytestmark = PINS_LEAVES_FILES_OPEN
FRAME = pd.DataFrame({"x": [1, 2, 3], "y": ["a", "b", "ü"]})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "board"
    folder.mkdir()
    return folder


@pytest.fixture
def theirs(root: Path) -> Any:
    return pins.board_folder(str(root))


@pytest.fixture
def ours(root: Path) -> Board:
    return folder_board(root)


@pytest.mark.parametrize(
    ("type", "read"),
    [
        ("csv", pd.read_csv),
        ("parquet", pd.read_parquet),
        ("arrow", pd.read_feather),
        ("json", lambda path: pd.DataFrame(json.loads(path.read_text()))),
    ],
)
def test_data_that_pins_wrote(
    type: str,  # noqa: A002
    read: Callable[[Path], pd.DataFrame],
    theirs: Any,
    ours: Board,
    tmp_path: Path,
) -> None:
    given = FRAME.to_dict("list") if type == "json" else FRAME
    meta = theirs.pin_write(given, "data", type=type, title="t", metadata={"a": {"b": [1, "2"]}})
    (found,) = ours.versions("data")
    assert found.version == meta.version.version
    assert (found.pin_hash, found.type, found.title) == (meta.pin_hash, type, "t")
    assert found.metadata == {"a": {"b": [1, "2"]}}
    pd.testing.assert_frame_equal(
        read(ours.fetch("data", found.version, tmp_path / "p").path), FRAME
    )


def test_files_that_pins_uploaded(theirs: Any, ours: Board, tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text(name)
    theirs.pin_upload([str(tmp_path / "b.txt"), str(tmp_path / "a.txt")], "several")
    theirs.pin_upload(str(tmp_path / "b.txt"), "single")
    (several,) = ours.versions("several")
    (single,) = ours.versions("single")
    assert (several.files, single.files) == (("b.txt", "a.txt"), ("b.txt",))
    snapshot = ours.fetch("several", several.version, tmp_path / "p")
    assert [path.read_text() for path in snapshot.paths] == ["b.txt", "a.txt"]


@VETIVER_USES_OLD_PYDANTIC
def test_a_model_that_vetiver_wrote(root: Path, ours: Board, tmp_path: Path) -> None:
    import joblib
    import vetiver

    features = pd.DataFrame({"distance": [1.0, 2.0, 3.0, 4.0], "hour": [5, 6, 7, 8]})
    model = LogisticRegression().fit(features, [0, 1, 0, 1])
    board = pins.board_folder(str(root), allow_pickle_read=True)
    vetiver.vetiver_pin_write(
        board, vetiver.VetiverModel(model, "late", prototype_data=features, metadata={"team": "x"})
    )
    (found,) = ours.versions("late")
    assert found.type == "joblib"
    meta = found.metadata["vetiver_meta"]
    assert set(json.loads(meta["prototype"])) == {"distance", "hour"}
    assert "scikit-learn" in meta["required_pkgs"]
    assert meta["python_version"][:2] == list(sys.version_info[:2])
    assert found.metadata["user"] == {"team": "x"}
    loaded = joblib.load(ours.fetch("late", found.version, tmp_path / "p").path)
    np.testing.assert_array_equal(loaded.predict(features), model.predict(features))


@VETIVER_USES_OLD_PYDANTIC
def test_pins_reads_a_model_that_we_wrote(root: Path, ours: Board, tmp_path: Path) -> None:
    import joblib
    import vetiver

    features = pd.DataFrame({"distance": [1.0, 2.0, 3.0, 4.0]})
    model = LogisticRegression().fit(features, [0, 1, 0, 1])
    path = tmp_path / "model.joblib"
    joblib.dump(model, path)
    prototype = {"distance": {"example": 1.0, "type": "number"}}
    written = ours.write(
        "late",
        path,
        type="joblib",
        created=WRITTEN,
        title="t",
        description="d",
        metadata={
            "user": {},
            "vetiver_meta": {
                "required_pkgs": ["scikit-learn"],
                "prototype": json.dumps(prototype),
                "python_version": [3, 11, 7, "final", 0],
            },
        },
    )
    board = pins.board_folder(str(root), allow_pickle_read=True)
    assert [v.version for v in board.pin_versions("late", as_df=False)] == [written.version]
    read = board.pin_read("late")
    np.testing.assert_array_equal(read.predict(features), model.predict(features))
    again = vetiver.VetiverModel.from_pin(board, "late")
    assert again.metadata.required_pkgs == ["scikit-learn"]
    assert list(again.prototype.model_fields) == ["distance"]


def test_pins_reads_data_that_we_wrote_in_our_order(
    theirs: Any, ours: Board, tmp_path: Path
) -> None:
    path = tmp_path / "x.parquet"
    for number in range(4):
        pd.DataFrame({"n": [number]}).to_parquet(path)
        ours.write("numbers", path, type="parquet", created=WRITTEN)
        assert theirs.pin_read("numbers")["n"].tolist() == [number]  # latest is the last written
    meta = theirs.pin_meta("numbers")
    assert (meta.file, meta.type, meta.api_version) == ("numbers.parquet", "parquet", 1)
    assert theirs.pin_list() == ["numbers"]
    assert len(theirs.pin_search()) == 1
    theirs.pin_write(FRAME, "numbers", type="parquet")  # and writes after us
    assert ours.versions("numbers")[-1].created > WRITTEN + timedelta(days=1)


def test_a_version_that_pins_wrote_in_half_does_not_stop_us(
    theirs: Any, ours: Board, root: Path, tmp_path: Path
) -> None:
    theirs.pin_write(FRAME, "data", type="csv", created=datetime(2013, 1, 1))
    theirs.pin_write(FRAME[:1], "data", type="csv", created=datetime(2013, 1, 2))
    half, whole = sorted((root / "data").iterdir(), reverse=True)
    (half / "data.txt").unlink()
    with pytest.raises(FileNotFoundError):
        theirs.pin_read("data")  # the reason why we list versions ourselves
    assert [v.version for v in ours.versions("data")] == [whole.name]
    assert dict(ours.incomplete("data")) == {half.name: "has no data.txt; a write was cut off"}


@pytest.mark.parametrize(
    ("type", "files"),
    [
        ("csv", {"df_csv.csv": b'"x","y"\n1,"a"\n'}),
        ("json", {"x.json": b'{"a":[1,2]}'}),
        ("arrow", {"df.arrow": b"ARROW1"}),
        ("parquet", {"df.parquet": b"PAR1"}),
        ("rds", {"df.rds": b"\x1f\x8b\x08"}),
        ("file", {"b.txt": b"b", "a.txt": b"a"}),
    ],
)
def test_versions_as_r_writes_them(
    type: str,  # noqa: A002
    files: dict[str, bytes],
    theirs: Any,
    ours: Board,
    root: Path,
    tmp_path: Path,
) -> None:
    text = r_data_txt(files, created="20220214T163720Z", type=type)
    version = put_version(root, "r", files, created="20220214T163720Z", data_txt=text)
    (found,) = ours.versions("r")
    assert (found.version, found.type, found.files) == (version, type, tuple(files))
    assert found.created == datetime(2022, 2, 14, 16, 37, 20, tzinfo=UTC)
    assert (found.tags, found.metadata, found.extra) == ((), {}, {})
    snapshot = ours.fetch("r", version, tmp_path / "p")
    assert [path.read_bytes() for path in snapshot.paths] == list(files.values())
    assert theirs.pin_meta("r").pin_hash == hash_of(*files.values()) == found.pin_hash


def test_no_pickle_is_read_whatever_the_environment_says(root: Path, tmp_path: Path) -> None:
    """A pickle that would leave a file behind is listed and fetched, and leaves none."""
    mark = tmp_path / "executed"
    program = f"""
import os, pathlib, pickle
class Bomb:
    def __reduce__(self):
        return (pathlib.Path.touch, (pathlib.Path({str(mark)!r}),))
pathlib.Path({str(tmp_path / "m.joblib")!r}).write_bytes(pickle.dumps(Bomb()))
from datetime import datetime, UTC
from reportgen.boards import open_board, parse_address
board = open_board(parse_address({str(root)!r}), pathlib.Path())
path = pathlib.Path({str(tmp_path / "m.joblib")!r})
written = board.write("bomb", path, type="joblib", created=datetime(2013, 5, 1, tzinfo=UTC))
board.fetch("bomb", board.versions("bomb")[-1].version, pathlib.Path({str(tmp_path / "p")!r}))
"""
    environment = {**os.environ, "PINS_ALLOW_PICKLE_READ": "1"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    assert not mark.exists()
    assert (root / "bomb").is_dir()


def test_no_remote_board_of_pins_may_read_pickles(monkeypatch: pytest.MonkeyPatch) -> None:
    from reportgen.boards.opening import open_pins

    monkeypatch.setenv("PINS_ALLOW_PICKLE_READ", "1")
    board = open_pins("memory", "board", {})
    assert board.allow_pickle_read is False
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    board.pin_write(model, "model", type="joblib")
    with pytest.raises(pins.errors.PinsInsecureReadError):
        board.pin_read("model")
