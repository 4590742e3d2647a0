"""An S3 API on loopback: moto's server, in an environment of its own.

moto and an s3fs of our own in one environment make pip go back to an s3fs of years ago.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.interop.loopback import CACHE, installing

ENVIRONMENT = CACHE / "moto-venv"
# What the server imports for S3; the extra `server` brings what all services of AWS need.
_PACKAGES = ("moto[s3]>=5", "flask", "flask-cors")
_PATIENCE_S = 60.0


def install() -> Path:
    """Give the server's program, installing it on the first call."""
    with installing(ENVIRONMENT.name):
        program = ENVIRONMENT / "bin" / "moto_server"
        if not program.exists():
            python = str(ENVIRONMENT / "bin" / "python")
            made = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(ENVIRONMENT)]
            subprocess.run(made, check=True)
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
            subprocess.run([*pip, "install", "--quiet", "--no-compile", *_PACKAGES], check=True)
        return program


@contextlib.contextmanager
def serving(*, atomic: bool = False) -> Iterator[str]:
    """Run the server on a free port; give its address.

    Parameters
    ----------
    atomic : let conditional writes be one step; see `moto_atomic`
    """
    program = [str(install())]
    if atomic:
        program = [
            str(ENVIRONMENT / "bin" / "python"),
            str(Path(__file__).with_name("moto_atomic.py")),
        ]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [*program, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    try:
        _wait_for(address, server)
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"moto's server ended with {server.returncode}")
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"{address}/moto-api/", timeout=1).close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"moto's server did not answer within {_PATIENCE_S:.0f} s")
