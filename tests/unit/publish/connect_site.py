"""As much of Posit Connect's HTTP API as publishing static content uses, on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "key-of-ada"


class Connect:
    """Content and its bundles, in memory."""

    def __init__(self) -> None:
        self.content: dict[str, dict[str, Any]] = {}
        self.bundles: dict[str, bytes] = {}
        self.failing = 0
        self.address = ""

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Any:
        match path.removeprefix("/__api__/").split("/"):
            case ["v1", "content"] if method == "POST":
                name = json.loads(body)["name"]
                item = {"guid": f"guid-{name}", "name": name, "title": None, "bundle_id": None}
                self.content[item["guid"]] = item
                return item
            case ["v1", "content"]:
                name = query.get("name", [""])[0]
                return [item for item in self.content.values() if item["name"] == name]
            case ["v1", "content", guid] if guid in self.content:
                if method == "PATCH":
                    self.content[guid] |= json.loads(body)
                return self.content[guid]
            case ["v1", "content", _guid, "bundles"] if method == "POST":
                number = str(len(self.bundles) + 1)
                self.bundles[number] = body
                return {"id": number}
            case ["v1", "content", _guid, "bundles", number, "download"]:
                return self.bundles[number]
            case ["v1", "content", guid, "deploy"]:
                self.content[guid]["bundle_id"] = json.loads(body)["bundle_id"]
                return {"task_id": "t1"}
            case ["v1", "tasks", "t1"]:
                return {"finished": True, "code": 0, "error": "", "last": 1, "output": []}
        return None


@contextmanager
def connect_site() -> Iterator[Connect]:
    """Serve it until the block is left."""
    connect = Connect()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self._body()
            parts = urlsplit(self.path)
            if self.headers.get("Authorization") != f"Key {KEY}":
                self._say(401, {"error": "You must log in."})
            elif connect.failing:
                connect.failing -= 1
                self._say(503, {"error": "Come back later."})
            else:
                found = connect.answer(self.command, parts.path, parse_qs(parts.query), body)
                missing = {"error": "The requested object does not exist."}
                self._say(404 if found is None else 200, missing if found is None else found)

        do_GET = do_POST = do_PATCH = _do  # noqa: N815

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = b""
            while size := int(self.rfile.readline(), 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found

        def _say(self, status: int, what: Any) -> None:
            plain = isinstance(what, bytes)
            content = what if plain else json.dumps(what).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/gzip" if plain else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    connect.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield connect
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
