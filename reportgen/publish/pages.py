"""The pages that list editions: of the whole site, and of one report. No script, nothing fetched."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reportgen.publish.names import folder_of, report_folder
from reportgen.publish.status import ReportStatus, current_editions, reports_of
from reportgen.report import Manifest, State
from reportgen.report.palette import DARK, LIGHT

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["history_page", "latest_page", "site_page"]

# First what needs a reader most.
_ORDER: tuple[State, ...] = ("alert", "watch", "cannot tell", "ok")
_WORDS: dict[State, str] = {
    "ok": "OK",
    "watch": "Watch",
    "alert": "Alert",
    "cannot tell": "Cannot tell",
}
_TOKENS: dict[State, str] = {
    "ok": "ok",
    "watch": "watch",
    "alert": "alert",
    "cannot tell": "unknown",
}
_KINDS = {"card": "Model card", "monitoring": "Monitoring report"}
_HEIGHTS: dict[State, int] = {"ok": 8, "watch": 14, "alert": 22, "cannot tell": 8}
_SHOWN = 53  # a year of weeks
_FILES = {
    "index.html": "HTML",
    "report.pdf": "PDF",
    "report.docx": "Word",
    "report.html": "Slides",
    "report.md": "Markdown",
    "notebook.ipynb": "Notebook",
    "report.json": "JSON",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """One edition in a strip of verdicts; what it says is told by height and fill, not by hue."""

    x: int
    y: int
    height: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strip:
    bars: tuple[_Bar, ...]
    width: int
    words: str


def site_page(
    editions: tuple[Manifest, ...], *, title: str, damaged: tuple[tuple[str, str], ...] = ()
) -> str:
    """Write the page of all models and reports.

    Parameters
    ----------
    editions : by report, oldest first
    damaged : folders of editions that cannot be read, and why
    """
    reports = sorted(reports_of(editions), key=lambda row: (row.model, _consequence(row)))
    models = [(model, tuple(rows)) for model, rows in groupby(reports, key=lambda row: row.model)]
    models.sort(key=lambda pair: (min(_consequence(row) for row in pair[1]), pair[0]))
    return _render(
        "site.html",
        title=title,
        summary=_summary(reports, len(models)),
        models=models,
        damaged=damaged,
        kinds=_KINDS,
    )


def history_page(history: tuple[Manifest, ...], *, site_title: str) -> str:
    """Write the page of all editions of one report; `history` is of one report, oldest first."""
    current = set(map(id, current_editions(history)))
    newest = history[-1]
    return _render(
        "history.html",
        newest=newest,
        kind=_KINDS.get(newest.kind, newest.kind),
        site_title=site_title,
        rows=[(manifest, id(manifest) in current) for manifest in reversed(history)],
        drawn=_strip(tuple(m.state for m in current_editions(history))),
    )


def latest_page(newest: Manifest) -> str:
    """Write the page that leads to the newest edition, for places that know no links."""
    folder = folder_of(newest.edition, newest.revision)
    return _render("latest.html", link=_edition_link(newest), folder=folder)


def _consequence(row: ReportStatus) -> tuple[int, str]:
    return _ORDER.index(row.newest.state), row.report


def _summary(reports: list[ReportStatus], models: int) -> str:
    if not reports:
        return "Nothing has been published yet."
    counts = Counter(row.newest.state for row in reports)
    said = ", ".join(f"{counts[state]} {state}" for state in _ORDER if counts[state])
    return f"{_count(len(reports), 'report')} on {_count(models, 'model')}: {said}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _strip(states: tuple[State, ...]) -> _Strip:
    shown = states[-_SHOWN:]
    counts = Counter(shown)
    said = ", ".join(f"{counts[state]} {state}" for state in _ORDER if counts[state])
    heights = [_HEIGHTS[state] for state in shown]
    bars = tuple(
        _Bar(x=6 * index + 1, y=23 - height, height=height, token=_TOKENS[state])
        for index, (state, height) in enumerate(zip(shown, heights, strict=True))
    )
    words = (
        f"Verdicts of {_count(len(shown), 'edition')}, oldest first: {said}; newest: {shown[-1]}."
    )
    return _Strip(bars=bars, width=6 * len(shown) + 1, words=words)


def _files(manifest: Manifest) -> list[tuple[str, str]]:
    """Give the files that people open, each with its word."""
    names = {file.name for file in manifest.files}
    return [(name, word) for name, word in _FILES.items() if name in names]


def _edition_link(manifest: Manifest) -> str:
    """Link from the page of the report to the page of the edition, or to its folder."""
    files = _files(manifest)
    folder = quote(folder_of(manifest.edition, manifest.revision))
    return f"{folder}/{files[0][0] if files else ''}"


def _palette() -> str:
    light = "".join(f"--rg-{token}:{colour};" for token, colour in LIGHT.items())
    dark = "".join(f"--rg-{token}:{colour};" for token, colour in DARK.items())
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        words=_WORDS,
        tokens=_TOKENS,
        palette=_palette(),
        strip_of=_strip,
        files_of=_files,
        edition_link=_edition_link,
        report_link=lambda report: quote(report_folder(report)),
        folder_link=lambda manifest: quote(folder_of(manifest.edition, manifest.revision)),
    )
    return environment


def _render(template: str, **shown: Any) -> str:
    # A lone surrogate, as from a broken file name, has no UTF-8; it must not stop the site.
    page = _environment().get_template(template).render(**shown)
    return page.encode("utf-8", "replace").decode()
