"""Times calls one after the other, the same way in a process of our own and over HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import TypeVar

__all__ = ["time_calls"]

Input = TypeVar("Input")


def time_calls(
    ask: Callable[[Input], str],
    inputs: Sequence[Input],
    *,
    count: int,
    warm_up: int,
    seconds: float,
) -> tuple[list[int], Counter[str]]:
    """Call again and again, each call begun when the one before has ended.

    Parameters
    ----------
    ask : gives an empty text when it was answered, else the kind of failure
    inputs : taken in turn
    count, warm_up : calls that count, and calls before them that do not
    seconds : after which no call is begun; a quarter of it for the warm-up

    Returns
    -------
    nanoseconds of each call that was answered, in order, and the failures by kind

    Notes
    -----
    The garbage collector stays as it is, as in production: a pause that users would see is
    seen here.
    """
    _repeat(ask, inputs, warm_up, seconds / 4)
    return _repeat(ask, inputs, count, seconds)


def _repeat(
    ask: Callable[[Input], str], inputs: Sequence[Input], count: int, seconds: float
) -> tuple[list[int], Counter[str]]:
    took: list[int] = []
    failures: Counter[str] = Counter()
    end = perf_counter_ns() + int(seconds * 1e9)
    for number in range(count):
        given = inputs[number % len(inputs)]
        begun = perf_counter_ns()
        failure = ask(given)
        ended = perf_counter_ns()
        if failure:
            failures[failure] += 1
        else:
            took.append(ended - begun)
        if ended > end:
            break
    return took, failures
