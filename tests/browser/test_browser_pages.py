"""Every kind of page in a real browser: accessible, quiet, alone, and fit for a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.browser.looking import open_page, violations

pytestmark = pytest.mark.slow

LISTING = {
    "site": "index.html",
    "history": "late-flights-weekly/index.html",
    "long-name": "a" * 90 + "/index.html",
}
EDITIONS = {
    "card": "late-flights-card/latest/index.html",
    "report": "late-flights-weekly/2013-W27/index.html",
}


@pytest.fixture(params=[*LISTING, *EDITIONS])
def path(request: pytest.FixtureRequest) -> Path:
    if request.param in LISTING:
        return Path(request.getfixturevalue("listing")) / LISTING[request.param]
    return (Path(request.getfixturevalue("editions")) / EDITIONS[request.param]).resolve()


@pytest.fixture(params=EDITIONS)
def edition(request: pytest.FixtureRequest, editions: Path) -> Path:
    return (editions / EDITIONS[request.param]).resolve()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(browser: Any, axe: str, path: Path, scheme: str, width: int) -> None:
    with open_page(browser, path, scheme=scheme, width=width) as seen:
        assert violations(seen, axe) == []


def test_nothing_is_fetched_and_nothing_is_said(browser: Any, path: Path) -> None:
    with open_page(browser, path) as seen:
        away = [url for url in seen.requests if not url.startswith(("file:", "data:"))]
        assert away == []
        assert [url for url in seen.requests if url.startswith("file:")] == [path.as_uri()]
        assert seen.said == []


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_does_not_scroll_sideways(browser: Any, path: Path, width: int) -> None:
    with open_page(browser, path, width=width) as seen:
        wide = seen.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide[0] <= wide[1]


def test_every_link_leads_somewhere(browser: Any, path: Path) -> None:
    with open_page(browser, path) as seen:
        links = seen.page.eval_on_selector_all("a[href]", "found => found.map(a => a.href)")
        ids = set(seen.page.eval_on_selector_all("[id]", "found => found.map(e => e.id)"))
    assert links
    for link in links:
        parts = urlsplit(link)
        target = Path(unquote(parts.path))
        assert parts.scheme == "file", link
        assert target.is_file(), link
        if parts.fragment and target == path:
            assert unquote(parts.fragment) in ids, link


_NOTE_WHAT_HAS_FOCUS = """
window.reached = new Set();
document.addEventListener("focusin", event => window.reached.add(event.target));
"""


def test_a_reader_can_reach_everything_by_keyboard(browser: Any, path: Path) -> None:
    with open_page(browser, path) as seen:
        kinds = ("a[href]", "button", "summary", "[tabindex='0']")
        shown = ", ".join(f"{kind}:visible" for kind in kinds)
        count = seen.page.locator(shown).count()
        seen.page.evaluate(_NOTE_WHAT_HAS_FOCUS)
        for _ in range(count + 2):
            seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("reached.size") >= count


def test_where_a_number_comes_from_opens_by_keyboard(browser: Any, edition: Path) -> None:
    with open_page(browser, edition) as seen:
        buttons = seen.page.locator("button[popovertarget]")
        assert buttons.count() > 10
        for index in range(min(buttons.count(), 8)):
            button = buttons.nth(index)
            note = seen.page.locator(f"[id='{button.get_attribute('popovertarget')}']")
            assert not note.is_visible()
            button.focus()
            seen.page.keyboard.press("Enter")
            assert note.is_visible()
            assert "pin" in note.inner_text().lower() or note.inner_text().strip()
            seen.page.keyboard.press("Escape")
            assert not note.is_visible()
            assert button.evaluate("it => it === document.activeElement")


def test_every_note_names_an_entry_of_the_appendix(browser: Any, edition: Path) -> None:
    with open_page(browser, edition) as seen:
        ids = seen.page.eval_on_selector_all("[id]", "found => found.map(e => e.id)")
        assert len(ids) == len(set(ids))
        targets = seen.page.eval_on_selector_all(
            "[popover] a[href^='#']", "found => found.map(a => a.getAttribute('href').slice(1))"
        )
        assert targets
        assert set(targets) <= set(ids)


def test_every_table_of_ours_has_heads_of_columns_and_of_rows(browser: Any, edition: Path) -> None:
    with open_page(browser, edition) as seen:
        rows = seen.page.eval_on_selector_all(
            "main tbody tr", "found => found.map(row => row.cells[0].matches('th[scope=row]'))"
        )
        heads = seen.page.eval_on_selector_all(
            "main thead th", "found => found.map(head => head.scope)"
        )
    assert len(rows) > 20
    assert all(rows)
    assert set(heads) == {"col"}


def test_every_figure_has_words_and_every_table_has_a_caption(browser: Any, edition: Path) -> None:
    with open_page(browser, edition) as seen:
        nameless = seen.page.eval_on_selector_all(
            "svg[role=img]",
            "found => found.filter(s => !s.querySelector('title') && !s.ariaLabel"
            " && !s.getAttribute('aria-labelledby')).length",
        )
        assert nameless == 0
        tables = seen.page.locator(".rg-table table").count()
        assert tables > 0
        assert seen.page.locator(".rg-table table > caption").count() == tables
        assert seen.page.locator("h1").count() == 1


def test_a_page_is_small(edition: Path) -> None:
    assert edition.stat().st_size <= 300_000


def test_the_verdict_is_on_the_first_screen(browser: Any, edition: Path) -> None:
    for width in (1280, 360):
        with open_page(browser, edition, width=width) as seen:
            box = seen.page.locator(".rg-verdict").first.bounding_box()
            assert box["y"] + 40 < 900


_NARROW = """
found => found.filter(cell => cell.innerText.trim().split(/\\s+/).length > 3)
    .map(cell => cell.getBoundingClientRect().width)
"""


def test_on_a_phone_words_in_tables_are_not_squeezed(browser: Any, editions: Path) -> None:
    card = (editions / EDITIONS["card"]).resolve()
    with open_page(browser, card, width=360) as seen:
        said = "#tbl-evaluation-metrics td:last-child, #tbl-completeness td:last-child"
        widths = seen.page.eval_on_selector_all(said, _NARROW)
        assert len(widths) > 10
        assert min(widths) > 250
        facts = seen.page.eval_on_selector_all(".rg-facts td", _NARROW)
        assert not facts or min(facts) > 250


def test_on_a_phone_a_wide_table_scrolls_under_its_first_column(
    browser: Any, editions: Path
) -> None:
    report = (editions / EDITIONS["report"]).resolve()
    with open_page(browser, report, width=360) as seen:
        region = seen.page.locator(".table-scroll:has(#tbl-drift-columns)")
        region.evaluate("it => { it.scrollLeft = 200 }")
        assert region.evaluate("it => it.scrollLeft") == 200
        head = region.locator("tbody th").first.bounding_box()
        left = region.bounding_box()["x"]
        assert abs(head["x"] - left) < 2
        assert head["width"] < 160


def test_on_a_phone_what_is_written_in_figures_can_be_read(browser: Any, edition: Path) -> None:
    with open_page(browser, edition, width=360) as seen:
        sizes = seen.page.eval_on_selector_all(
            "svg.rg-drawing text",
            "found => found.filter(t => t.getClientRects().length).map("
            "t => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a)",
        )
        assert min(sizes) > 9.5
