"""Mail through a real SMTP server on loopback: what arrives, once, and what does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reportgen.errors import UserError
from reportgen.notify import Outbox
from reportgen.publish import FolderShelf
from reportgen.report import MailSpec, NotifyRule
from tests.interop.loopback import free_port
from tests.interop.receivers import (
    REPORT,
    Postbox,
    postbox,
    project_of,
    publish,
    shelf_of,
)
from tests.unit.publish.sample import NOW

TEAM = NotifyRule(to="mailto:team@example.com")


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as served:
        yield served


def states(outbox: Outbox) -> list[str]:
    return [entry.state for entry in outbox.entries(finished=True)]


def test_a_mail_says_the_verdict_and_what_changed(tmp_path: Path, box: Postbox) -> None:
    project = project_of(tmp_path, TEAM, port=box.port, url="https://reports.example.com/flights")
    shelf, said = shelf_of(project)
    made = publish(shelf, tmp_path / "render")

    (mail,) = box.mail
    assert mail["Subject"] == "[Watch] late-flights weekly, 2013-W27"
    assert (mail["From"], mail["To"]) == ("reports@example.com", "team@example.com")
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == [
        "Watch: Recall fell.",
        "",
        "- Recall fell from 0.61 to 0.48.",
        "- Distance drifted.",
        "",
        "As of 2013-07-07. Model late-flights 20130502T060000Z-1a2b3.",
        f"https://reports.example.com/flights/{REPORT}/2013-W27/index.html",
    ]
    (page,) = mail.iter_attachments()
    assert page.get_filename() == f"{REPORT}-2013-W27.html"
    assert page.get_content_type() == "text/html"
    assert page.get_content() == shelf.read(made, "index.html").decode()
    assert said == []
    assert states(shelf.outbox) == ["sent"]


def test_an_edition_is_told_once(tmp_path: Path, box: Postbox) -> None:
    project = project_of(tmp_path, TEAM, port=box.port)
    for _ in range(3):
        shelf, said = shelf_of(project)
        publish(shelf, tmp_path / "render")
        shelf.refresh()
        assert said == []
    assert len(box.mail) == 1


def test_rules_choose_verdicts_reports_and_receivers(tmp_path: Path, box: Postbox) -> None:
    rules = (
        TEAM,
        NotifyRule(to="mailto:boss@example.com", on=("alert",)),
        NotifyRule(to="mailto:all@example.com", on=("ok", "watch", "alert", "cannot tell")),
        NotifyRule(to="mailto:other@example.com", reports=("another-report",)),
        NotifyRule(to="mailto:team@example.com", on=("alert",)),
    )
    shelf, _ = shelf_of(project_of(tmp_path, *rules, port=box.port))
    told = []
    for week, state in enumerate(("ok", "watch", "alert", "cannot tell")):
        publish(shelf, tmp_path / "render", f"2013-W2{week}", state=state)
        told.append(sorted(mail["To"].partition("@")[0] for mail in box.mail))
        box.mail.clear()
    assert told == [["all"], ["all", "team"], ["all", "boss", "team"], ["all"]]


@pytest.mark.parametrize(
    ("page", "kinds"),
    [
        ("attached", ["multipart/mixed", "text/plain", "text/html"]),
        ("inlined", ["multipart/alternative", "text/plain", "text/html"]),
        ("none", ["text/plain"]),
    ],
)
def test_the_page_comes_along_as_asked(
    tmp_path: Path, box: Postbox, page: str, kinds: list[str]
) -> None:
    rule = NotifyRule(to="mailto:team@example.com", page=page)  # type: ignore[arg-type]
    shelf, _ = shelf_of(project_of(tmp_path, rule, port=box.port))
    publish(shelf, tmp_path / "render")
    (mail,) = box.mail
    assert [part.get_content_type() for part in mail.walk()] == kinds
    body = mail.get_body(("html", "plain"))
    assert body is not None
    assert ("<!DOCTYPE html>" in body.get_content()) == (page == "inlined")


def test_the_same_edition_makes_the_same_mail(tmp_path: Path, box: Postbox) -> None:
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        shelf, _ = shelf_of(project_of(folder, TEAM, port=box.port))
        publish(shelf, folder / "render")
    first, second = box.mail
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()


def test_a_year_made_anew_is_one_mail(tmp_path: Path, box: Postbox) -> None:
    shelf, _ = shelf_of(project_of(tmp_path, TEAM, port=box.port))
    for week in (23, 21, 24, 22):
        publish(shelf, tmp_path / "render", f"2013-W{week}", refresh=False)
    shelf.refresh()
    assert [mail["Subject"] for mail in box.mail] == ["[Watch] late-flights weekly, 2013-W24"]
    assert sorted(states(shelf.outbox)) == ["passed over"] * 3 + ["sent"]


def test_a_revision_that_changes_the_verdict_of_an_old_edition_is_told(
    tmp_path: Path, box: Postbox
) -> None:
    shelf, _ = shelf_of(project_of(tmp_path, TEAM, port=box.port))
    for week in (23, 24):
        publish(shelf, tmp_path / "render", f"2013-W{week}")
    box.mail.clear()
    publish(shelf, tmp_path / "render", "2013-W23", parameters={"labels": "late"})
    assert box.mail == []
    publish(shelf, tmp_path / "render", "2013-W23", state="alert")
    assert [mail["Subject"] for mail in box.mail] == [
        "[Alert] late-flights weekly, 2013-W23, revision 3"
    ]


def test_a_server_that_is_away_is_tried_again_and_stops_nobody(tmp_path: Path) -> None:
    port = free_port()
    project = project_of(tmp_path, TEAM, port=port)
    shelf, said = shelf_of(project)
    made = publish(shelf, tmp_path / "render")
    assert made.fresh
    assert len(said) == 1
    assert "mail to …@example.com" in said[0]
    assert "tried again the next time" in said[0]
    assert states(shelf.outbox) == ["waiting"]
    with postbox(port=port) as box:
        again, said = shelf_of(project)
        again.refresh()
        assert said == []
        assert len(box.mail) == 1
        again.refresh()
        assert len(box.mail) == 1


@pytest.mark.parametrize("refused", ["451 Come back later", "552 Mailbox full"])
def test_a_mail_that_the_server_does_not_take_is_tried_again(
    tmp_path: Path, box: Postbox, refused: str
) -> None:
    box.refuse.append(refused)
    shelf, said = shelf_of(project_of(tmp_path, TEAM, port=box.port))
    publish(shelf, tmp_path / "render")
    assert refused.split(maxsplit=1)[1] in said[0]
    shelf.refresh()
    assert (len(box.mail), states(shelf.outbox)) == (1, ["sent"])


def test_a_receiver_that_the_server_does_not_know_stops_no_other(
    tmp_path: Path, box: Postbox
) -> None:
    nobody = NotifyRule(to="mailto:nobody@example.com")
    shelf, said = shelf_of(project_of(tmp_path, nobody, TEAM, port=box.port))
    publish(shelf, tmp_path / "render")
    assert [mail["To"] for mail in box.mail] == ["team@example.com"]
    assert "550 No such user here" in said[0]


def test_an_answer_that_was_lost_is_not_asked_for_again(tmp_path: Path, box: Postbox) -> None:
    box.refuse.append("hang up")
    shelf, said = shelf_of(project_of(tmp_path, TEAM, port=box.port))
    publish(shelf, tmp_path / "render")
    assert "may have arrived, and is not sent again" in said[0]
    shelf.refresh()
    assert (len(box.mail), states(shelf.outbox)) == (1, ["unclear"])


def test_many_at_once_tell_once(tmp_path: Path, box: Postbox) -> None:
    project = project_of(tmp_path, TEAM, port=box.port)

    def contend(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        now = NOW + timedelta(microseconds=number)
        publish(shelf_of(project)[0], folder / "render", now=now)

    contenders = [threading.Thread(target=contend, args=(n,)) for n in range(4)]
    for contender in contenders:
        contender.start()
    for contender in contenders:
        contender.join(120)
    shelf, _ = shelf_of(project)
    shelf.refresh()
    assert len(box.mail) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_password_goes_to_the_server_and_nowhere_else(tmp_path: Path) -> None:
    with postbox(password="open-sesame") as box:
        known = {"user": "ada", "password": "open-sesame"}
        project = project_of(tmp_path, TEAM, port=box.port, **known)
        assert "open-sesame" not in repr(project)
        assert "team@" not in repr(project)
        wrong = project_of(tmp_path, TEAM, port=box.port, user="ada", password="swordfish")
        shelf, said = shelf_of(wrong)
        publish(shelf, tmp_path / "render")
        assert "does not take user and password" in said[0]
        assert "swordfish" not in said[0]
        shelf, said = shelf_of(project)
        shelf.refresh()
        assert (len(box.mail), said) == (1, [])
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"open-sesame" not in content
            assert b"swordfish" not in content
            assert b"team@example.com" not in content


def test_a_site_without_rules_is_only_a_site(tmp_path: Path) -> None:
    shelf, _ = shelf_of(project_of(tmp_path))
    assert isinstance(shelf, FolderShelf)
    publish(shelf, tmp_path / "render")
    assert not (tmp_path / "site" / ".publishing" / "outbox").exists()


def test_what_is_no_mail_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a mail address that is none") as refused:
        shelf_of(project_of(tmp_path, NotifyRule(to="mailto:a b@c\nBcc: x@y")))
    assert "Bcc" not in str(refused.value)


def test_encryption_that_the_server_does_not_offer_is_not_done_without(
    tmp_path: Path, box: Postbox
) -> None:
    plain = project_of(tmp_path, TEAM, port=box.port)
    assert isinstance(plain.mail, MailSpec)
    strict = replace(plain, mail=replace(plain.mail, security="starttls"))
    shelf, said = shelf_of(strict)
    publish(shelf, tmp_path / "render")
    assert box.mail == []
    assert "STARTTLS" in said[0]
