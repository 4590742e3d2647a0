"""A site as static content of Posit Connect: the bundle, and what is asked of the server.

The bundle is made by rsconnect-python and looked into; the server is a stand-in that answers as
the documentation of its API says. No live server was tried.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from datetime import date
from hashlib import md5
from pathlib import Path

import pytest

from reportgen.errors import RetryError, UserError
from reportgen.publish import FolderShelf, open_shelf, publish_document
from reportgen.publish.connect import ConnectShelf, make_bundle
from reportgen.report import BoardSpec, Manifest, Project, SiteSpec
from tests.unit.publish.connect_site import KEY, Connect, connect_site
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs

REPORT = "late-flights-weekly"


@pytest.fixture
def server() -> Iterator[Connect]:
    with connect_site() as connect:
        yield connect


def shelf_of(project: Path, server: Connect, **options: str) -> ConnectShelf:
    project.mkdir(exist_ok=True)
    shelf = open_shelf(
        Project(
            folder=project,
            name="Flight delays",
            board=BoardSpec(type="folder", path="board"),
            site=SiteSpec(type="connect", path=server.address, options={"key": KEY, **options}),
        )
    )
    assert isinstance(shelf, ConnectShelf)
    return shelf


def publish(shelf: ConnectShelf, render: Path, edition: str = "2013-W27") -> Manifest:
    inputs = sample_inputs(parameters={"edition": edition})
    year, week = edition.split("-W")
    data = sample_data(edition, as_of=date.fromisocalendar(int(year), int(week), 7))
    return publish_document(sample_document(render, inputs), data, inputs, shelf, NOW)


def contents(bundle: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(bundle)) as archive:
        return {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]


def test_the_bundle_is_whole_and_static(tmp_path: Path) -> None:
    site = FolderShelf(tmp_path / "site", links=False)
    inputs = sample_inputs()
    document = sample_document(tmp_path / "render", inputs)
    publish_document(document, sample_data(), inputs, site, NOW)

    found = contents(make_bundle(tmp_path / "site").read())

    about = json.loads(found["manifest.json"])
    assert about["metadata"] == {
        "appmode": "static",
        "primary_html": "index.html",
        "entrypoint": "index.html",
    }
    assert set(about["files"]) == set(found) - {"manifest.json"}
    for name, row in about["files"].items():
        assert md5(found[name]).hexdigest() == row["checksum"]
        assert (tmp_path / "site" / name).read_bytes() == found[name]
    assert f"{REPORT}/2013-W27/manifest.json" in found
    assert not any(".publishing" in name for name in found)


def test_the_site_becomes_content_of_the_server(tmp_path: Path, server: Connect) -> None:
    shelf = shelf_of(tmp_path / "project", server)
    made = publish(shelf, tmp_path / "render")

    (content,) = server.content.values()
    assert (content["name"], content["title"]) == ("flight-delays", "Flight delays")
    assert content["bundle_id"] == "1"
    assert f"{REPORT}/2013-W27/index.html" in contents(server.bundles["1"])
    assert made.fresh
    assert made.address == f"{server.address} flight-delays/{REPORT}/2013-W27"

    assert not publish(shelf, tmp_path / "render").fresh
    shelf.refresh()
    assert list(server.bundles) == ["1"]


def test_another_machine_takes_over_what_is_there(tmp_path: Path, server: Connect) -> None:
    publish(shelf_of(tmp_path / "one", server), tmp_path / "render")
    second = shelf_of(tmp_path / "two", server, content="guid-flight-delays")
    assert second.find(REPORT, "2013-W27") is not None
    publish(second, tmp_path / "render", "2013-W28")

    found = contents(server.bundles[server.content["guid-flight-delays"]["bundle_id"]])
    assert {f"{REPORT}/{week}/index.html" for week in ("2013-W27", "2013-W28")} <= set(found)
    assert found[f"{REPORT}/latest"] == b"2013-W28\n"
    first = shelf_of(tmp_path / "one", server)
    assert [m.edition for m in first.editions()] == ["2013-W27", "2013-W28"]


def test_what_could_not_be_sent_is_sent_the_next_time(tmp_path: Path, server: Connect) -> None:
    shelf = shelf_of(tmp_path / "project", server)
    assert shelf.editions() == ()
    server.failing = 1
    with pytest.raises(RetryError, match=r"Come back later.*Try again"):
        publish(shelf, tmp_path / "render")
    assert server.bundles == {}

    again = shelf_of(tmp_path / "project", server)
    assert not publish(again, tmp_path / "render").fresh
    assert f"{REPORT}/2013-W27/index.html" in contents(server.bundles["1"])


def test_a_key_that_is_wrong_or_missing_is_the_users_to_mend(
    tmp_path: Path, server: Connect
) -> None:
    with pytest.raises(UserError, match="Check the API key") as refused:
        shelf_of(tmp_path / "project", server, key="wrong-key").editions()
    assert "wrong-key" not in str(refused.value)
    with pytest.raises(UserError, match="needs an API key"):
        shelf_of(tmp_path / "project", server, key="")
    with pytest.raises(UserError, match=r"has no option 'guid'.*key, content, name"):
        shelf_of(tmp_path / "project", server, guid="x")


def test_content_that_is_not_there_is_named(tmp_path: Path, server: Connect) -> None:
    with pytest.raises(UserError, match="Check the address"):
        shelf_of(tmp_path / "project", server, content="guid-none").editions()
