"""Google Cloud Storage; a generation is what an ETag is elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from reportgen.boards.objects import told
from reportgen.boards.opening import failures, need
from reportgen.publish.bucket import Bucket, Held, Listed, kind_of_file
from reportgen.report import SiteSpec

__all__ = ["open_gcs"]

_PRECONDITION_FAILED = "412"
_BOUNDARY = b"reportgen-7d1c5f0b9a"


@dataclass(frozen=True, slots=True, kw_only=True)
class _GcsBucket:
    """Objects by the JSON API with ``ifGenerationMatch``; 0 means that there is none yet."""

    place: str
    root: str
    files: Any
    failures: tuple[type[Exception], ...]

    def list(self, prefix: str) -> Mapping[str, Listed]:
        bucket, below = self._split(prefix)
        found: dict[str, Listed] = {}
        now = datetime.now(UTC)
        more: dict[str, str] = {}
        while True:
            with told(self.place, self.failures):
                answer = self.files.call(
                    "GET", "b/{}/o", bucket, prefix=below, json_out=True, **more
                )
            for each in answer.get("items", ()):
                written = datetime.fromisoformat(each["updated"].replace("Z", "+00:00"))
                found[self._relative(each["name"])] = Listed(
                    size_bytes=int(each["size"]), age_s=(now - written).total_seconds()
                )
            if "nextPageToken" not in answer:
                return found
            more = {"pageToken": answer["nextPageToken"]}

    def read(self, key: str) -> Held | None:
        bucket, path = self._split(key)
        with told(self.place, self.failures):
            try:
                about = self.files.call("GET", "b/{}/o/{}", bucket, path, json_out=True)
                mark = str(about["generation"])
                _, content = self.files.call(
                    "GET", "b/{}/o/{}", bucket, path, alt="media", generation=mark
                )
            except FileNotFoundError:  # also when it was replaced between the two requests
                return None
        return Held(content=bytes(content), mark=mark)

    def create(self, key: str, content: bytes) -> bool:
        return self._put(key, content, "0")

    def swap(self, key: str, content: bytes, mark: str) -> bool:
        return self._put(key, content, mark)

    def delete(self, key: str) -> None:
        bucket, path = self._split(key)
        with told(self.place, self.failures):
            try:
                self.files.call("DELETE", "b/{}/o/{}", bucket, path)
            except FileNotFoundError:
                return

    def _put(self, key: str, content: bytes, generation: str) -> bool:
        bucket, path = self._split(key)
        kind = kind_of_file(key)
        about = json.dumps({"name": path, "contentType": kind}).encode()
        body = b"".join(
            (
                b"--" + _BOUNDARY + b"\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n",
                about,
                b"\r\n--" + _BOUNDARY + b"\r\nContent-Type: " + kind.encode() + b"\r\n\r\n",
                content,
                b"\r\n--" + _BOUNDARY + b"--\r\n",
            )
        )
        with told(self.place, self.failures):
            try:
                self.files.call(
                    "POST",
                    f"{self.files._location}/upload/storage/v1/b/{quote(bucket)}/o",  # noqa: SLF001
                    uploadType="multipart",
                    ifGenerationMatch=generation,
                    headers={
                        "Content-Type": f'multipart/related; boundary="{_BOUNDARY.decode()}"'
                    },
                    data=body,
                )
            except FileExistsError:  # gcsfs's word for 412
                return False
            except self.failures as refused:
                if str(getattr(refused, "code", "")) == _PRECONDITION_FAILED:
                    return False
                raise
        return True

    def _split(self, key: str) -> tuple[str, str]:
        bucket, _, prefix = self.root.partition("/")
        return bucket, f"{prefix}/{key}" if prefix else key

    def _relative(self, path: str) -> str:
        prefix = self.root.partition("/")[2]
        return path.removeprefix(f"{prefix}/") if prefix else path


def open_gcs(spec: SiteSpec, place: str) -> Bucket:
    """Open a bucket, or a prefix in one; the options go to ``gcsfs``."""
    need("gcsfs", "gcs", "A site on gcs")
    import gcsfs

    options = {**spec.options, "use_listings_cache": False}
    return _GcsBucket(
        place=place,
        root=spec.path.strip("/"),
        files=gcsfs.GCSFileSystem(**options, skip_instance_cache=True),
        failures=failures(
            "aiohttp:ClientError",
            "google.auth.exceptions:GoogleAuthError",
            "gcsfs.retry:HttpError",
        ),
    )
