"""The pages that list editions: complete, inert, and the same on every day."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reportgen.publish import FolderShelf, publish_document, site_status
from reportgen.publish.pages import history_page, site_page
from reportgen.report.palette import DARK, LIGHT
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{ 7*7 }} \ud800 javascript:"


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags_of(page: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Reader()
    reader.feed(page)
    return reader.tags


@pytest.fixture
def shelf(tmp_path: Path) -> FolderShelf:
    shelf = FolderShelf(tmp_path / "site", title="Flight delays")
    states = {"2013-W26": "ok", "2013-W27": "alert", "2013-W28": "cannot tell"}
    for edition, state in states.items():
        inputs = sample_inputs(parameters={"edition": edition})
        data = sample_data(
            edition,
            state=state,
            sentence=f"This is {state}.",
            as_of=date.fromisocalendar(2013, int(edition[-2:]), 7),
            provisional=edition == "2013-W28",
        )
        document = sample_document(tmp_path / "render", inputs)
        publish_document(document, data, inputs, shelf, NOW)
    return shelf


def test_the_site_page_shows_each_report_with_its_verdict(shelf: FolderShelf) -> None:
    page = (shelf.site / "index.html").read_text()

    assert "<h1>Flight delays</h1>" in page
    assert "1 report on 1 model: 1 cannot tell." in page
    assert "This is cannot tell." in page
    assert "Verdicts of 3 editions, oldest first: 1 alert, 1 cannot tell, 1 ok" in page
    assert "provisional" in page


def test_the_history_lists_every_edition_newest_first(shelf: FolderShelf) -> None:
    page = (shelf.site / "late-flights-weekly" / "index.html").read_text()

    rows = re.findall(r'<th scope="row"><a href="([^"]+)">', page)
    assert rows == [f"2013-W{week}/index.html" for week in (28, 27, 26)]
    assert page.count(">PDF<") == 3


def test_every_link_of_the_pages_resolves(shelf: FolderShelf) -> None:
    for page in (shelf.site / "index.html", shelf.site / "late-flights-weekly" / "index.html"):
        links = [attrs["href"] or "" for tag, attrs in tags_of(page.read_text()) if tag == "a"]
        assert len(links) > 2
        for link in links:
            if not link.startswith("#"):
                assert (page.parent / link).is_file(), f"{page}: {link}"


def test_the_pages_fetch_and_run_nothing(shelf: FolderShelf) -> None:
    for page in (shelf.site / "index.html", shelf.site / "late-flights-weekly" / "index.html"):
        text = page.read_text()
        tags = tags_of(text)
        assert not {"script", "img", "iframe", "object", "form"} & {tag for tag, _ in tags}
        assert "default-src 'none'" in text
        assert "url(" not in text
        assert not re.search(r"https?://", text)


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path / "site", title=HOSTILE)
    inputs = sample_inputs()
    report = HOSTILE[:60]
    clean = HOSTILE.replace("\ud800", "")  # a record in UTF-8 cannot hold it; a shelf's title can
    data = sample_data(clean[:60], report=report, title=clean, sentence=clean)
    publish_document(sample_document(tmp_path / "render", inputs), data, inputs, shelf, NOW)

    (folder,) = [path for path in shelf.site.iterdir() if path.is_dir() and path.name[0] != "."]
    for page in (shelf.site / "index.html", folder / "index.html"):
        tags = tags_of(page.read_text())
        assert not {"script", "img"} & {tag for tag, _ in tags}
        assert not [name for _, attrs in tags for name in attrs if name.startswith("on")]
        assert "49" not in page.read_text().split("<body>")[1].split("as of")[0]
        links = [attrs["href"] or "" for tag, attrs in tags if tag == "a"]
        assert not [link for link in links if ":" in link]


def test_the_pages_know_no_clock(tmp_path: Path) -> None:
    pages = []
    for name, now in (("a", NOW), ("b", datetime(2020, 2, 2, tzinfo=UTC))):
        inputs = sample_inputs()
        shelf = FolderShelf(tmp_path / name / "site")
        document = sample_document(tmp_path / name / "render", inputs)
        publish_document(document, sample_data(), inputs, shelf, now)
        report = shelf.site / "late-flights-weekly" / "index.html"
        pages.append(((shelf.site / "index.html").read_bytes(), report.read_bytes()))
    assert pages[0] == pages[1]


def test_an_empty_site_says_so() -> None:
    assert "Nothing has been published yet." in site_page((), title="Reports")


def test_reports_that_need_a_reader_come_first(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path / "site")
    for report, state in (("a-fine", "ok"), ("b-broken", "alert"), ("c-look", "watch")):
        inputs = sample_inputs(parameters={"report": report})
        data = sample_data(report=report, title=report, state=state)
        document = sample_document(tmp_path / "render", inputs)
        publish_document(document, data, inputs, shelf, NOW, refresh=False)
    shelf.refresh()

    page = (shelf.site / "index.html").read_text()
    places = [page.index(f">{name}</a>") for name in ("b-broken", "c-look", "a-fine")]
    assert places == sorted(places)
    assert [row.report for row in site_status(shelf)] == ["a-fine", "b-broken", "c-look"]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_colours_of_the_pages_can_be_read(palette: dict[str, str]) -> None:
    text = [
        *((ink, ground) for ink in ("ink", "muted", "accent") for ground in ("paper", "panel")),
        *((state, f"{state}-soft") for state in ("ok", "watch", "alert", "unknown")),
    ]
    shapes = [
        (state, ground) for state in ("ok", "watch", "alert", "unknown") for ground in ("panel",)
    ]
    assert {
        pair: contrast(palette[pair[0]], palette[pair[1]])
        for pair in text
        if contrast(palette[pair[0]], palette[pair[1]]) < 4.5
    } == {}
    assert [pair for pair in shapes if contrast(palette[pair[0]], palette[pair[1]]) < 3] == []


def test_a_long_history_keeps_its_strip_short(shelf: FolderShelf) -> None:
    history = shelf.editions() * 60
    page = history_page(history, site_title="x")
    strip = page.split('<svg class="strip"')[1].split("</svg>")[0]
    assert strip.count("<rect") <= 53
