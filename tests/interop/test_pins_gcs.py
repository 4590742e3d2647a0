"""GCS boards against an emulator of Google's API on loopback, with the real client."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reportgen.boards import open_board
from reportgen.report import BoardSpec
from tests.interop.loopback import free_port, installing, running
from tests.interop.object_boards import ObjectBoardTests

# gcsfs asks over gRPC what kind a bucket is, which no emulator answers; read when it is imported.
os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"
_EMULATOR = "gcp-storage-emulator==2026.7.19"


def _install() -> Path:
    """Give the emulator's program; it has an environment of its own."""
    with installing("gcs-venv") as folder:
        program = folder / "bin" / "gcp-storage-emulator"
        if not program.exists():
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q"]
            try:
                subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
                subprocess.run([*pip, "--disable-pip-version-check", _EMULATOR], check=True)
            except subprocess.CalledProcessError:
                pytest.skip(f"{_EMULATOR} cannot be installed here")
        return program


@pytest.fixture(scope="module")
def options() -> Iterator[dict[str, Any]]:
    pytest.importorskip("gcsfs", reason="needs gcsfs: pip install 'reportgen[gcs]'")
    port = free_port()
    words = ["start", "--host", "127.0.0.1", "--port", str(port), "--in-memory", "--quiet"]
    with running([str(_install()), *words], port):
        yield {"endpoint_url": f"http://127.0.0.1:{port}", "token": "anon", "project": "test"}


@pytest.fixture
def files(options: dict[str, Any]) -> Any:
    import gcsfs

    return gcsfs.GCSFileSystem(**options, use_listings_cache=False)


@pytest.fixture
def spec(options: dict[str, Any], files: Any) -> BoardSpec:
    bucket = f"b{uuid.uuid4().hex[:20]}"
    files.mkdir(bucket)
    return BoardSpec(type="gcs", path=f"{bucket}/boards/prod", options=options)


@pytest.fixture
def theirs(spec: BoardSpec) -> Any:
    import pins

    return pins.board("gcs", spec.path, cache=None, storage_options=dict(spec.options))


class TestGcs(ObjectBoardTests):
    """A bucket of Google Cloud Storage."""


def test_an_address_names_the_kind(spec: BoardSpec, tmp_path: Path) -> None:
    assert open_board(spec, tmp_path).address == f"gs://{spec.path}"
