"""The board of the demo: two model versions, held-out flights, scored flights, a benchmark."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from reportgen.boards import Board, PinVersion, open_board
from reportgen.demo.flights import fifths
from reportgen.demo.model import BOOSTED, CREATED, LIVE_FROM, LOGISTIC, TrainedModels, score
from reportgen.report import BoardSpec

__all__ = ["pin_everything", "vetiver_metadata"]

MODEL = "late-flights"
_TESTED = datetime(2013, 5, 1, 5, 30, tzinfo=UTC)
# Two days after the last week ended, so that every label that will come has come.
_SCORED = datetime(2014, 1, 8, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """A board, and a private folder for the files on their way to it."""

    board: Board
    folder: Path

    def pin_frame(
        self, name: str, frame: pd.DataFrame, created: datetime, title: str, description: str
    ) -> PinVersion:
        path = self.folder / f"{name}.parquet"
        frame.to_parquet(path, index=False)
        return self.board.write(
            name, path, type="parquet", created=created, title=title, description=description
        )


def pin_everything(
    board_folder: Path, flights: pd.DataFrame, models: TrainedModels
) -> Mapping[str, str]:
    """Write every pin of the demo.

    Returns
    -------
    what the project file has to know: ``logistic``, the version of the older model
    """
    board_folder.mkdir(parents=True)
    spec = BoardSpec(type="folder", path=board_folder.name)
    with TemporaryDirectory() as folder:
        desk = _Desk(board=open_board(spec, board_folder.parent), folder=Path(folder))
        versions = {name: _pin_model(desk, name, models) for name in (LOGISTIC, BOOSTED)}
        _pin_held_out(desk, flights, models)
        _pin_shares(desk, flights)
        _pin_scored(desk, flights, models, versions)
    return {"logistic": versions[LOGISTIC]}


def vetiver_metadata(example: Mapping[str, Any], packages: tuple[str, ...]) -> dict[str, Any]:
    """Describe a model as vetiver does in a pin, so that it can be served and checked by it.

    Parameters
    ----------
    example : one row of inputs, plain numbers and texts
    """
    row = {name: item.item() if hasattr(item, "item") else item for name, item in example.items()}
    return {
        "user": {},
        "vetiver_meta": {
            "required_pkgs": list(packages),
            "prototype": json.dumps(row),
            "python_version": list(sys.version_info),
        },
    }


def _pin_model(desk: _Desk, name: str, models: TrainedModels) -> str:
    import joblib

    path = desk.folder / f"{name}.joblib"
    joblib.dump(models.pipelines[name], path)
    version = desk.board.write(
        MODEL,
        path,
        type="joblib",
        created=CREATED[name],
        title=f"Late flights: {name}",
        description=(
            "Probability that a flight from New York arrives more than 30 minutes late, from what "
            f"is known before departure. A {name} pipeline, trained on {models.rows:,} flights "
            "of January to April 2013."
        ),
        metadata=vetiver_metadata(models.example, ("scikit-learn",)),
    )
    return version.version


def _pin_held_out(desk: _Desk, flights: pd.DataFrame, models: TrainedModels) -> None:
    """Pin the flights that no model has learned from: bare for cards, scored as a reference."""
    held_out = flights[(flights["sched_dep"] < LIVE_FROM) & (fifths(flights) == 0)]
    desk.pin_frame(
        "flights-test",
        held_out,
        _TESTED,
        "Held-out flights, January to April 2013",
        "A fifth of the flights, chosen by a hash of the flight. No model learned from them. "
        "Cancelled and diverted flights are among them and have no label.",
    )
    probability = score(models.pipelines[BOOSTED], held_out)
    desk.pin_frame(
        "flights-reference",
        held_out.assign(p_late=probability, predicted_late=probability >= models.threshold),
        CREATED[BOOSTED],
        "Held-out flights with what the boosted model says",
        "The rows of flights-test, scored by the version that is in force from 2 May 2013.",
    )


def _pin_shares(desk: _Desk, flights: pd.DataFrame) -> None:
    """Pin how all flights of the year spread over carriers and airports."""
    counts = [
        flights[segment]
        .value_counts()
        .rename_axis("level")
        .reset_index(name="count")
        .sort_values("level")
        .assign(segment=segment)[["segment", "level", "count"]]
        for segment in ("carrier", "origin", "time_of_day")
    ]
    path = desk.folder / "carrier-shares.csv"
    pd.concat(counts).to_csv(path, index=False, lineterminator="\n")
    desk.board.write(
        "carrier-shares",
        path,
        type="csv",
        created=_TESTED,
        title="All flights from New York in 2013 by carrier, airport and time of day",
        description="A count of every scheduled departure of the year, as the population that "
        "the held-out flights should stand for.",
    )


def _pin_scored(
    desk: _Desk, flights: pd.DataFrame, models: TrainedModels, versions: Mapping[str, str]
) -> None:
    """Score each flight from May on by the version that was in force when it was to leave."""
    live = flights[flights["sched_dep"] >= LIVE_FROM]
    boosted = (live["sched_dep"] >= CREATED[BOOSTED]).to_numpy()
    probability = np.where(
        boosted,
        score(models.pipelines[BOOSTED], live),
        score(models.pipelines[LOGISTIC], live),
    )
    scored = live.assign(
        p_late=probability,
        predicted_late=probability >= models.threshold,
        model_version=np.where(boosted, versions[BOOSTED], versions[LOGISTIC]),
    ).astype({"model_version": "str"})
    desk.pin_frame(
        "flights-scored",
        scored,
        _SCORED,
        "Every flight from May to December 2013, scored as if live",
        "One row per scheduled departure. The label came with the flight; cancelled and diverted "
        "flights never get one.",
    )
