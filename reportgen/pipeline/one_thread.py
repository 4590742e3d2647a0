"""Sums that do not depend on how many cores there are.

A product of matrices is cut into as many parts as there are threads, and where a sum is cut
decides its last digit: a card made beside others, with one thread each, would differ from the
same card made alone. What is measured here is small enough for one.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

__all__ = ["one_thread"]


def one_thread() -> AbstractContextManager[Any]:
    """Give linear algebra one thread for a while; all else keeps what it has."""
    import scipy.linalg  # noqa: F401  (what is loaded later would not be told)
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1, user_api="blas")
    return limits
