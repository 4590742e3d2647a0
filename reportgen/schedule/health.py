"""Answers a probe on loopback: is the service alive, and how did its last run go?"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from reportgen.errors import UserError
from reportgen.schedule.service import Beat

__all__ = ["SILENCE", "answering"]

SILENCE = timedelta(minutes=5)
"""After which a service that says nothing is taken for dead."""


@contextmanager
def answering(port: int, beat: Beat, clock: Callable[[], datetime]) -> Iterator[int]:
    """Answer ``GET /health`` on 127.0.0.1: 200 while it lives, 503 when it is silent.

    Parameters
    ----------
    port : 0 takes a free one

    Raises
    ------
    UserError
        The port is taken.
    """

    class Probe(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/health":
                self.send_error(404)
                return
            told = dict(beat.told)
            alive = "alive_at" in told and (
                clock() - datetime.fromisoformat(told["alive_at"]) < SILENCE
            )
            body = json.dumps({"alive": alive, **told}).encode()
            self.send_response(200 if alive else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: a probe comes every few seconds."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Probe)
    except OSError as taken:
        raise UserError(f"port {port} cannot be used: {taken.strerror}. Name another.") from taken
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
