"""A short outline is the same outline: the same places in the same order, exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from reportgen.render.outline import short_outline

PLACE = st.integers(-99_999, 99_999).map(lambda number: number / 100)
STEP = st.one_of(
    st.tuples(st.sampled_from("ML"), PLACE, PLACE),
    st.tuples(st.sampled_from("HV"), PLACE),
    st.tuples(st.just("Z")),
)


def places(path: str) -> Iterator[tuple[str, int, int]]:
    """Read a path as the standard says, slowly: a kind and a place in hundredths for each step."""
    left = path
    x = y = start_x = start_y = 0
    command = ""
    while left := left.strip():
        if left[0].isalpha():
            command, left = left[0], left[1:]
        if command in "Zz":
            x, y = start_x, start_y
            yield "end", x, y
            continue
        numbers = []
        for _ in range(1 if command in "HhVv" else 2):
            found = re.match(r"[\s,]*(-?(?:\d+(?:\.\d*)?|\.\d+))", left)
            assert found, left
            numbers.append(round(100 * float(found[1])))
            left = left[found.end() :]
        near = command.islower()
        if command in "Hh":
            x = x * near + numbers[0]
        elif command in "Vv":
            y = y * near + numbers[0]
        else:
            x, y = x * near + numbers[0], y * near + numbers[1]
        if command in "Mm":
            start_x, start_y = x, y
            yield "start", x, y
            command = "l" if near else "L"
        else:
            yield "line", x, y


@given(st.lists(STEP, max_size=20))
def test_every_place_is_where_it_was(steps: list[tuple[object, ...]]) -> None:
    path = "M0 0" + "".join(f"{step[0]}{' '.join(map(str, step[1:]))}" for step in steps)
    short = short_outline(path)
    assert list(places(short)) == list(places(path))
    assert len(short) <= len(path)


@given(st.text("MLHVZzCqa0123456789.-, ", max_size=30))
def test_what_it_cannot_read_stays_as_it_is(path: str) -> None:
    short = short_outline(path)
    if "a" in path:
        assert short == path
    assert len(short) <= len(path)


def test_a_curve_comes_back_as_it_is() -> None:
    assert short_outline("M1 1C2 2 3 3 4 4") == "M1 1C2 2 3 3 4 4"
    assert short_outline("M0 2.9C0.76 2.9 -0.5 10.05 0 -1z") == "M0 2.9C.76 2.9-.5 10.05 0-1z"
    assert short_outline("M1") == "M1"
    assert short_outline("M0 0L0.001 3") == "M0 0L0.001 3"
