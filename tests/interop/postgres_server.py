"""A PostgreSQL server of one's own, on loopback, in a temporary folder, never as root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .loopback import free_port

PASSWORD = "p@ss/word: 100 %"
OWNER = "ada"


@dataclass(frozen=True)
class Server:
    """Where it listens; its owner's password is `PASSWORD`."""

    port: int

    @property
    def address(self) -> str:
        """As a project file names it."""
        return f"postgresql://{OWNER}:${{PGSECRET}}@127.0.0.1:{self.port}/postgres"


def find_programs() -> Path | None:
    """Give the folder of initdb and postgres, the newest version's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def _version(program: Path) -> int:
    name = program.parent.parent.name
    return int(name) if name.isdigit() else 0


@contextmanager
def running() -> Iterator[Server]:
    """Start a server and stop it.

    Its folder is its own and not pytest's, whose folders only their owner may enter: the server
    runs as another user.
    """
    with TemporaryDirectory() as folder:
        yield from _served(Path(folder))


def _served(folder: Path) -> Iterator[Server]:
    programs = find_programs()
    assert programs is not None
    user = _user()
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    data = folder / "data"
    if user is not None:
        for path in (folder, secret):
            os.chown(path, pwd.getpwnam(user).pw_uid, -1)
    _run(
        user,
        str(programs / "initdb"),
        *("-D", str(data), "-U", OWNER, "--pwfile", str(secret), "--no-sync"),
        *("--auth-host", "scram-sha-256", "--auth-local", "trust", "--encoding", "UTF8"),
        *("--locale-provider", "icu", "--icu-locale", "en-US"),
    )
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(programs / "postgres"),
                *("-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(folder)),
                *("-c", "fsync=off", "-c", "shared_buffers=64MB", "-c", "max_connections=20"),
            ],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        _wait(process, port, folder / "log")
        yield Server(port=port)
    finally:
        process.send_signal(2)  # SIGINT: fast shutdown
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _user() -> str | None:
    """As whom to run: root must not, so as the package's own user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None


def _run(user: str | None, *command: str) -> None:
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())
