"""Cron lines as Debian's cron has them, clock changes included."""

from datetime import UTC, datetime

import pytest

from reportgen.project_file.words import read_cron
from reportgen.schedule.cron import MACROS, next_tick


def ticks(line: str, zone: str, after: datetime, number: int) -> list[str]:
    found = []
    moment: datetime | None = after
    for _ in range(number):
        assert moment is not None
        moment = next_tick(line, zone, moment)
        found.append(moment.strftime("%m-%d %H:%M") if moment else "never")
    return found


def test_a_day_has_one_tick_though_its_hour_is_repeated() -> None:
    before = datetime(2026, 10, 31, 12, tzinfo=UTC)  # New York turns back on 1 November, 06:00 UTC

    assert ticks("30 1 * * *", "America/New_York", before, 2) == ["11-01 05:30", "11-02 06:30"]


def test_a_tick_in_the_hour_that_is_left_out_comes_right_after_it() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)  # Berlin turns forward on 29 March, 01:00 UTC

    assert ticks("30 2 * * *", "Europe/Berlin", before, 2) == ["03-29 01:00", "03-30 00:30"]


def test_a_line_for_every_half_hour_comes_in_both_hours() -> None:
    before = datetime(2026, 11, 1, 4, 45, tzinfo=UTC)

    assert ticks("*/30 * * * *", "America/New_York", before, 4) == [
        "11-01 05:00", "11-01 05:30", "11-01 06:00", "11-01 06:30",
    ]  # fmt: skip


@pytest.mark.parametrize("word", sorted(MACROS))
def test_a_word_is_the_line_it_stands_for(word: str) -> None:
    after = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)

    assert read_cron(word) == word
    assert next_tick(word, "UTC", after) == next_tick(MACROS[word], "UTC", after)


def test_weekday_1_is_monday() -> None:
    assert ticks("0 6 * * 1", "UTC", datetime(2026, 11, 23, 7, tzinfo=UTC), 1) == ["11-30 06:00"]


@pytest.mark.parametrize("line", ["0 0 31 2 *", "@weakly", "61 * * * *", "* * * *"])
def test_a_line_that_never_comes_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"cron"):
        read_cron(line)
