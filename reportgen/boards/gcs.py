"""Boards in Google Cloud Storage."""

from __future__ import annotations

from reportgen.boards.objects import ObjectStore
from reportgen.boards.opening import failures, need, open_files
from reportgen.report import BoardSpec

__all__ = ["open_gcs"]


def open_gcs(spec: BoardSpec, place: str) -> ObjectStore:
    """Open a bucket or a prefix in one; options go to ``gcsfs``."""
    need("gcsfs", "gcs", "A gcs board")
    options = {**spec.options, "use_listings_cache": False, "cache_timeout": 0}
    return ObjectStore(
        place=place,
        root=spec.path.strip("/"),
        files=open_files("gcs", spec.path.strip("/"), options),
        failures=failures(
            "aiohttp:ClientError",
            "google.auth.exceptions:GoogleAuthError",
            "gcsfs.retry:HttpError",
        ),
    )
