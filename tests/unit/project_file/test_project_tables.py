"""Tables in a project file: which are read, what is a mistake, and where a secret may stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.errors import ProjectError
from reportgen.project_file import load_project
from reportgen.report import PinRef, Project, TableRef
from reportgen.resolve import project_requests, report_requests

GOOD = """\
project: Flights
board: {type: folder, path: board}
models:
  late:
    monitoring:
      data: {table: "postgresql://ada:${SECRET}@db/prod", name: ml.scored}
      reference: {table: reference/*.parquet}
      time: time
reports:
  weekly: {model: late, template: monitoring}
"""
DATA = 'data: {table: "postgresql://ada:${SECRET}@db/prod", name: ml.scored}'


def load(folder: Path, text: str = GOOD, **environment: str) -> Project:
    (folder / "reportgen.yml").write_text(text)
    return load_project(folder, {"SECRET": "s3cret", **environment})


def mistakes(folder: Path, text: str) -> str:
    with pytest.raises(ProjectError) as caught:
        load(folder, text)
    return str(caught.value)


def test_a_table_is_kept_as_it_is_written(tmp_path: Path) -> None:
    asked = load(tmp_path).models["late"].monitoring

    assert asked is not None
    assert asked.data == TableRef(address="postgresql://ada:${SECRET}@db/prod", name="ml.scored")
    assert asked.reference == TableRef(address="reference/*.parquet")
    assert "s3cret" not in repr(load(tmp_path))


def test_no_board_is_asked_for_a_table(tmp_path: Path) -> None:
    project = load(tmp_path)

    assert set(report_requests(project.reports["weekly"])) == {"model"}
    assert [wanted.name for wanted in project_requests(project)] == ["late"]


@pytest.mark.parametrize("said", ["flights-scored", "{pin: flights-scored}"])
def test_a_pin_is_still_a_pin(said: str, tmp_path: Path) -> None:
    project = load(tmp_path, GOOD.replace(DATA, f"data: {said}"))

    assert project.models["late"].monitoring is not None
    assert project.models["late"].monitoring.data == PinRef(name="flights-scored")
    assert set(report_requests(project.reports["weekly"])) == {"model", "data"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("{table: x.csv, pin: y}", "has both a pin and a table"),
        ("{}", "is needed: pin or table"),
        ("{name: scored}", "is needed: pin or table"),
        ("{pin: y, name: scored}", "only a table has one"),
        ("{table: x.csv, version: 2}", "a table has no versions"),
        ('{table: "postgresql://ada:s3cret@db/prod"}', "a secret must not stand in this file"),
        ('{table: "postgresql://db/prod?password=s3cret"}', "a secret must not stand in this"),
        ('{table: "postgresql://ada:${NONE}@db/prod"}', "no variable NONE"),
        ('{table: "${0}"}', "not a reference such as"),
        ("{tabble: x.csv}", "Did you mean 'table'"),
        ("{table: [x.csv]}", "must be a text"),
    ],
)
def test_a_mistake_is_said_with_its_line(data: str, said: str, tmp_path: Path) -> None:
    found = mistakes(tmp_path, GOOD.replace(DATA, f"data: {data}"))

    assert said in found
    assert "reportgen.yml:6" in found
    assert "s3cret" not in found


def test_the_user_of_a_server_is_no_secret(tmp_path: Path) -> None:
    data = 'data: {table: "postgresql://ada@db/prod?sslmode=require", name: scored}'

    assert load(tmp_path, GOOD.replace(DATA, data))
