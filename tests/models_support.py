"""Models pinned by vetiver itself, and the record of their card."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

import reportgen as rg
from reportgen.boards import open_board, parse_address
from reportgen.collect import CollectedModel, collect_evaluation, collect_model
from reportgen.report import EvaluationSpec, ModelSpec, PinRef, ReportData, ReportSpec, Task
from reportgen.report.frame import EvaluationFrame
from reportgen.resolve import fetch_pins, resolve_pins


def pin_with_vetiver(
    folder: Path,
    model: Any,
    prototype: Any,
    rows: pd.DataFrame,
    metadata: Mapping[str, Any] | None = None,
) -> Path:
    """Write the pins ``model`` (by ``vetiver_pin_write``) and ``rows``; give the board's folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pins
        import vetiver

        board = pins.board_folder(str(folder / "board"), allow_pickle_read=True)
        named = vetiver.VetiverModel(
            model, "model", prototype_data=prototype, metadata=dict(metadata or {}) or None
        )
        vetiver.vetiver_pin_write(board, named)
        board.pin_write(rows, "rows", type="parquet")
    return folder / "board"


def card_record(board: Path, target: str, **asked: Any) -> ReportData:
    """The record of the card that a user gets."""
    return rg.card(board, "model", data="rows", target=target, trust_model=True, **asked).data


def asked_model(
    board: Path, folder: Path, target: str, *, task: Task | None = None, **spec: Any
) -> tuple[CollectedModel, EvaluationFrame]:
    """The model as collected, and what it said about the rows."""
    evaluation = EvaluationSpec(data=PinRef(name="rows"), target=target, **spec)
    asked = ReportSpec(
        name="card",
        kind="card",
        template="model_card",
        model=ModelSpec(name="model", pin=PinRef(name="model"), evaluation=evaluation),
    )
    folder.mkdir(mode=0o700, exist_ok=True)
    opened = open_board(parse_address(str(board)), board.parent)
    pins = resolve_pins(asked, opened, None, folder)
    snapshots = fetch_pins(pins, opened, folder)
    model = collect_model(pins["model"], snapshots["model"], load=True, allow_pickle=True)
    frame, _ = collect_evaluation(evaluation, task, model, snapshots)
    return model, frame
