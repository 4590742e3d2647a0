"""Azure boards against Azurite, Microsoft's own emulator, on loopback, with the real client.

Azurite comes from npm and takes 350 MB, so this belongs to the tests that need a heavy part.
"""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reportgen.boards import open_board
from reportgen.errors import UserError
from reportgen.report import BoardSpec
from tests.interop.loopback import free_port, installing, running
from tests.interop.object_boards import ObjectBoardTests

pytestmark = pytest.mark.engines

_EMULATOR = "azurite@3.37.0"
# The account and key that Azurite always has; they are in its documentation and open nothing.
_ACCOUNT = "devstoreaccount1"
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def _install() -> Path:
    """Give the emulator's program, installing it on the first call."""
    with installing("azurite") as folder:
        program = folder / "node_modules" / ".bin" / "azurite-blob"
        if not program.exists():
            npm = shutil.which("npm")
            if npm is None:
                pytest.skip("needs npm, for Azurite: apt-get install npm")
            folder.mkdir(parents=True, exist_ok=True)
            words = ["install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder)]
            try:
                subprocess.run([npm, *words, _EMULATOR], check=True, timeout=600)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
                pytest.skip(f"{_EMULATOR} cannot be installed here with npm")
        return program


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    pytest.importorskip("adlfs", reason="needs adlfs: pip install 'reportgen[azure]'")
    port = free_port()
    words = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence"]
    words += ["--skipApiVersionCheck", "--silent", "--disableTelemetry"]
    with running([str(_install()), *words], port):
        yield f"http://127.0.0.1:{port}/{_ACCOUNT}"


@pytest.fixture(scope="module")
def options(server: str) -> dict[str, Any]:
    return {"connection_string": _connection(server, _KEY)}


def _connection(server: str, key: str) -> str:
    account = f"AccountName={_ACCOUNT};AccountKey={key}"
    return f"DefaultEndpointsProtocol=http;{account};BlobEndpoint={server};"


@pytest.fixture
def files(options: dict[str, Any]) -> Any:
    import adlfs

    return adlfs.AzureBlobFileSystem(**options, use_listings_cache=False)


@pytest.fixture
def spec(options: dict[str, Any], files: Any) -> BoardSpec:
    container = f"b{uuid.uuid4().hex[:20]}"
    files.mkdir(container)
    return BoardSpec(type="azure", path=f"{container}/boards/prod", options=options)


@pytest.fixture
def theirs(spec: BoardSpec) -> Any:
    import pins

    return pins.board("abfs", spec.path, cache=None, storage_options=dict(spec.options))


class TestAzure(ObjectBoardTests):
    """A container of Azure Blob Storage."""


def test_an_address_names_the_kind_and_no_key(spec: BoardSpec, tmp_path: Path) -> None:
    assert open_board(spec, tmp_path).address == f"az://{spec.path}"
    assert _KEY not in repr(spec)


def test_a_wrong_key_is_the_users_to_mend(server: str, spec: BoardSpec, tmp_path: Path) -> None:
    wrong = {"connection_string": _connection(server, _KEY[::-1].lstrip("=") + "==")}
    board = open_board(BoardSpec(type="azure", path=spec.path, options=wrong), tmp_path)
    with pytest.raises(UserError, match=r"credentials"):
        board.versions("x")
