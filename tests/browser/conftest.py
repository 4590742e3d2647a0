"""A browser, and every kind of page that reportgen makes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reportgen.publish import FolderShelf, publish_document
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A running Chromium, gone with the module: its event loop would be that of all later tests."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="needs playwright: pip install 'reportgen[test]'"
    )
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, as its Python package ships it."""
    package = pytest.importorskip(
        "axe_playwright_python",
        reason="needs axe-playwright-python: pip install 'reportgen[test]'",
    )
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with every verdict, a revision, a provisional edition and a damaged one."""
    folder = tmp_path_factory.mktemp("listing")
    shelf = FolderShelf(folder / "site", title="Flight delays")
    states = ("ok", "watch", "alert", "cannot tell")
    for index, report in enumerate(
        ("late-flights-card", "late-flights-weekly", "churn", "a" * 90)
    ):
        for week in range(20, 20 + 12 * (index + 1)):
            inputs = sample_inputs(parameters={"week": week, "report": report})
            data = sample_data(
                f"2013-W{week:02d}",
                report=report,
                title=f"{report}, week by week",
                state=states[(week + index) % 4],
                sentence="Recall fell from 0.62 to 0.48, more than the 0.05 set as material. " * 2,
                provisional=week == 31,
            )
            document = sample_document(folder / "render", inputs)
            publish_document(document, data, inputs, shelf, NOW, refresh=False)
    changed = sample_inputs(parameters={"changed": True})
    document = sample_document(folder / "render", changed)
    publish_document(document, sample_data("2013-W31"), changed, shelf, NOW, refresh=False)
    (shelf.site / "churn" / "2013-W20" / "manifest.json").write_text("{}")
    shelf.refresh()
    return shelf.site


@pytest.fixture(scope="session")
def editions(rendered_demo: Path) -> Path:
    """The site of the demo with its card and one weekly report, made on the command line."""
    return rendered_demo / "site"
