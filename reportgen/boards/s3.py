"""Boards in Amazon S3, and in whatever speaks its protocol (`endpoint_url` in the options)."""

from __future__ import annotations

from reportgen.boards.objects import ObjectStore
from reportgen.boards.opening import failures, need, open_files
from reportgen.report import BoardSpec

__all__ = ["open_s3"]


def open_s3(spec: BoardSpec, place: str) -> ObjectStore:
    """Open a bucket or a prefix in one; options go to ``s3fs``."""
    need("s3fs", "s3", "An s3 board")
    options = {**spec.options, "use_listings_cache": False, "listings_expiry_time": 0}
    return ObjectStore(
        place=place,
        root=spec.path.strip("/"),
        files=open_files("s3", spec.path.strip("/"), options),
        failures=failures("botocore.exceptions:BotoCoreError", "botocore.exceptions:ClientError"),
    )
