"""Buckets of the S3 server on loopback, and the real client to look into them."""

from __future__ import annotations

import uuid
from typing import Any

__all__ = ["new_bucket", "s3_files", "s3_options"]


def s3_options(address: str, **more: Any) -> dict[str, Any]:
    """Give the options of a board or site that lies there."""
    return {
        "endpoint_url": address,
        "key": "test",
        "secret": "test",
        "client_kwargs": {"region_name": "eu-west-1"},
        **more,
    }


def s3_files(address: str) -> Any:
    """Open the client, for looking at a bucket behind our back; it remembers no listing."""
    import s3fs

    return s3fs.S3FileSystem(**s3_options(address), use_listings_cache=False)


def new_bucket(address: str) -> str:
    """Make a bucket of a name that nobody has."""
    name = f"b{uuid.uuid4().hex[:20]}"
    s3_files(address).mkdir(name)
    return name
