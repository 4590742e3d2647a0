"""The same rows in two data pins, found by the column that names a row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from reportgen.boards import Snapshot
from reportgen.collect.frame import column, read_frame
from reportgen.errors import DataError
from reportgen.report import Finding, Part, Provenance, Value
from reportgen.report.frame import Answers, EvaluationFrame

__all__ = ["Pairing", "describe_pairing", "pair_by_id", "take_answers", "take_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Rows that two pins have in common.

    Attributes
    ----------
    now, before : shape (k,), where each common row stands in either pin, in the order of `now`
    rows_now, rows_before : how many rows each pin has
    relabelled : common rows whose label is not the same in both
    """

    now: np.ndarray[Any, Any]
    before: np.ndarray[Any, Any]
    rows_now: int
    rows_before: int
    relabelled: int = 0

    @property
    def common(self) -> int:
        """Rows that are in both."""
        return len(self.now)

    @property
    def complete(self) -> bool:
        """Whether both pins have the same rows."""
        return self.common == self.rows_now == self.rows_before


def pair_by_id(
    now: Snapshot, before: Snapshot, row_id: str, target: str, *, common: bool
) -> Pairing:
    """Find each row of one pin in the other.

    Parameters
    ----------
    target : column with the labels, which are compared
    common : compare on what both have in common, rather than refuse where they differ

    Raises
    ------
    DataError
        A row has no id, two rows have the same, or the pins do not hold the same rows.
    """
    frames = [read_frame(snapshot) for snapshot in (now, before)]
    ids = [_ids(rows, row_id, pin) for rows, pin in zip(frames, (now, before), strict=True)]
    places = pd.Series(np.arange(len(ids[1])), index=ids[1])
    found = places.reindex(ids[0]).to_numpy(dtype=float)
    there = np.flatnonzero(np.isfinite(found))
    pairing = Pairing(
        now=there,
        before=found[there].astype(np.intp),
        rows_now=len(ids[0]),
        rows_before=len(ids[1]),
    )
    if not pairing.complete and not common:
        raise DataError(_not_the_same(pairing, now, before))
    if not pairing.common:
        raise DataError(f"{_named(now)} and {_named(before)} have no row in common by '{row_id}'")
    labels = [column(rows, target, "data", "target") for rows in frames]
    changed = _differ(labels[0].iloc[pairing.now], labels[1].iloc[pairing.before])
    return replace(pairing, relabelled=changed)


def _differ(now: pd.Series[Any], before: pd.Series[Any]) -> int:
    """Count rows with another label; a label that came or went counts."""
    one, other = (_comparable(labels) for labels in (now, before))
    both_missing = (now.isna().to_numpy(bool)) & (before.isna().to_numpy(bool))
    return int(((one != other) & ~both_missing).sum())


def _comparable(labels: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Numbers and truth values as numbers, all else as texts."""
    numbers = pd.to_numeric(labels, errors="coerce").astype(float)
    if (numbers.notna() | labels.isna()).all():
        return numbers.to_numpy()
    return labels.map(str).to_numpy(dtype=object)


def _not_the_same(pairing: Pairing, now: Snapshot, before: Snapshot) -> str:
    both = f"{pairing.common:,} of {pairing.rows_now:,} rows in common"
    if pairing.rows_before != pairing.rows_now:
        both = (
            f"{pairing.common:,} rows in common, of {pairing.rows_now:,} in {_named(now)} and "
            f"{pairing.rows_before:,} in {_named(before)}"
        )
    return (
        f"not the same rows: {both}. A difference between versions must be measured on the same "
        "rows; --common compares on those that both have, and says so."
    )


def _named(snapshot: Snapshot) -> str:
    return f"{snapshot.version.name} {snapshot.version.version}"


def _ids(frame: pd.DataFrame, row_id: str, snapshot: Snapshot) -> pd.Index[Any]:
    values = column(frame, row_id, "data", "row id")
    missing = int(values.isna().sum())
    if missing:
        rows = "1 row has" if missing == 1 else f"{missing:,} rows have"
        raise DataError(f"{rows} no '{row_id}' in {_named(snapshot)}, and cannot be paired")
    texts: pd.Index[Any] = pd.Index(_as_texts(values))
    repeated = texts[texts.duplicated()]
    if len(repeated):
        shown = ", ".join(map(repr, repeated.unique()[:3]))
        raise DataError(
            f"'{row_id}' does not name a row in {_named(snapshot)}: {len(repeated):,} rows repeat "
            f"the id of another ({shown})"
        )
    return texts


def _as_texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """Write ids alike, whatever the pins hold them as: 7, 7.0 and "7" are one id."""
    if pd.api.types.is_float_dtype(values) and (values == values.round()).all():
        values = values.astype("int64")
    return values.map(str)


def take_rows(frame: EvaluationFrame, rows: np.ndarray[Any, Any]) -> EvaluationFrame:
    """Keep some rows of a frame, in this order."""
    answers = Answers(
        predicted=frame.predicted, scores=frame.scores, lower=frame.lower, upper=frame.upper
    )
    kept = take_answers(answers, rows)
    return replace(
        frame,
        truth=frame.truth.iloc[rows],
        predicted=kept.predicted,
        scores=kept.scores,
        lower=kept.lower,
        upper=kept.upper,
        features=frame.features.iloc[rows],
        segments={name: levels.iloc[rows] for name, levels in frame.segments.items()},
        clusters=None if frame.clusters is None else frame.clusters.iloc[rows],
        weights=None if frame.weights is None else frame.weights[rows],
    )


def take_answers(answers: Answers, rows: np.ndarray[Any, Any]) -> Answers:
    """Keep what a model said about some rows, in this order."""

    def some(column: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any] | None:
        return None if column is None else column[rows]

    return Answers(
        predicted=answers.predicted[rows],
        scores=some(answers.scores),
        lower=some(answers.lower),
        upper=some(answers.upper),
    )


def describe_pairing(pairing: Pairing) -> Part:
    """Say how the rows of two data pins were paired, and what is not the same in them."""
    source = Provenance(by="changes.pairing@1", pins=("data", "baseline_data"))
    counts = (
        ("common", pairing.common, "Rows in both data pins"),
        ("left_out_now", pairing.rows_now - pairing.common, "Rows of the newer data alone"),
        ("left_out_before", pairing.rows_before - pairing.common, "Rows of the older data alone"),
        ("relabelled", pairing.relabelled, "Rows with another label in the newer data"),
    )
    values = tuple(
        Value(name=f"changes.{name}", number=number, unit="rows", provenance=source, label=label)
        for name, number, label in counts
    )
    said = []
    if not pairing.complete:
        sentence = (
            f"Not the same rows: compared on the {pairing.common:,} in common, of "
            f"{pairing.rows_now:,} in the newer data and {pairing.rows_before:,} in the older."
        )
        said.append(("common", sentence))
    if pairing.relabelled:
        rows = "1 row has" if pairing.relabelled == 1 else f"{pairing.relabelled:,} rows have"
        said.append(("relabelled", f"{rows} another label in the newer data, which is used."))
    findings = tuple(
        Finding(
            kind="completeness",
            state="watch",
            sentence=sentence,
            because=(f"changes.{name}",),
            weight=200.0,
        )
        for name, sentence in said
    )
    return Part(values=values, findings=findings)
