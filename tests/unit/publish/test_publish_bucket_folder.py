"""A site kept as an object store keeps it, in a folder: the same promises, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.publish.bucket_folder import FolderBucket
from tests.interop.object_sites import Buckets, MoreObjectSiteTests


@pytest.fixture
def buckets(tmp_path: Path) -> Buckets:
    return lambda: FolderBucket(folder=tmp_path / "bucket")


class TestFolder(MoreObjectSiteTests):
    """Files, written if absent or if unchanged."""
