"""What is due, by cases worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reportgen.report import period_of
from reportgen.schedule.due import (
    Answer,
    CatchUp,
    Rules,
    Span,
    ask_card,
    ask_periods,
    next_due,
)
from reportgen.schedule.entry import Entry

NEW_YORK = "America/New_York"
RULES = Rules(every="week", timezone=NEW_YORK, grace=timedelta(days=1))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# W27 of 2013 ends on Monday the 8th of July at 04:00 UTC.
SPAN = Span(
    first=moment("2013-06-18"), last=moment("2013-07-07"), pinned=moment("2013-07-08T05:00")
)


def published(edition: str, **more: object) -> Entry:
    first = moment("2013-06-18") if edition == "2013-W25" else moment("2013-06-25")
    period = period_of(moment("2013-07-02") if edition == "2013-W27" else first, "week", NEW_YORK)
    assert period.key == edition
    entry = Entry(
        report="r",
        edition=edition,
        state="published",
        updated=moment("2013-07-09"),
        start=period.start,
        end=period.end,
        generation=1,
        basis="b",
        made_from="b",
        data="data@1",
        rows="rows",
        fingerprint="f",
    )
    return replace(entry, **more)


def ask(
    now: str, *entries: Entry, rules: Rules = RULES, span: Span = SPAN, data: str = "data@1"
) -> Answer:
    known = {entry.edition: entry for entry in entries}
    return ask_periods(rules, span, known, "b", data, moment(now))


def keys(answer: Answer) -> list[str]:
    return [f"{due.edition} {due.why}" for due in answer.due]


ALL = (published("2013-W25"), published("2013-W26"), published("2013-W27"))


def test_a_period_is_due_once_it_has_ended_and_its_grace_has_passed() -> None:
    assert keys(ask("2013-07-09T03:59", *ALL[:2])) == []
    assert keys(ask("2013-07-09T04:00", *ALL[:2])) == ["2013-W27 new"]
    assert keys(ask("2013-07-09T04:00", *ALL)) == []


def test_all_that_was_missed_is_due_oldest_first_or_newest_first() -> None:
    newest = replace(RULES, catch_up=CatchUp(order="newest"))

    assert keys(ask("2013-07-09T04:00")) == ["2013-W25 missed", "2013-W26 missed", "2013-W27 new"]
    assert keys(ask("2013-07-09T04:00", rules=newest)) == [
        "2013-W27 new", "2013-W26 missed", "2013-W25 missed",
    ]  # fmt: skip


def test_what_is_beyond_the_limit_is_skipped_with_the_reason() -> None:
    none = replace(RULES, catch_up=CatchUp(most=0))
    young = replace(RULES, catch_up=CatchUp(max_age=timedelta(days=8)))

    skipped = ask("2013-07-09T04:00", rules=none)
    old = ask("2013-07-09T04:00", rules=young)

    assert keys(skipped) == ["2013-W27 new"]
    assert [(period.key, why) for period, why in skipped.skip] == [
        ("2013-W25", "catch_up: at most 0 missed periods are made, the newest"),
        ("2013-W26", "catch_up: at most 0 missed periods are made, the newest"),
    ]
    assert keys(old) == ["2013-W26 missed", "2013-W27 new"]
    assert [period.key for period, _ in old.skip] == ["2013-W25"]


def test_the_newest_period_is_never_skipped_so_a_clock_ahead_loses_nothing() -> None:
    rules = replace(RULES, catch_up=CatchUp(most=0, max_age=timedelta(days=1)))

    assert keys(ask("2014-07-09", *ALL[:2], rules=rules)) == ["2013-W27 new"]


def test_a_period_without_data_is_late_and_not_made() -> None:
    answer = ask("2013-07-30T12:00", *ALL)

    assert answer.due == answer.skip == ()
    assert answer.late_from is not None
    assert (answer.late, answer.late_from.key) == (3, "2013-W28")


def test_a_period_that_had_not_ended_when_its_data_were_pinned_is_late() -> None:
    early = replace(SPAN, pinned=moment("2013-07-08T03:00"))

    assert keys(ask("2013-07-20", *ALL[:2], span=early)) == []
    assert ask("2013-07-10", *ALL[:2], span=early).late == 1


def test_late_rows_reopen_an_edition_as_long_as_the_project_says() -> None:
    rules = replace(RULES, reopen_for=timedelta(days=10))

    answer = ask("2013-07-17", *ALL, rules=rules, data="data@2")

    assert keys(answer) == ["2013-W27 late data"]
    assert answer.due[0].unless_rows == "rows"
    assert answer.due[0].seen == 1
    assert keys(ask("2013-07-19", *ALL, rules=rules, data="data@2")) == []
    assert keys(ask("2013-07-17", *ALL, rules=rules)) == []


def test_a_provisional_edition_is_looked_at_until_its_labels_are_complete() -> None:
    rules = replace(RULES, label_delay=timedelta(days=14))
    entries = (*ALL[:2], published("2013-W27", provisional=True))
    later = replace(SPAN, pinned=moment("2013-07-23"))

    some = ask("2013-07-10", *entries, rules=rules, data="data@2")
    all_in = ask("2013-09-10", *entries, rules=rules, data="data@2", span=later)

    assert keys(some) == ["2013-W27 late data"]
    assert some.due[0].unless_rows == "rows"
    assert keys(all_in)[0] == "2013-W27 labels complete"
    assert all_in.due[0].unless_rows == ""


def test_what_failed_waits_for_its_time_or_for_a_change() -> None:
    again = published("2013-W27", state="failed", kind="again", retry_at=moment("2013-07-10"))
    yours = published("2013-W27", state="failed", kind="yours", reason="no column")
    changed = replace(yours, basis="other")

    assert ask("2013-07-09T23:00", *ALL[:2], again).waiting == (again,)
    assert keys(ask("2013-07-10", *ALL[:2], again)) == ["2013-W27 again"]
    assert ask("2013-07-10", *ALL[:2], yours).failed == (yours,)
    assert keys(ask("2013-07-10", *ALL[:2], changed)) == ["2013-W27 changed"]


def test_what_runs_is_left_alone_until_its_lease_has_run_out() -> None:
    running = published("2013-W27", state="running", expires=moment("2013-07-10T01:00"))

    assert ask("2013-07-10", *ALL[:2], running).running == (running,)
    assert keys(ask("2013-07-10T01:00", *ALL[:2], running)) == ["2013-W27 taken over"]


def test_editions_of_days_do_not_count_as_weeks() -> None:
    day = replace(ALL[0], edition="2013-06-17")

    assert keys(ask("2013-07-09T04:00", day, *ALL[1:])) == ["2013-W25 missed"]


def test_windows_are_due_with_the_weeks_that_end_them() -> None:
    windows = replace(RULES, window=timedelta(days=28))

    first = ask("2013-07-09T04:00", *ALL, rules=windows)

    # The weeks of another time stay as they are, and are not windows.
    assert keys(first) == [
        "2013-06-23-28d missed", "2013-06-30-28d missed", "2013-07-07-28d new",
    ]  # fmt: skip
    newest = first.due[-1].period
    assert newest is not None
    assert (newest.end, newest.start) == (moment("2013-07-08T04:00"), moment("2013-06-10T04:00"))
    done = tuple(
        replace(ALL[2], edition=due.edition, start=due.period.start, end=due.period.end)
        for due in first.due
        if due.period is not None
    )
    assert keys(ask("2013-07-09T04:00", *done, rules=windows)) == []
    assert keys(ask("2013-07-09T04:00", *done[1:], rules=windows)) == ["2013-06-23-28d missed"]
    assert [due.edition for due in ask("2013-07-09T04:00", *done).due] == [
        "2013-W25", "2013-W26", "2013-W27",
    ]  # fmt: skip
    other = replace(windows, window=timedelta(days=14))
    assert [due.edition for due in ask("2013-07-09T04:00", *done, rules=other).due] == [
        "2013-06-23-14d", "2013-06-30-14d", "2013-07-07-14d",
    ]  # fmt: skip
    late = ask("2013-07-30T04:00", *done, rules=windows)
    assert (late.late, late.late_from and late.late_from.key) == (3, "2013-07-14-28d")


def test_another_time_zone_makes_no_published_edition_due_again() -> None:
    rules = replace(RULES, timezone="Europe/Berlin")

    assert keys(ask("2013-07-09T04:00", *ALL, rules=rules)) == []


def test_a_clock_that_was_never_set_adds_no_thousand_periods() -> None:
    wild = replace(SPAN, first=moment("1970-01-01"))

    answer = ask("2013-07-09T04:00", span=wild)

    assert len(answer.due) == 320
    assert answer.before > 1900


def test_a_card_is_due_when_it_is_new_and_when_its_inputs_changed() -> None:
    entry = replace(published("2013-W27"), edition="v1", start=None, end=None)
    now = moment("2013-07-10")

    assert keys(ask_card("v2", None, "b", now)) == ["v2 new"]
    assert keys(ask_card("v1", entry, "b", now)) == []
    assert keys(ask_card("v1", entry, "c", now)) == ["v1 changed"]
    failed = replace(entry, state="failed", kind="tool")
    assert ask_card("v1", failed, "b", now).failed == (failed,)


def test_the_next_period_is_due_when_it_has_ended_plus_grace() -> None:
    assert next_due(RULES, moment("2013-07-09T04:00")) == moment("2013-07-16T04:00")
    assert next_due(RULES, moment("2013-07-09T03:59")) == moment("2013-07-09T04:00")
