"""As much of Posit Connect's HTTP API as boards use, on loopback."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

KEY = "key-of-ada"


class Connect:
    """Users, content and bundles, in memory."""

    def __init__(self) -> None:
        self.content: dict[str, dict[str, Any]] = {}
        self.bundles: dict[str, dict[str, dict[str, bytes]]] = {}
        self.address = ""

    def add(self, name: str) -> dict[str, Any]:
        guid = f"guid-{name}"
        item = {
            "guid": guid,
            "name": name,
            "owner_guid": "guid-ada",
            "owner_username": "ada",
            "access_type": "acl",
            "bundle_id": "0",
        }
        self.content[guid] = item
        self.bundles[guid] = {}
        return item

    def deploy(self, guid: str, files: dict[str, bytes]) -> str:
        taken = sum(len(bundles) for bundles in self.bundles.values())
        bundle = str(taken + 8)  # so that ids pass from one digit to two
        self.bundles[guid][bundle] = files
        return bundle

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Any:
        match path.removeprefix("/__api__/").split("/"):
            case ["applications"]:
                return {"applications": list(self.content.values())}
            case ["v1", "user"]:
                return {"username": "ada", "guid": "guid-ada"}
            case ["v1", "users"]:
                first = query.get("page_number", ["1"]) == ["1"]
                users = [{"username": "ada", "guid": "guid-ada"}] if first else []
                return {"results": users, "current_page": 1}
            case ["v1", "content"] if method == "POST":
                return self.add(json.loads(body)["name"])
            case ["v1", "content"]:
                name = query.get("name")
                return [item for item in self.content.values() if name in (None, [item["name"]])]
            case ["v1", "content", guid, "bundles"] if method == "POST":
                with tarfile.open(fileobj=io.BytesIO(body)) as archive:
                    files = {
                        member.name: archive.extractfile(member).read()  # type: ignore[union-attr]
                        for member in archive
                        if member.isfile()
                    }
                return {"id": self.deploy(guid, files), "content_guid": guid}
            case ["v1", "content", guid, "bundles"]:
                return [{"id": each, "content_guid": guid} for each in self.bundles[guid]]
            case ["v1", "content", guid, "bundles", bundle] if bundle in self.bundles[guid]:
                return {"id": bundle, "content_guid": guid}
            case ["v1", "content", _guid, "deploy"]:
                return {"task_id": "1"}
            case ["v1", "tasks", _task]:
                return {"code": 0, "finished": True, "last": 1}
        return {"code": 4, "error": "The requested object does not exist."}


def _handler(connect: Connect) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != f"Key {KEY}":
                self._send(401, b"no")
            elif parts.path.startswith("/content/"):
                _, _, guid, revision, file = parts.path.split("/", 4)
                files = connect.bundles[guid][revision.removeprefix("_rev")]
                content = files.get(unquote(file))
                self._send(200 if content is not None else 404, content or b"")
            else:
                found = connect.answer(self.command, parts.path, parse_qs(parts.query), body)
                self._send(200, json.dumps(found).encode())

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    return Handler


@contextmanager
def connect_server() -> Iterator[Connect]:
    """Run the server on a free port."""
    connect = Connect()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(connect))
    thread = threading.Thread(target=partial(server.serve_forever, 0.02), daemon=True)
    thread.start()
    connect.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield connect
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
