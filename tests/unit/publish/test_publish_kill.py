"""kill -9 at random moments, a full disk, a site that may not be written, many at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.errors import RetryError, UserError
from reportgen.publish import FolderShelf, publish_document
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs
from tests.unit.publish.test_publish_folder import snapshot

ROOT = Path(__file__).parents[3]


def test_kills_leave_no_half_of_anything(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.unit.publish.kill_publisher",
        str(tmp_path),
        "60",
        "1",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)

    assert counts["partial"] == 0
    assert counts["half_pages"] == 0
    assert counts["dangling"] == 0
    assert counts["lost"] == 0
    assert counts["left"] == 0, "the janitor of the next publication removes what the killed left"
    assert counts["resolved"] > 20
    assert counts["acknowledged"] > 5


def publish_at_once(folder: Path, numbers: list[int]) -> FolderShelf:
    code = (
        "import sys; from pathlib import Path; "
        "from tests.unit.publish.kill_publisher import publish; "
        "publish(Path(sys.argv[1]), int(sys.argv[2]))"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", code, str(folder), str(number)], cwd=ROOT)
        for number in numbers
    ]
    assert [child.wait(120) for child in children] == [0] * len(numbers)
    return FolderShelf(folder / "site")


def test_publishers_at_once_publish_once(tmp_path: Path) -> None:
    shelf = publish_at_once(tmp_path, [3] * 6)
    assert [manifest.revision for manifest in shelf.editions()] == [1]


def test_publishers_of_other_inputs_at_once_get_a_revision_each(tmp_path: Path) -> None:
    shelf = publish_at_once(tmp_path, [3, 43, 83, 123])  # all of the same week
    editions = shelf.editions()
    assert [manifest.revision for manifest in editions] == [1, 2, 3, 4]
    assert {m.inputs["parameters"]["number"] for m in editions} == {3, 43, 83, 123}
    assert (shelf.site / "late-flights-weekly" / "latest").readlink() == Path("2013-W13-r4")
    assert shelf.damaged() == ()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("needs root, to mount a small tmpfs")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.skip(f"needs the right to mount a tmpfs: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_leaves_the_site_as_it_was(tmp_path: Path, small_disk: Path) -> None:
    shelf = FolderShelf(small_disk / "site")
    first = sample_inputs()
    document = sample_document(tmp_path / "one", first)
    publish_document(document, sample_data(), first, shelf, NOW)
    before = snapshot(small_disk / "site")

    second = sample_inputs(parameters={"n": 2})
    document = sample_document(tmp_path / "two", second)
    (tmp_path / "two" / "page.pdf").write_bytes(bytes(2_000_000))
    with pytest.raises(RetryError, match="No space left on device"):
        publish_document(document, sample_data("2013-W28"), second, shelf, NOW)

    assert snapshot(small_disk / "site") == before
    assert list((small_disk / "site" / ".publishing").glob("*.*.*")) == []


def test_a_file_too_large_for_the_limit_leaves_the_site_as_it_was(tmp_path: Path) -> None:
    """The same without root: a limit on the size of files stands for the full disk."""
    code = """
import resource, signal, sys
from pathlib import Path
from reportgen.errors import RetryError
from tests.unit.publish.kill_publisher import publish
publish(Path(sys.argv[1]), 1)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sample = __import__("tests.unit.publish.sample", fromlist=["x"])
inputs = sample.sample_inputs(parameters={"n": 2})
document = sample.sample_document(Path(sys.argv[1]) / "two", inputs)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from reportgen.publish import FolderShelf, publish_document
try:
    publish_document(document, sample.sample_data(), inputs, FolderShelf(Path(sys.argv[1]) / "site"), sample.NOW)
except RetryError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "File too large" in done.stdout
    assert [m.edition for m in FolderShelf(tmp_path / "site").editions()] == ["2013-W11"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike `tmp_path`."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_read_only_site_is_left_as_it_was(open_folder: Path) -> None:
    site = open_folder / "site"
    inputs = sample_inputs()
    document = sample_document(open_folder / "render", inputs)
    publish_document(document, sample_data(), inputs, FolderShelf(site), NOW)
    before = snapshot(site)
    for path in (site, *site.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o555)
    root = os.geteuid() == 0
    if root:  # whom permissions do not stop
        (open_folder / "render").chmod(0o777)
        shutil.rmtree(open_folder / "render" / "published")
        os.seteuid(65534)
    try:
        other = sample_inputs(parameters={"n": 2})
        with pytest.raises(UserError, match="Permission denied"):
            publish_document(document, sample_data("2013-W28"), other, FolderShelf(site), NOW)
    finally:
        if root:
            os.seteuid(0)
        for path in (site, *site.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)

    assert snapshot(site) == before


def test_the_janitor_leaves_what_is_being_built(tmp_path: Path) -> None:
    from reportgen.publish.workshop import bench, sweep

    with bench(tmp_path) as mine:
        assert sweep(tmp_path) == ()
        assert mine.is_dir()
        host, owner, _ = mine.name.split(".")
        dead = tmp_path / ".publishing" / f"{host}.{2**22 + 1}-7.0123456789ab"
        dead.mkdir()
        other = tmp_path / ".publishing" / "ffffffff.1-7.0123456789ab"
        other.mkdir()
        assert sweep(tmp_path) == (dead.name,)
        reborn = tmp_path / ".publishing" / f"{host}.{owner}9.0123456789ab"
        reborn.mkdir()  # of a dead process whose number another one, this one, has got
        assert sweep(tmp_path) == (reborn.name,)
        half = tmp_path / ".publishing" / f".listed.{host}.{2**22 + 1}-7.0123456789ab.new"
        half.touch()
        assert sweep(tmp_path) == (half.name,)
        os.utime(other, (0, 0))
        assert sweep(tmp_path) == (other.name,)
    assert list((tmp_path / ".publishing").iterdir()) == []
