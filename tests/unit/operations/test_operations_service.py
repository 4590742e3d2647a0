"""What is sent to an API and what counts as its answer, with a server that misbehaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pandas as pd
import pytest

from reportgen.errors import RetryError, UserError
from reportgen.operations import service
from reportgen.operations.served import check_address
from reportgen.operations.service import Endpoint, ask_service, describe_service
from reportgen.report.operations import Plan

PLAN = Plan(rows=4, requests=12, batch=6, batches=3, warm_up=2)
ROWS = pd.DataFrame(
    {
        "n": [1, 2, 3, 4],
        "word": ["ok", "ok", "ok", "ok"],
        "when": pd.to_datetime(["2024-01-01"] * 4),
    }
)


class Handler(BaseHTTPRequestHandler):
    """Answers by the word in the first row."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # a whole answer at once, or the client's system waits 40 ms for the rest
    seen: list[tuple[str, Any, dict[str, str]]]

    def do_GET(self) -> None:
        self._seen(None)
        known = {"/metadata": {"version": "v7"}, "/api/metadata": ["odd"]}
        told = known.get(self.path)
        self._answer(404 if told is None else 200, json.dumps(told).encode())

    def do_POST(self) -> None:
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._seen(rows)
        predictions = [0.5] * len(rows)
        match rows[0]["word"]:
            case "ok":
                self._answer(200, json.dumps({"predict": predictions}).encode())
            case "bare":
                self._answer(200, json.dumps(predictions).encode())
            case "short":
                self._answer(200, json.dumps({"predict": [*predictions, 1.0]}).encode())
            case "garbage":
                self._answer(200, b"<html>")
            case "scalar":
                self._answer(200, b"3")
            case "away":
                self.send_response(307)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case "broken":
                self.close_connection = True
            case "slow":
                threading.Event().wait(0.6)
                self._answer(200, json.dumps({"predict": predictions}).encode())
            case word:
                self._answer(int(word), b"no")

    def _seen(self, rows: Any) -> None:
        self.seen.append((self.path, rows, dict(self.headers)))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Bears a client that hangs up."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[tuple[str, list[tuple[str, Any, dict[str, str]]]]]:
    handler = type("Own", (Handler,), {"seen": []})
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", handler.seen  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str, Any, dict[str, str]]]]]:
    with serving() as running:
        yield running


def endpoint_of(url: str, headers: dict[str, str] | None = None) -> Endpoint:
    return check_address(url, headers or {})


def with_words(*words: str) -> pd.DataFrame:
    return ROWS.assign(word=list(words))


def test_rows_go_as_json_records(server: Any) -> None:
    url, seen = server

    one, batch = ask_service(endpoint_of(url), ROWS, PLAN)

    assert (len(one.took_ns), one.failed, one.rows, one.distinct) == (12, 0, 1, 4)
    assert (len(batch.took_ns), batch.failed, batch.rows, batch.distinct) == (3, 0, 6, 4)
    sent = [rows for _, rows, _ in seen]
    assert len(sent) == 2 + 12 + 1 + 3
    assert [rows[0]["n"] for rows in sent[2:14]] == [1, 2, 3, 4] * 3
    assert sent[0] == [{"n": 1, "word": "ok", "when": "2024-01-01T00:00:00.000"}]
    assert [row["n"] for row in sent[-1]] == [1, 2, 3, 4, 1, 2]
    assert {(path, told["Content-Type"]) for path, _, told in seen} == {
        ("/predict", "application/json")
    }


def test_an_answer_may_be_a_bare_list(server: Any) -> None:
    one, _ = ask_service(endpoint_of(server[0]), with_words("bare", "ok", "bare", "ok"), PLAN)

    assert one.failed == 0


@pytest.mark.parametrize(("word", "kind"), [
    ("500", "HTTP 500"),
    ("422", "HTTP 422"),
    ("202", "HTTP 202"),
    ("away", "HTTP 307"),
    ("short", "an answer without a prediction for each row"),
    ("garbage", "an answer without a prediction for each row"),
    ("scalar", "an answer without a prediction for each row"),
    ("broken", "no connection"),
])  # fmt: skip
def test_a_failure_is_counted_by_its_kind(word: str, kind: str, server: Any) -> None:
    url, seen = server

    one, batch = ask_service(endpoint_of(url), with_words("ok", word, "ok", "ok"), PLAN)

    assert one.failures == {kind: 3}
    assert len(one.took_ns) == 9
    assert batch.failed == 0
    assert {path for path, _, _ in seen} == {"/predict"}


def test_a_wait_is_bounded(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_TIMEOUT_S", 0.3)
    plan = Plan(rows=4, requests=4, batch=1, batches=1, warm_up=1)

    one, _ = ask_service(endpoint_of(server[0]), with_words("ok", "ok", "slow", "ok"), plan)

    assert one.failures == {"no answer within 0.3 s": 1}
    assert max(one.took_ns) < 300_000_000


def test_an_api_that_answers_nothing_is_an_error_with_its_reasons(server: Any) -> None:
    with pytest.raises(UserError, match=r"no request with a prediction: HTTP 401 \(12 times\)"):
        ask_service(endpoint_of(server[0]), with_words("401", "401", "401", "401"), PLAN)


def test_a_secret_reaches_the_api_and_nothing_else(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "s3cr3t")
    endpoint = endpoint_of(server[0], {"Authorization": "Key ${API_KEY}"})

    told = describe_service(endpoint)
    one, _ = ask_service(endpoint, ROWS, PLAN)

    assert {headers["Authorization"] for _, _, headers in server[1]} == {"Key s3cr3t"}
    assert "s3cr3t" not in f"{told} {one} {endpoint}"


@pytest.mark.parametrize(("path", "version"), [("", "v7"), ("/api", ""), ("/none", "")])
def test_the_version_is_what_the_api_says_it_serves(path: str, version: str, server: Any) -> None:
    assert describe_service(endpoint_of(f"{server[0]}{path}")).version == version


def test_nobody_there_is_to_be_tried_again() -> None:
    with serving() as (url, _):
        gone = endpoint_of(url)

    with pytest.raises(RetryError, match="does not answer: no connection"):
        describe_service(gone)
