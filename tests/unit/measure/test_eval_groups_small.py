"""Small groups are hidden everywhere, with what would give them away, and the page says so."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reportgen.measure import measure_evaluation
from reportgen.measure.evaluation.rows import measurable
from reportgen.measure.groups.small import find_small_groups
from reportgen.measure.groups.suppression import NOT_SHOWN
from reportgen.report import Threshold
from reportgen.report.frame import EvaluationFrame
from reportgen.report.record import _plain


def _frame(cells, minimum, *, crossed=False, seed=0, **changes):
    """Rows by region and half of the day; about half of them positive, most of them right."""
    rng = np.random.default_rng(seed)
    region = np.repeat([one for one, _ in cells], list(cells.values()))
    half = np.repeat([two for _, two in cells], list(cells.values()))
    n = len(region)
    truth = rng.permutation(np.arange(n) % 2 == 0)
    segments = {"region": pd.Series(region, dtype=object), "half": pd.Series(half, dtype=object)}
    if crossed:
        segments["region×half"] = segments["region"] + " × " + segments["half"]
    given = {
        "task": "classification",
        "target": "y",
        "truth": pd.Series(truth, dtype=object),
        "predicted": np.where(rng.random(n) < 0.8, truth, ~truth),
        "classes": (False, True),
        "positive": True,
        "features": pd.DataFrame(),
        "segments": segments,
        "minimum_group": minimum,
    }
    return EvaluationFrame(**{**given, **changes})


CELLS = {("n", "am"): 300, ("s", "am"): 200, ("e", "am"): 60, ("w", "am"): 6,
         ("n", "pm"): 250, ("s", "pm"): 150, ("e", "pm"): 90}  # fmt: skip


def _hidden(frame):
    return find_small_groups(frame, measurable(frame))


def test_nothing_is_hidden_without_a_minimum():
    part = measure_evaluation(_frame(CELLS, None))
    values = {v.name: v for v in part.values}
    assert values["evaluation.rows[region=w]"].number == 6
    assert "evaluation.suppressed" not in values
    assert _hidden(_frame(CELLS, None)) is None


def test_a_lone_small_group_takes_the_next_smallest_with_it():
    """Worked by hand: 6 rows alone follow from the total, so those of east go too."""
    found = _hidden(_frame(CELLS, 10))
    assert found.groups == {("region", "w"), ("region", "e")}


def test_two_small_groups_that_are_small_together_need_a_third():
    cells = {("n", "am"): 100, ("s", "am"): 50, ("e", "am"): 3, ("w", "am"): 2}
    found = _hidden(_frame(cells, 10))
    assert found.groups == {("region", "e"), ("region", "w"), ("region", "s")}
    enough = {("n", "am"): 100, ("s", "am"): 50, ("e", "am"): 6, ("w", "am"): 6}
    found = _hidden(_frame(enough, 10, predicted=np.tile([True, False], 81)))
    assert found.groups == {("region", "e"), ("region", "w")}


def test_a_small_cell_takes_its_row_its_column_and_the_corner_between():
    cells = {(one, two): 100 + 10 * at for at, (one, two) in
             enumerate((a, b) for a in "nse" for b in ("am", "pm", "eve"))}  # fmt: skip
    cells["n", "am"] = 7
    found = _hidden(_frame(cells, 10, crossed=True))
    assert {segment for segment, _ in found.groups} == {"region×half"}
    table = pd.DataFrame(0, index=list("nse"), columns=["am", "pm", "eve"])
    for _, level in found.groups:
        table.loc[level[0], level[4:]] = 1
    assert table.loc["n", "am"] == 1
    assert not (table.sum() == 1).any(), "a column with one hidden cell gives it away"
    assert not (table.sum(axis=1) == 1).any(), "a row with one hidden cell gives it away"
    assert len(found.groups) == 4


def test_a_group_with_few_of_one_outcome_keeps_its_size_and_no_more():
    frame = _frame(CELLS, 10)
    truth = frame.truth.to_numpy(bool).copy()
    truth[(frame.segments["region"] == "s").to_numpy()] = False
    truth[np.flatnonzero(frame.segments["region"] == "s")[:4]] = True
    part = measure_evaluation(replace(frame, truth=pd.Series(truth, dtype=object)))
    values = {v.name: v for v in part.values}
    assert values["evaluation.rows[region=s]"].number == 350
    assert values["evaluation.selection_rate[region=s]"].number is not None
    for metric in (
        "accuracy",
        "recall",
        "precision",
        "false_positive_rate",
        "false_negative_rate",
    ):
        value = values[f"evaluation.{metric}[region=s]"]
        assert value.reason.startswith(NOT_SHOWN)
        assert value.n is None


def test_nothing_of_a_hidden_group_is_left_anywhere():
    frame = _frame(CELLS, 10, crossed=True, population={"region": {"n": 0.5, "s": 0.3, "w": 0.2}},
                   thresholds={"evaluation.accuracy[region=w]": Threshold(minimum=0.9),
                               "accuracy": Threshold(minimum=0.5)})  # fmt: skip
    hidden = _hidden(frame)
    part = measure_evaluation(frame)
    values = {v.name: v for v in part.values}
    of_hidden = [v for v in part.values
                 if any(v.name.endswith(f"[{s}={w}]") for s, w in hidden.groups)]  # fmt: skip
    assert len(of_hidden) > 20
    for value in of_hidden:
        if value.provenance.pins == ("population",):
            assert value.number in (0.5, 0.3, 0.2, None)  # the benchmark's own
            continue
        assert (value.number, value.n, value.interval) == (None, None, None)
        assert value.provenance.parameters == {}
    for table in part.tables:
        for row in table.rows:
            shown = [c.value for c in row if c.value and values[c.value].number is not None]
            taken = [
                c.value
                for c in row
                if c.value and (values[c.value].reason or "").startswith(NOT_SHOWN)
            ]
            if taken:
                assert all(name.startswith("representation.population") for name in shown)
                assert {c.text for c in row[1:] if c.text is not None} <= {NOT_SHOWN}
                assert "not shown on this card" in table.note
    for series in part.series:
        for segment, word in hidden.groups:
            if series.name.endswith(f".{segment}") and word in series.columns.get("level", ()):
                at = series.columns["level"].index(word)
                point = {name: column[at] for name, column in series.columns.items()}
                assert {k: v for k, v in point.items() if v is not None} == {
                    "level": word, "state": NOT_SHOWN}  # fmt: skip
    for finding in part.findings:
        gone = [
            name for name in finding.because if (values[name].reason or "").startswith(NOT_SHOWN)
        ]
        if gone:
            assert finding.state == "cannot tell"
            assert "cannot be held against its limit: not shown" in finding.sentence
    assert any(f.kind == "threshold" and f.state == "cannot tell" for f in part.findings)


def test_the_page_says_how_many_and_why():
    part = measure_evaluation(_frame(CELLS, 10))
    value = next(v for v in part.values if v.name == "evaluation.suppressed")
    assert value.number == 2
    finding = part.findings[-1]
    assert finding.because == ("evaluation.suppressed",)
    assert finding.sentence == (
        "2 groups are not shown on this card: fewer than 10 rows, or it would give such a group "
        "away by subtraction."
    )


def test_no_finding_and_no_extreme_names_a_hidden_group():
    frame = _frame(CELLS, 80)
    said = frame.predicted.copy()
    worst = (frame.segments["region"] == "e").to_numpy()  # 150 rows, and the only one to go with w
    said[worst] = ~frame.truth.to_numpy(bool)[worst]
    part = measure_evaluation(replace(frame, predicted=said))
    hidden = _hidden(replace(frame, predicted=said))
    assert ("region", "e") in hidden.groups
    for finding in part.findings:
        assert "region is e" not in finding.sentence
        assert "(e)" not in finding.sentence
    table = next(t for t in part.tables if t.name == "fairness.region")
    assert "e" not in {cell.text for row in table.rows for cell in row[-3:-1]}


def test_hidden_groups_count_as_one_where_the_population_weighs():
    frame = _frame(CELLS, 10, population={"region": {"n": 0.4, "s": 0.3, "e": 0.2, "w": 0.1}})
    part = measure_evaluation(frame)
    values = {v.name: v for v in part.values}
    right = (frame.truth.to_numpy(bool) == frame.predicted).astype(float)
    merged = frame.segments["region"].replace({"e": "rest", "w": "rest"})
    expected = sum(
        share * right[(merged == level).to_numpy()].mean()
        for level, share in {"n": 0.4, "s": 0.3, "rest": 0.3}.items()
    )
    found = values["evaluation.accuracy.poststratified[population=region]"]
    assert found.number == pytest.approx(expected)
    table = next(t for t in part.tables if t.name == "poststratified.region")
    assert "count together" in table.note


def test_training_rows_are_guarded_as_well():
    training = pd.Series(["n"] * 500 + ["s"] * 400 + ["e"] * 300 + ["w"] * 3)
    frame = _frame({**CELLS, ("w", "pm"): 80}, 10, training_segments={"region": training})
    assert ("region", "w") in _hidden(frame).groups
    values = {v.name: v for v in measure_evaluation(frame).values}
    assert values["representation.training[region=w]"].number is None
    assert sum(values[f"representation.training[region={w}]"].number is None for w in "nsew") >= 2


def test_other_tasks_hide_by_size_alone():
    rng = np.random.default_rng(0)
    region = pd.Series(np.repeat(["n", "s", "w"], [300, 200, 5]))
    frame = EvaluationFrame(
        task="regression", target="y", truth=pd.Series(rng.normal(0, 1, 505)),
        predicted=rng.normal(0, 1, 505), features=pd.DataFrame(), segments={"region": region},
        minimum_group=10,
    )  # fmt: skip
    found = _hidden(frame)
    assert found.groups == found.outcomes == {("region", "w"), ("region", "s")}
    part = measure_evaluation(frame)
    written = [_plain(value) for value in part.values if "region=w" in value.name]
    assert len(written) >= 6
    assert not any({"number", "n", "interval"} & set(value) for value in written)
