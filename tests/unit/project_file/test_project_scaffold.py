"""A new project loads as it is, says what it found, and overwrites nothing."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.errors import UserError
from reportgen.project_file import FoundPin, load_narrative, load_project, scaffold_project
from reportgen.report import BoardSpec, PinRef

BOARD = BoardSpec(type="folder", path="board")

MODEL = FoundPin(
    name="late-flights", role="model", type="joblib", pickled=True, features=("carrier", "hour")
)
TEST = FoundPin(
    name="flights-test",
    role="data",
    type="parquet",
    columns={"carrier": "text", "hour": "number", "late": "boolean", "tail": "text"},
)
SCORED = FoundPin(
    name="flights-scored",
    role="data",
    type="parquet",
    columns={
        "sched_dep": "time",
        "carrier": "text",
        "hour": "number",
        "p_late": "number",
        "predicted_late": "boolean",
        "late": "boolean",
    },
)
OTHER = FoundPin(name="carrier-shares", role="data", type="csv", columns={"carrier": "text"})


def test_what_was_found_is_filled_in(tmp_path: Path) -> None:
    scaffold_project(tmp_path, board=BOARD, pins=(OTHER, SCORED, TEST, MODEL), name="Flights")

    project = load_project(tmp_path)

    model = project.models["late-flights"]
    assert project.name == "Flights"
    assert model.evaluation is not None
    assert (model.evaluation.data.name, model.evaluation.target) == ("flights-test", "late")
    assert model.monitoring is not None
    assert model.monitoring.data == PinRef(name="flights-scored")
    assert model.monitoring.reference == PinRef(name="flights-test")
    assert (model.monitoring.time, model.monitoring.score) == ("sched_dep", "p_late")
    assert (model.monitoring.prediction, model.monitoring.target) == ("predicted_late", "late")
    assert list(project.reports) == ["late-flights-card", "late-flights-weekly"]


def test_a_pickle_is_not_trusted_for_the_user(tmp_path: Path) -> None:
    scaffold_project(tmp_path, board=BOARD, pins=(MODEL, TEST))

    assert load_project(tmp_path).board.allow_pickle == ()
    assert "# allow_pickle: [late-flights]" in (tmp_path / "reportgen.yml").read_text()


def test_the_narrative_starts_empty_and_holds_a_section_once_uncommented(tmp_path: Path) -> None:
    scaffold_project(tmp_path, board=BOARD, pins=(MODEL, TEST))
    path = tmp_path / "cards" / "late-flights.yml"

    states = {section.state for section in load_narrative(path, as_of=date(2025, 6, 1))}
    assert states == {"missing"}

    lines = path.read_text().splitlines()
    start = lines.index("# intended_use:")
    lines[start : start + 6] = [line.removeprefix("# ") for line in lines[start : start + 6]]
    path.write_text("\n".join(lines))
    section = load_narrative(path, as_of=date(2025, 6, 1))[0]
    assert (section.section, section.state, section.author) == (
        "intended_use",
        "attested",
        "Your Name",
    )


def test_an_empty_board_still_gives_a_project_that_loads(tmp_path: Path) -> None:
    scaffold_project(tmp_path / "new", board=BOARD)

    assert list(load_project(tmp_path / "new").models) == ["my-model"]


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    scaffold_project(tmp_path, board=BOARD, pins=(MODEL, TEST))
    (tmp_path / "reportgen.yml").write_text("mine")

    with pytest.raises(UserError, match="already"):
        scaffold_project(tmp_path, board=BOARD, pins=(MODEL, TEST))
    assert (tmp_path / "reportgen.yml").read_text() == "mine"


def test_files_that_are_there_are_kept(tmp_path: Path) -> None:
    (tmp_path / "_quarto.yml").write_text("toc: true\n")

    written = scaffold_project(tmp_path, board=BOARD, pins=(MODEL,))

    assert tmp_path / "_quarto.yml" not in written
    assert (tmp_path / "_quarto.yml").read_text() == "toc: true\n"


def test_two_models_get_their_own_data(tmp_path: Path) -> None:
    churn = FoundPin(name="ann/churn", role="model", features=("age",))
    people = FoundPin(
        name="ann/people", role="data", columns={"age": "number", "churned": "boolean"}
    )

    scaffold_project(tmp_path, board=BOARD, pins=(MODEL, TEST, churn, people))

    project = load_project(tmp_path)
    churned = project.models["ann-churn"]
    assert churned.pin.name == "ann/churn"
    assert churned.evaluation is not None
    assert (churned.evaluation.data.name, churned.evaluation.target) == ("ann/people", "churned")


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(model=names, data=names, column=names, name=names)
def test_hostile_names_give_a_project_that_says_the_same_names(
    tmp_path_factory: pytest.TempPathFactory, model: str, data: str, column: str, name: str
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    pins = (
        FoundPin(name=model, role="model"),
        FoundPin(name=data, role="data", columns={column: "boolean"}),
    )

    scaffold_project(folder, board=BOARD, pins=pins, name=name)

    project = load_project(folder, {})
    (found,) = project.models.values()
    assert (project.name, found.pin.name) == (name, model)
    assert found.evaluation is not None
    assert (found.evaluation.data.name, found.evaluation.target) == (data, column)
