"""A proxy in front of an object store that answers a share of the requests with 503."""

from __future__ import annotations

import random
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_SLOW_DOWN = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>ServiceUnavailable</Code>'
    b"<Message>Please try again later.</Message></Error>"
)


@dataclass
class Weather:
    """How bad it is.

    Attributes
    ----------
    share : of the requests that fail
    deaf : of these, how many are done all the same and only the answer is lost
    failed, passed : requests so far
    """

    address: str = ""
    share: float = 0.0
    deaf: float = 0.3
    failed: int = 0
    passed: int = 0


@contextmanager
def failing(store: str, seed: int) -> Iterator[Weather]:
    """Serve the store with its faults."""
    weather, chance, turn = Weather(), random.Random(seed), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with turn:
                fails = chance.random() < weather.share
                deaf = fails and chance.random() < weather.deaf
                weather.failed += fails
                weather.passed += not fails
            if not fails or deaf:
                status, headers, content = self._passed_on(body)
            if fails:
                status, headers, content = 503, {"Content-Type": "application/xml"}, _SLOW_DOWN
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _do  # noqa: N815

        def _passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in {"content-length", "connection", "accept-encoding"}
            }
            asked = urllib.request.Request(
                f"{store}{self.path}", body, headers, method=self.command
            )
            try:
                with urllib.request.urlopen(asked, timeout=120) as answer:
                    return answer.status, dict(answer.headers), answer.read()
            except urllib.error.HTTPError as refused:
                with refused:
                    return refused.code, dict(refused.headers), refused.read()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    weather.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield weather
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
