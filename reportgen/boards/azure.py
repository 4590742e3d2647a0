"""Boards in Azure Blob Storage and Data Lake."""

from __future__ import annotations

from reportgen.boards.objects import ObjectStore
from reportgen.boards.opening import failures, need, open_files
from reportgen.report import BoardSpec

__all__ = ["open_azure"]


def open_azure(spec: BoardSpec, place: str) -> ObjectStore:
    """Open a container or a folder in one; options go to ``adlfs``."""
    need("adlfs", "azure", "An azure board")
    options = {**spec.options, "use_listings_cache": False}
    return ObjectStore(
        place=place,
        root=spec.path.strip("/"),
        files=open_files("abfs", spec.path.strip("/"), options),
        failures=failures("azure.core.exceptions:AzureError"),
    )
