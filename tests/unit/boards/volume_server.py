"""As much of Databricks' Files API as boards use, on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "token-of-ada"


class Volume:
    """Files by path; a folder is there when it was made, or when something is below it."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.folders: set[str] = set()
        self.address = ""

    def below(self, path: str) -> list[dict[str, object]] | None:
        start = f"{path.rstrip('/')}/"
        known = [*self.files, *(f"{folder}/" for folder in self.folders)]
        under = [each.removeprefix(start) for each in known if each.startswith(start)]
        if not under and path.rstrip("/") not in self.folders:
            return None
        names = sorted({(name.partition("/")[0], "/" in name) for name in under if name})
        return [
            {"path": f"{start}{name}", "name": name, "is_directory": folder}
            for name, folder in names
        ]


def _handler(volume: Volume) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = unquote(urlsplit(self.path).path)
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self._send(403, b'{"error_code": "PERMISSION_DENIED", "message": "no"}')
            elif path.startswith("/api/2.0/fs/files"):
                self._file(path.removeprefix("/api/2.0/fs/files"), body)
            elif path.startswith("/api/2.0/fs/directories"):
                self._folder(path.removeprefix("/api/2.0/fs/directories"))
            else:
                self._absent()

        def _file(self, path: str, body: bytes) -> None:
            if self.command == "PUT":
                volume.files[path] = body
                self._send(204, b"")
            elif path in volume.files:
                self._send(200, volume.files[path], "application/octet-stream")
            else:
                self._absent()

        def _folder(self, path: str) -> None:
            found = volume.below(path)
            if self.command == "PUT":
                volume.folders.add(path.rstrip("/"))
                self._send(204, b"")
            elif found is None:
                self._absent()
            else:
                self._send(200, json.dumps({"contents": found}).encode())

        def _absent(self) -> None:
            self._send(404, b'{"error_code": "NOT_FOUND", "message": "not there"}')

        def _send(self, status: int, content: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD" and status != 204:
                self.wfile.write(content)

        do_GET = do_PUT = do_HEAD = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    return Handler


@contextmanager
def volume_server() -> Iterator[Volume]:
    """Run the server on a free port."""
    volume = Volume()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(volume))
    thread = threading.Thread(target=partial(server.serve_forever, 0.02), daemon=True)
    thread.start()
    volume.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield volume
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
