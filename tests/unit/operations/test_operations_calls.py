"""Which calls are made and which count; which rows they are about."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.operations.calls import time_calls
from reportgen.operations.sample import draw_rows


@given(st.integers(1, 40), st.integers(1, 10), st.integers(1, 7))
def test_each_input_in_turn_and_the_warm_up_does_not_count(
    count: int, warm_up: int, inputs: int
) -> None:
    asked: list[int] = []

    def ask(number: int) -> str:
        asked.append(number)
        return ""

    took, failures = time_calls(ask, range(inputs), count=count, warm_up=warm_up, seconds=60)

    assert len(took) == count
    assert not failures
    counted = [*range(inputs)] * (count // inputs + 1)
    assert asked[warm_up:] == counted[:count]
    assert len(asked) == warm_up + count


def test_a_call_takes_what_it_takes() -> None:
    def ask(seconds: float) -> str:
        time.sleep(seconds)
        return ""

    took, _ = time_calls(ask, [0.001, 0.03], count=6, warm_up=1, seconds=60)

    assert min(took[1::2]) >= 30_000_000
    assert all(quick >= 1_000_000 for quick in took[::2])


def test_failures_are_counted_by_kind_and_not_timed() -> None:
    kinds = ["", "HTTP 500", "", "no connection", "HTTP 500"]

    took, failures = time_calls(lambda kind: kind, kinds, count=10, warm_up=5, seconds=60)

    assert len(took) == 4
    assert failures == {"HTTP 500": 4, "no connection": 2}


def test_time_is_bounded() -> None:
    def ask(_: int) -> str:
        time.sleep(0.02)
        return ""

    begun = time.monotonic()
    took, _ = time_calls(ask, [0], count=1000, warm_up=1000, seconds=0.2)

    assert time.monotonic() - begun < 2
    assert 1 <= len(took) <= 12


ROWS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc")), min_size=1, max_size=30)


@given(ROWS, st.integers(1, 40), st.randoms())
def test_the_same_rows_in_whatever_order_they_come(
    rows: list[tuple[int, str]], most: int, random: object
) -> None:
    frame = pd.DataFrame(rows, columns=["number", "letter"])
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]

    drawn = draw_rows(frame, most)

    pd.testing.assert_frame_equal(drawn, draw_rows(frame.iloc[order], most))
    assert len(drawn) == min(most, len(rows))
    kinds = frame.drop_duplicates()
    assert len(drawn.drop_duplicates()) == min(most, len(kinds))


def test_a_draw_has_no_leaning() -> None:
    drawn = draw_rows(pd.DataFrame({"n": range(20_000)}), 2000)

    assert drawn["n"].mean() == pytest.approx(10_000, abs=4 * 5774 / 2000**0.5)


def test_cells_that_cannot_be_hashed_are_drawn_by_their_words() -> None:
    frame = pd.DataFrame({"words": [["a"], ["b", "c"], None], "n": [1, 2, 3]})

    assert sorted(draw_rows(frame, 2)["n"]) == sorted(draw_rows(frame.iloc[::-1], 2)["n"])
