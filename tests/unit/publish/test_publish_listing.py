"""The pages that list editions are written again when, and only when, they may be out of date."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.publish import FolderShelf
from tests.unit.publish.test_publish_folder import publish


@pytest.fixture
def shelf(tmp_path: Path) -> FolderShelf:
    publish(tmp_path, edition="2013-W27")
    publish(tmp_path, edition="2013-W28")
    return FolderShelf(tmp_path / "site", title="Flight delays")


def _written(shelf: FolderShelf) -> tuple[tuple[int, int], ...]:
    pages = (shelf.site / "index.html", shelf.site / "late-flights-weekly" / "index.html")
    return tuple((page.stat().st_ino, page.stat().st_mtime_ns) for page in pages)


def test_a_second_refresh_writes_nothing(shelf: FolderShelf) -> None:
    shelf.refresh()
    before = _written(shelf)

    shelf.refresh()

    assert _written(shelf) == before


def _lose_an_edition(site: Path) -> None:
    shutil.rmtree(site / "late-flights-weekly" / "2013-W27")


def _spoil_a_manifest(site: Path) -> None:
    (site / "late-flights-weekly" / "2013-W27" / "manifest.json").write_text("{")


def _lose_a_page(site: Path) -> None:
    (site / "late-flights-weekly" / "index.html").unlink()


def _edit_a_page(site: Path) -> None:
    (site / "index.html").write_text("mine")


def _lose_the_pointer(site: Path) -> None:
    (site / "late-flights-weekly" / "latest").unlink()


@pytest.mark.parametrize(
    "spoil", [_lose_an_edition, _spoil_a_manifest, _lose_a_page, _edit_a_page, _lose_the_pointer]
)
def test_whatever_changed_is_put_right(shelf: FolderShelf, spoil: Callable[[Path], None]) -> None:
    shelf.refresh()
    spoil(shelf.site)

    shelf.refresh()

    page = (shelf.site / "index.html").read_text(encoding="utf-8")
    assert "Flight delays" in page
    assert (shelf.site / "late-flights-weekly" / "latest" / "manifest.json").is_file()
    kept = [manifest.edition for manifest in shelf.editions()]
    listed = (shelf.site / "late-flights-weekly" / "index.html").read_text(encoding="utf-8")
    assert all(edition in listed for edition in kept)
    assert ("2013-W27" in listed) == ("2013-W27" in kept)


def test_another_title_brings_new_pages(shelf: FolderShelf) -> None:
    shelf.refresh()

    FolderShelf(shelf.site, title="Departures").refresh()

    assert "Departures" in (shelf.site / "index.html").read_text(encoding="utf-8")
