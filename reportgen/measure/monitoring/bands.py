"""What is usual for a metric, learned from the earliest periods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from reportgen.measure.monitoring.values import counted, period_name
from reportgen.measure.statistics.estimate import METRICS
from reportgen.measure.statistics.intervals import Array, normal_cdf, quantile_t
from reportgen.report.data import Part, Series
from reportgen.report.value import Value

__all__ = [
    "FEWEST_PERIODS",
    "MOST_PERIODS",
    "USUAL",
    "Band",
    "band_of",
    "learn_band",
    "with_bands",
]

FEWEST_PERIODS, MOST_PERIODS = 4, 12
USUAL = 3.0
"""Standard deviations on either side that are drawn, unless the project sets another number."""
_OUTLIER_FROM = 6.0
_FEWEST_FOR_OUTLIERS = 8
_ANY_SIGN = ("matthews_corrcoef", "r2", "mean_error")
"""All other metrics are 0 or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The range in which one more period is expected.

    Attributes
    ----------
    periods : that it was learned from
    left_out : others that were too far from the rest to count
    """

    low: float
    high: float
    periods: int
    left_out: int = 0


def learn_band(numbers: Array, width: float = USUAL) -> Band | None:
    """Predict the range of one more number from those before it.

    Parameters
    ----------
    numbers : shape (k,), finite
    width : in standard deviations, as if they were known; 3 is meant to hold 99.7 %

    Returns
    -------
    None for fewer than four numbers

    Notes
    -----
    ``mean ± t s sqrt(1 + 1 / k)``, with Student's t of k - 1 degrees of freedom: four periods
    give a far wider band than forty. From eight numbers on, those further than six robust
    standard deviations (1.4826 times the median distance) from the median are left out, so that
    one broken week does not make the next one usual. At 3.5, the custom for outliers, twelve
    sound periods lose so many that a band for 95 % holds 92.
    """
    if len(numbers) < FEWEST_PERIODS:
        return None
    kept = numbers
    if len(numbers) >= _FEWEST_FOR_OUTLIERS:
        off = np.abs(numbers - np.median(numbers))
        robust = 1.4826 * float(np.median(off))
        kept = numbers[off <= _OUTLIER_FROM * robust] if robust > 0 else numbers
    many = len(kept)
    level = 2 * normal_cdf(width) - 1
    reach = quantile_t(level, many - 1) * float(kept.std(ddof=1)) * sqrt(1 + 1 / many)
    centre = float(kept.mean())
    return Band(
        low=centre - reach, high=centre + reach, periods=many, left_out=len(numbers) - many
    )


def band_of(
    metric: str, values: dict[str, Value], baseline: tuple[str, ...], width: float = USUAL
) -> Band | None:
    """Learn what is usual for a metric from the periods that serve as a reference.

    Parameters
    ----------
    values : of the record, by name
    baseline : keys of periods
    """
    path = metric if "." in metric else f"performance.{metric}"
    held = [values.get(period_name(path, key)) for key in baseline]
    numbers = [v.number for v in held if v is not None and v.number is not None]
    band = learn_band(np.array(numbers, dtype=float), width)
    now = values.get(path)
    if band is None or now is None or metric in _ANY_SIGN:
        return band
    most = 1.0 if now.unit == "ratio" else band.high
    return replace(band, low=max(band.low, 0.0), high=min(band.high, most))


def with_bands(part: Part, bands: dict[str, Band]) -> Part:
    """Add the bands of metrics to a part: their ends as values, and as lines in the history."""
    values = {value.name: value for value in part.values}
    ends = tuple(
        _end(values[f"performance.{metric}"], band, side)
        for metric, band in bands.items()
        for side in ("low", "high")
        if f"performance.{metric}" in values
    )
    series = tuple(_drawn(one, bands) for one in part.series)
    return replace(part, values=part.values + ends, series=series)


def _end(value: Value, band: Band, side: str) -> Value:
    which = "Lower" if side == "low" else "Upper"
    return counted(
        f"{value.name}.band_{side}",
        band.low if side == "low" else band.high,
        by="performance.band@1",
        label=f"{which} end of what is usual for {value.label or value.name}",
        unit=value.unit,
        parameters={"periods": band.periods, "left_out": band.left_out},
    )


def _drawn(series: Series, bands: dict[str, Band]) -> Series:
    """Draw the end on the worse side, unless a limit that was set is drawn there already."""
    metric = series.name.removeprefix("performance.").removesuffix(".history")
    band = bands.get(metric)
    if band is None or series.name != f"performance.{metric}.history":
        return series
    lines, better = dict(series.lines), METRICS[metric].better
    if better != "lower" and "minimum" not in lines:
        lines["usual, low"] = band.low
    if better != "higher" and "maximum" not in lines:
        lines["usual, high"] = band.high
    if lines == series.lines:
        return series
    said = f"Usual: what {band.periods} early periods lead one to expect of one more."
    return replace(series, lines=lines, note=f"{series.note} {said}".strip())
