"""`compute_metrics` beside vetiver's own: the same where vetiver is right, and right where it is not."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
)

from reportgen.errors import DataError
from reportgen.vetiver import compute_metrics
from tests.boards_support import VETIVER_USES_OLD_PYDANTIC

pytestmark = [
    VETIVER_USES_OLD_PYDANTIC,
    # Of vetiver itself, on pandas 3.
    pytest.mark.filterwarnings("ignore:Passing a list to DataFrame.from_dict"),
]

DAY, WEEK = timedelta(days=1), timedelta(days=7)
LABELS = [accuracy_score, f1_score, recall_score]


@pytest.fixture(scope="module")
def theirs() -> Any:
    """vetiver's own function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from vetiver import compute_metrics as own
    return own


def rows(days: int, each: int, *, start: str = "2024-01-01", seed: int = 0) -> pd.DataFrame:
    """So many rows a day, the first at midnight; 2024-01-01 is a Monday."""
    rng = np.random.default_rng(seed)
    n = days * each
    seconds = np.repeat(np.arange(days) * 86_400, each) + np.tile(
        np.linspace(0, 80_000, each).astype(int), days
    )
    truth = rng.integers(0, 2, n)
    return pd.DataFrame(
        {
            "at": pd.Timestamp(start) + pd.to_timedelta(seconds, unit="s"),
            "truth": truth,
            "guess": np.where(rng.random(n) < 0.8, truth, 1 - truth),
            "score": np.clip(truth * 0.3 + rng.random(n) * 0.7, 0, 1),
            "y": rng.normal(100, 10, n),
            "y_hat": rng.normal(100, 10, n),
        }
    )


@pytest.mark.parametrize("compatible", [False, True])
@pytest.mark.parametrize("period", [DAY, WEEK, timedelta(hours=6)])
def test_equal_to_vetiver_on_complete_windows(
    theirs: Any, period: timedelta, compatible: bool
) -> None:
    data = rows(14 if period < DAY else 28, 40)
    metrics = [mean_absolute_error, mean_squared_error, r2_score]
    own = compute_metrics(data, "at", period, metrics, "y", "y_hat", vetiver_compatible=compatible)
    other = theirs(data, "at", period, metrics, "y", "y_hat")
    both = own.merge(other, on=["index", "metric"], suffixes=("", "_theirs"))
    if period == timedelta(hours=6) and not compatible:
        # vetiver names a window by its first row, not by its start; the windows are the same.
        assert own["n"].tolist() == other["n"].tolist()
        np.testing.assert_allclose(own["estimate"], other["estimate"], rtol=1e-12)
        return
    assert len(both) == len(own) == len(other)
    assert both["n"].tolist() == both["n_theirs"].tolist()
    np.testing.assert_allclose(both["estimate"], both["estimate_theirs"], rtol=1e-12)


def test_the_arguments_of_a_metric_reach_it(theirs: Any) -> None:
    data = rows(14, 30)
    own = compute_metrics(data, "at", WEEK, LABELS[1:], "truth", "guess", pos_label=0)
    other = theirs(data, "at", WEEK, LABELS[1:], "truth", "guess", pos_label=0)
    np.testing.assert_allclose(own["estimate"], other["estimate"], rtol=1e-12)
    mixed = compute_metrics(data, "at", WEEK, LABELS, "truth", "guess", pos_label=0)
    assert len(mixed) == 6  # accuracy_score does not know pos_label: vetiver raises TypeError
    with pytest.raises(TypeError):
        theirs(data, "at", WEEK, LABELS, "truth", "guess", pos_label=0)
    with pytest.raises(DataError, match="pos_lable"):
        compute_metrics(data, "at", WEEK, LABELS, "truth", "guess", pos_lable=0)


def test_rows_on_the_last_boundary_are_counted(theirs: Any) -> None:
    data = rows(29, 1)  # the 29th day starts a fifth week
    other = theirs(data, "at", WEEK, LABELS[:1], "truth", "guess")
    own = compute_metrics(data, "at", WEEK, LABELS[:1], "truth", "guess")
    assert other["n"].sum() == 28
    assert own["n"].sum() == 29
    one_day = data.head(1)
    assert theirs(one_day, "at", DAY, LABELS[:1], "truth", "guess").empty
    assert compute_metrics(one_day, "at", DAY, LABELS[:1], "truth", "guess")["n"].tolist() == [1]


def test_the_example_of_vetivers_own_docstring(theirs: Any) -> None:
    data = pd.DataFrame(
        {
            "index": ["2021-01-01", "2021-01-02", "2021-01-03"],
            "truth": [200, 201, 199],
            "pred": [198, 200, 199],
        }
    )
    metrics = [mean_squared_error, mean_absolute_error]
    found = compute_metrics(data, "index", DAY, metrics, "truth", "pred")
    assert found["estimate"].tolist() == [4.0, 2.0, 1.0, 1.0, 0.0, 0.0]
    if isinstance(data["index"].dtype, pd.StringDtype):  # pandas 3
        with pytest.raises((TypeError, ValueError)):
            theirs(data, "index", DAY, metrics, "truth", "pred")


def test_a_week_without_rows_is_a_gap(theirs: Any) -> None:
    data = rows(28, 5)
    data = data[(data["at"] < "2024-01-08") | (data["at"] >= "2024-01-15")]
    with pytest.raises(IndexError):
        theirs(data, "at", WEEK, LABELS[:1], "truth", "guess")
    own = compute_metrics(data, "at", WEEK, LABELS[:1], "truth", "guess")
    assert own["n"].tolist() == [35, 0, 35, 35]
    assert own["estimate"].isna().tolist() == [False, True, False, False]
    assert own["index"].diff().dropna().eq(WEEK).all()


def test_a_row_without_time_takes_nothing_with_it(theirs: Any) -> None:
    data = rows(14, 5)
    data.loc[3, "at"] = pd.NaT
    assert theirs(data, "at", WEEK, LABELS[:1], "truth", "guess").empty
    own = compute_metrics(data, "at", WEEK, LABELS[:1], "truth", "guess")
    assert own["n"].tolist() == [34, 35]
    assert own.attrs["without_time"] == 1


def test_a_late_label_is_waited_for(theirs: Any) -> None:
    data = rows(14, 5).astype({"truth": "float64"})
    data.loc[len(data) - 3 :, "truth"] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        theirs(data, "at", WEEK, [mean_absolute_error], "truth", "guess")
    own = compute_metrics(data, "at", WEEK, LABELS[:1], "truth", "guess")
    assert own["n"].tolist() == [35, 32]
    assert own.attrs["without_label"] == 3
    late = data[data["at"] >= "2024-01-08"].dropna()
    assert own["estimate"].iloc[-1] == accuracy_score(late["truth"], late["guess"])


def test_times_with_a_zone_are_cut_by_its_clock(theirs: Any) -> None:
    data = rows(14, 24, start="2024-03-25")  # summer time starts on 2024-03-31
    data["at"] = data["at"].dt.tz_localize("Europe/Berlin", nonexistent="shift_forward")
    with pytest.raises((TypeError, ValueError)):
        theirs(data, "at", DAY, LABELS[:1], "truth", "guess")
    own = compute_metrics(data, "at", DAY, LABELS[:1], "truth", "guess")
    assert own["n"].tolist() == [24] * 14
    assert {moment.hour for moment in own["index"]} == {0}
    spring = own["index"].diff().dropna()
    assert (spring == timedelta(hours=23)).sum() == 1


def test_scores_and_functions_without_a_name(theirs: Any) -> None:
    data = rows(14, 50)
    with pytest.raises(TypeError):
        theirs(data, "at", WEEK, [roc_auc_score], "truth", "score")
    with pytest.raises(AttributeError):
        theirs(data, "at", WEEK, [partial(f1_score, pos_label=0)], "truth", "guess")
    own = compute_metrics(data, "at", WEEK, [roc_auc_score, log_loss], "truth", "score")
    first = data[data["at"] < "2024-01-08"]
    assert own["estimate"].iloc[0] == pytest.approx(
        roc_auc_score(first["truth"], first["score"]), rel=1e-12
    )
    metrics = {"f1_of_0": partial(f1_score, pos_label=0), "right": lambda a, b: (a == b).mean()}
    named = compute_metrics(data, "at", WEEK, metrics, "truth", "guess")
    assert named["metric"].tolist()[:2] == ["f1_of_0", "right"]
    assert named["estimate"].iloc[1] == accuracy_score(first["truth"], first["guess"])
    twice = [lambda a, b: 0.0, lambda a, b: 1.0]
    with pytest.raises(DataError, match="two metrics"):
        compute_metrics(data, "at", WEEK, twice, "truth", "guess")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_what_is_not_defined_is_no_zero(theirs: Any) -> None:
    data = rows(14, 5)
    data.loc[data["at"] >= "2024-01-08", "guess"] = 0
    other = theirs(data, "at", WEEK, [precision_score], "truth", "guess")
    assert other["estimate"].iloc[-1] == 0.0  # of no predicted positive at all
    own = compute_metrics(data, "at", WEEK, [precision_score], "truth", "guess")
    assert pd.isna(own["estimate"].iloc[-1])
    assert "ill-defined" in own.attrs["reasons"][0]
    said = compute_metrics(data, "at", WEEK, [precision_score], "truth", "guess", zero_division=0)
    assert said["estimate"].iloc[-1] == 0.0


def test_an_unfinished_week_can_be_left_out(theirs: Any) -> None:
    data = rows(17, 10)
    assert theirs(data, "at", WEEK, LABELS[:1], "truth", "guess")["n"].tolist() == [70, 70, 30]
    until = datetime(2024, 1, 18)
    own = compute_metrics(data, "at", WEEK, LABELS[:1], "truth", "guess", until=until)
    assert own["n"].tolist() == [70, 70]
    assert own.attrs["unfinished"] == 30


def test_a_later_slice_and_a_segment_have_the_same_windows(theirs: Any) -> None:
    data = rows(28, 24)
    later = data[data["at"] >= "2024-01-10 09:25"]
    whole = compute_metrics(data, "at", WEEK, LABELS[:1], "truth", "guess")
    part = compute_metrics(later, "at", WEEK, LABELS[:1], "truth", "guess")
    assert set(part["index"]) < set(whole["index"])
    other = theirs(later, "at", WEEK, LABELS[:1], "truth", "guess")
    assert not set(other["index"]) & set(whole["index"])


def test_the_calendar_has_months(theirs: Any) -> None:
    data = rows(91, 2)
    own = compute_metrics(data, "at", "month", LABELS[:1], "truth", "guess")
    assert own["n"].tolist() == [62, 58, 62]
    assert own["index"].dt.day.tolist() == [1, 1, 1]
    with pytest.raises(DataError, match="month"):
        compute_metrics(data, "at", "mnth", LABELS[:1], "truth", "guess")  # type: ignore[arg-type]


def test_wrong_questions_are_answered_in_words() -> None:
    data = rows(3, 2)
    with pytest.raises(DataError, match="Did you mean 'truth'"):
        compute_metrics(data, "at", DAY, LABELS, "truht", "guess")
    with pytest.raises(DataError, match="no length"):
        compute_metrics(data, "at", timedelta(0), LABELS, "truth", "guess")
    with pytest.raises(DataError, match="at least one"):
        compute_metrics(data, "at", DAY, [], "truth", "guess")
    data.loc[0, "at"] = pd.Timestamp("1970-01-01")
    with pytest.raises(DataError, match="windows"):
        compute_metrics(data, "at", timedelta(minutes=1), LABELS, "truth", "guess")


@settings(max_examples=20, deadline=None)
@given(
    times=st.lists(
        st.one_of(
            st.none(),
            st.datetimes(datetime(2023, 3, 1), datetime(2023, 4, 30), timezones=st.just(UTC)),
        ),
        min_size=1,
        max_size=30,
    ),
    labels=st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=30, max_size=30),
    period=st.sampled_from([DAY, WEEK, timedelta(hours=5), "month", "quarter"]),
    zone=st.sampled_from([None, "America/New_York", "Asia/Kolkata"]),
    compatible=st.booleans(),
)
def test_every_row_is_somewhere(
    times: list[datetime | None],
    labels: list[float],
    period: Any,
    zone: str | None,
    compatible: bool,
) -> None:
    at = pd.Series(pd.to_datetime(times, utc=True)).dt.tz_convert(zone)
    data = pd.DataFrame({"at": at, "truth": labels[: len(times)], "guess": 1.0})
    data["at"] = data["at"] if zone else data["at"].dt.tz_localize(None)
    compatible = compatible and not isinstance(period, str)
    found = compute_metrics(
        data, "at", period, LABELS[:1], "truth", "guess", vetiver_compatible=compatible
    )
    attrs = found.attrs
    outside = ("without_time", "without_label", "unfinished")
    assert found["n"].sum() == attrs["counted"]
    assert attrs["counted"] + sum(attrs[name] for name in outside) == attrs["rows"] == len(data)
    assert found["index"].is_monotonic_increasing
    assert found["index"].is_unique
    shuffled = compute_metrics(
        data.sample(frac=1, random_state=1),
        "at",
        period,
        LABELS[:1],
        "truth",
        "guess",
        vetiver_compatible=compatible,
    )
    pd.testing.assert_frame_equal(found, shuffled)
