"""A TCP proxy on loopback that keeps every byte that passes, in both directions."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

__all__ = ["Recorder", "recording"]


@dataclass
class Recorder:
    """Where to connect to, and what has passed."""

    address: str = ""
    passed: bytearray = field(default_factory=bytearray)


@contextmanager
def recording(host: str, port: int) -> Iterator[Recorder]:
    """Stand before a server."""
    recorder = Recorder()
    listener = socket.create_server(("127.0.0.1", 0))
    recorder.address = f"127.0.0.1:{listener.getsockname()[1]}"
    ends: list[socket.socket] = [listener]

    def pass_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65536):
                recorder.passed += content
                target.sendall(content)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection((host, port))
                ends.extend((near, far))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=pass_on, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield recorder
    finally:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
