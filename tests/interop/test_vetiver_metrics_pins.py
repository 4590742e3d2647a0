"""Pins of metrics: written by vetiver and by R, read by us; written by us, read by them."""

from __future__ import annotations

import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pandas as pd
import pins
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.collect.metrics_pin import metric_named, tidy_metrics
from reportgen.errors import DataError, NotFoundError, UserError
from reportgen.vetiver import pin_metrics, read_metrics
from reportgen.vetiver.upsert import changes, keyed, table_of
from tests.boards_support import (
    PINS_LEAVES_FILES_OPEN,
    VETIVER_USES_OLD_PYDANTIC,
    folder_board,
    put_version,
)

pytestmark = [PINS_LEAVES_FILES_OPEN, VETIVER_USES_OLD_PYDANTIC]

R_CSV = (
    b'".index",".n",".metric",".estimator",".estimate"\n'
    b"2023-01-02,120,accuracy,binary,0.9\n"
    b"2023-01-02,120,rsq,standard,0.5\n"
    b"2023-01-09,110,accuracy,binary,NA\n"
)


def metrics(*rows: tuple[str, int, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["index", "n", "metric", "estimate"])
    return table.assign(index=pd.to_datetime(table["index"]))


JANUARY = metrics(("2024-01-01", 70, "mae", 1.25), ("2024-01-01", 70, "rmse", 1.5))
FEBRUARY = metrics(("2024-02-01", 60, "mae", 1.0), ("2024-02-01", 60, "rmse", 1.1))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "board"


@pytest.mark.parametrize("kind", ["parquet", "csv", "arrow"])
def test_what_is_pinned_is_read_back_by_pins_itself(root: Path, kind: str) -> None:
    pin_metrics(root, JANUARY, "m", pin_type=kind)
    stored = pin_metrics(root, FEBRUARY, "m")
    pd.testing.assert_frame_equal(read_metrics(root, "m"), stored, check_dtype=False)
    board = pins.board_folder(str(root))
    theirs = board.pin_read("m")
    assert list(theirs.columns) == ["index", "n", "metric", "estimate"]
    assert theirs["estimate"].tolist() == [1.25, 1.5, 1.0, 1.1]
    assert board.pin_meta("m").type == kind


def test_vetiver_draws_and_continues_what_we_wrote(root: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import vetiver
    pin_metrics(root, JANUARY, "m")
    board = pins.board_folder(str(root))
    time.sleep(1.1)  # pins takes any of two versions of one second for the newer
    vetiver.pin_metrics(board, FEBRUARY, "m")
    both = read_metrics(root, "m")
    assert both["estimate"].tolist() == [1.25, 1.5, 1.0, 1.1]
    figure = vetiver.plot_metrics(board.pin_read("m"))
    assert {trace.name for trace in figure.data} == {"mae", "rmse"}
    assert [list(trace.y) for trace in figure.data] == [[1.25, 1.0], [1.5, 1.1]]


def test_the_same_again_writes_no_version(root: Path) -> None:
    pin_metrics(root, JANUARY, "m")
    again = pin_metrics(root, JANUARY, "m")
    assert len(folder_board(root).versions("m")) == 1
    pd.testing.assert_frame_equal(again, JANUARY, check_dtype=False)


def test_another_number_needs_overwrite_and_touches_nothing_else(root: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import vetiver
    new = metrics(("2024-01-01", 71, "mae", 1.3))
    pin_metrics(root, pd.concat([JANUARY, FEBRUARY]), "m")
    with pytest.raises(DataError, match=r"mae of 2024-01-01 .*overwrite=True"):
        pin_metrics(root, new, "m")
    found = pin_metrics(root, new, "m", overwrite=True)
    assert found["estimate"].tolist() == [1.3, 1.5, 1.0, 1.1]
    assert found["n"].tolist() == [71, 70, 60, 60]
    other = pins.board_folder(str(root.parent / "theirs"))
    other.pin_write(pd.concat([JANUARY, FEBRUARY]), "m", type="parquet")
    lost = vetiver.pin_metrics(other, new, "m", overwrite=True)
    assert lost["metric"].tolist() == ["mae", "mae", "rmse"]  # rmse of January is gone


def test_a_first_pin_is_made(root: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import vetiver
    with pytest.raises(NotFoundError):
        read_metrics(str(root), "m")
    pin_metrics(str(root), JANUARY, "m")
    assert len(read_metrics(str(root), "m")) == 2
    with pytest.raises(pins.errors.PinsError):
        vetiver.pin_metrics(pins.board_folder(str(root.parent / "new")), JANUARY, "m")


def test_what_r_wrote_is_read_and_stays_rs(root: Path) -> None:
    put_version(root, "m", {"m.csv": R_CSV}, created="20230110T000000Z")
    found = read_metrics(root, "m")
    assert list(found.columns) == ["index", "n", "metric", "estimate", "estimator"]
    assert found["estimate"].tolist()[:2] == [0.9, 0.5]
    assert pd.isna(found["estimate"].iloc[2])
    new = metrics(("2023-01-16", 100, "accuracy", 0.91))
    stored = pin_metrics(root, new, "m")
    assert list(stored.columns) == [".index", ".n", ".metric", ".estimator", ".estimate"]
    assert stored[".estimator"].tolist() == ["binary", "standard", "binary", "standard"]
    text = next(path for path in root.glob("m/*/m.csv") if b"2023-01-16" in path.read_bytes())
    assert text.read_text().splitlines()[0] == ".index,.n,.metric,.estimator,.estimate"


def test_a_table_for_r_is_made_on_request(root: Path) -> None:
    pin_metrics(root, JANUARY, "m", pin_type="csv", of_r=True)
    raw = pins.board_folder(str(root)).pin_read("m")
    assert list(raw.columns) == [".index", ".n", ".metric", ".estimator", ".estimate"]


def test_names_of_r_mean_what_they_mean() -> None:
    assert metric_named("f_meas", of_r=True) == "f1"
    assert metric_named("rsq", of_r=True) is None  # a squared correlation
    assert metric_named("mape", of_r=True) is None  # in percent there
    assert metric_named("mape") == "mape"
    assert metric_named("sens") == "recall"


def test_a_folder_board_of_pins_will_do(root: Path) -> None:
    board = pins.board_folder(str(root))
    pin_metrics(board, JANUARY, "m")
    assert len(read_metrics(board, "m")) == 2
    with pytest.raises(UserError, match="give its folder"):
        pin_metrics(object(), JANUARY, "m")


def test_zones_do_not_mix_and_do_not_fail(root: Path) -> None:
    zoned = JANUARY.assign(index=JANUARY["index"].dt.tz_localize("America/New_York"))
    pin_metrics(root, JANUARY, "plain")
    assert len(pin_metrics(root, zoned, "plain")) == 2  # what the clock showed
    pin_metrics(root, zoned, "zoned")
    assert len(pin_metrics(root, JANUARY, "zoned")) == 2
    assert str(read_metrics(root, "zoned")["index"].dt.tz) in {"America/New_York", "UTC-05:00"}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (JANUARY.drop(columns="estimate"), "no column 'estimate'"),
        (pd.concat([JANUARY, JANUARY]), "twice"),
        (JANUARY.assign(index=["x", "y"]), "cannot be read: 'x'"),
        (JANUARY.assign(n=[None, 1]), "number of rows"),
    ],
)
def test_other_tables_are_refused(root: Path, table: pd.DataFrame, says: str) -> None:
    with pytest.raises(DataError, match=says):
        pin_metrics(root, table, "m")


def test_another_name_for_the_times(root: Path) -> None:
    named = JANUARY.rename(columns={"index": "week"})
    pin_metrics(root, named, "m", index_name="week")
    later = FEBRUARY.rename(columns={"index": "week"})
    found = pin_metrics(root, later, "m", index_name="week")
    assert list(found.columns) == ["week", "n", "metric", "estimate"]
    assert len(found) == 4


def test_eight_writers_at_once_lose_nothing(root: Path) -> None:
    together = Barrier(8)

    def write(who: int) -> None:
        at = pd.Timestamp("2024-01-01") + pd.Timedelta(weeks=who)
        rows = pd.DataFrame(
            {"index": at, "n": who, "metric": ["a", "b"], "estimate": [who + 0.1, who + 0.2]}
        )
        together.wait(60)
        pin_metrics(root, rows, "m")

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(write, who) for who in range(8)]:
            done.result()
    found = read_metrics(root, "m")
    assert len(found) == 16
    assert found.groupby("n").size().tolist() == [2] * 8
    created = [version.created for version in folder_board(root).versions("m")]
    assert len(set(created)) == len(created)


_ROWS = st.dictionaries(
    st.tuples(
        st.integers(0, 5).map(lambda day: pd.Timestamp(datetime(2024, 1, 1) + timedelta(day))),
        st.sampled_from(["a", "b"]),
        st.just(""),
    ),
    st.tuples(st.integers(0, 9), st.floats(0, 1)),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(stored=_ROWS, new=_ROWS)
def test_an_upsert_is_idempotent_and_exact(stored: Any, new: Any) -> None:
    once = stored | new
    assert changes(once, new) == {}
    assert stored | changes(stored, once) | new == once
    table = table_of(once, of_r=False)
    assert keyed(tidy_metrics(table)) == once
    assert list(table["index"]) == sorted(key[0] for key in once)
