"""Recipes for outside schedulers: each wakes `reportgen run --due`, and knows nothing of periods.

A wake-up that is missed, doubled or late changes nothing, so no recipe catches up by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Template
from zoneinfo import ZoneInfo

from reportgen.report import Project
from reportgen.schedule.calendar_events import calendar_events
from reportgen.schedule.cron import plain_line
from reportgen.schedule.recipe_texts import TEXTS

__all__ = ["RECIPES", "Wake", "recipe", "wakes"]

RECIPES = tuple(TEXTS)
"""Names of the systems there is a recipe for."""
_HOURLY = "17 * * * *"
"""For reports without a cron line: cards, of which nobody knows when a new version comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """A cron line, and the reports that are looked at when it comes.

    Attributes
    ----------
    name : a word for it that every system takes, and no other has
    """

    name: str
    line: str
    reports: tuple[str, ...]

    def command(self, project: str) -> str:
        """Give the command line; names of reports hold nothing that a shell reads."""
        return f"reportgen run --due {' '.join(self.reports)} --project {_quoted(project)}"


def wakes(project: Project) -> tuple[Wake, ...]:
    """Group the reports of a project by their cron lines."""
    lines: dict[str, list[str]] = {}
    for name, spec in project.reports.items():
        line = plain_line(spec.schedule) if spec.schedule else _HOURLY
        lines.setdefault(line, []).append(name)
    found: dict[str, Wake] = {}
    for line, names in lines.items():
        name = short = names[0].lower().replace("_", "-").replace(".", "-")[:40].strip("-")
        while name in found:
            name = f"{short[:36]}-{len(found)}"
        found[name] = Wake(name=name, line=line, reports=tuple(names))
    return tuple(found.values())


def recipe(name: str, project: Project, source: str) -> str:
    """Write a recipe.

    Parameters
    ----------
    name : one of `RECIPES`
    source : path of the project file, as the recipe is to name it
    """
    text = TEXTS[name]
    parts = [_part(wake, project, source) for wake in wakes(project)]
    blocks = "\n".join(Template(text["each"]).substitute(part).strip("\n") for part in parts)
    return Template(text["whole"]).substitute(
        {
            "project": _plain(project.name),
            "zone": project.timezone,
            "each": blocks,
            "all": _yaml(f"reportgen run --due --project {_quoted(source)} || test $? -eq 4"),
            "utc": "\n".join(sorted({line for part in parts for line in part["utc"].split("\n")})),
        }
    )


def _part(wake: Wake, project: Project, source: str) -> Mapping[str, str]:
    words = wake.command(source)
    events = calendar_events(wake.line, project.timezone)
    return {
        "name": wake.name,
        "line": wake.line,
        "reports": " ".join(wake.reports),
        "crontab": words.replace("%", "\\%"),  # which cron takes for the end of a line
        "unit": words.replace("%", "%%"),
        "python": repr(words),
        "yaml": _yaml(words),
        "zone": project.timezone,
        "events": "\n".join(f"OnCalendar={event}" for event in events),
        "identifier": f"look_at_{wake.name.replace('-', '_')}",
        "utc": "\n".join(f"    - cron: '{line}'" for line in _in_utc(wake.line, project.timezone)),
    }


def _plain(title: str) -> str:
    """Keep a title to one line of letters that no format takes for a mark."""
    return "".join(c if c.isalnum() or c in " ,.-()" else " " for c in title)


def _in_utc(line: str, timezone: str) -> tuple[str, ...]:
    """Give lines in UTC that come at least when a local one does, in summer and in winter.

    They come on every day: which of them is the right one is for `run --due` to say.
    """
    minute, hour, *_ = line.split()
    if not (minute.isdigit() and hour.isdigit()):
        return (_HOURLY,)
    found = set()
    for month in (1, 7):
        local = datetime(2026, month, 15, int(hour), int(minute), tzinfo=ZoneInfo(timezone))
        moment = local.astimezone(ZoneInfo("UTC"))
        found.add(f"{moment.minute} {moment.hour} * * *")
    return tuple(sorted(found))


def _yaml(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"


def _quoted(path: str) -> str:
    from shlex import quote

    return quote(path)
