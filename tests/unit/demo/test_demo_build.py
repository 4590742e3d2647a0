"""The project that the demo builds: complete, true to the data, and readable by others."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

from reportgen.demo import build_demo
from reportgen.demo.flights import FEATURES, fifths
from reportgen.errors import UserError
from reportgen.project_file import load_narrative, load_project
from tests.unit.demo.conftest import prototype

LIVE = pd.Timestamp("2013-05-01", tz="America/New_York")
BOOSTED_FROM = pd.Timestamp("2013-05-02T06:00:00Z")


def test_every_flight_of_the_year_has_its_place(
    pinned: dict[str, pd.DataFrame], flights: pd.DataFrame
) -> None:
    past = flights["sched_dep"] < LIVE
    held_out = past & (fifths(flights) == 0)
    assert len(pinned["flights-scored"]) == (~past).sum()
    assert len(pinned["flights-test"]) == held_out.sum()
    trained = past & ~held_out
    assert len(flights) == trained.sum() + held_out.sum() + (~past).sum()


def test_the_scored_weeks_are_those_of_may_to_december(pinned: dict[str, pd.DataFrame]) -> None:
    local = pinned["flights-scored"]["sched_dep"].dt.tz_convert("America/New_York")
    calendar = local.dt.isocalendar().drop_duplicates(["year", "week"])
    weeks = {f"{row.year}-W{row.week:02d}" for row in calendar.itertuples()}
    assert (min(weeks), max(weeks), len(weeks)) == ("2013-W18", "2014-W01", 36)


def test_each_score_is_that_of_the_version_in_force(
    pinned: dict[str, pd.DataFrame], versions: list[Path]
) -> None:
    scored = pinned["flights-scored"]
    boosted = scored["sched_dep"] >= BOOSTED_FROM
    for version, rows in zip(versions, (scored[~boosted], scored[boosted]), strict=True):
        model = joblib.load(version / "late-flights.joblib")
        expected = model.predict_proba(rows[list(FEATURES)])[:, 1]
        np.testing.assert_allclose(rows["p_late"], expected, rtol=0, atol=1e-12)
        assert set(rows["model_version"]) == {version.name}


def test_the_prediction_is_the_score_at_the_project_threshold(
    demo: Path, pinned: dict[str, pd.DataFrame]
) -> None:
    evaluation = load_project(demo / "reportgen.yml").models["late-flights"].evaluation
    assert evaluation is not None
    for name in ("flights-scored", "flights-reference"):
        rows = pinned[name]
        assert (rows["predicted_late"] == (rows["p_late"] >= evaluation.threshold)).all()


def test_labels_are_known_only_for_flights_that_arrived(
    pinned: dict[str, pd.DataFrame], raw: pd.DataFrame
) -> None:
    later = raw[raw["month"] >= 5]
    assert pinned["flights-scored"]["late"].isna().sum() == later["arr_delay"].isna().sum()


def test_the_models_rank_flights_they_have_not_seen(
    pinned: dict[str, pd.DataFrame], versions: list[Path]
) -> None:
    """Counted by pairs, with no code of reportgen or scikit-learn's metrics."""
    rows = pinned["flights-test"].dropna(subset=["late"])
    late = rows["late"].to_numpy(dtype=bool)
    areas = []
    for version in versions:
        model = joblib.load(version / "late-flights.joblib")
        ranks = pd.Series(model.predict_proba(rows[list(FEATURES)])[:, 1]).rank().to_numpy()
        pairs = ranks[late].sum() - late.sum() * (late.sum() + 1) / 2
        areas.append(pairs / (late.sum() * (~late).sum()))
    assert 0.70 < areas[0] < 0.75
    assert 0.77 < areas[1] < 0.81


def test_the_summer_is_harder_than_the_held_out_flights(pinned: dict[str, pd.DataFrame]) -> None:
    def recall(rows: pd.DataFrame) -> float:
        late = rows[rows["late"].fillna(False).astype(bool)]
        return float(late["predicted_late"].mean())

    scored = pinned["flights-scored"]
    month = scored["sched_dep"].dt.tz_convert("America/New_York").dt.month
    assert recall(scored[month == 7]) < recall(pinned["flights-reference"]) - 0.05


def test_the_pin_describes_the_model_as_vetiver_does(versions: list[Path]) -> None:
    for version in versions:
        assert list(prototype(version)) == list(FEATURES)


def test_vetiver_itself_reads_the_model(
    demo: Path, versions: list[Path], pinned: dict[str, pd.DataFrame]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of vetiver and pydantic, about each other
        from pins import board_folder
        from vetiver import VetiverModel

        board = board_folder(str(demo / "board"), allow_pickle_read=True)
        read = VetiverModel.from_pin(board, "late-flights", version=versions[1].name)
        model = read.model
        fields = list(read.prototype.model_fields)
    assert fields == list(FEATURES)
    rows = pinned["flights-reference"].head(50)
    np.testing.assert_allclose(model.predict_proba(rows[fields])[:, 1], rows["p_late"])


def test_the_project_file_has_no_mistake_and_no_section_is_missing(demo: Path) -> None:
    project = load_project(demo / "reportgen.yml")
    assert list(project.reports) == [
        "late-flights-card",
        "late-flights-logistic-card",
        "late-flights-weekly",
    ]
    path = project.models["late-flights"].narrative
    assert path is not None
    sections = load_narrative(path, as_of=pd.Timestamp("2013-05-02").date())
    assert {section.state for section in sections} == {"attested"}


def test_a_second_build_leaves_the_project_as_it_is(demo: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in demo.rglob("*")}
    said: list[str] = []
    assert build_demo(demo, progress=said.append) == demo / "reportgen.yml"
    assert {path: path.stat().st_mtime_ns for path in demo.rglob("*")} == before
    assert said == ["The project is there already"]


@pytest.mark.parametrize("name", ["reportgen.yml", "board"])
def test_what_is_not_the_demo_is_not_touched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("project: mine\n")
    with pytest.raises(UserError, match="not made by the demo"):
        build_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_another_folder_zone_and_hash_seed_give_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    import os

    code = (
        "import sys; from pathlib import Path; from reportgen.demo import build_demo; "
        "build_demo(Path(sys.argv[1]))"
    )
    env = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    again = tmp_path / "elsewhere"
    subprocess.run([sys.executable, "-c", code, str(again)], env=env, check=True)
    assert digests(again) == digests(demo)
