"""`compute_metrics` as vetiver has it, without losing rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from inspect import Parameter, signature
from math import isfinite, nan
from typing import Any

import numpy as np
import pandas as pd

from reportgen.errors import DataError, near_miss
from reportgen.vetiver.windows import Windows, Word, cut_windows, read_times

__all__ = ["compute_metrics"]

_TRUTH = ("y_true", "truth")
_GUESS = ("y_proba", "y_prob", "y_score", "y_pred", "predicted", "estimate")
_Metric = Callable[..., Any]


def compute_metrics(
    data: pd.DataFrame,
    date_var: str,
    period: timedelta | Word,
    metric_set: Sequence[_Metric | tuple[str, _Metric]] | Mapping[str, _Metric],
    truth: str,
    estimate: str,
    *,
    vetiver_compatible: bool = False,
    until: datetime | None = None,
    **kw: Any,
) -> pd.DataFrame:
    """Compute metrics for each window of time: a drop-in for vetiver's function of this name.

    Parameters
    ----------
    data : one row for each prediction
    date_var : column with the moment of each row, as times or as ISO 8601 texts
    period : length of a window, or ``day``, ``week``, ``month``, ``quarter``, ``year``
    metric_set : functions of ``y_true`` and ``y_pred`` (or ``y_score``, ``y_prob``), or pairs of a
        name and a function
    truth, estimate : columns with the outcome and with the prediction or score
    vetiver_compatible : start the first window at the first row and name windows by their first
        row, as vetiver does, instead of cutting by the calendar
    until : up to when the data are known; a window that ends later is left out
    kw : handed to those metrics that know them

    Returns
    -------
    columns ``index`` (start of the window), ``n`` (rows with an outcome), ``metric``, ``estimate``;
    one row for each window and metric, windows without rows among them with ``n`` 0 and no
    estimate. ``attrs`` counts what is in no window: ``rows`` is the sum of ``counted``,
    ``without_time``, ``without_label`` and ``unfinished``; ``reasons`` says why estimates are
    missing

    Raises
    ------
    DataError
        A column is missing, two metrics have one name, or a metric cannot be asked.

    Notes
    -----
    On complete windows, the numbers are those of vetiver. docs/vetiver.md lists where they differ,
    and why.
    """
    for name in (date_var, truth, estimate):
        if name not in data.columns:
            raise DataError(
                f"there is no column '{name}'. {near_miss(name, list(map(str, data)))}"
            )
    metrics = _named(metric_set, kw)
    rows = data[[truth, estimate]].assign(time=read_times(data[date_var]))
    rows = rows.sort_values("time", kind="stable").reset_index(drop=True)
    windows = cut_windows(rows["time"], period, from_first_row=vetiver_compatible)
    known = (rows[truth].notna() & rows[estimate].notna()).to_numpy()
    shown = _shown(windows, until)
    found, reasons = _measure(rows, windows, known, shown, metrics, truth, estimate)
    table = _table(found, windows, rows["time"], vetiver_compatible=vetiver_compatible)
    placed = windows.places >= 0
    late = placed & (windows.places >= shown)
    table.attrs.update(
        rows=len(rows),
        counted=int((placed & ~late & known).sum()),
        without_time=int((~placed).sum()),
        without_label=int((placed & ~late & ~known).sum()),
        unfinished=int(late.sum()),
        reasons=reasons,
    )
    return table


def _named(
    metric_set: Sequence[_Metric | tuple[str, _Metric]] | Mapping[str, _Metric],
    kw: Mapping[str, Any],
) -> dict[str, _Metric]:
    """Give each metric its name, and the arguments that it knows."""
    pairs: list[tuple[str, _Metric]] = []
    if isinstance(metric_set, Mapping):
        pairs = list(metric_set.items())
    else:
        pairs = [each if isinstance(each, tuple) else (_name(each), each) for each in metric_set]
    if not pairs:
        raise DataError("name at least one metric")
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise DataError(
                f"two metrics are called {name!r}; give pairs of a name and a function"
            )
    taken = [_taken(metric, kw) for _, metric in pairs]
    for key in kw:
        if not any(key in each for each in taken):
            raise DataError(f"no metric takes the argument '{key}'")
    return {
        name: partial(_asked, name, metric, own)
        for (name, metric), own in zip(pairs, taken, strict=True)
    }


def _name(metric: _Metric) -> str:
    while isinstance(metric, partial):
        metric = metric.func
    return getattr(metric, "__qualname__", type(metric).__name__)


def _taken(metric: _Metric, kw: Mapping[str, Any]) -> dict[str, Any]:
    parameters = signature(metric).parameters.values()
    if any(each.kind is Parameter.VAR_KEYWORD for each in parameters):
        return dict(kw)
    known = {each.name for each in parameters}
    return {key: item for key, item in kw.items() if key in known}


def _asked(
    name: str,
    metric: _Metric,
    own: Mapping[str, Any],
    truth: pd.Series[Any],
    guess: pd.Series[Any],
) -> float:
    """Ask a metric by what it calls truth and prediction; by their places where it says neither."""
    known = set(signature(metric).parameters)
    true_name = next((word for word in _TRUTH if word in known), None)
    guess_name = next((word for word in _GUESS if word in known), None)
    if true_name is not None and guess_name is not None:
        number = metric(**{true_name: truth, guess_name: guess}, **own)
    else:
        number = metric(truth, guess, **own)
    if np.ndim(number):
        raise DataError(f"the metric {name!r} gives {np.size(number)} numbers, not one")
    return float(number)


def _shown(windows: Windows, until: datetime | None) -> int:
    """Count the windows that had ended."""
    if until is None:
        return len(windows.starts)
    moment, zone = pd.Timestamp(until), windows.ends.tz
    if zone is None and moment.tzinfo is not None:
        moment = moment.tz_localize(None)
    elif zone is not None:
        moment = moment.tz_localize(zone) if moment.tzinfo is None else moment.tz_convert(zone)
    return int((windows.ends <= moment).sum())


def _measure(
    rows: pd.DataFrame,
    windows: Windows,
    known: np.ndarray[Any, Any],
    shown: int,
    metrics: Mapping[str, _Metric],
    truth: str,
    estimate: str,
) -> tuple[list[tuple[int, int, str, float]], list[str]]:
    found: list[tuple[int, int, str, float]] = []
    reasons: list[str] = []
    labelled = np.flatnonzero(known & (windows.places >= 0))
    # Rows are in the order of time, so those of a window lie together.
    edges = np.searchsorted(windows.places[labelled], np.arange(shown + 1))
    times = pd.DatetimeIndex(rows["time"])
    for at in range(shown):
        inside = labelled[edges[at] : edges[at + 1]]
        if not len(inside):
            found += [(at, 0, name, nan) for name in metrics]
            reasons.append(f"{windows.starts[at]}: no rows")
            continue
        sides = [
            rows[name].iloc[inside].infer_objects().set_axis(times[inside])
            for name in (truth, estimate)
        ]
        for name, metric in metrics.items():
            number, reason = _tried(metric, sides)
            found.append((at, len(inside), name, number))
            if reason:
                reasons.append(f"{name}, {windows.starts[at]}: {reason}")
    return found, reasons


def _tried(metric: _Metric, sides: Sequence[pd.Series[Any]]) -> tuple[float, str]:
    """Ask for a number; what scikit-learn warns is not defined is no number, though it gives 0."""
    from sklearn.exceptions import UndefinedMetricWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", UndefinedMetricWarning)
        try:
            number = metric(*sides)
        except (UndefinedMetricWarning, ValueError, ZeroDivisionError) as error:
            return nan, str(error).splitlines()[0]
    return (number, "") if isfinite(number) else (nan, "not a finite number")


def _table(
    found: Sequence[tuple[int, int, str, float]],
    windows: Windows,
    times: pd.Series[Any],
    *,
    vetiver_compatible: bool,
) -> pd.DataFrame:
    starts = windows.starts
    if vetiver_compatible:
        held = times[windows.places >= 0]
        first = held.groupby(windows.places[windows.places >= 0]).first()
        starts = pd.DatetimeIndex(first.reindex(range(len(starts)))).where(
            np.isin(np.arange(len(starts)), first.index), starts
        )
    places = [at for at, _, _, _ in found]
    return pd.DataFrame(
        {
            "index": starts[places],
            "n": np.array([n for _, n, _, _ in found], dtype="int64"),
            "metric": pd.Series([name for _, _, name, _ in found], dtype="str"),
            "estimate": np.array([number for _, _, _, number in found], dtype="float64"),
        }
    )
