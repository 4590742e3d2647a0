"""A site in GCS, with the real client, against an emulator of Google's API on loopback."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from reportgen.publish.opening import open_bucket
from reportgen.report import SiteSpec
from tests.interop.gcs_conditions import conditions
from tests.interop.loopback import free_port, running
from tests.interop.object_sites import Buckets, ObjectSiteTests
from tests.interop.test_pins_gcs import _install


@pytest.fixture(scope="module")
def options() -> Iterator[dict[str, Any]]:
    pytest.importorskip("gcsfs", reason="needs gcsfs: pip install 'reportgen[gcs]'")
    port = free_port()
    words = ["start", "--host", "127.0.0.1", "--port", str(port), "--in-memory", "--quiet"]
    with (
        running([str(_install()), *words], port),
        conditions(f"http://127.0.0.1:{port}") as address,
    ):
        yield {"endpoint_url": address, "token": "anon", "project": "test"}


@pytest.fixture
def buckets(options: dict[str, Any]) -> Buckets:
    import gcsfs

    bucket = f"b{uuid.uuid4().hex[:20]}"
    gcsfs.GCSFileSystem(**options, use_listings_cache=False).mkdir(bucket)
    site = SiteSpec(type="gcs", path=f"{bucket}/reports/flights", options=options)
    opened = open_bucket(site)
    return lambda: opened


class TestGcs(ObjectSiteTests):
    """A prefix in a bucket of Google Cloud Storage."""
