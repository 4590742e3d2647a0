"""The metrics of a monitoring report, put into a pin that vetiver's dashboards read."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pandas as pd

from reportgen.boards import Board
from reportgen.collect.metrics_pin import names_in
from reportgen.errors import NotFoundError
from reportgen.report import ReportData
from reportgen.vetiver.pinning import pin_metrics, read_metrics

__all__ = ["metrics_of", "pin_record"]


def metrics_of(data: ReportData) -> pd.DataFrame:
    """Give the metrics of the reported period as vetiver's table.

    Returns
    -------
    ``index`` (start of the period by the clock of its zone, of hours in UTC), ``n``, ``metric``
    (by our name), ``estimate``; no row for a metric without a number, and none for a card
    """
    if data.period is None:
        return pd.DataFrame({"index": [], "n": [], "metric": [], "estimate": []})
    start = data.period.start
    if data.period.every != "hour":  # of which the clock shows one twice a year
        start = start.astimezone(ZoneInfo(data.period.timezone)).replace(tzinfo=None)
    measured = {
        name.removeprefix("performance.").removesuffix(f"[period={data.period.key}]"): value
        for name, value in data.values.items()
        if name.startswith("performance.") and name.endswith(f"[period={data.period.key}]")
    }
    rows = [
        (start, value.n or 0, metric, value.number)
        for metric, value in measured.items()
        if "." not in metric and value.number is not None  # no estimated.accuracy, no band
    ]
    return pd.DataFrame(rows, columns=["index", "n", "metric", "estimate"])


def pin_record(board: Board, data: ReportData, pin: str) -> None:
    """Put the metrics of the reported period into a pin, replacing what it held of them.

    A metric keeps the name that the pin has for it already, such as ``accuracy_score``. The same
    report again writes no version.
    """
    found = metrics_of(data)
    if found.empty:
        return
    try:
        stored = set(read_metrics(board, pin)["metric"])
    except NotFoundError:
        stored = set()
    found["metric"] = [names_in(stored, name) for name in found["metric"]]
    pin_metrics(board, found, pin, overwrite=True)
