"""`site:`, `notify:` and `mail:`: what they become, and what is refused before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.errors import ProjectError
from reportgen.project_file import load_project
from reportgen.report import MailSpec, Project, SiteSpec

BASE = """\
project: Flight delays
board: {type: folder, path: board}
models: {late-flights: {pin: late-flights}}
reports:
  late-flights-card: {model: late-flights, template: model_card}
"""
SECRETS = {"SLACK_URL": "slack://T1/B2/abc", "SMTP_PASSWORD": "open-sesame", "BUCKET": "reports"}


def load(folder: Path, more: str = "") -> Project:
    (folder / "reportgen.yml").write_text(BASE + more)
    return load_project(folder, SECRETS)


def mistakes(folder: Path, more: str) -> str:
    with pytest.raises(ProjectError) as found:
        load(folder, more)
    return str(found.value)


@pytest.mark.parametrize(
    ("said", "kind", "path"),
    [
        ("s3://reports/flights", "s3", "reports/flights"),
        ("s3://${BUCKET}/x", "s3", "reports/x"),
        ("gs://reports/flights", "gcs", "reports/flights"),
        ("az://reports/flights", "azure", "reports/flights"),
        ("connect://connect.example.com", "connect", "https://connect.example.com"),
        ("'pin:'", "pin", ""),
    ],
)
def test_an_address_names_the_kind(tmp_path: Path, said: str, kind: str, path: str) -> None:
    assert load(tmp_path, f"site: {said}\n").site == SiteSpec(type=kind, path=path)  # type: ignore[arg-type]


def test_a_folder_stays_a_path(tmp_path: Path) -> None:
    assert load(tmp_path).site == tmp_path / "site"
    assert load(tmp_path, "site: out\n").site == tmp_path / "out"
    project = load(tmp_path, "site: {path: out, url: https://reports.example.com/}\n")
    assert (project.site, project.site_url) == (tmp_path / "out", "https://reports.example.com")


def test_a_mapping_has_options_and_keeps_secrets_to_itself(tmp_path: Path) -> None:
    project = load(
        tmp_path,
        "site: {type: git, path: ../pages.git, options: {branch: pages, token: '${SLACK_URL}'}}\n",
    )
    assert isinstance(project.site, SiteSpec)
    assert project.site.options == {"branch": "pages", "token": SECRETS["SLACK_URL"]}
    assert SECRETS["SLACK_URL"] not in repr(project)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("site: ftp://x/y\n", "reportgen.yml:6  site: ftp: is no kind of place for a site."),
        ("site: s3://\n", "does not say where"),
        ("site: {type: s3}\n", "site.path: is needed."),
        ("site: {type: s4, path: x}\n", "site.type: cannot be 's4'"),
        ("site: {type: s3, path: x, options: {secret: abc}}\n", "a secret must not stand"),
        ("site: {type: s3, pfad: x}\n", "site.pfad: there is no such setting."),
    ],
)
def test_a_site_that_cannot_be_is_refused_with_its_line(
    tmp_path: Path, more: str, said: str
) -> None:
    assert said in mistakes(tmp_path, more)


def test_rules_and_the_mail_server_are_read(tmp_path: Path) -> None:
    project = load(
        tmp_path,
        """\
notify:
  - to: mailto:team@example.com
  - to: [mailto:boss@example.com, "${SLACK_URL}"]
    on: [alert, cannot tell]
    reports: [late-flights-card]
    page: none
mail: {server: smtp.example.com, sender: r@example.com, password: "${SMTP_PASSWORD}"}
""",
    )
    assert [(r.to, r.on, r.reports, r.page) for r in project.notify] == [
        ("mailto:team@example.com", ("watch", "alert"), (), "attached"),
        ("mailto:boss@example.com", ("alert", "cannot tell"), ("late-flights-card",), "none"),
        (SECRETS["SLACK_URL"], ("alert", "cannot tell"), ("late-flights-card",), "none"),
    ]
    assert project.mail == MailSpec(
        server="smtp.example.com", sender="r@example.com", password="open-sesame"
    )
    assert "open-sesame" not in repr(project)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("notify: [{to: 'mailto:a@example.com'}]\n", "a mail needs a server"),
        ("notify: [{to: 'slack://T1/B2/abc'}]\n", "must not stand in this file"),
        ("notify: [{to: 'mailto://u:p@example.com'}]\n", "must not stand in this file"),
        ("notify: [{to: 'json://u:p@example.com/x'}]\n", "must not stand in this file"),
        ("notify: [{to: me}]\n", "is not where a message can go"),
        ("notify: [{to: 'json://a/b', on: [bad]}]\n", "notify[0].on[0]: cannot be 'bad'"),
        ("notify: [{to: 'json://a/b', reports: [card]}]\n", "no report 'card'"),
        ("notify: [{to: 'json://a/b', reports: [late-flights-crd]}]\n", "'late-flights-card'"),
        ("notify: [{to: '${NOPE}'}]\n", "the environment has no variable NOPE"),
        ("notify: {to: 'json://a/b'}\n", "notify: must be a list"),
        ("mail: {server: s, sender: a@b.c, password: x}\n", "a secret must not stand"),
        ("mail: {server: s, sender: a@b.c, port: 0}\n", "mail.port: must be at least 1"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(tmp_path: Path, more: str, said: str) -> None:
    assert said in mistakes(tmp_path, more)


def test_a_webhook_without_a_secret_may_stand_in_the_file(tmp_path: Path) -> None:
    project = load(tmp_path, "notify: [{to: 'json://hooks.example.com/reports'}]\n")
    assert [rule.to for rule in project.notify] == ["json://hooks.example.com/reports"]
