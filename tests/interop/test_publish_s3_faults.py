"""503s from the object store: nothing partial, nothing lost, and it finishes when they end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.errors import RetryError
from reportgen.publish.bucket import Bucket
from reportgen.publish.objects import ObjectShelf
from reportgen.publish.opening import open_bucket
from reportgen.report import SiteSpec
from tests.interop.failing_store import Weather, failing
from tests.interop.moto_server import serving
from tests.interop.object_sites import assert_nothing_partial, everything, publish
from tests.interop.s3_store import new_bucket, s3_options

REPORT = "late-flights-weekly"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def weather(server: str) -> Iterator[Weather]:
    with failing(server, seed=1) as between:
        yield between


@pytest.fixture
def path(server: str) -> str:
    return f"{new_bucket(server)}/flights"


@pytest.fixture
def fair(server: str, path: str) -> Bucket:
    """The same site in good weather, to look at it."""
    return open_bucket(SiteSpec(type="s3", path=path, options=s3_options(server)))


def test_a_fifth_of_failures_is_hardly_noticed(
    weather: Weather, path: str, fair: Bucket, tmp_path: Path
) -> None:
    weather.share = 0.2
    bucket = open_bucket(SiteSpec(type="s3", path=path, options=s3_options(weather.address)))
    for week in (20, 21):
        made = publish(bucket, tmp_path, f"2013-W{week}")
        assert (made.fresh, made.revision) == (True, 1)
    assert weather.failed > 5
    assert_nothing_partial(fair)
    assert [m.edition for m in ObjectShelf(fair).editions()] == ["2013-W20", "2013-W21"]
    assert everything(fair)[f"{REPORT}/latest"] == b"2013-W21\n"


def test_four_fifths_fail_by_name_and_it_finishes_when_they_end(
    weather: Weather, path: str, fair: Bucket, tmp_path: Path
) -> None:
    weather.share = 0.8
    # Fewer tries than a client makes by itself, so that it does give up while we look.
    hasty = s3_options(weather.address, config_kwargs={"retries": {"max_attempts": 1}})
    bucket = open_bucket(SiteSpec(type="s3", path=path, options=hasty))
    acknowledged: set[str] = set()
    refused: list[RetryError] = []
    for week in range(20, 26):
        try:
            acknowledged.add(publish(bucket, tmp_path, f"2013-W{week}").edition)
        except RetryError as failed:
            refused.append(failed)
        assert_nothing_partial(fair)
        there = {m.edition for m in ObjectShelf(fair).editions()}
        assert acknowledged <= there
    assert refused
    assert all(f"s3://{path}" in str(failed) and failed.exit_code == 4 for failed in refused)

    weather.share = 0.0
    for week in range(20, 26):
        assert publish(bucket, tmp_path, f"2013-W{week}").revision == 1
    assert_nothing_partial(fair)
    assert len(ObjectShelf(fair).editions()) == 6
    assert everything(fair)[f"{REPORT}/latest"] == b"2013-W25\n"
    assert ObjectShelf(fair).sweep(old_s=-3600) == ()
