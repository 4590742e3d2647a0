"""Conditions on generations, in front of an emulator of Google's API that has none.

Google's documentation: a request with ``ifGenerationMatch`` is answered with 412 unless the object
has that generation, 0 standing for no object. Requests are let through one at a time.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

_NAME = re.compile(rb'"name": ?"([^"]+)"')


@contextmanager
def conditions(emulator: str) -> Iterator[str]:
    """Serve the emulator with conditions; give the address."""
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            wanted = parse_qs(parts.query).get("ifGenerationMatch")
            with one_at_a_time:
                named = _NAME.search(body)
                if wanted and named:
                    bucket = parts.path.split("/b/")[1].split("/")[0]
                    if _generation(emulator, bucket, named[1].decode()) != wanted[0]:
                        refused = {"error": {"code": 412, "message": "conditionNotMet"}}
                        self._say(412, {}, json.dumps(refused).encode())
                        return
                self._pass_on(body)

        do_GET = do_POST = do_DELETE = do_PUT = _do  # noqa: N815

        def _pass_on(self, body: bytes) -> None:
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in {"host", "content-length", "accept-encoding", "connection"}
            }
            asked = urllib.request.Request(
                f"{emulator}{self.path}", body or None, headers, method=self.command
            )
            try:
                with urllib.request.urlopen(asked, timeout=60) as answer:
                    self._say(answer.status, dict(answer.headers), answer.read())
            except urllib.error.HTTPError as refused:
                with refused:
                    self._say(refused.code, {}, refused.read())

        def _say(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _generation(emulator: str, bucket: str, name: str) -> str:
    address = f"{emulator}/storage/v1/b/{bucket}/o/{quote(name, safe='')}"
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return str(json.loads(answer.read())["generation"])
    except urllib.error.HTTPError as missing:
        with missing:
            return "0"
