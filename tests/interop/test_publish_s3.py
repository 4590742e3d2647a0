"""A site in S3, against a real S3 API on loopback and with the real client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import RetryError, UserError
from reportgen.publish.opening import open_bucket
from reportgen.report import SiteSpec
from tests.interop.moto_server import serving
from tests.interop.object_sites import Buckets, ObjectSiteTests, publish
from tests.interop.s3_store import new_bucket, s3_files, s3_options


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def options(server: str) -> dict[str, Any]:
    return s3_options(server)


@pytest.fixture
def files(server: str) -> Any:
    return s3_files(server)


@pytest.fixture
def site(options: dict[str, Any], server: str) -> SiteSpec:
    return SiteSpec(type="s3", path=f"{new_bucket(server)}/reports/flights", options=options)


@pytest.fixture
def buckets(site: SiteSpec) -> Buckets:
    opened = open_bucket(site)  # holds nothing but the client, which takes a second to make
    return lambda: opened


class TestS3(ObjectSiteTests):
    """A prefix in a bucket of S3."""


def test_a_browser_is_told_what_each_file_is(
    buckets: Buckets, site: SiteSpec, files: Any, tmp_path: Path
) -> None:
    publish(buckets(), tmp_path)
    edition = f"{site.path}/late-flights-weekly/2013-W27"
    kinds = {
        name: files.info(f"{edition}/{name}")["ContentType"]
        for name in ("index.html", "report.pdf", "figures/recall.svg", "report.json")
    }
    assert kinds == {
        "index.html": "text/html; charset=utf-8",
        "report.pdf": "application/pdf",
        "figures/recall.svg": "image/svg+xml",
        "report.json": "application/json",
    }


def test_a_whole_bucket_is_a_site_too(
    options: dict[str, Any], server: str, files: Any, tmp_path: Path
) -> None:
    bucket = new_bucket(server)
    made = publish(open_bucket(SiteSpec(type="s3", path=bucket, options=options)), tmp_path)
    assert made.address == f"s3://{bucket}/late-flights-weekly/2013-W27"
    assert files.exists(f"{bucket}/index.html")


def test_a_bucket_that_is_not_there_is_named(options: dict[str, Any], tmp_path: Path) -> None:
    bucket = open_bucket(SiteSpec(type="s3", path="no-such-bucket/x", options=options))
    with pytest.raises((UserError, RetryError), match="s3://no-such-bucket/x"):
        publish(bucket, tmp_path)


def test_a_listing_of_several_pages_is_read_to_its_end(buckets: Buckets) -> None:
    bucket: Any = buckets()
    for number in range(5):
        bucket.create(f"many/{number}", b"")
    assert len(replace(bucket, page=2).list("many/")) == 5


def test_a_server_that_does_not_answer_is_a_matter_for_later(tmp_path: Path) -> None:
    options = {
        "endpoint_url": "http://127.0.0.1:9",
        "key": "k",
        "secret": "s",
        "client_kwargs": {"region_name": "eu-west-1"},
        "config_kwargs": {"retries": {"max_attempts": 0}, "connect_timeout": 1},
    }
    bucket = open_bucket(SiteSpec(type="s3", path="bucket/x", options=options))
    with pytest.raises(RetryError, match=r"s3://bucket/x: .*Try again"):
        publish(bucket, tmp_path)
