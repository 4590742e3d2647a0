"""A board with a model and a reference, scored rows to report on, and how two reports are compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from reportgen.api.report import Report
from reportgen.boards import open_board
from reportgen.report import BoardSpec

from ..unit.measure.mon_frames import START, scored_table

ASKED: Mapping[str, Any] = {
    "time": "time",
    "prediction": "predicted",
    "score": "p_late",
    "target": "late",
    "reference": "reference",
    "timezone": "America/New_York",
    "segments": ["carrier"],
    "formats": ("html",),
}


def scored() -> pd.DataFrame:
    """Scored weeks, and a row that opens the week after, so that the last one has ended."""
    found = scored_table(weeks=6, per_week=400, shift=0.8)
    found["late"] = found["late"].astype(int)
    after = (START + pd.Timedelta(weeks=6, hours=1)).tz_convert("UTC")
    last = found.iloc[[-1]].assign(time=after)
    every = pd.concat([found, last], ignore_index=True)
    return every.assign(time=every["time"].astype("datetime64[us, UTC]"))


def make_board(folder: Path) -> Path:
    """Pin a model, the scored rows as of their latest, and a reference; give the folder back."""
    board = open_board(BoardSpec(type="folder", path="board"), folder)
    (folder / "board").mkdir()
    held, reference = scored(), scored_table(weeks=3, per_week=400, seed=5)
    model = folder / "late.joblib"
    joblib.dump(LogisticRegression().fit(held[["temp"]], held["late"]), model)
    board.write("late", model, type="joblib", created=datetime(2013, 5, 1, tzinfo=UTC))
    written = {"scored": held, "reference": reference.assign(late=reference["late"].astype(int))}
    for name, rows in written.items():
        path = folder / f"{name}.parquet"
        rows.to_parquet(path, index=False)
        board.write(name, path, type="parquet", created=rows["time"].max().floor("s"))
    return folder


def assert_same_report(report: Report, pinned: Report, *, but: tuple[str, ...] = ()) -> None:
    """The same values within 1e-9, the same findings and the same verdict, for the same day.

    Parameters
    ----------
    but : ends of the names of values that may differ
    """
    assert report.data.edition == pinned.data.edition
    mine, theirs = (_flat(each, but) for each in (report, pinned))
    assert mine.keys() == theirs.keys()
    other = {
        name: (number, theirs[name])
        for name, number in mine.items()
        if number != pytest.approx(theirs[name], rel=1e-9, abs=1e-9)
    }
    assert not other
    said = [[finding.sentence for finding in each.data.findings] for each in (report, pinned)]
    assert said[0] == said[1]
    assert report.verdict == pinned.verdict
    assert report.data.as_of == pinned.data.as_of


def _flat(report: Report, but: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for name, value in report.data.values.items():
        if name.endswith(but) and but:
            continue
        ends = (value.interval.low, value.interval.high) if value.interval else ()
        for at, number in enumerate((value.number, *ends, value.n)):
            if number is not None:
                found[f"{name} {at}"] = float(number)
    return found
