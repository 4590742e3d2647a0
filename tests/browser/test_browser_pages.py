"""Every kind of page in a real browser: accessible, quiet, alone, and fit for a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.browser.looking import open_page, violations

pytestmark = pytest.mark.slow

LISTING = ("index.html", "late-flights-weekly/index.html", "a" * 90 + "/index.html")


@pytest.fixture(params=LISTING, ids=["site", "history", "long-name"])
def path(request: pytest.FixtureRequest, listing: Path) -> Path:
    return listing / request.param


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


def test_a_reader_can_reach_everything_by_keyboard(browser: Any, path: Path) -> None:
    with open_page(browser, path) as seen:
        count = seen.page.locator("a[href], button, summary, [tabindex='0']").count()
        reached = set()
        for _ in range(count + 2):
            seen.page.keyboard.press("Tab")
            reached.add(
                seen.page.evaluate(
                    "[...document.querySelectorAll('*')].indexOf(document.activeElement)"
                )
            )
        assert len(reached - {-1}) >= count
