"""Amazon S3, and whatever speaks its protocol (`endpoint_url` in the options)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reportgen.boards.objects import told
from reportgen.boards.opening import failures, need
from reportgen.errors import RetryError
from reportgen.publish.bucket import Bucket, Held, Listed, kind_of_file
from reportgen.report import SiteSpec

__all__ = ["open_s3"]

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _S3Bucket:
    """Objects by ``PutObject`` with ``If-None-Match`` and ``If-Match``."""

    place: str
    root: str
    files: Any
    failures: tuple[type[Exception], ...]
    page: int = 1000

    def list(self, prefix: str) -> Mapping[str, Listed]:
        bucket, below = self._split(prefix)
        found: dict[str, Listed] = {}
        now = datetime.now(UTC)
        asked: dict[str, str | int] = {"Bucket": bucket, "Prefix": below, "MaxKeys": self.page}
        while True:
            with told(self.place, self.failures):
                answer = self.files.call_s3("list_objects_v2", **asked)
            for each in answer.get("Contents", ()):
                found[self._relative(each["Key"])] = Listed(
                    size_bytes=int(each["Size"]),
                    age_s=(now - each["LastModified"]).total_seconds(),
                )
            if not answer.get("IsTruncated"):
                return found
            asked["ContinuationToken"] = answer["NextContinuationToken"]

    def read(self, key: str) -> Held | None:
        bucket, path = self._split(key)
        with told(self.place, self.failures):
            try:
                answer = self.files.call_s3("get_object", Bucket=bucket, Key=path)
                return Held(content=_body(self.files, answer), mark=answer["ETag"])
            except FileNotFoundError as missing:
                if _code_of(missing) == "NoSuchBucket":
                    raise
                return None

    def create(self, key: str, content: bytes) -> bool:
        return self._put(key, content, IfNoneMatch="*")

    def swap(self, key: str, content: bytes, mark: str) -> bool:
        return self._put(key, content, IfMatch=mark)

    def delete(self, key: str) -> None:
        bucket, path = self._split(key)
        with told(self.place, self.failures):
            self.files.call_s3("delete_object", Bucket=bucket, Key=path)

    def _put(self, key: str, content: bytes, **condition: str) -> bool:
        bucket, path = self._split(key)
        asked = {"Bucket": bucket, "Key": path, "Body": content, "ContentType": kind_of_file(key)}
        for _ in range(_TRIES):
            with told(self.place, self.failures):
                try:
                    self.files.call_s3("put_object", **asked, **condition)
                except OSError as refused:
                    code = _code_of(refused)
                    if code in {"PreconditionFailed", "412"}:
                        return False
                    if code in {"NoSuchKey", "404"} and "IfMatch" in condition:
                        return False
                    if code not in {"ConditionalRequestConflict", "409"}:
                        raise
                else:
                    return True
        raise RetryError(f"{self.place}: others write {key} all the time. Try again.")

    def _split(self, key: str) -> tuple[str, str]:
        bucket, _, prefix = self.root.partition("/")
        return bucket, f"{prefix}/{key}" if prefix else key

    def _relative(self, path: str) -> str:
        prefix = self.root.partition("/")[2]
        return path.removeprefix(f"{prefix}/") if prefix else path


def _body(files: Any, answer: Any) -> bytes:
    """Read the stream of an answer to its end, in the loop in which it was opened."""
    from fsspec.asyn import sync

    async def read() -> bytes:
        async with answer["Body"] as stream:
            return bytes(await stream.read())

    content: bytes = sync(files.loop, read)
    return content


def _code_of(refused: OSError) -> str:
    """Give S3's own word for a refusal, which s3fs keeps as the cause."""
    answer = getattr(refused.__cause__, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))


def open_s3(spec: SiteSpec, place: str) -> Bucket:
    """Open a bucket, or a prefix in one; the options go to ``s3fs``."""
    need("s3fs", "s3", "A site on s3")
    import s3fs

    options = {**spec.options, "use_listings_cache": False}
    return _S3Bucket(
        place=place,
        root=spec.path.strip("/"),
        files=s3fs.S3FileSystem(**options, skip_instance_cache=True),
        failures=failures("botocore.exceptions:BotoCoreError", "botocore.exceptions:ClientError"),
    )
