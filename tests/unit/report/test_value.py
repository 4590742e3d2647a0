"""A bad value cannot exist."""

import math

import numpy as np
import pytest

from reportgen.report import Interval, Provenance, Value, value_name

SOURCE = Provenance(by="evaluation.accuracy@1", pins=("model", "data"))


def make(**changes: object) -> Value:
    given = {"name": "evaluation.accuracy", "unit": "ratio", "number": 0.5, "provenance": SOURCE}
    return Value(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_a_number_that_is_none_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not a number to print"):
        make(number=number)


def test_a_value_has_a_number_or_a_reason_and_not_both() -> None:
    with pytest.raises(ValueError, match="give a number, or the reason"):
        make(number=None)
    with pytest.raises(ValueError, match="give a number, or the reason"):
        make(reason="no labels yet")
    assert make(number=None, reason="no labels yet").number is None


def test_truth_is_not_a_number() -> None:
    with pytest.raises(TypeError, match="not an int or a float"):
        make(number=True)


def test_a_numpy_number_becomes_a_plain_one() -> None:
    assert type(make(number=np.float64(0.25)).number) is float


@pytest.mark.parametrize(
    ("low", "high", "level", "what"),
    [
        (0.6, 0.4, 0.95, "before it starts"),
        (math.nan, 0.4, 0.95, "is not one"),
        (0.1, math.inf, 0.95, "is not one"),
        (0.1, 0.2, 1.0, "not between 0 and 1"),
    ],
)
def test_an_interval_is_finite_ordered_and_has_a_level(
    low: float, high: float, level: float, what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        Interval(low=low, high=high, level=level, method="wilson")


def test_no_interval_without_a_number() -> None:
    interval = Interval(low=0.1, high=0.2, method="wilson")
    with pytest.raises(ValueError, match="an interval without a number"):
        make(number=None, reason="no labels yet", interval=interval)


@pytest.mark.parametrize(
    "name", ["", "Accuracy", "evaluation.", "evaluation.a[", "evaluation.a[]"]
)
def test_a_name_is_a_path(name: str) -> None:
    with pytest.raises(ValueError, match="is not a value's name"):
        make(name=name)


def test_groups_are_named_in_one_order_and_brackets_in_levels_do_not_break_the_name() -> None:
    assert value_name("a.b", z=1, c="[x]") == "a.b[c=(x),z=1]"
    assert make(name=value_name("a.b", c="[x]")).name == "a.b[c=(x)]"
