"""What a site in an object store must do, whichever store it is; a module per store uses it.

The module gives the fixture `buckets`: a function that opens the same, at first empty, bucket
anew, as another process would.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from reportgen.errors import RetryError, ToolError
from reportgen.publish import publish_document, site_status
from reportgen.publish.bucket import Bucket
from reportgen.publish.objects import ObjectShelf
from reportgen.report import Manifest
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs

Buckets = Callable[[], Bucket]
REPORT = "late-flights-weekly"


def publish(
    bucket: Bucket,
    folder: Path,
    edition: str = "2013-W27",
    *,
    now: datetime = NOW,
    **changed: object,
) -> Manifest:
    inputs = sample_inputs(**changed)
    year, week = edition.split("-W")
    data = sample_data(edition, as_of=date.fromisocalendar(int(year), int(week), 7))
    document = sample_document(folder / "render", inputs)
    return publish_document(
        document, data, inputs, ObjectShelf(bucket, title="Flight delays"), now
    )


def everything(bucket: Bucket) -> dict[str, bytes]:
    return {key: bucket.read(key).content for key in bucket.list("")}  # type: ignore[union-attr]


def assert_nothing_partial(bucket: Bucket) -> None:
    """Every edition that has a manifest has every file that it names; `latest` names one."""
    there = everything(bucket)
    for key, content in there.items():
        place, _, name = key.rpartition("/")
        plain = json.loads(content) if name == "manifest.json" else {}
        for file, row in plain.get("files", {}).items():
            assert sha256(there[f"{place}/{file}"]).hexdigest() == row["sha256"], key
        if name == "latest":
            assert f"{place}/{content.decode().strip()}/manifest.json" in there


class ObjectSiteTests:
    """What every store is asked."""

    def test_an_edition_has_the_layout_that_is_promised(
        self, buckets: Buckets, tmp_path: Path
    ) -> None:
        made = publish(buckets(), tmp_path)
        there = everything(buckets())
        edition = f"{REPORT}/2013-W27"
        assert set(there) == {
            "index.html",
            f"{REPORT}/index.html",
            f"{REPORT}/latest",
            f"{REPORT}/latest.html",
            f"{edition}/index.html",
            f"{edition}/report.pdf",
            f"{edition}/report.json",
            f"{edition}/figures/recall.svg",
            f"{edition}/tables/performance.metrics.csv",
            f"{edition}/manifest.json",
        }
        assert made.fresh
        assert made.address.endswith(edition)
        assert there[f"{REPORT}/latest"] == b"2013-W27\n"
        assert b"url=2013-W27/index.html" in there[f"{REPORT}/latest.html"]
        assert f"{REPORT}/latest".encode() not in there["index.html"]
        assert_nothing_partial(buckets())

    def test_another_process_finds_it_and_does_nothing(
        self, buckets: Buckets, tmp_path: Path
    ) -> None:
        first = publish(buckets(), tmp_path)
        before = everything(buckets())
        found = ObjectShelf(buckets()).find(REPORT, "2013-W27")
        assert found == first
        assert ObjectShelf(buckets()).read(first, "report.pdf").startswith(b"%PDF")
        again = publish(buckets(), tmp_path)
        assert not again.fresh
        assert everything(buckets()) == before

    def test_only_one_creates_and_only_the_last_reader_swaps(self, buckets: Buckets) -> None:
        one, other = buckets(), buckets()
        assert one.create("a/x", b"1")
        assert not other.create("a/x", b"2")
        held, also = one.read("a/x"), other.read("a/x")
        assert held is not None
        assert also is not None
        assert held.content == b"1"
        assert one.swap("a/x", b"3", held.mark)
        assert not other.swap("a/x", b"4", also.mark)
        assert not other.swap("a/none", b"4", also.mark)
        assert other.read("a/x").content == b"3"  # type: ignore[union-attr]
        listed = other.list("a/")
        assert {key: about.size_bytes for key, about in listed.items()} == {"a/x": 1}
        assert listed["a/x"].age_s < 120
        one.delete("a/x")
        one.delete("a/x")
        assert other.read("a/x") is None
        assert other.list("") == {}

    @pytest.mark.parametrize("numbers", [(1, 1, 1), (1, 2, 3)])
    def test_publishers_at_once_publish_each_once(
        self, buckets: Buckets, tmp_path: Path, numbers: tuple[int, ...]
    ) -> None:
        opened = [buckets() for _ in numbers]
        made: list[Manifest] = []

        def contend(number: int, bucket: Bucket, folder: Path) -> None:
            folder.mkdir()
            now = NOW + timedelta(microseconds=int(folder.name))
            made.append(publish(bucket, folder, now=now, parameters={"n": number}))

        contenders = [
            threading.Thread(target=contend, args=(number, bucket, tmp_path / str(index)))
            for index, (number, bucket) in enumerate(zip(numbers, opened, strict=True))
        ]
        for contender in contenders:
            contender.start()
        for contender in contenders:
            contender.join(240)
        once = len(set(numbers))
        assert len(made) == len(numbers)
        assert sum(m.fresh for m in made) == once
        editions = ObjectShelf(buckets()).editions()
        assert sorted(m.inputs["parameters"]["n"] for m in editions) == sorted(set(numbers))
        assert_nothing_partial(buckets())
        newest = max(m.revision for m in editions)
        pointer = everything(buckets())[f"{REPORT}/latest"].decode().strip()
        assert pointer == (f"2013-W27-r{newest}" if newest > 1 else "2013-W27")
        listed = everything(buckets())[f"{REPORT}/index.html"].decode()
        assert listed.count('<th scope="row">') == once

    def test_a_half_sent_edition_is_not_seen_and_is_finished_by_the_next(
        self, buckets: Buckets, tmp_path: Path
    ) -> None:
        for after in (1, 5, 6):  # a file, all files, the manifest too
            edition = f"2013-W{after:02}"
            with pytest.raises(_KilledError):
                publish(_Dying(buckets(), after), tmp_path, edition)
            found = ObjectShelf(buckets()).find(REPORT, edition)
            assert (found is None) == (after < 6)
            made = publish(buckets(), tmp_path, edition)
            assert (made.revision, made.fresh) == (1, after < 6)
        assert_nothing_partial(buckets())
        assert len(ObjectShelf(buckets()).editions()) == 3

    def test_what_another_left_under_a_number_is_not_mixed_with_ours(
        self, buckets: Buckets, tmp_path: Path
    ) -> None:
        with pytest.raises(_KilledError):
            publish(_Dying(buckets(), 3), tmp_path, parameters={"n": 1})
        made = publish(buckets(), tmp_path, parameters={"n": 2})
        assert made.revision == 2
        assert_nothing_partial(buckets())
        shelf = ObjectShelf(buckets())
        assert shelf.sweep() == ()  # it is young; its publisher may be at work
        assert shelf.sweep(old_s=-3600) == (f"{REPORT}/2013-W27",)
        left = [key for key in buckets().list("") if key.startswith(f"{REPORT}/2013-W27/")]
        assert left == [f"{REPORT}/2013-W27/manifest.json"]
        assert shelf.damaged() == ()
        assert [m.revision for m in ObjectShelf(buckets()).editions()] == [2]
        assert shelf.sweep(old_s=-3600) == ()

    def test_a_store_that_is_too_slow_is_left(self, buckets: Buckets, tmp_path: Path) -> None:
        inputs = sample_inputs()
        document = sample_document(tmp_path / "render", inputs)
        shelf = ObjectShelf(buckets(), deadline_s=-1.0)
        with pytest.raises(RetryError, match="what was sent serves the next try"):
            publish_document(document, sample_data(), inputs, shelf, NOW)


class MoreObjectSiteTests(ObjectSiteTests):
    """What follows from it, and is asked of the quickest store."""

    def test_other_inputs_make_a_revision_and_the_old_one_stays(
        self, buckets: Buckets, tmp_path: Path
    ) -> None:
        publish(buckets(), tmp_path)
        before = {k: v for k, v in everything(buckets()).items() if "/2013-W27/" in k}
        second = publish(buckets(), tmp_path, parameters={"top": 3})
        third = publish(buckets(), tmp_path)
        after = everything(buckets())
        assert (second.revision, third.revision, third.fresh) == (2, 3, True)
        assert {k: v for k, v in after.items() if "/2013-W27/" in k} == before
        assert after[f"{REPORT}/latest"] == b"2013-W27-r3\n"
        (row,) = site_status(ObjectShelf(buckets()))
        assert (row.editions, row.revisions) == (1, 1)

    def test_latest_is_the_newest_edition_not_the_last_made(
        self, buckets: Buckets, tmp_path: Path
    ) -> None:
        for edition in ("2013-W27", "2013-W28", "2013-W20"):
            publish(buckets(), tmp_path, edition)
        shelf = ObjectShelf(buckets())
        assert everything(buckets())[f"{REPORT}/latest"] == b"2013-W28\n"
        newest = shelf.latest(REPORT)
        assert newest is not None
        assert newest.edition == "2013-W28"
        assert [m.edition for m in shelf.editions()] == ["2013-W20", "2013-W27", "2013-W28"]

    def test_editions_that_begin_alike_are_told_apart(
        self, buckets: Buckets, tmp_path: Path
    ) -> None:
        for edition in ("2013-W27", "2013-W2"):
            publish(buckets(), tmp_path, edition)
        shelf = ObjectShelf(buckets())
        assert shelf.find(REPORT, "2013-W2").edition == "2013-W2"  # type: ignore[union-attr]
        assert shelf.find(REPORT, "2013-W") is None

    def test_many_at_once_create_once(self, buckets: Buckets) -> None:
        opened = [buckets() for _ in range(6)]
        won: list[bool] = []

        def contend(number: int) -> None:
            won.append(opened[number].create("lock", b"%d" % number))

        contenders = [threading.Thread(target=contend, args=(n,)) for n in range(len(opened))]
        for contender in contenders:
            contender.start()
        for contender in contenders:
            contender.join(120)
        assert sorted(won) == [False] * 5 + [True]

    def test_a_publisher_that_slept_takes_another_number_than_the_janitor_withdrew(
        self, buckets: Buckets, tmp_path: Path
    ) -> None:
        asleep = _Asleep(buckets(), wake=lambda: ObjectShelf(buckets()).sweep(old_s=-3600))
        made = publish(asleep, tmp_path)
        assert asleep.slept
        assert (made.fresh, made.revision) == (True, 2)
        assert_nothing_partial(buckets())

    def test_an_answer_that_was_lost_is_no_other_publisher(
        self, buckets: Buckets, tmp_path: Path
    ) -> None:
        made = publish(_Deaf(buckets()), tmp_path)
        assert (made.fresh, made.revision) == (True, 1)
        assert [m.revision for m in ObjectShelf(buckets()).editions()] == [1]

    def test_an_edition_that_lost_a_file_is_published_again(
        self, buckets: Buckets, tmp_path: Path
    ) -> None:
        publish(buckets(), tmp_path)
        buckets().delete(f"{REPORT}/2013-W27/report.pdf")
        again = publish(buckets(), tmp_path)
        assert (again.fresh, again.revision) == (True, 2)

    def test_a_damaged_manifest_is_named_and_stops_nobody(
        self, buckets: Buckets, tmp_path: Path
    ) -> None:
        publish(buckets(), tmp_path)
        bucket = buckets()
        bucket.delete(f"{REPORT}/2013-W27/manifest.json")
        bucket.create(f"{REPORT}/2013-W27/manifest.json", b'{"schema": 1')
        again = publish(buckets(), tmp_path)
        assert (again.fresh, again.revision) == (True, 2)
        ((place, why),) = ObjectShelf(buckets()).damaged()
        assert place == f"{REPORT}/2013-W27"
        assert "cannot be read" in why
        assert place.encode() in everything(buckets())["index.html"]

    def test_a_page_of_other_inputs_is_refused(self, buckets: Buckets, tmp_path: Path) -> None:
        document = sample_document(tmp_path / "other", sample_inputs(parameters={"n": 2}))
        ours = sample_inputs(parameters={"n": 1})
        with pytest.raises(ToolError, match=r"carries [0-9a-f]{12}…, not"):
            publish_document(document, sample_data(), ours, ObjectShelf(buckets()), NOW)
        assert buckets().list("") == {}


class _KilledError(Exception):
    """Stands for a kill: nothing after it is done."""


class _Passing:
    """A bucket in front of another."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def __getattr__(self, name: str) -> object:
        return getattr(self.bucket, name)


class _Dying(_Passing):
    """Is gone after so many writes."""

    def __init__(self, bucket: Bucket, after: int) -> None:
        super().__init__(bucket)
        self.left = after

    def create(self, key: str, content: bytes) -> bool:
        self._live()
        return self.bucket.create(key, content)

    def swap(self, key: str, content: bytes, mark: str) -> bool:
        self._live()
        return self.bucket.swap(key, content, mark)

    def _live(self) -> None:
        if not self.left:
            raise _KilledError
        self.left -= 1


class _Asleep(_Passing):
    """Sleeps once, before the manifest; meanwhile something happens."""

    def __init__(self, bucket: Bucket, wake: Callable[[], object]) -> None:
        super().__init__(bucket)
        self.wake = wake
        self.slept = False

    def create(self, key: str, content: bytes) -> bool:
        if key.endswith("manifest.json") and not self.slept:
            self.slept = True
            self.wake()
        return self.bucket.create(key, content)


class _Deaf(_Passing):
    """Does not hear that its manifest was written."""

    def create(self, key: str, content: bytes) -> bool:
        written = self.bucket.create(key, content)
        return written and not key.endswith("manifest.json")


__all__ = [
    "Buckets",
    "MoreObjectSiteTests",
    "ObjectSiteTests",
    "assert_nothing_partial",
    "everything",
    "publish",
]
