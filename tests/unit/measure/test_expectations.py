"""A text expires with the number it rests on, and says which."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.measure import hold_expectations
from reportgen.report import (
    Expectation,
    Fact,
    Interval,
    Narrative,
    Part,
    Provenance,
    Value,
)

SOURCE = Provenance(by="a@1")


def held(expected: Expectation, number: float | None = 0.46, **more: Any) -> Narrative:
    recall = Value(
        name="evaluation.recall",
        number=number,
        unit="ratio",
        reason=None if number is not None else "no labels yet",
        interval=None
        if number is None
        else Interval(low=number - 0.04, high=number + 0.04, method="wilson"),
        provenance=SOURCE,
    )
    fact = Fact(name="model.class", text="Pipeline", provenance=SOURCE)
    entry = Narrative(
        **{"section": "caveats", "title": "Caveats", "state": "attested", "text": "x",
           "expects": (expected,), **more}
    )  # fmt: skip
    (after,) = hold_expectations((entry,), Part(values=(recall,), facts=(fact,)))
    return after


def recall(low: float | None = None, high: float | None = None) -> Expectation:
    return Expectation(name="evaluation.recall", minimum=low, maximum=high)


@pytest.mark.parametrize(
    ("low", "high"), [(0.46, None), (None, 0.46), (0.4, 0.5), (0.46, 0.46), (0, 1)]
)
def test_a_text_holds_up_to_its_limit(low: float | None, high: float | None) -> None:
    after = held(recall(low, high))
    assert (after.state, after.reason) == ("attested", "")


@pytest.mark.parametrize(
    ("expected", "number", "reason"),
    [
        (recall(0.5), 0.46, "evaluation.recall being at least 0.50; it is 0.460"),
        (recall(None, 0.4), 0.46, "evaluation.recall being at most 0.40; it is 0.460"),
        (recall(0.5, 0.6), 0.7, "evaluation.recall being 0.50 to 0.60; it is 0.700"),
        (recall(0.5), 0.49999, "evaluation.recall being at least 0.50; it is 0.49999"),
        (recall(0.5), None, "evaluation.recall being at least 0.50; it is not available (no labels yet)"),
    ],
)  # fmt: skip
def test_it_says_what_it_rests_on(expected: Expectation, number: float, reason: str) -> None:
    after = held(expected, number)

    assert after.state == "expired"
    assert after.text == "x"
    assert _digits(after.reason) == _digits(f"it rests on {reason}")


def _digits(reason: str) -> str:
    """Take off the zeros at the end, of which the interval decides the number."""
    return reason.rstrip("0") if reason[-1] == "0" else reason


def test_a_fact_that_reads_otherwise_makes_it_expire() -> None:
    assert held(Expectation(name="model.class", equals="Pipeline")).state == "attested"

    after = held(Expectation(name="model.class", equals="Tree"))
    assert after.reason == "it rests on model.class being Tree; it is Pipeline"


def test_reasons_add_up() -> None:
    after = held(recall(0.5), state="expired", reason="expired on 2013-05-01")

    assert after.reason.startswith("expired on 2013-05-01; it rests on evaluation.recall")


def test_an_excuse_that_rests_on_a_number_expires_too() -> None:
    after = held(recall(0.5), state="not applicable", text="", reason="It finds all.")

    assert (after.state, after.text) == ("expired", "Not applicable: It finds all.")


def test_without_expectations_nothing_changes() -> None:
    entry = Narrative(section="a", title="A", state="missing")
    assert hold_expectations((entry,), Part()) == (entry,)


@pytest.mark.parametrize(
    "more", [{}, {"minimum": 1.0, "equals": "x"}, {"maximum": 1.0, "equals": "x"}]
)
def test_an_expectation_expects_one_kind_of_thing(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expect a minimum"):
        Expectation(name="a", **more)


ratios = st.floats(0.1, 0.9)


@given(ratios, ratios, ratios)
def test_expired_is_outside_and_the_reason_shows_it(low: float, high: float, at: float) -> None:
    low, high = min(low, high), max(low, high)
    after = held(recall(low, high), at)

    assert (after.state == "attested") == (low <= at <= high)
    if after.state == "expired":
        limit = low if at < low else high
        assert float(after.reason.rpartition(" ")[2]) == pytest.approx(at, abs=0.01)
        assert float(after.reason.rpartition(" ")[2]) != limit or abs(at - limit) < 1e-5
