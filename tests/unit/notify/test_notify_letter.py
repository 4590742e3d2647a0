"""A letter is one subject and at most ten lines, whatever is in the record."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.notify.channel import Parcel
from reportgen.notify.letter import MOST_LINES, finish_letter, write_letter
from reportgen.notify.mail import MailChannel, write_mail
from reportgen.publish.edition import make_manifest
from reportgen.report import Finding, MailSpec, ReportData
from tests.unit.publish.sample import NOW, sample_data, sample_inputs

ANY = st.text(max_size=400)


def letter_of(data: ReportData, url: str = ""):
    manifest = make_manifest(data, sample_inputs(), NOW)
    return finish_letter(write_letter(manifest, data), manifest, url)


@given(sentence=ANY, title=ANY, sentences=st.lists(ANY, max_size=12))
def test_any_text_stays_in_its_line(sentence: str, title: str, sentences: list[str]) -> None:
    findings = tuple(
        Finding(kind="drift", state="watch", sentence=said, weight=float(index))
        for index, said in enumerate(sentences)
    )
    data = sample_data(sentence=sentence, title=title, findings=findings)
    letter = letter_of(data, "https://reports.example.com")
    assert len(letter.text.split("\n")) <= MOST_LINES
    assert letter.text.splitlines() == letter.text.split("\n")
    assert letter.subject.splitlines() == [letter.subject]
    parcel = Parcel(letter=letter, state="watch", mark="m", made=NOW)
    server = MailSpec(server="smtp.example.com", sender="reports@example.com")
    mail = write_mail(parcel, MailChannel(address="team@example.com", server=server))
    head = mail.as_bytes().split(b"\n\n", 1)[0].lower()
    assert head.count(b"\nto:") == 1
    assert b"\nbcc:" not in head


def test_a_header_cannot_be_smuggled_in() -> None:
    letter = letter_of(sample_data(title="x\r\nBcc: everybody@example.com"))
    assert letter.subject == "[Watch] x Bcc: everybody@example.com weekly, 2013-W27"


@pytest.mark.parametrize(
    ("title", "edition", "kind", "subject"),
    [
        ("late-flights", "2013-W27", "monitoring", "[OK] late-flights weekly, 2013-W27"),
        ("late-flights", "2013-07-04", "monitoring", "[OK] late-flights daily, 2013-07-04"),
        ("late-flights", "2013-07", "monitoring", "[OK] late-flights monthly, 2013-07"),
        ("late-flights", "2013-Q3", "monitoring", "[OK] late-flights quarterly, 2013-Q3"),
        ("Flights, weekly", "2013-W27", "monitoring", "[OK] Flights, weekly, 2013-W27"),
        ("Week by week", "2013-W27", "monitoring", "[OK] Week by week, 2013-W27"),
        ("late-flights", "2013v1-1a2b3", "card", "[OK] late-flights card, 2013v1-1a2b3"),
        ("Card of flights", "9", "card", "[OK] Card of flights, 9"),
    ],
)
def test_the_subject_names_the_report_as_people_do(
    title: str, edition: str, kind: str, subject: str
) -> None:
    data = sample_data(edition, title=title, kind=kind, state="ok", as_of=date(2013, 7, 8))
    assert letter_of(data).subject == subject


def test_what_weighs_most_comes_first_and_nothing_twice() -> None:
    findings = (
        Finding(kind="drift", state="watch", sentence="B.", weight=1.0),
        Finding(kind="drift", state="watch", sentence="A.", weight=9.0),
        Finding(kind="change", state="alert", sentence="C.", weight=0.0),
        Finding(kind="change", state="alert", sentence="C.", weight=0.0),
        Finding(kind="group", state="alert", sentence="A group."),
        Finding(kind="quality", state="ok", sentence="Fine."),
    )
    lines = letter_of(sample_data(findings=findings)).text.splitlines()
    assert lines[2:5] == ["- C.", "- A.", "- B."]
    assert letter_of(sample_data()).text.splitlines()[2] == "No material change."


def test_what_the_verdict_says_is_not_said_again() -> None:
    findings = (
        Finding(kind="threshold", state="alert", sentence="Recall is low.", weight=9.0),
        Finding(kind="drift", state="watch", sentence="Distance drifted.", weight=1.0),
    )
    data = sample_data(sentence="Recall is low. 1 more finding needs a look.", findings=findings)
    assert letter_of(data).text.splitlines()[2:4] == ["- Distance drifted.", ""]
    alone = sample_data(sentence="Recall is low.", findings=findings[:1])
    assert letter_of(alone).text.splitlines()[1:] == [
        "",
        "As of 2013-07-08. Model late-flights 20130502T060000Z-1a2b3.",
    ]


def test_a_provisional_edition_says_so() -> None:
    text = letter_of(sample_data(provisional=True)).text
    assert "provisional: more labels are expected" in text
