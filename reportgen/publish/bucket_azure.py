"""Azure Blob Storage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from reportgen.boards.objects import told
from reportgen.boards.opening import failures, need
from reportgen.publish.bucket import Bucket, Held, Listed, kind_of_file
from reportgen.report import SiteSpec

__all__ = ["open_azure"]

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class _AzureBucket:
    """Block blobs with ``If-None-Match`` and ``If-Match``."""

    place: str
    root: str
    files: Any
    failures: tuple[type[Exception], ...]

    def list(self, prefix: str) -> Mapping[str, Listed]:
        container, below = self._split(prefix)

        async def listed() -> dict[str, Listed]:
            now = datetime.now(UTC)
            found = {}
            async with self.files.service_client.get_container_client(container) as client:
                async for blob in client.list_blobs(name_starts_with=below):
                    age = (now - blob.last_modified).total_seconds()
                    found[self._relative(blob.name)] = Listed(size_bytes=blob.size, age_s=age)
            return found

        return self._run(listed)

    def read(self, key: str) -> Held | None:
        async def held() -> Held | None:
            from azure.core.exceptions import ResourceNotFoundError

            async with self._blob(key) as blob:
                try:
                    stream = await blob.download_blob()
                except ResourceNotFoundError:
                    return None
                content = await stream.readall()
                return Held(content=bytes(content), mark=str(stream.properties.etag))

        return self._run(held)

    def create(self, key: str, content: bytes) -> bool:
        return self._put(key, content, overwrite=False)

    def swap(self, key: str, content: bytes, mark: str) -> bool:
        from azure.core import MatchConditions

        condition = MatchConditions.IfNotModified
        return self._put(key, content, overwrite=True, etag=mark, match_condition=condition)

    def delete(self, key: str) -> None:
        async def deleted() -> None:
            from azure.core.exceptions import ResourceNotFoundError

            async with self._blob(key) as blob:
                try:
                    await blob.delete_blob()
                except ResourceNotFoundError:
                    return

        self._run(deleted)

    def _put(self, key: str, content: bytes, **condition: Any) -> bool:
        async def put() -> bool:
            from azure.core.exceptions import ResourceExistsError, ResourceModifiedError
            from azure.storage.blob import ContentSettings

            kind = ContentSettings(content_type=kind_of_file(key))
            async with self._blob(key) as blob:
                try:
                    await blob.upload_blob(content, content_settings=kind, **condition)
                except (ResourceExistsError, ResourceModifiedError):
                    return False
            return True

        return self._run(put)

    def _run(self, work: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Run in the loop in which adlfs opened its client."""
        from fsspec.asyn import sync

        with told(self.place, self.failures):
            answer: _Answer = sync(self.files.loop, work)
        return answer

    def _blob(self, key: str) -> Any:
        container, path = self._split(key)
        return self.files.service_client.get_blob_client(container, path)

    def _split(self, key: str) -> tuple[str, str]:
        container, _, prefix = self.root.partition("/")
        return container, f"{prefix}/{key}" if prefix else key

    def _relative(self, path: str) -> str:
        prefix = self.root.partition("/")[2]
        return path.removeprefix(f"{prefix}/") if prefix else path


def open_azure(spec: SiteSpec, place: str) -> Bucket:
    """Open a container, or a folder in one; the options go to ``adlfs``."""
    need("adlfs", "azure", "A site on azure")
    import adlfs

    options = {**spec.options, "use_listings_cache": False}
    return _AzureBucket(
        place=place,
        root=spec.path.strip("/"),
        files=adlfs.AzureBlobFileSystem(**options, skip_instance_cache=True),
        failures=failures("azure.core.exceptions:AzureError"),
    )
