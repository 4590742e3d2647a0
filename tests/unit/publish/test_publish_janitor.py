"""What killed renders leave in the folder for temporary files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from reportgen.publish.janitor import sweep_temporary, temporary_prefix


def test_only_what_a_dead_render_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    alive = Path(tempfile.mkdtemp(prefix=temporary_prefix()))
    host, owner = alive.name.removeprefix("reportgen-").split(".")
    pid, born = owner.split("-")[:2]
    dead = tmp_path / f"reportgen-{host}.{2**22 + 1}-{born}-abcdefgh"
    reborn = tmp_path / f"reportgen-{host}.{pid}-{int(born) + 1}-abcdefgh"
    elsewhere = tmp_path / f"reportgen-ffffffff.{pid}-{born}-abcdefgh"
    forgotten = tmp_path / f"reportgen-eeeeeeee.{pid}-{born}-abcdefgh"
    others = [tmp_path / "reportgen-projects", tmp_path / "reportgen-", tmp_path / "x"]
    for folder in (dead, reborn, elsewhere, forgotten, *others):
        folder.mkdir()
        (folder / "rows.csv").write_text("a\n1\n")
    os.utime(forgotten, (0, 0))
    for folder in others:
        os.utime(folder, (0, 0))
    linked = tmp_path / f"reportgen-{host}.{2**22 + 2}-{born}-abcdefgh"
    linked.symlink_to(others[0])

    sweep_temporary.cache_clear()
    assert set(sweep_temporary()) == {dead.name, reborn.name, forgotten.name}
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {alive.name, elsewhere.name, linked.name, *(path.name for path in others)}
    assert (others[0] / "rows.csv").exists()
    sweep_temporary.cache_clear()
