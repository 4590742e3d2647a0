"""Everything that is not mail goes through apprise: here to a real webhook on loopback."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.errors import UserError
from reportgen.notify import Outbox
from reportgen.report import NotifyRule
from tests.interop.loopback import free_port
from tests.interop.receivers import Hook, project_of, publish, shelf_of, webhook

# apprise still imports a module of Python's that is to go.
pytestmark = pytest.mark.filterwarnings("ignore:.*slated for removal:DeprecationWarning")

TOKEN = "T0PSECRETT0KEN"


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as served:
        yield served


def rule(hook: Hook) -> NotifyRule:
    return NotifyRule(to=f"json://ada:{TOKEN}@{hook.address}")


def states(outbox: Outbox) -> list[str]:
    return [entry.state for entry in outbox.entries(finished=True)]


def test_a_webhook_is_posted_to_once(tmp_path: Path, hook: Hook) -> None:
    project = project_of(tmp_path, rule(hook), url="https://reports.example.com")
    for _ in range(2):
        shelf, said = shelf_of(project)
        publish(shelf, tmp_path / "render")
        assert said == []
    (post,) = hook.posts
    plain = json.loads(post)
    assert plain["title"] == "[Watch] late-flights weekly, 2013-W27"
    assert plain["type"] == "warning"
    assert plain["message"].startswith("Watch: Recall fell.")
    assert plain["message"].endswith("/late-flights-weekly/2013-W27/index.html")
    assert len(plain["message"].splitlines()) <= 10


def test_a_webhook_that_refuses_is_tried_again(tmp_path: Path, hook: Hook) -> None:
    hook.statuses[:] = [503]
    shelf, said = shelf_of(project_of(tmp_path, rule(hook)))
    publish(shelf, tmp_path / "render")
    (trouble,) = said
    assert trouble == (
        "json://…, late-flights-weekly 2013-W27: the service answered 503. "
        "It is tried again the next time."
    )
    shelf.refresh()
    assert (len(hook.posts), states(shelf.outbox)) == (1, ["sent"])


def test_a_webhook_that_is_away_is_tried_again(tmp_path: Path) -> None:
    away = NotifyRule(to=f"json://127.0.0.1:{free_port()}/x")
    shelf, said = shelf_of(project_of(tmp_path, away))
    publish(shelf, tmp_path / "render")
    assert "could not be reached. It is tried again" in said[0]
    assert states(shelf.outbox) == ["waiting"]


def test_an_answer_that_was_lost_is_not_asked_for_again(tmp_path: Path, hook: Hook) -> None:
    hook.statuses[:] = [0]
    shelf, said = shelf_of(project_of(tmp_path, rule(hook)))
    publish(shelf, tmp_path / "render")
    assert "may have arrived" in said[0]
    shelf.refresh()
    assert (len(hook.posts), states(shelf.outbox)) == (1, ["unclear"])


def test_a_token_is_in_no_log_and_no_file(
    tmp_path: Path, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hook.statuses[:] = [503, 0]
    project = project_of(tmp_path, rule(hook))
    shelf, said = shelf_of(project)
    publish(shelf, tmp_path / "render")
    shelf.refresh()
    assert len(said) == 2
    assert TOKEN not in "".join(said)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(project)
    assert TOKEN not in repr(shelf)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(TOKEN.encode() in path.read_bytes() for path in files)
    assert logging.getLogger("apprise").propagate


def test_an_address_that_apprise_does_not_know_is_refused_without_being_shown(
    tmp_path: Path,
) -> None:
    wrong = NotifyRule(to=f"nowhere://{TOKEN}")
    with pytest.raises(UserError, match="does not know how to reach 'nowhere'") as refused:
        shelf_of(project_of(tmp_path, wrong))
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#reports",
        f"workflows://prod-1.example.com/{'0123456789abcdef' * 2}/{'ABCDEFGHIJ' * 4}xyz/",
        "mailto://ada:secret@example.com?to=team@example.org",
    ],
)
def test_slack_teams_and_mail_services_are_addresses_too(tmp_path: Path, address: str) -> None:
    shelf, _ = shelf_of(project_of(tmp_path, NotifyRule(to=address)))
    ((_, channel),) = shelf.rules
    assert channel.shown == f"{address.partition(':')[0]}://…"
