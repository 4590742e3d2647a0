"""Whatever happens to a version on its way, its bytes are right or it is refused by name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.errors import NotFoundError, PinError
from reportgen.report import ModelSpec, PinRef, ReportSpec
from reportgen.resolve import fetch_pins, resolve_pins
from tests.boards_support import folder_board, put_version

CONTENT = bytes(range(256)) * 3
SPEC = ReportSpec(
    name="card",
    kind="card",
    model=ModelSpec(name="m", pin=PinRef(name="x")),
    template="model_card",
)


def _flip(content: bytes, where: int, bit: int) -> bytes:
    index = where % len(content)
    return content[:index] + bytes([content[index] ^ (1 << bit)]) + content[index + 1 :]


flips = st.builds(
    lambda where, bit: lambda content: _flip(content, where, bit),
    st.integers(0, 10_000),
    st.integers(0, 7),
)
cuts = st.builds(
    lambda share: lambda content: content[: int(len(content) * share)],
    st.floats(0, 0.999),
)
additions = st.builds(
    lambda more: lambda content: content + more, st.binary(min_size=1, max_size=9)
)
replacements = st.builds(lambda new: lambda content: new, st.binary(max_size=900))
zeros = st.just(lambda content: b"\0" * len(content))
damages = st.one_of(flips, cuts, additions, replacements, zeros)


def _damage(folder: Path, file: str, change: Callable[[bytes], bytes]) -> bool:
    path = folder / file
    before = path.read_bytes()
    path.write_bytes(change(before))
    return path.read_bytes() != before


@settings(max_examples=300, deadline=None)
@given(damages)
def test_a_damaged_file_is_always_found(change: Callable[[bytes], bytes]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "board"
        version = put_version(root, "x", {"x.bin": CONTENT}, type="file")
        if not _damage(root / "x" / version, "x.bin", change):
            return
        with pytest.raises(PinError, match=rf"pin 'x' version {version}"):
            folder_board(root).fetch("x", version, Path(folder) / "private")


@settings(max_examples=300, deadline=None)
@given(damages)
def test_a_damaged_description_never_gives_other_bytes(change: Callable[[bytes], bytes]) -> None:
    """With the version unlocked: its file is the right one, or it is refused by name."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "board"
        version = put_version(root, "x", {"x.bin": CONTENT}, type="file")
        _damage(root / "x" / version, "data.txt", change)
        said = ""
        try:
            snapshot = folder_board(root).fetch("x", version, Path(folder) / "private")
        except PinError as refused:
            said = str(refused)
        assert version in said if said else snapshot.path.read_bytes() == CONTENT


@settings(max_examples=150, deadline=None)
@given(damages, st.sampled_from(["x.bin", "data.txt"]))
def test_any_damage_to_a_locked_pin_is_found(change: Callable[[bytes], bytes], file: str) -> None:
    from reportgen.resolve import Lock, LockedPin

    with TemporaryDirectory() as folder:
        root = Path(folder) / "board"
        version = put_version(root, "x", {"x.bin": CONTENT}, type="file")
        board = folder_board(root)
        found = board.fetch("x", version, Path(folder) / "before")
        locked = LockedPin(
            name="x",
            requested="latest",
            version=version,
            sha256=found.sha256,
            metadata_sha256=found.version.metadata_sha256,
            created=found.version.created,
            type="file",
            size_bytes=len(CONTENT),
        )
        lock = Lock(board=board.address, pins={locked.key: locked})
        if not _damage(root / "x" / version, file, change):
            return
        with pytest.raises(PinError, match=rf"pin 'x' version {version}"):
            fetch_pins(resolve_pins(SPEC, board, lock), board, Path(folder) / "after", lock)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(["x.bin", "y.bin", "data.txt", "folder"]), min_size=1))
def test_a_version_with_missing_parts_never_counts(missing: set[str]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "board"
        old = put_version(root, "x", {"o.bin": b"old"}, type="file", created="20130101T000000Z")
        new = put_version(root, "x", {"x.bin": b"x", "y.bin": b"y"}, type="file")
        for part in missing - {"folder"}:
            (root / "x" / new / part).unlink()
        if "folder" in missing:
            shutil.rmtree(root / "x" / new)
        board = folder_board(root)
        assert [v.version for v in board.versions("x")] == [old]
        assert resolve_pins(SPEC, board, None)["model"].version == old
        with pytest.raises((PinError, NotFoundError), match=new):
            board.fetch("x", new, Path(folder) / "private")
