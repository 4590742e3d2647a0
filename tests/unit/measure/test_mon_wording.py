"""The wording ladder, rung by rung, and numbers in sentences."""

from __future__ import annotations

from itertools import pairwise

import pytest

from reportgen.measure.limits import hold_against_limits
from reportgen.measure.statistics.estimate import METRICS, Estimate
from reportgen.measure.wording import (
    change_sentence,
    default_material,
    plain_number,
    rung_of,
    state_of_change,
    weight_of,
)
from reportgen.report import Interval, Provenance, Threshold, Value

RECALL, MAE, PREVALENCE = METRICS["recall"], METRICS["mae"], METRICS["prevalence"]


def estimate(number: float, low: float | None = None, high: float | None = None) -> Estimate:
    interval = None
    if low is not None and high is not None:
        interval = Interval(low=low, high=high, method="newcombe")
    return Estimate(number=number, n=100, interval=interval)


@pytest.mark.parametrize(
    ("change", "rung"),
    [
        (estimate(-0.14, -0.18, -0.10), "moved"),
        (estimate(0.06, 0.01, 0.11), "moved"),
        (estimate(0.02, 0.01, 0.03), "slightly"),
        (estimate(0.05, 0.01, 0.09), "slightly"),
        (estimate(0.01, -0.02, 0.04), "none"),
        (estimate(0.00, -0.05, 0.05), "none"),
        (estimate(0.01, -0.02, 0.06), "uncertain"),
        (estimate(-0.20, -0.50, 0.10), "uncertain"),
        (estimate(0.20), "uncertain"),
    ],
)
def test_each_change_has_its_rung(change: Estimate, rung: str) -> None:
    assert rung_of(change, 0.05) == rung


def said(change: Estimate, before: float, after: float, **more: object) -> str:
    options: dict[str, object] = {"since": "2013-W26", "is_set": True} | more
    return change_sentence(
        RECALL,
        estimate(before),
        estimate(after),
        change,
        0.05,
        **options,  # type: ignore[arg-type]
    )


def test_the_sentences_of_the_ladder() -> None:
    assert said(estimate(-0.14, -0.18, -0.10), 0.62, 0.48) == (
        "Recall fell from 0.620 to 0.480 (−0.14, 95 % interval −0.18 to −0.10) since 2013-W26, "
        "more than the 0.05 set as material."
    )
    assert said(estimate(0.02, 0.01, 0.03), 0.62, 0.64) == (
        "Recall changed slightly since 2013-W26, from 0.620 to 0.640 (+0.02, 95 % interval 0.01 "
        "to 0.03), less than the 0.05 set as material."
    )
    assert said(estimate(0.01, -0.02, 0.04), 0.62, 0.63) == (
        "No material change in recall since 2013-W26: from 0.620 to 0.630 (+0.01, 95 % interval "
        "−0.02 to 0.04)."
    )
    assert said(estimate(-0.2, -0.5, 0.1), 0.62, 0.42, since="the reference") == (
        "Too uncertain to say whether recall changed since the reference: from 0.620 to 0.420 "
        "(−0.2, 95 % interval −0.5 to 0.1)."
    )
    assert "more than the 0.05 taken as material" in said(
        estimate(-0.14, -0.18, -0.10), 0.62, 0.48, is_set=False
    )


def test_numbers_that_a_sentence_compares_have_the_same_digits() -> None:
    """Those of the less sure one; the change itself has its own."""
    sentence = change_sentence(
        RECALL,
        estimate(0.62031, 0.6112, 0.6291),
        estimate(0.47973, 0.4353, 0.5247),
        estimate(-0.14058, -0.1862, -0.0951),
        0.05,
        since="the reference",
        is_set=True,
    )
    assert sentence.startswith(
        "Recall fell from 0.620 to 0.480 (−0.141, 95 % interval −0.186 to −0.095)"
    )


def test_a_change_never_reads_as_none() -> None:
    sentence = said(estimate(0.0012, 0.0008, 0.0016), 0.6201, 0.6213)
    assert "from 0.620 to 0.621 (+0.0012, 95 % interval 0.0008 to 0.0016)" in sentence


@pytest.mark.parametrize(
    ("metric", "change", "is_set", "state"),
    [
        (RECALL, estimate(-0.14, -0.18, -0.10), True, "alert"),
        (RECALL, estimate(-0.14, -0.18, -0.10), False, "watch"),
        (RECALL, estimate(-0.14, -0.16, -0.12), False, "alert"),
        (RECALL, estimate(-0.07, -0.10, -0.04), True, "watch"),
        (RECALL, estimate(0.14, 0.10, 0.18), True, "ok"),
        (RECALL, estimate(-0.03, -0.04, -0.02), True, "ok"),
        (RECALL, estimate(-0.2, -0.5, 0.1), True, "cannot tell"),
        (MAE, estimate(0.14, 0.10, 0.18), True, "alert"),
        (MAE, estimate(-0.14, -0.18, -0.10), True, "ok"),
        (PREVALENCE, estimate(0.14, 0.10, 0.18), True, "ok"),
    ],
)
def test_only_a_material_change_for_the_worse_is_cause_for_worry(
    metric: object, change: Estimate, is_set: bool, state: str
) -> None:
    assert state_of_change(metric, change, 0.05, is_set=is_set) == state  # type: ignore[arg-type]


def test_margins_that_nobody_set() -> None:
    assert default_material(RECALL, estimate(0.6)) == 0.05
    assert default_material(MAE, estimate(12.0)) == pytest.approx(1.2)


def test_numbers_have_the_digits_that_their_interval_bears() -> None:
    tight = Interval(low=1234.1, high=1234.9, method="student t")
    wide = Interval(low=1000, high=1500, method="student t")
    assert plain_number(1234.5, tight) == "1,234.5"
    assert plain_number(1234.5, wide) == "1,230"
    assert plain_number(-0.0001, Interval(low=-0.1, high=0.1, method="x"), unit="ratio") == "0.0"
    assert plain_number(0.000123) == "0.000123"


def test_findings_are_ordered_by_state_then_kind_then_size() -> None:
    order = [
        weight_of("threshold", "alert", 0.1),
        weight_of("change", "alert", 9.0),
        weight_of("drift", "alert", 2.0),
        weight_of("drift", "alert", 0.3),
        weight_of("threshold", "watch"),
        weight_of("drift", "watch", 1e9),
        weight_of("threshold", "cannot tell"),
        weight_of("change", "ok"),
    ]
    assert all(earlier > later for earlier, later in pairwise(order))


def value(number: float | None, low: float = 0.0, high: float = 1.0, **more: object) -> Value:
    lacking = number is None
    return Value(
        name="performance.recall",
        number=number,
        unit="ratio",
        interval=None if lacking else Interval(low=low, high=high, method="wilson"),
        reason="no labels yet" if lacking else None,
        label="Recall",
        provenance=Provenance(by="performance.recall@1"),
    )


@pytest.mark.parametrize(
    ("limit", "measured", "state", "sentence"),
    [
        (
            Threshold(minimum=0.6),
            value(0.48, 0.44, 0.52),
            "alert",
            "Recall is 0.48 (95 % interval 0.44 to 0.52), below its limit of 0.60.",
        ),
        (
            Threshold(minimum=0.6),
            value(0.57, 0.53, 0.61),
            "watch",
            "Recall is 0.57 (95 % interval 0.53 to 0.61), below its limit of 0.60, perhaps by chance.",
        ),
        (
            Threshold(minimum=0.6),
            value(0.61, 0.57, 0.65),
            "ok",
            "Recall is 0.61 (95 % interval 0.57 to 0.65), within its limit of at least 0.60.",
        ),
        (
            Threshold(maximum=0.3, minimum=0.1),
            value(0.48, 0.44, 0.52),
            "alert",
            "Recall is 0.48 (95 % interval 0.44 to 0.52), above its limit of 0.30.",
        ),
        (
            Threshold(minimum=0.6),
            value(None),
            "cannot tell",
            "Recall cannot be held against its limit of at least 0.60: no labels yet.",
        ),
        (
            Threshold(minimum=0.6),
            value(0.5999, 0.5012, 0.6987),
            "watch",
            (
                "Recall is 0.600 (95 % interval 0.501 to 0.699), just below its limit of 0.60, "
                "perhaps by chance."
            ),
        ),
    ],
)
def test_values_are_held_against_limits(
    limit: Threshold, measured: Value, state: str, sentence: str
) -> None:
    (found,) = hold_against_limits([measured], {"recall": limit}, "performance")
    assert (found.state, found.sentence) == (state, sentence)
    assert found.because == ("performance.recall",)


def test_a_limit_on_the_limit_is_kept() -> None:
    (found,) = hold_against_limits(
        [value(0.6, 0.5, 0.7)], {"recall": Threshold(minimum=0.6)}, "performance"
    )
    assert found.state == "ok"


def test_a_limit_on_what_is_not_measured_names_the_near_miss() -> None:
    (found,) = hold_against_limits(
        [value(0.6, 0.5, 0.7)], {"recal": Threshold(minimum=0.6)}, "performance"
    )
    assert found.state == "cannot tell"
    assert found.sentence.endswith("Did you mean 'recall'?")


def test_any_value_can_have_a_limit_by_its_full_name() -> None:
    (found,) = hold_against_limits(
        [value(0.6, 0.5, 0.7)], {"performance.recall": Threshold(maximum=0.4)}, "evaluation"
    )
    assert found.state == "alert"


def test_a_material_margin_alone_is_no_limit() -> None:
    assert not hold_against_limits(
        [value(0.6)], {"recall": Threshold(material=0.1)}, "performance"
    )
