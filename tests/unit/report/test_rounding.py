"""Rounding: digits follow the interval, units read as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.report import Interval, Provenance, Value
from reportgen.report.rounding import write_alike, write_limit, write_number, write_value


def value(number, low=None, high=None, unit="ratio"):
    interval = None if low is None else Interval(low=low, high=high, method="wilson")
    return Value(
        name="a", number=number, unit=unit, interval=interval, provenance=Provenance(by="a@1")
    )


@pytest.mark.parametrize(
    ("number", "low", "high", "unit", "said"),
    [
        (0.87312, 0.86841, 0.87751, "ratio", "0.8731 (0.8684 to 0.8775)"),
        (0.873, 0.868, 0.878, "ratio", "0.873 (0.868 to 0.878)"),  # the design's own example
        (0.8731, 0.80, 0.93, "ratio", "0.873 (0.800 to 0.930)"),
        (0.5, 0.1, 0.9, "ratio", "0.5 (0.1 to 0.9)"),
        (12345.6, 11111.0, 13579.0, "number", "12,300 (11,100 to 13,600)"),
        (-0.14, -0.1812, -0.1007, "number", "−0.140 (−0.181 to −0.101)"),
        (0.0382, 0.0351, 0.0409, "seconds", "38.2 ms (35.1 to 40.9 ms)"),
        (-0.0004, -0.051, 0.05, "number", "0.000 (−0.051 to 0.050)"),
        (0.0, 0.0, 0.00051, "ratio", "0 (0 to 0.00051)"),  # none was found
        (1.0, 0.98123, 1.0, "ratio", "1 (0.9812 to 1)"),
        (1.0, 0.9, 1.12, "number", "1.00 (0.90 to 1.12)"),  # 1 is no limit of a number
        (0.7, 0.7, 0.7, "ratio", "0.700 (0.700 to 0.700)"),
    ],
)
def test_digits_follow_the_interval(number, low, high, unit, said):
    written = write_value(value(number, low, high, unit))
    assert f"{written.number} ({written.low} to {written.high})" == said


@pytest.mark.parametrize(
    ("number", "unit", "said"),
    [
        (336776, "rows", "336,776"),
        (7, "count", "7"),
        (0.25, "ratio", "0.250"),
        (0.0, "ratio", "0"),
        (1.0, "ratio", "1"),
        (0.99996, "ratio", "0.99996"),  # not 1: one row in 25,000 is wrong
        (0.00041, "ratio", "0.00041"),
        (12.345678, "number", "12.3"),
        (123456.7, "number", "123,457"),
        (-1e-9, "number", "−1.00 × 10⁻⁹"),
        (900, "bytes", "900 bytes"),
        (4_200_000, "bytes", "4.2 MB"),
        (95.0, "seconds", "1.6 min"),
        (0, "seconds", "0 s"),
        (1, "days", "1 day"),
        (2.5, "days", "2.5 days"),
    ],
)
def test_a_number_without_an_interval(number, unit, said):
    assert write_number(number, unit) == said


def test_a_share_in_percent():
    assert write_number(0.25, "ratio", percent=True) == "25 %"
    assert write_value(value(0.87312, 0.86841, 0.87751), percent=True).number == "87.31 %"
    assert write_value(value(0.0, 0.0, 0.0041), percent=True).number == "0 %"
    assert write_value(value(1.0, 0.98, 1.0), percent=True).number == "100 %"


@given(
    st.floats(-1e12, 1e12),
    st.floats(1e-5, 1e6),
    st.sampled_from(["ratio", "number", "seconds", "bytes"]),
)
def test_what_is_shown_lies_within_a_tenth_of_the_half_width(number, half, unit):
    written = write_value(value(number, number - half, number + half, unit))
    if unit in ("seconds", "bytes") or "×" in written.number or half < 1e-5 * abs(number):
        return
    shown = float(written.number.replace(",", "").replace("−", "-"))
    assert abs(shown - number) <= half / 10 + 1e-6


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["ratio", "number"]))
def test_every_finite_number_can_be_written(number, unit):
    written = write_number(number, unit)
    assert written
    assert not set(written) & set("en")


@pytest.mark.parametrize(
    ("bound", "unit", "said"),
    [
        (0.6, "ratio", "0.60"),
        (0.625, "ratio", "0.625"),
        (1, "ratio", "1.00"),
        (12.5, "number", "12.5"),
        (-3.0, "number", "−3"),
        (1_500_000, "rows", "1,500,000"),
        (4_200_000, "bytes", "4.2 MB"),
        (1e-9, "number", "1.00 × 10⁻⁹"),
    ],
)
def test_a_limit_is_written_as_it_was_set(bound, unit, said):
    assert write_limit(bound, unit) == said


def of(number, half):
    return number, Interval(low=number - half, high=number + half, method="wilson")


@pytest.mark.parametrize(
    ("first", "second", "unit", "said"),
    [
        (of(0.78604, 0.009), of(0.66811, 0.05), "ratio", ("0.786", "0.668")),
        (of(0.66811, 0.05), of(0.78604, 0.009), "ratio", ("0.668", "0.786")),
        (of(0.7, 0.02), of(0.668, 0.05), "ratio", ("0.700", "0.668")),  # no zero is dropped
        ((1.0, Interval(low=0.981, high=1.0, method="wilson")), of(0.66811, 0.05), "ratio",
         ("1", "0.668")),
        (of(0.78604, 0.0091), (0.5, None), "ratio", ("0.7860", "0.500")),  # nothing to agree on
        (of(0.78398, 0.00091), of(0.78402, 0.0091), "ratio", ("0.78398", "0.7840")),  # told apart
        (of(52.31, 2.2), of(48.114, 0.21), "number", ("52.3", "48.1")),
        (of(0.0382, 0.0031), of(2.1, 0.41), "seconds", ("38.2 ms", "2.10 s")),  # each in its scale
    ],
)  # fmt: skip
def test_numbers_that_are_compared_have_the_same_digits(first, second, unit, said):
    assert write_alike(first, second, unit) == said
