"""How far a fleet has come, and when it will be done."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Progress", "quiet", "say_seconds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A count of tasks.

    Attributes
    ----------
    done : with failures among them
    seconds : since the start
    """

    done: int
    total: int
    failed: int = 0
    seconds: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """About how long the rest will take; None before the first is done."""
        if self.done == 0:
            return None
        return self.seconds / self.done * (self.total - self.done)

    def __str__(self) -> str:
        """Say it as on a terminal.

        Examples
        --------
        >>> str(Progress(done=37, total=100, failed=1, seconds=20.0))
        '37 of 100 done, 1 failed, about 34 s left'
        """
        parts = [f"{self.done} of {self.total} done"]
        if self.failed:
            parts.append(f"{self.failed} failed")
        if self.seconds_left is not None and self.done < self.total:
            parts.append(f"about {say_seconds(self.seconds_left)} left")
        return ", ".join(parts)


def say_seconds(seconds: float) -> str:
    """Say a time roughly.

    Examples
    --------
    >>> say_seconds(34.2), say_seconds(400.0)
    ('34 s', '7 min')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def quiet(_: Progress) -> None:
    """Say nothing."""
