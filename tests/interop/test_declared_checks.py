"""Declared checks with the real packages: functions, pandera schemas and pointblank files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reportgen.collect.checks import collect_checks, run_check
from reportgen.errors import ProjectError
from reportgen.measure import judge, measure_monitoring
from reportgen.measure.monitoring.declared_checks import measure_checks
from reportgen.project_file import load_project
from reportgen.report.checks import CheckedRule
from tests.unit.measure.mon_frames import findings_of, frame_of, scored_table, values_of

ROWS = pd.DataFrame(
    {"delay": [5, -2, 3, -4, np.nan], "carrier": ["UA", None, "DL", "XX", "UA"]},
    index=[10, 11, 12, 13, 14],
)
OWN = """
import pandas as pd

def positive(rows):
    return rows["delay"] > 0

def both(rows):
    return {"known": rows["carrier"].notna(), "many": len(rows) > 100}

def table(rows):
    return pd.DataFrame({"a": rows["delay"] > 0, "b": rows["delay"] < 100})

def maybe(rows):
    return rows["delay"].map(lambda x: None if x != x else x > 0)

def asserts(rows):
    assert len(rows) > 1_000, "too few rows"

def fine(rows):
    assert len(rows) > 1

def broken(rows):
    return rows["dealy"] > 0

def short(rows):
    return [True]

def greedy(rows):
    rows["delay"] = 1
    return True

def odd(rows):
    return "yes"
"""
SCHEMA = """
import pandera.pandas as pa

flights = pa.DataFrameSchema(
    {"delay": pa.Column(float, pa.Check.ge(0), nullable=True),
     "carrier": pa.Column(str, pa.Check.isin(["UA", "DL"]), nullable=False)}
)
whole = pa.DataFrameSchema({"gate": pa.Column(str)})
good = pa.DataFrameSchema({"delay": pa.Column(float, nullable=True)})

class Model(pa.DataFrameModel):
    delay: float = pa.Field(ge=0, nullable=True)
"""
POINTBLANK = """
tbl: small_table
steps:
- col_vals_ge: {columns: delay, value: 0, na_pass: true}
- col_vals_not_null: {columns: carrier}
- col_exists: {columns: [delay, gate]}
- col_vals_in_set: {columns: carrier, set: [UA, DL, XX]}
- col_vals_gt: {columns: nothing, value: 0}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "schema.py").write_text(SCHEMA)
    (tmp_path / "checks.yml").write_text(POINTBLANK)
    return tmp_path


def said(name: str, folder: Path) -> list[tuple[str, int, int]]:
    rules = run_check(name, ROWS, folder)
    assert not any(rule.error for rule in rules)
    return [(rule.name, rule.failing, rule.rows) for rule in rules]


def test_functions_answer_in_many_ways(folder: Path) -> None:
    assert said("own:positive", folder) == [("positive", 3, 5)]
    assert said("own:both", folder) == [("both: known", 1, 5), ("both: many", 1, 1)]
    assert said("own:table", folder) == [("table: a", 3, 5), ("table: b", 1, 5)]
    assert said("own:maybe", folder) == [("maybe", 3, 5)]
    assert said("own:asserts", folder) == [("asserts: too few rows", 1, 1)]
    assert said("own:fine", folder) == [("fine", 0, 1)]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("own:broken", "KeyError: 'dealy'"),
        ("own:short", "1 rows, and got 5"),
        ("own:odd", "ValueError"),
        ("own:positives", "Did you mean 'positive'"),
        ("nowhere:check", "ModuleNotFoundError"),
        ("missing.yml", "FileNotFoundError"),
    ],
)
def test_a_check_that_crashes_is_a_result(folder: Path, name: str, why: str) -> None:
    if name == "own:odd":
        (rule,) = run_check(name, ROWS, folder)
        assert rule.error
        return
    (rule,) = run_check(name, ROWS, folder)
    assert why in rule.error
    assert "\n" not in rule.error


def test_a_check_cannot_change_the_rows(folder: Path) -> None:
    before = ROWS.copy()
    assert said("own:greedy", folder) == [("greedy", 0, 1)]
    pd.testing.assert_frame_equal(before, ROWS)


def test_pandera_counts_the_rows_that_break_a_schema(folder: Path) -> None:
    rules = said("schema:flights", folder)
    broken = (ROWS["delay"] < 0) | ~ROWS["carrier"].isin(["UA", "DL"])
    assert rules[0] == ("flights", int(broken.sum()), 5)
    named = {name: failing for name, failing, _ in rules[1:]}
    assert named["flights: delay greater_than_or_equal_to(0)"] == 2
    assert named["flights: carrier not_nullable"] == 1
    assert named["flights: carrier isin(['UA', 'DL'])"] == 1
    (whole,) = run_check("schema:whole", ROWS, folder)[1:]
    assert (whole.name, whole.whole) == ("whole: gate column_in_dataframe", True)
    assert said("schema:good", folder) == [("good", 0, 5)]
    assert said("schema:Model", folder)[0] == ("Model", 2, 5)


def test_pointblank_steps_are_rules_of_their_own(folder: Path) -> None:
    rules = run_check("checks.yml", ROWS, folder)
    counted = [(rule.failing, rule.rows, rule.whole) for rule in rules if not rule.error]
    assert counted == [
        (2, 5, False),
        (1, 5, False),
        (0, 1, True),
        (1, 1, True),
        (1, 5, False),
    ]
    assert [rule.error for rule in rules if rule.error] == [
        "pointblank could not evaluate this step"
    ]
    assert rules[0].name.startswith("checks: ")


def test_a_function_may_make_a_validation_with_levels(folder: Path) -> None:
    (folder / "levels.py").write_text(
        "import pointblank as pb\n\n\n"
        "def flights(rows):\n"
        "    levels = pb.Thresholds(warning=0.1, error=0.9)\n"
        "    return pb.Validate(rows, thresholds=levels).col_vals_not_null('carrier')"
        ".col_vals_lt('delay', 1000, na_pass=True)\n"
    )
    rules = run_check("levels:flights", ROWS, folder)
    assert [(rule.failing, rule.rows, rule.grave) for rule in rules] == [
        (1, 5, "watch"),
        (0, 5, "ok"),
    ]


def test_the_report_says_what_fails_and_never_stops(folder: Path) -> None:
    table = scored_table(weeks=3, per_week=200).assign(delay=1.0, carrier="UA")
    table.loc[table.index[-60:], "delay"] = -1.0
    frame = frame_of(table)
    names = ("own:positive", "own:broken", "schema:good", "checks.yml")
    rules = collect_checks(names, frame, folder)
    part = measure_monitoring(frame_of(table, checks=rules))
    found = values_of(part)
    assert found["quality.checks.positive"].number == 60 / 200
    assert found["quality.checks.positive"].n == 200
    assert found["quality.checks.positive.failing"].number == 60
    assert (found["quality.checks.broken"].reason or "").startswith("the check could not be run")
    words = [f.sentence for f in findings_of(part, "quality", "watch", "alert")]
    assert "60 rows of 200 in 2013-W21 (30 %) fail the check 'positive'." in words
    assert any(
        word.startswith("The check 'broken' could not be run on 2013-W21") for word in words
    )
    assert judge("monitoring", part, ()).state == "alert"
    (shown,) = (t for t in part.tables if t.name == "quality.checks")
    assert shown.rows[0][1].text == "fails"


def test_all_that_pass_are_told_in_one_sentence() -> None:
    rules = tuple(CheckedRule(check="c", name=f"rule.{at}", rows=10) for at in range(3))
    part = measure_checks(rules, "2013-W27")
    (finding,) = part.findings
    assert finding.sentence == "All 3 declared checks pass on 10 rows of 2013-W27."
    assert finding.state == "ok"
    many = tuple(CheckedRule(check="c", name=f"r{at}", rows=10, failing=1) for at in range(8))
    assert measure_checks(many, "2013-W27").findings[-1].sentence.startswith("3 more")
    assert measure_checks((), "2013-W27").values == ()


def test_rules_of_one_name_stay_apart(folder: Path) -> None:
    frame = frame_of(scored_table(weeks=1, per_week=30).assign(delay=1.0))
    rules = collect_checks(("own:positive", "own:positive"), frame, folder)
    assert [rule.name for rule in rules] == ["positive", "positive (2)"]
    assert len(values_of(measure_checks(rules, "k"))) == 4


def test_a_period_without_rows_says_so(folder: Path) -> None:
    frame = frame_of(scored_table(weeks=1, per_week=30).assign(delay=1.0))
    later = frame_of(frame.rows, period=frame.period.next())
    (rule,) = collect_checks(("own:positive",), later, folder)
    assert values_of(measure_checks((rule,), "k"))["quality.checks.positive"].reason == "no rows"


PROJECT = """
project: p
board: {type: folder, path: board}
models:
  m:
    monitoring: {data: scored, time: at, checks: [CHECKS]}
reports:
  weekly: {model: m, template: monitoring}
"""


def test_the_setting_is_read_and_its_mistakes_are_found(folder: Path) -> None:
    path = folder / "reportgen.yml"
    path.write_text(PROJECT.replace("CHECKS", "own:positive, checks.yml"))
    asked = load_project(path).models["m"].monitoring
    assert asked is not None
    assert asked.checks == ("own:positive", "checks.yml")
    path.write_text(PROJECT.replace("CHECKS", "own, check.yml"))
    with pytest.raises(ProjectError) as found:
        load_project(path)
    assert "'own' names no check" in str(found.value)
    assert "Did you mean 'checks.yml'" in str(found.value)
