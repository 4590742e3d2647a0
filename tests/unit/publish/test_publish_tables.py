"""Tables as CSV: unrounded, with intervals, and inert in a spreadsheet."""

from __future__ import annotations

import csv
import io

from reportgen.publish.edition import table_csv
from reportgen.report import Cell, Column, Table
from tests.unit.publish.sample import sample_data


def test_an_estimate_brings_its_interval_and_n() -> None:
    data = sample_data()
    text = table_csv(data.tables["performance.metrics"], data.values)

    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [
        ["Metric", "This period", "This period low", "This period high", "This period n"],
        ["performance.recall", "0.481", "0.449", "0.513", "912"],
        ["performance.roc_auc", "", "", "", ""],
        ["volume.rows", "6493", "", "", "6493"],
    ]


def test_text_from_data_cannot_be_a_formula() -> None:
    table = Table(
        name="t",
        title="t",
        columns=(Column(name="level", label="=1+1"),),
        rows=(
            (Cell(text='=HYPERLINK("http://x")'),),
            (Cell(text="@SUM(A1)"),),
            (Cell(text="UA"),),
        ),
    )
    rows = list(csv.reader(io.StringIO(table_csv(table, {}), newline="")))
    assert rows == [["'=1+1"], ['\'=HYPERLINK("http://x")'], ["'@SUM(A1)"], ["UA"]]
