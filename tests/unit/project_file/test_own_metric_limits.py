"""Limits may be set on a project's own metrics, by the names of their values."""

from textwrap import dedent

import pytest

from reportgen.errors import ProjectError
from reportgen.project_file import load_project

PROJECT = """
project: Flights
board: {type: folder, path: board}
models:
  late:
    pin: late
    evaluation:
      data: {pin: rows}
      target: late
      metrics: ["checks:profit", neg_max_error]
      costs: {false_positive: 1, false_negative: 4}
      thresholds: %s
reports: {}
"""


def _written(folder, thresholds):
    (folder / "reportgen.yml").write_text(dedent(PROJECT % thresholds), encoding="utf-8")
    (folder / "board").mkdir()
    return folder / "reportgen.yml"


def test_own_metrics_and_costs_take_limits(tmp_path):
    said = "{profit: {min: 2}, max_error: {max: 9}, cost: {max: 1}, ece: {max: 0.1}}"
    project = load_project(_written(tmp_path, said))
    evaluation = project.models["late"].evaluation
    assert set(evaluation.thresholds) == {"profit", "max_error", "cost", "ece"}
    assert evaluation.metrics == ("checks:profit", "neg_max_error")


def test_a_near_miss_knows_own_metrics(tmp_path):
    with pytest.raises(ProjectError, match="Did you mean 'profit'"):
        load_project(_written(tmp_path, "{profti: {min: 2}}"))
