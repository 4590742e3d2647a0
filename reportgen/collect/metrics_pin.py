"""A table of metrics over time, as vetiver pins it in Python and in R, in one shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from reportgen.errors import DataError, near_miss

__all__ = [
    "ALIASES",
    "COLUMNS",
    "COLUMNS_OF_R",
    "metric_named",
    "names_in",
    "read_metric_times",
    "tidy_metrics",
]

COLUMNS = ("index", "n", "metric", "estimate")
"""As vetiver for Python names them; R's `.estimator` becomes a fifth, `estimator`."""
COLUMNS_OF_R = (".index", ".n", ".metric", ".estimator", ".estimate")

ALIASES: Mapping[str, tuple[str, ...]] = {
    "accuracy": ("accuracy_score",),
    "average_precision": ("average_precision_score",),
    "balanced_accuracy": ("balanced_accuracy_score", "bal_accuracy"),
    "brier": ("brier_score_loss", "brier_class"),
    "f1": ("f1_score", "f_meas"),
    "log_loss": ("mn_log_loss",),
    "mae": ("mean_absolute_error",),
    "mape": ("mean_absolute_percentage_error",),
    "matthews_corrcoef": ("mcc",),
    "median_absolute_error": (),
    "precision": ("precision_score",),
    "r2": ("r2_score", "rsq_trad"),
    "recall": ("recall_score", "sens", "sensitivity"),
    "rmse": ("root_mean_squared_error",),
    "roc_auc": ("roc_auc_score",),
    "specificity": ("spec",),
}
"""What scikit-learn (vetiver for Python) and yardstick (R) call our metrics.

Not here, because they are other numbers: yardstick's ``rsq``, a squared correlation; its ``mape``,
which is in percent; its ``pr_auc``, which joins the points of the curve by lines.
"""
_OF_R_ONLY = ("mape",)


def metric_named(name: str, *, of_r: bool = False) -> str | None:
    """Give our name of a metric in a pin; None where we measure no such thing.

    Examples
    --------
    >>> metric_named("accuracy_score"), metric_named("rsq"), metric_named("mape", of_r=True)
    ('accuracy', None, None)
    """
    if name in ALIASES and not (of_r and name in _OF_R_ONLY):
        return name
    return next((ours for ours, theirs in ALIASES.items() if name in theirs), None)


def tidy_metrics(
    frame: pd.DataFrame, index_name: str = "index", where: str = "the table"
) -> pd.DataFrame:
    """Bring a table of metrics into one shape.

    Parameters
    ----------
    frame : columns ``index, n, metric, estimate`` (vetiver for Python), or ``.index, .n, .metric,
        .estimator, .estimate`` (R), in any order and among others
    index_name : what the column of times is called, where it is called otherwise

    Returns
    -------
    ``index`` (times), ``n`` (whole numbers), ``metric``, ``estimate`` (NaN where there is none)
    and, where R wrote it, ``estimator``; in the order of time and metric

    Raises
    ------
    DataError
        A column is missing, a time cannot be read, or a metric stands twice for one time.
    """
    is_r = ".metric" in frame.columns
    names = COLUMNS_OF_R if is_r else COLUMNS
    wanted = {name: name.removeprefix(".") for name in names}
    if index_name in frame.columns and not is_r:
        wanted = {index_name: "index", **{n: n for n in COLUMNS[1:]}}
    optional = (".estimator",)
    for name in wanted:
        if name not in frame.columns and name not in optional:
            raise DataError(
                f"{where} holds no metrics over time: it has no column '{name}'. "
                f"{near_miss(name, [str(column) for column in frame.columns])}"
            )
    kept = [name for name in wanted if name in frame.columns and name not in optional]
    kept += [name for name in optional if name in frame.columns]
    table = frame[kept].rename(columns=wanted).reset_index(drop=True)
    table = table.assign(
        index=read_metric_times(table["index"], where),
        n=_counts(table["n"], where),
        metric=table["metric"].astype(object).map(str),
        estimate=pd.to_numeric(table["estimate"], errors="coerce").astype("float64"),
    )
    if "estimator" in table:
        table["estimator"] = table["estimator"].astype(object).map(str)
    _refuse_twice(table, where)
    return table.sort_values(_keys(table), kind="stable").reset_index(drop=True)


def _keys(table: pd.DataFrame) -> list[str]:
    return [name for name in ("index", "metric", "estimator") if name in table]


def read_metric_times(values: pd.Series[Any], where: str = "the table") -> pd.Series[Any]:
    """Read the times of windows, as times without a zone unless they have one.

    Raises
    ------
    DataError
        One of them is missing, or no time.
    """
    times = values
    if not pd.api.types.is_datetime64_any_dtype(values):
        text = values.astype(object).map(lambda moment: "" if pd.isna(moment) else str(moment))
        offset = text.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True)
        times = pd.to_datetime(text, errors="coerce", format="ISO8601", utc=bool(offset.any()))
    if times.isna().any():
        wrong = values[times.isna()].iloc[0]
        raise DataError(f"{where} has a time that cannot be read: {wrong!r}")
    found: pd.Series[Any] = times.dt.as_unit("us")
    return found


def _counts(values: pd.Series[Any], where: str) -> pd.Series[Any]:
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.isna().any():
        raise DataError(f"{where} has a row without its number of rows, 'n'")
    return numbers.astype("int64")


def _refuse_twice(table: pd.DataFrame, where: str) -> None:
    twice = table.duplicated(subset=_keys(table))
    if twice.any():
        row = table[twice].iloc[0]
        raise DataError(f"{where} holds '{row['metric']}' twice for {row['index']}")


def names_in(names: Iterable[str], metric: str) -> str:
    """Say what a metric of ours is called among these names; its own name where it is not there.

    Examples
    --------
    >>> names_in(["accuracy_score", "f1_score"], "f1"), names_in(["accuracy_score"], "rmse")
    ('f1_score', 'rmse')
    """
    known = set(names)
    spelled = (metric, *ALIASES.get(metric, ()))
    return next((name for name in spelled if name in known), metric)
