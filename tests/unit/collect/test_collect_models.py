"""Facts about models, from metadata alone and from the model itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from reportgen.boards import open_board
from reportgen.collect import (
    collect_evaluation,
    collect_model,
    collect_monitoring,
    collect_scored,
    find_periods,
    read_frame,
)
from reportgen.collect.labels import align_labels
from reportgen.collect.monitoring import utc_times
from reportgen.collect.segments import population_shares, segment_levels
from reportgen.errors import DataError, TrustError
from reportgen.report import (
    BoardSpec,
    EvaluationSpec,
    ModelSpec,
    MonitoringSpec,
    PinRef,
    ReportSpec,
    period_of,
)
from reportgen.report.cadence import Cadence
from reportgen.resolve import fetch_pins, resolve_pins

CREATED = datetime(2013, 5, 1, 6, tzinfo=UTC)
WEEKS = Cadence(every="week", timezone="UTC")
ROWS = pd.DataFrame(
    {
        "age": [20.0, 30.0, 40.0, 50.0, 60.0, 70.0],
        "city": ["a", "b", "a", "b", "a", "b"],
        "bought": [0, 0, 0, 1, 1, 1],
        "when": ["2013-05-01T10:00:00Z"] * 5 + [None],
    }
)


def fitted() -> object:
    columns = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["city"]))
    return make_pipeline(columns, LogisticRegression(C=0.5)).fit(
        ROWS[["age", "city"]], ROWS["bought"]
    )


@pytest.fixture
def board(tmp_path: Path) -> object:
    opened = open_board(BoardSpec(type="folder", path=str(tmp_path / "board")), tmp_path)
    meta = {
        "user": {},
        "vetiver_meta": {
            "required_pkgs": ["scikit-learn"],
            "prototype": '{"age": 20.0, "city": "a"}',
            "python_version": [3, 11, 7, "final", 0],
        },
    }
    file = tmp_path / "shop.joblib"
    joblib.dump(fitted(), file)
    opened.write("shop", file, type="joblib", created=CREATED, metadata=meta)
    data = tmp_path / "rows.parquet"
    ROWS.to_parquet(data)
    opened.write("rows", data, type="parquet", created=CREATED)
    return opened


def collected(board: object, tmp_path: Path, *, load: bool, allow: bool):
    spec = ReportSpec(
        name="card",
        kind="card",
        template="model_card",
        model=ModelSpec(
            name="shop",
            pin=PinRef(name="shop"),
            evaluation=EvaluationSpec(data=PinRef(name="rows"), target="bought"),
        ),
    )
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    pins = resolve_pins(spec, board, None, folder)
    snapshots = fetch_pins(pins, board, folder)
    model = collect_model(pins["model"], snapshots["model"], load=load, allow_pickle=allow)
    return model, snapshots


def test_metadata_alone_tells_features_packages_and_python(board: object, tmp_path: Path) -> None:
    model, _ = collected(board, tmp_path, load=False, allow=False)
    facts = {fact.name: fact.text for fact in model.part.facts}
    values = {value.name: value.number for value in model.part.values}
    assert model.estimator is None
    assert facts["model.python"] == "3.11.7"
    assert values["model.features"] == 2
    assert model.types == {"age": "number", "city": "category"}


def test_a_pickle_that_nobody_allowed_is_refused(board: object, tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="allow_pickle"):
        collected(board, tmp_path, load=True, allow=False)


def test_the_model_tells_class_steps_and_what_its_author_set(
    board: object, tmp_path: Path
) -> None:
    model, _ = collected(board, tmp_path, load=True, allow=True)
    facts = {fact.name: fact.text for fact in model.part.facts}
    tables = {table.name: table for table in model.part.tables}
    assert (facts["model.class"], facts["model.library"]) == ("LogisticRegression", "sklearn")
    parameters = [tuple(cell.text for cell in row) for row in tables["model.parameters"].rows]
    assert ("logisticregression__C", "0.5", "yes") in parameters
    assert not any("0x" in text for row in parameters for text in row)


def test_every_row_is_asked_and_nothing_is_dropped(board: object, tmp_path: Path) -> None:
    model, snapshots = collected(board, tmp_path, load=True, allow=True)
    spec = EvaluationSpec(data=PinRef(name="rows"), target="bought", segments=(("city",),))
    frame, _ = collect_evaluation(spec, None, model, snapshots)
    expected = fitted().predict_proba(ROWS[["age", "city"]])[:, 1]
    np.testing.assert_allclose(frame.scores, expected)
    assert (frame.task, frame.positive, len(frame.truth)) == ("classification", 1, 6)
    assert list(frame.segments["city"]) == ["a", "b"] * 3


def test_missing_columns_are_named_with_the_near_miss(board: object, tmp_path: Path) -> None:
    model, snapshots = collected(board, tmp_path, load=True, allow=True)
    spec = EvaluationSpec(data=PinRef(name="rows"), target="boght")
    with pytest.raises(DataError, match="Did you mean 'bought'"):
        collect_evaluation(spec, None, model, snapshots)
    with pytest.raises(DataError, match="lacks 1 of the model's 2 features"):
        model.estimator.inputs(ROWS.drop(columns="age"), ())


def test_a_row_without_a_time_is_kept(board: object, tmp_path: Path) -> None:
    _, snapshots = collected(board, tmp_path, load=False, allow=False)
    spec = MonitoringSpec(data=PinRef(name="rows"), time="when", target="bought")
    scored = collect_scored(spec, "classification", "UTC", snapshots)
    assert scored.times.isna().sum() == 1
    assert [period.key for period in find_periods(scored.times, WEEKS)] == ["2013-W18"]
    period = period_of(CREATED, "week", "UTC")
    frame = collect_monitoring(spec, scored, period, {}, CREATED)
    assert len(frame.rows) == len(read_frame(snapshots["data"])) == 6


def test_labels_are_written_as_the_model_writes_them() -> None:
    truth = pd.Series(["True", "False", None, "maybe"])
    assert align_labels(truth, (False, True), "y").tolist() == [True, False, None, "maybe"]
    with pytest.raises(DataError, match="no label in the target"):
        align_labels(pd.Series(["x"]), (0, 1), "y")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2013-07-01 00:00:00", "2013-07-01T04:00:00+00:00"),
        ("2013-11-03 01:30:00", "2013-11-03T05:30:00+00:00"),  # the first of the two
        ("2013-03-10 02:30:00", "2013-03-10T07:00:00+00:00"),  # left out: the first after it
        ("2013-07-01T00:00:00Z", "2013-07-01T00:00:00+00:00"),
    ],
)
def test_times_become_utc_once(given: str, expected: str) -> None:
    times = utc_times(pd.Series([given], name="t"), "America/New_York")
    assert times[0].isoformat() == expected


def test_crossed_segments_and_unknown_levels() -> None:
    rows = pd.DataFrame({"a": ["x", None], "b": [1.0, 2.0]})
    named = dict(segment_levels(rows, (("a", "b"),), "data"))
    assert named["a×b"][0] == "x × 1"
    assert pd.isna(named["a×b"][1])


def test_a_benchmark_of_counts_becomes_shares() -> None:
    table = pd.DataFrame({"city": ["a", "b"], "count": [3, 1]})
    assert population_shares(table, ("city",)) == {"city": {"a": 0.75, "b": 0.25}}
    with pytest.raises(DataError, match="'share' or 'count'"):
        population_shares(table.drop(columns="count"), ("city",))


def test_a_regression_needs_numbers(tmp_path: Path) -> None:
    model = LinearRegression().fit(ROWS[["age"]], ROWS["bought"])
    from reportgen.collect.models.estimator import Estimator

    assert Estimator(model=model).task == "regression"
