"""reportgen.lock, both ways."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reportgen.errors import RetryError, UserError
from reportgen.report import PinRef
from reportgen.resolve import Lock, LockedPin, read_lock, write_lock

PIN = LockedPin(
    name="flights-test",
    requested="latest",
    version="20130501T060000Z-1a2b3",
    sha256="a" * 64,
    metadata_sha256="b" * 64,
    created=datetime(2013, 5, 1, 6, tzinfo=UTC),
    type="parquet",
    size_bytes=1234,
)
LOCK = Lock(board="board", pins={PIN.key: PIN})


def test_a_lock_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "reportgen.lock"
    write_lock(path, LOCK)
    assert read_lock(path) == LOCK
    first = path.read_bytes()
    write_lock(path, LOCK)
    assert path.read_bytes() == first
    assert [each.name for each in tmp_path.iterdir()] == ["reportgen.lock"]
    plain = json.loads(first)
    assert plain["schema"] == 1
    assert plain["pins"]["flights-test@latest"]["created"] == "2013-05-01T06:00:00Z"


def test_there_may_be_no_lock_yet(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "reportgen.lock") is None


def test_a_request_is_found_as_it_was_made() -> None:
    assert LOCK.find(PinRef(name="flights-test")) == PIN
    assert LOCK.find(PinRef(name="flights-test", version=PIN.version)) is None
    assert LOCK.find(PinRef(name="other")) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda plain: plain.update(schema=2), "schema 2"),
        (lambda plain: plain.pop("pins"), "damaged"),
        (lambda plain: plain["pins"]["flights-test@latest"].pop("sha256"), "damaged"),
        (
            lambda plain: plain["pins"]["flights-test@latest"].update(sha256="x"),
            "damaged.*SHA-256",
        ),
        (lambda plain: plain["pins"]["flights-test@latest"].update(name="../x"), "damaged"),
        (lambda plain: plain["pins"]["flights-test@latest"].update(version="latest"), "damaged"),
        (lambda plain: plain["pins"]["flights-test@latest"].update(created="x"), "damaged"),
        (
            lambda plain: plain["pins"].update(other=plain["pins"]["flights-test@latest"]),
            "damaged",
        ),
        (lambda plain: plain.update(pins=[1]), "damaged"),
    ],
)
def test_a_damaged_lock_is_refused_with_what_to_do(change, why: str, tmp_path: Path) -> None:
    path = tmp_path / "reportgen.lock"
    write_lock(path, LOCK)
    plain = json.loads(path.read_text())
    change(plain)
    path.write_text(json.dumps(plain))
    with pytest.raises(UserError, match=why) as caught:
        read_lock(path)
    assert "reportgen lock" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "\x00", "[" * 100_000])
def test_what_is_no_json_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "reportgen.lock"
    path.write_text(text)
    with pytest.raises(UserError, match=r"cannot be read|has schema None"):
        read_lock(path)


def test_what_cannot_be_a_pin_cannot_be_locked() -> None:
    for change in ({"name": "a/../b"}, {"sha256": "short"}, {"requested": "a@b"}, {"version": ""}):
        with pytest.raises(ValueError, match=r"."):
            replace(PIN, **change)
    with pytest.raises(ValueError, match=r"is not the request"):
        Lock(board="board", pins={"other": PIN})


def test_a_lock_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "reportgen.lock"
    path.mkdir()
    with pytest.raises((UserError, RetryError), match=r"reportgen.lock"):
        write_lock(path, LOCK)
    assert [each.name for each in tmp_path.iterdir()] == ["reportgen.lock"]
