"""`init` and `templates` on real boards and real templates."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from reportgen.boards import open_board
from reportgen.cli.look import look_at_board
from reportgen.project_file import load_project
from reportgen.report import BoardSpec
from tests.unit.cli.command import reportgen, reportgen_here

WRITTEN = datetime(2013, 5, 1, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a board: a vetiver-like model, held-out rows, scored rows and a note."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "board").mkdir()
    board = open_board(BoardSpec(type="folder", path="board"), folder)
    files = folder / "files"
    files.mkdir()

    def put(name: str, file: str, kind: str, metadata: dict[str, object] | None = None) -> None:
        board.write(name, files / file, type=kind, created=WRITTEN, metadata=metadata)

    (files / "late-flights.joblib").write_bytes(b"never loaded")
    prototype = json.dumps({"carrier": "UA", "hour": 5})
    meta = {"vetiver_meta": {"prototype": prototype, "required_pkgs": ["scikit-learn"]}}
    put("late-flights", "late-flights.joblib", "joblib", meta)
    rows = pd.DataFrame({"carrier": ["UA", "AA"], "hour": [5, 6], "late": [True, False]})
    rows.to_csv(files / "test.csv", index=False)
    put("flights-test", "test.csv", "csv")
    rows["sched_dep"] = ["2013-05-01T06:00:00", "2013-05-02T06:00:00"]
    rows["p_late"] = [0.1, 0.8]
    rows.to_csv(files / "scored.csv", index=False)
    put("flights-scored", "scored.csv", "csv")
    (files / "note.txt").write_text("hello")
    put("note", "note.txt", "file")
    return folder


def test_a_board_is_described_without_loading_a_model(project: Path) -> None:
    found = {
        pin.name: pin
        for pin in look_at_board(open_board(BoardSpec(type="folder", path="board"), project))
    }

    model, test, scored = found["late-flights"], found["flights-test"], found["flights-scored"]
    assert (model.role, model.pickled, model.features) == ("model", True, ("carrier", "hour"))
    assert dict(test.columns) == {"carrier": "text", "hour": "number", "late": "boolean"}
    assert scored.columns["sched_dep"] == "time"
    assert found["note"].role == "other"


def test_init_fills_in_what_the_board_holds(project: Path) -> None:
    done = reportgen("init", folder=project)

    assert done.code == 0, done.err
    assert done.out.splitlines()[0] == "reportgen.yml"
    model = load_project(project).models["late-flights"]
    assert model.evaluation is not None
    assert (model.evaluation.data.name, model.evaluation.target) == ("flights-test", "late")
    assert model.monitoring is not None
    assert (model.monitoring.data.name, model.monitoring.time) == ("flights-scored", "sched_dep")

    again = reportgen("init", folder=project)
    assert (again.code, "left as it is" in again.err) == (2, True)


def test_init_in_a_new_folder_without_a_board(tmp_path: Path) -> None:
    done = reportgen_here("init", "new", "--name", "New", folder=tmp_path)

    assert done.code == 0, done.err
    assert "There is no board" in done.err
    assert load_project(tmp_path / "new").name == "New"


def test_templates_are_listed_and_copied(tmp_path: Path) -> None:
    listed = reportgen_here("templates", folder=tmp_path)
    assert [line.split("\t")[0] for line in listed.out.splitlines()] == [
        "diff",
        "model_card",
        "monitoring",
    ]

    told = json.loads(reportgen_here("templates", "--json", folder=tmp_path).out)
    assert [row["name"] for row in told["templates"]] == ["diff", "model_card", "monitoring"]

    done = reportgen_here("templates", "eject", "model_card", "-o", "mine", folder=tmp_path)
    assert (done.code, done.out.splitlines()[0]) == (0, "mine/model_card.qmd"), done.err
    assert (tmp_path / "mine" / "model_card.qmd").read_text().startswith("---")

    assert (
        reportgen_here("templates", "eject", "model_card", "-o", "mine", folder=tmp_path).code == 2
    )


def test_card_names_what_the_board_has_when_words_are_missing(project: Path) -> None:
    done = reportgen_here("card", "--board", "board", folder=project)

    assert done.code == 2
    assert "The board has late-flights." in done.err
    assert "flights-test" in done.err

    done = reportgen_here(
        "card", "late-flights", "-b", "board", "--data", "flights-test", folder=project
    )
    assert done.code == 2
    assert "In 'flights-test' it could be late." in done.err
    assert "--trust-model" in done.err
