"""What is made of it: reports, where they go, who is told; and the whole file."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from reportgen.project_file.settings.fields import (
    Cron,
    Duration,
    Name,
    Place,
    Prose,
    Settings,
    Text,
    Zone,
    as_written,
    listed,
    read_with,
)
from reportgen.project_file.settings.models import ModelSettings
from reportgen.project_file.settings.sources import BoardSettings
from reportgen.project_file.site import read_site
from reportgen.report import Format, SiteType, State

__all__ = [
    "CatchUpSettings",
    "MailSettings",
    "NotifySettings",
    "ProjectFile",
    "ReportSettings",
    "SiteOrPlace",
    "SiteSettings",
]


class CatchUpSettings(Settings):
    """What to do after wake-ups were missed."""

    max: int | None = Field(
        default=None,
        ge=0,
        description="At most so many missed periods are made; the others are noted as skipped.",
    )
    max_age: Duration | None = Field(
        default=None,
        description="Missed periods that ended longer ago are noted as skipped, such as `30d`.",
    )
    order: Literal["oldest", "newest"] | None = Field(
        default=None, description="Which of them is made first; left out: `oldest`."
    )


def _usual_formats() -> list[Format]:
    return ["html", "pdf"]


def _usual_verdicts() -> list[State]:
    return ["watch", "alert"]


class ReportSettings(Settings):
    """One named report."""

    model: Text = Field(description="Name of a model under `models`.")
    template: Place = Field(
        description="`model_card`, `monitoring`, or the path of a .qmd or .ipynb."
    )
    kind: Literal["card", "monitoring"] | None = Field(
        default=None,
        description="What is measured; needed for a template of one's own.",
    )
    title: Prose = Field(default="", description="Title on the page; left out: the model's.")
    formats: Annotated[list[Format], Field(min_length=1)] = Field(
        default_factory=_usual_formats, description="Files to make."
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Values for the template's parameters cell."
    )
    schedule: Cron | None = Field(
        default=None,
        description="When to look for what is due: a cron line, or `@weekly` and the like.",
    )
    grace: Duration = Field(
        default=timedelta(0),
        description="How long after a period's end late rows are waited for, such as `1d`.",
        json_schema_extra={"default": "0"},
    )
    reopen_for: Duration = Field(
        default=timedelta(0),
        description="How long after a period's end late rows make a revision, such as `14d`; an "
        "edition that is provisional is looked at again in any case.",
        json_schema_extra={"default": "0"},
    )
    catch_up: CatchUpSettings = Field(
        default_factory=CatchUpSettings, description="What to do after missed wake-ups."
    )


def _placed(given: Any) -> Any:
    return read_with(read_site)(given) if isinstance(as_written(given), str) else given


class SiteSettings(Settings):
    """Where editions are published."""

    type: SiteType = Field(default="folder", description="Kind of place.")
    path: Place = Field(
        default="",
        description="Folder, bucket and prefix, repository, server, or address of a board. "
        "May hold `${NAME}`.",
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="What this kind of place needs besides, such as an endpoint or a key. "
        "A secret is written as `${NAME}` and read from the environment.",
    )
    url: Prose = Field(
        default="",
        description="Where readers find the site, such as `https://reports.example.com`; "
        "notifications then have links.",
    )


SiteOrPlace = Annotated[
    SiteSettings,
    BeforeValidator(_placed, json_schema_input_type=SiteSettings | str),
]


class NotifySettings(Settings):
    """Who is told when an edition is published."""

    to: Annotated[list[Text], BeforeValidator(listed), Field(min_length=1)] = Field(
        description="`mailto:name@example.com`, `json://host/path` for a webhook, or `${NAME}` "
        "for any other address that apprise knows.",
        json_schema_extra={"type": ["array", "string"]},
    )
    on: Annotated[list[State], Field(min_length=1)] = Field(
        default_factory=_usual_verdicts, description="Verdicts that are worth telling."
    )
    reports: list[Text] = Field(
        default_factory=list, description="Names of reports; left out: all."
    )
    page: Literal["attached", "inlined", "none"] = Field(
        default="attached", description="How the page comes along with a mail."
    )


class MailSettings(Settings):
    """The server that takes our mail."""

    server: Text = Field(description="Its name, such as `smtp.example.com`.")
    sender: Text = Field(description="Address that the mail is from.")
    port: int = Field(default=587, ge=1, le=65535, description="Port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is protected."
    )
    user: Prose = Field(default="", description="Name to log in with; left out: no login.")
    password: Prose = Field(default="", description="Its password, written as `${NAME}`.")


class ProjectFile(Settings):
    """reportgen.yml: which models, measured on what, reported how."""

    project: Text = Field(description="Name of the project, as pages show it.")
    board: BoardSettings = Field(description="Where the pins live.")
    site: SiteOrPlace = Field(
        default=SiteSettings(path="site"),
        description="Where editions are published: a folder, or an address such as "
        "`s3://bucket/prefix`. May hold `${NAME}`.",
        json_schema_extra={"default": "site"},
    )
    ledger: Place = Field(
        default="",
        description="Where it is noted what was made and skipped: a file (left out: "
        "`.reportgen/ledger.sqlite`), `s3://bucket/prefix`, or `postgresql://...`. May hold "
        "`${NAME}`.",
    )
    timezone: Zone = Field(
        default="UTC", description="IANA time zone in which days, weeks and months are cut."
    )
    models: dict[Name, ModelSettings] = Field(description="The models, by name.")
    reports: dict[Name, ReportSettings] = Field(
        default_factory=dict,
        description="The reports, by name; each becomes a folder of the site.",
    )
    notify: list[NotifySettings] = Field(
        default_factory=list, description="Who is told when an edition is published."
    )
    mail: MailSettings | None = Field(
        default=None, description="The server that takes our mail; needed for `mailto:`."
    )
