"""How well the model probably does while labels are not in, and how good such estimates were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
import pandas as pd

from reportgen.measure.estimated.classes import (
    FEWEST_LABELLED,
    FEWEST_OF_A_CLASS,
    estimate_binary,
)
from reportgen.measure.estimated.numbers import (
    FEWEST_TO_FIT,
    MOST_FITTED,
    estimate_errors,
    fit_losses,
)
from reportgen.measure.estimated.rows import (
    baseline_keys,
    encode,
    in_content_order,
    picked_rows,
)
from reportgen.measure.estimated.tables import estimate_tables
from reportgen.measure.monitoring.columns import kind_of, level_codes
from reportgen.measure.monitoring.performance import Scored, scored_rows
from reportgen.measure.monitoring.performance_page import Performance
from reportgen.measure.monitoring.periods import Calendar
from reportgen.measure.monitoring.slots import FEWEST_ROWS
from reportgen.measure.statistics.estimate import Estimate
from reportgen.report.frame import MonitoringFrame

__all__ = ["MOST_OF_A_PERIOD", "MOST_OF_REFERENCE", "Estimated", "Past", "estimate_performance"]

MOST_OF_REFERENCE, MOST_OF_A_PERIOD = 20_000, 10_000
"""Rows that are looked at; the largest content hashes are left out."""
MOST_PERIODS, MOST_OF_MANY = 53, 13
"""The newest periods that are estimated; of a table beyond a million rows, each costs a scan."""
MANY_ROWS = 1_000_000
_MOST_CLASSES = 100
FEWEST_PAST = 3
"""Periods whose estimate can be held against what came true, before anything is said of them."""

_BY_SCORE = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1",
    "matthews_corrcoef",
    "roc_auc",
    "brier",
    "log_loss",
    "prevalence",
)
_ONLY_BY_SCORE = ("roc_auc", "brier", "log_loss")
_BY_CLASS = ("accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro")


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """How earlier estimates of a metric compare with what was measured once labels were in.

    Attributes
    ----------
    periods : that have both; those of the reference are not among them
    bias : mean of measured less estimated
    spread : standard deviation of that; 0 for one period
    size : root of its mean square
    inside : share of periods whose measured metric lay in the range of the estimate
    """

    periods: int
    bias: float
    spread: float
    size: float
    inside: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """Estimates of each metric, for the newest periods.

    Attributes
    ----------
    keys : of the periods, oldest first, the reported one last
    periods : metric -> one estimate for each key
    past : metric -> how good earlier estimates were; None where fewer than three can be judged
    method : in words
    labelled : rows of the reference that it rests on
    source : the pin that these are from
    """

    metrics: tuple[str, ...]
    keys: tuple[str, ...]
    periods: Mapping[str, tuple[Estimate, ...]]
    past: Mapping[str, Past | None]
    method: str
    labelled: int
    source: str


def estimate_performance(
    frame: MonitoringFrame, calendar: Calendar, found: Performance
) -> Estimated | None:
    """Estimate the metrics of each period from its scores or features, without its labels.

    Returns
    -------
    None where that is not asked for, or the data do not have what it takes
    """
    metrics = _metrics(frame)
    counted = frame.profiles is not None and frame.sample is None
    if not frame.estimated or found.lacking or not metrics or counted:
        return None
    keys = calendar.keys[-(MOST_PERIODS if calendar.total <= MANY_ROWS else MOST_OF_MANY) :]
    reference, periods = _rows(frame, calendar, found, keys)
    sides = _scored(frame, found, (reference, *periods))
    lacking = _lacking(frame, sides[0])
    if lacking:
        nothing = Estimate(number=None, n=0, reason=lacking)
        each = {name: (nothing,) * len(keys) for name in metrics}
        method, labelled = "", 0
    else:
        method, each = _estimates(frame, sides, (reference, *periods), metrics)
        labelled = int((sides[0].labelled & ~np.isnan(sides[0].predicted)).sum())
    used = set(baseline_keys(calendar)) if found.source == "data" else set()
    return Estimated(
        metrics=metrics,
        keys=keys,
        periods=each,
        past={
            name: _past(calendar, found, name, dict(zip(keys, each[name], strict=True)), used)
            for name in metrics
        },
        method=method,
        labelled=labelled,
        source=found.source,
    )


def _metrics(frame: MonitoringFrame) -> tuple[str, ...]:
    if frame.target is None:
        return ()
    if frame.task == "regression":
        return ("mae", "rmse") if frame.prediction or frame.score else ()
    if frame.task == "multiclass":
        return _BY_CLASS if frame.prediction else ()
    if frame.score is not None:
        return _BY_SCORE
    return tuple(n for n in _BY_SCORE if n not in _ONLY_BY_SCORE) if frame.prediction else ()


def _rows(
    frame: MonitoringFrame, calendar: Calendar, found: Performance, keys: tuple[str, ...]
) -> tuple[pd.DataFrame, tuple[pd.DataFrame, ...]]:
    """Take the labelled rows to learn from, and the rows of each period."""
    own = (frame.target, frame.prediction, frame.score)
    names = [name for name in own if name is not None]
    if frame.task == "regression":
        names += frame.features
    columns = tuple(dict.fromkeys(names))
    group = () if found.source == "reference" else baseline_keys(calendar)
    if found.source == "data" and not group:
        reference = pd.DataFrame(columns=list(columns))
    else:
        (reference,) = picked_rows(frame, calendar, columns, (group,), MOST_OF_REFERENCE)
    groups = tuple((key,) for key in keys)
    return reference, picked_rows(frame, calendar, columns, groups, MOST_OF_A_PERIOD)


def _scored(
    frame: MonitoringFrame, found: Performance, sides: tuple[pd.DataFrame, ...]
) -> tuple[Scored, ...]:
    assert frame.target is not None
    levels: tuple[str, ...] = ()
    if frame.task == "multiclass":
        names = (frame.target, frame.prediction)
        columns = [side[name] for side in sides for name in names if name in side]
        levels = tuple(sorted({level for one in columns for level in level_codes(one)[1]}))
    return tuple(_read(frame, found, side, levels) for side in sides)


def _read(
    frame: MonitoringFrame, found: Performance, side: pd.DataFrame, levels: tuple[str, ...]
) -> Scored:
    assert frame.target is not None
    if frame.task == "classification" and frame.profiles is not None:
        side = _as_texts(side, (frame.target, frame.prediction))
    if frame.task != "multiclass":
        return scored_rows(
            side, frame.task, frame.target, frame.prediction, frame.score, found.positive
        )
    read = scored_rows(side, frame.task, frame.target, frame.prediction, None, None, levels)
    if frame.score is None:
        return read
    sure = pd.to_numeric(side[frame.score], errors="coerce").to_numpy(float, na_value=np.nan)
    return replace(read, score=sure)


def _as_texts(side: pd.DataFrame, names: tuple[str | None, ...]) -> pd.DataFrame:
    """Write labels as texts, as the positive one of a scanned table is."""
    written = {}
    for name in names:
        if name is not None and name in side:
            codes, levels = level_codes(side[name])
            written[name] = np.array([*levels, None], dtype=object)[codes]
    return side.assign(**written)


def _lacking(frame: MonitoringFrame, reference: Scored) -> str:
    """Say why nothing can be learned from the labelled rows; empty: it can."""
    use = reference.labelled & ~np.isnan(reference.predicted)
    if reference.score is not None and frame.task == "classification":
        use &= ~np.isnan(reference.score)
    rows = int(use.sum())
    fewest = FEWEST_TO_FIT if frame.task == "regression" else FEWEST_LABELLED
    if not rows:
        return "the reference has no labelled rows yet"
    if rows < fewest:
        return f"not enough labelled rows in the reference (n = {rows}; {fewest} needed)"
    if frame.task == "classification":
        rarer = int(np.bincount(reference.truth[use].astype(np.intp), minlength=2).min())
        if rarer < FEWEST_OF_A_CLASS:
            return f"the reference has {rarer} labelled rows of one of the classes"
    if frame.task == "multiclass" and reference.classes > _MOST_CLASSES:
        return f"too many classes ({reference.classes})"
    return ""


def _estimates(
    frame: MonitoringFrame,
    sides: tuple[Scored, ...],
    rows: tuple[pd.DataFrame, ...],
    metrics: tuple[str, ...],
) -> tuple[str, dict[str, tuple[Estimate, ...]]]:
    """Estimate every metric of every period; the first side is the reference."""
    reference, *rest = sides
    usable = [at for at, one in enumerate(rest) if _many(frame, one) >= FEWEST_ROWS]
    asked = tuple(rest[at] for at in usable)
    found: tuple[dict[str, Estimate], ...] = ()
    method = ""
    if not asked:
        pass
    elif frame.task == "regression":
        method, found = _errors(frame, reference, rows, usable)
    elif frame.task == "classification" and frame.score is not None:
        method, found = estimate_binary(reference, asked, frame.confidence)
    else:
        method, found = estimate_tables(reference, asked, frame.confidence)
    by_place = dict(zip(usable, found, strict=True))

    def at(place: int, name: str) -> Estimate:
        n = _many(frame, rest[place])
        few = "no rows" if not n else f"not enough data (n = {n})"
        known = by_place.get(place)
        if known is None:
            return Estimate(number=None, n=n, reason=few)
        return known.get(name) or Estimate(
            number=None, n=n, reason="the score is not a probability"
        )

    return method, {name: tuple(at(place, name) for place in range(len(rest))) for name in metrics}


def _many(frame: MonitoringFrame, side: Scored) -> int:
    use = ~np.isnan(side.predicted)
    if side.score is not None and frame.task == "classification":
        use = use & ~np.isnan(side.score)
    return int(use.sum())


def _errors(
    frame: MonitoringFrame, reference: Scored, rows: tuple[pd.DataFrame, ...], usable: list[int]
) -> tuple[str, tuple[dict[str, Estimate], ...]]:
    """Learn the errors of the labelled rows, and expect them of rows alike."""
    guess = frame.prediction or frame.score
    assert guess is not None
    kinds = {guess: "number"}
    for name in frame.features:
        if all(name in side for side in rows):
            kinds[name] = _kind(frame.types.get(name, ""), rows, name)
    kinds = {name: kind for name, kind in kinds.items() if kind in {"number", "level"}}
    whole = encode(rows, kinds, by_first=True)
    own = whole.matrix[whole.side == 0]
    known = np.flatnonzero(reference.labelled & ~np.isnan(reference.predicted))
    order = known[in_content_order(own[known], reference.truth[known])][:MOST_FITTED]
    learned = type(whole)(
        names=whole.names, matrix=own[order], side=np.zeros(len(order)), levels=whole.levels
    )
    models = fit_losses(learned, (reference.predicted - reference.truth)[order])
    found = []
    for at in usable:
        matrix = whole.matrix[whole.side == at + 1]
        matrix = matrix[~np.isnan(matrix[:, 0])]
        matrix = matrix[in_content_order(matrix)]
        found.append(estimate_errors(models, matrix, frame.confidence))
    return "errors of rows alike, by gradient-boosted trees", tuple(found)


def _kind(declared: str, rows: tuple[pd.DataFrame, ...], name: str) -> str:
    """Say how trees look at a column; levels, where any side holds texts."""
    if declared in {"category", "text"}:
        return "level"
    held = {kind_of(side[name]) for side in rows if len(side)} - {"none"}
    if "time" in held or not held:
        return "none"
    return "level" if "level" in held else "number"


def _past(
    calendar: Calendar,
    found: Performance,
    name: str,
    estimates: Mapping[str, Estimate],
    used: set[str],
) -> Past | None:
    """Hold earlier estimates against what was measured, in periods whose labels are in."""
    errors, inside = [], []
    for at, key in enumerate(calendar.keys[:-1]):
        estimate = estimates.get(key)
        if estimate is None or key in used or not calendar.settled[at]:
            continue
        measured = found.periods[name].at(at)
        if measured.number is None or estimate.number is None or estimate.interval is None:
            continue
        errors.append(measured.number - estimate.number)
        inside.append(estimate.interval.low <= measured.number <= estimate.interval.high)
    if len(errors) < FEWEST_PAST:
        return None
    off = np.array(errors)
    return Past(
        periods=len(off),
        bias=float(off.mean()),
        spread=float(off.std(ddof=1)),
        size=sqrt(float((off**2).mean())),
        inside=float(np.mean(inside)),
    )
