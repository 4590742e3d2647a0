"""An edition appears whole, once, and under its own name."""

from __future__ import annotations

import errno
import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import DataError, RetryError, ToolError, UserError
from reportgen.publish import FolderShelf, fingerprint, publish_document, site_status
from reportgen.publish.durable import point_to, told_apart
from reportgen.report import Document, load_record
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs


def snapshot(site: Path) -> dict[str, str]:
    """Every visible file and link below a site, with its content."""
    found = {}
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if name.startswith("."):
            continue
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = sha256(path.read_bytes()).hexdigest()
    return found


def publish(tmp_path: Path, *, now: datetime = NOW, edition: str = "2013-W27", **changed: Any):
    inputs = sample_inputs(**changed)
    document = sample_document(tmp_path / "render", inputs)
    shelf = FolderShelf(tmp_path / "site", title="Flight delays")
    data = sample_data(edition, as_of=as_of(edition))
    return publish_document(document, data, inputs, shelf, now)


def as_of(edition: str) -> date:
    year, week = edition.split("-W")
    return date.fromisocalendar(int(year), int(week), 7)


def test_an_edition_has_the_layout_that_is_promised(tmp_path: Path) -> None:
    manifest = publish(tmp_path)

    edition = tmp_path / "site" / "late-flights-weekly" / "2013-W27"
    names = {path.relative_to(edition).as_posix() for path in edition.rglob("*") if path.is_file()}
    assert names == {
        "index.html",
        "report.pdf",
        "report.json",
        "figures/recall.svg",
        "tables/performance.metrics.csv",
        "manifest.json",
    }
    assert manifest.fresh
    assert manifest.folder == edition
    assert (edition.parent / "latest").readlink() == Path("2013-W27")
    assert load_record(json.loads((edition / "report.json").read_text())).edition == "2013-W27"


def test_the_manifest_has_the_hash_of_every_file(tmp_path: Path) -> None:
    manifest = publish(tmp_path)

    folder = manifest.folder
    assert folder is not None
    plain = json.loads((folder / "manifest.json").read_text())
    for name, row in plain["files"].items():
        content = (folder / name).read_bytes()
        assert row["sha256"] == sha256(content).hexdigest()
        assert row["size_bytes"] == len(content)
    assert plain["files"]["report.pdf"]["engine"] == "embedded"
    assert plain["fingerprint"] == fingerprint(sample_inputs())
    assert plain["inputs"]["formats"] == ["html", "pdf"]
    assert plain["versions"]["pandoc"] == "3.9"
    assert plain["made"] == "2013-07-08T06:00:00Z"


def test_unchanged_inputs_change_nothing(tmp_path: Path) -> None:
    first = publish(tmp_path)
    before = snapshot(tmp_path / "site")

    again = publish(tmp_path, now=datetime(2014, 1, 1, tzinfo=UTC))

    assert not again.fresh
    assert again.made == first.made
    assert snapshot(tmp_path / "site") == before


def test_changed_inputs_make_a_revision_and_the_old_one_stays(tmp_path: Path) -> None:
    publish(tmp_path)
    before = snapshot(tmp_path / "site" / "late-flights-weekly" / "2013-W27")

    second = publish(tmp_path, parameters={"top": 3})

    report = tmp_path / "site" / "late-flights-weekly"
    assert second.revision == 2
    assert snapshot(report / "2013-W27") == before
    assert (report / "latest").readlink() == Path("2013-W27-r2")
    history = (report / "index.html").read_text()
    assert "revision 2" in history
    assert "replaced" in history
    (row,) = site_status(FolderShelf(tmp_path / "site"))
    assert (row.editions, row.revisions) == (1, 1)


def test_inputs_that_change_back_are_a_third_revision(tmp_path: Path) -> None:
    publish(tmp_path)
    publish(tmp_path, parameters={"top": 3})

    third = publish(tmp_path)

    assert (third.fresh, third.revision) == (True, 3)


def test_latest_is_the_newest_edition_not_the_last_made(tmp_path: Path) -> None:
    for edition in ("2013-W27", "2013-W28", "2013-W20"):
        publish(tmp_path, edition=edition)

    latest = tmp_path / "site" / "late-flights-weekly" / "latest"
    assert latest.readlink() == Path("2013-W28")
    assert (latest / "manifest.json").is_file()


def test_bundle_ten_is_newer_than_bundle_nine(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path / "site")
    inputs = sample_inputs()
    for edition in ("9", "10"):
        document = sample_document(tmp_path / edition, inputs)
        publish_document(document, sample_data(edition), inputs, shelf, NOW)

    newest = shelf.latest("late-flights-weekly")
    assert newest is not None
    assert newest.edition == "10"


def test_an_edition_that_lost_a_file_is_published_again(tmp_path: Path) -> None:
    first = publish(tmp_path)
    assert first.folder is not None
    (first.folder / "report.pdf").unlink()

    again = publish(tmp_path)

    assert (again.fresh, again.revision) == (True, 2)


def test_a_page_of_other_inputs_is_refused(tmp_path: Path) -> None:
    publish(tmp_path)
    before = snapshot(tmp_path / "site")
    document = sample_document(tmp_path / "other", sample_inputs(parameters={"n": 2}))
    shelf = FolderShelf(tmp_path / "site")
    ours = sample_inputs(parameters={"n": 1})

    with pytest.raises(ToolError, match=r"carries [0-9a-f]{12}…, not"):
        publish_document(document, sample_data(), ours, shelf, NOW)

    assert snapshot(tmp_path / "site") == before
    assert list((tmp_path / "site" / ".publishing").glob("*.*.*")) == []


def test_a_page_without_a_fingerprint_is_refused(tmp_path: Path) -> None:
    inputs = sample_inputs()
    document = sample_document(tmp_path / "render", inputs)
    (tmp_path / "render" / "page.html").write_text("<!DOCTYPE html><title>old</title>")

    with pytest.raises(ToolError, match="carries no fingerprint"):
        publish_document(document, sample_data(), inputs, FolderShelf(tmp_path / "s"), NOW)


def test_a_fingerprint_in_the_text_of_a_page_does_not_count(tmp_path: Path) -> None:
    inputs = sample_inputs()
    document = sample_document(tmp_path / "render", inputs)
    said = f'<meta name="reportgen-fingerprint" content="{fingerprint(inputs)}">'
    (tmp_path / "render" / "page.html").write_text(
        f"<title>t</title><!-- {said} --><p title='{said}'>{escape(said)}</p><style>{said}</style>"
    )

    with pytest.raises(ToolError, match="carries no fingerprint"):
        publish_document(document, sample_data(), inputs, FolderShelf(tmp_path / "s"), NOW)


@pytest.mark.parametrize(
    "name", ["../x.html", "/x.html", "a/../../x", "a\\b", "manifest.json", ""]
)
def test_a_render_cannot_publish_outside_its_edition(tmp_path: Path, name: str) -> None:
    inputs = sample_inputs()
    document = sample_document(tmp_path / "render", inputs)
    files = {**document.files, name: Path("page.pdf")}

    with pytest.raises(ToolError, match="only files of its own folder"):
        publish_document(
            replace(document, files=files),
            sample_data(),
            inputs,
            FolderShelf(tmp_path / "site"),
            NOW,
        )
    assert not (tmp_path / "site" / "x.html").exists()


def test_a_file_that_was_promised_and_not_made_is_named(tmp_path: Path) -> None:
    inputs = sample_inputs()
    document = sample_document(tmp_path / "render", inputs)
    (tmp_path / "render" / "page.pdf").unlink()

    with pytest.raises(ToolError, match=r"report\.pdf: the converter ended well but"):
        publish_document(document, sample_data(), inputs, FolderShelf(tmp_path / "site"), NOW)


def test_a_link_out_of_the_render_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    inputs = sample_inputs()
    document = sample_document(tmp_path / "render", inputs)
    (tmp_path / "render" / "page.pdf").unlink()
    (tmp_path / "render" / "page.pdf").symlink_to(tmp_path / "secret")

    with pytest.raises(ToolError, match=r"report\.pdf"):
        publish_document(document, sample_data(), inputs, FolderShelf(tmp_path / "site"), NOW)


@pytest.mark.parametrize(
    "edition",
    ["../../up", "a/b", "latest", "..", "index.html", "2013-W27-r2", "ünï", "a\x00b", "%2E"],
)
def test_any_edition_name_stays_below_its_report_and_is_found_again(
    tmp_path: Path, edition: str
) -> None:
    shelf = FolderShelf(tmp_path / "site")
    inputs = sample_inputs()

    for name in (edition, "2013-W27"):
        document = sample_document(tmp_path / "render", inputs)
        publish_document(document, sample_data(name), inputs, shelf, NOW)

    found = shelf.find("late-flights-weekly", edition)
    assert found is not None
    assert found.folder is not None
    assert found.folder.parent == tmp_path / "site" / "late-flights-weekly"
    assert (found.edition, found.revision) == (edition, 1)
    assert {path.name for path in tmp_path.iterdir()} == {"render", "site"}


def test_a_name_too_long_for_a_folder_is_refused(tmp_path: Path) -> None:
    inputs = sample_inputs()
    document = sample_document(tmp_path / "render", inputs)

    with pytest.raises(DataError, match="at most 200 fit"):
        publish_document(
            document, sample_data("v" * 201), inputs, FolderShelf(tmp_path / "s"), NOW
        )


def test_a_damaged_edition_is_named_and_stops_nobody(tmp_path: Path) -> None:
    first = publish(tmp_path)
    assert first.folder is not None
    (first.folder / "manifest.json").write_text('{"schema": 1')

    again = publish(tmp_path)

    shelf = FolderShelf(tmp_path / "site")
    assert (again.fresh, again.revision) == (True, 2)
    assert [folder for folder, _ in shelf.damaged()] == ["late-flights-weekly/2013-W27"]
    assert "late-flights-weekly/2013-W27" in (tmp_path / "site" / "index.html").read_text()


def test_an_edition_copied_under_another_name_is_not_believed(tmp_path: Path) -> None:
    first = publish(tmp_path)
    assert first.folder is not None
    shutil.copytree(first.folder, first.folder.with_name("2013-W28"))

    shelf = FolderShelf(tmp_path / "site")

    assert [manifest.edition for manifest in shelf.editions()] == ["2013-W27"]
    assert shelf.damaged()[0][0] == "late-flights-weekly/2013-W28"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EMFILE])
def test_what_passes_by_itself_is_worth_another_try(tmp_path: Path, code: int) -> None:
    with pytest.raises(RetryError, match="run the same command again"), told_apart(tmp_path):
        raise OSError(code, os.strerror(code), "page.html")


def test_a_site_that_cannot_be_written_is_for_the_user_to_mend(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file in the way")

    with pytest.raises(UserError, match="could not publish: File exists"):
        publish(tmp_path)


def test_another_publisher_that_holds_the_site_is_waited_for(tmp_path: Path) -> None:
    from reportgen.publish.durable import lock_site

    (tmp_path / ".publishing").mkdir()
    lock = tmp_path / ".publishing" / "lock"
    with lock_site(lock), pytest.raises(RetryError, match="another process"), lock_site(lock, 0.1):
        pytest.fail("two held it at once")


def test_without_links_latest_is_a_text_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    point_to(tmp_path / "latest", "2013-W27")
    point_to(tmp_path / "latest", "2013-W28")

    assert (tmp_path / "latest").read_text() == "2013-W28\n"
    assert [path.name for path in tmp_path.iterdir()] == ["latest"]


def test_a_document_without_a_page_is_published_too(tmp_path: Path) -> None:
    inputs = sample_inputs(formats=("pdf",))
    document = sample_document(tmp_path / "render", inputs)
    only = Document(folder=document.folder, files={"report.pdf": Path("page.pdf")}, engines={})
    shelf = FolderShelf(tmp_path / "site")

    publish_document(only, sample_data(), inputs, shelf, NOW)

    assert "2013-W27/report.pdf" in (tmp_path / "site" / "index.html").read_text()


def test_a_naive_clock_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        publish(tmp_path, now=datetime(2013, 7, 8))
