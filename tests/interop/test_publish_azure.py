"""A site in Azure Blob Storage, with the real client, against Azurite on loopback."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from reportgen.publish.opening import open_bucket
from reportgen.report import SiteSpec
from tests.interop.object_sites import Buckets, ObjectSiteTests
from tests.interop.test_pins_azure import options, server

pytestmark = pytest.mark.engines

__all__ = ["options", "server"]


@pytest.fixture
def buckets(options: dict[str, Any]) -> Buckets:
    import adlfs

    container = f"b{uuid.uuid4().hex[:20]}"
    adlfs.AzureBlobFileSystem(**options, use_listings_cache=False).mkdir(container)
    site = SiteSpec(type="azure", path=f"{container}/reports/flights", options=options)
    opened = open_bucket(site)
    return lambda: opened


class TestAzure(ObjectSiteTests):
    """A folder in a container."""
