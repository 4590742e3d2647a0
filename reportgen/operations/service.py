"""A running API is asked as `vetiver.predict` asks it: JSON records to ``/predict``.

One connection, one request at a time, no redirect and no proxy, and every wait is bounded. Only
kinds of failure are kept of what goes wrong, never a body or a header.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reportgen.errors import RetryError, UserError
from reportgen.operations.calls import time_calls
from reportgen.report.operations import Plan, Service, Timings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Endpoint", "ask_service", "describe_service", "open_endpoint", "prototype_of"]

_TIMEOUT_S = 10.0
_LONGEST_ANSWER = 64_000_000
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HEADER = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to ask, and how to say who asks.

    Attributes
    ----------
    path : of the predictions, ``/predict``
    headers : may hold secrets; they are neither shown nor stored
    """

    scheme: str
    host: str
    port: int | None
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def address(self) -> str:
        """What a record may show."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def connect(self) -> HTTPConnection:
        """Make a connection, which opens when it is used and again after it was closed."""
        kind = HTTPSConnection if self.scheme == "https" else HTTPConnection
        return kind(self.host, self.port, timeout=_TIMEOUT_S)


def open_endpoint(
    url: str, headers: Mapping[str, str], environment: Mapping[str, str]
) -> Endpoint:
    """Read an address, and put the environment's secrets into the headers.

    Parameters
    ----------
    url : of the API, or of its ``/predict``
    headers : name -> words with a reference, ``Key ${CONNECT_API_KEY}``

    Raises
    ------
    UserError
        It is no address, a secret stands in it or in a header, or would travel in the clear.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UserError(f"--url is not an address: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError("--url is not an address such as https://server/predict")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UserError(
            "--url holds more than an address; it goes into a record that others read. Give a "
            "secret as --header 'Authorization: Key ${CONNECT_API_KEY}'."
        )
    if headers and parts.scheme == "http" and not _is_here(parts.hostname):
        raise UserError("--header holds a secret, which http would send in the clear: use https")
    path = parts.path.rstrip("/")
    return Endpoint(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port,
        path=path if path.endswith("/predict") else f"{path}/predict",
        headers={name: _secret(name, said, environment) for name, said in headers.items()},
    )


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(name: str, said: str, environment: Mapping[str, str]) -> str:
    if not _HEADER.fullmatch(name):
        raise UserError(f"--header {name!r} is not the name of a header")
    if not _REFERENCE.search(said):
        raise UserError(
            f"--header '{name}: ...' must take its words from the environment, as in "
            f"'{name}: ${{API_KEY}}': what is typed here can be read by others"
        )
    missing = [found for found in _REFERENCE.findall(said) if not environment.get(found)]
    if missing:
        raise UserError(f"--header {name}: the environment has no variable {missing[0]}")
    words = _REFERENCE.sub(lambda found: environment[found[1]], said)
    if not words.isprintable() or not words.isascii():
        raise UserError(f"--header {name}: the environment's words cannot stand in a header")
    return words


def describe_service(endpoint: Endpoint) -> Service:
    """Ask which version the API serves; not every API says.

    Raises
    ------
    RetryError
        Nobody answers there.
    """
    told = _get(endpoint, "metadata")
    version = told.get("version") if isinstance(told, Mapping) else None
    return Service(address=endpoint.address, version=str(version or ""))


def prototype_of(endpoint: Endpoint) -> Any:
    """Ask what one row looks like; None when the API does not say."""
    return _get(endpoint, "prototype")


def _get(endpoint: Endpoint, name: str) -> Any:
    connection = endpoint.connect()
    path = f"{endpoint.path.removesuffix('predict')}{name}"
    try:
        connection.request("GET", path, headers=dict(endpoint.headers))
        answer = connection.getresponse()
        content = answer.read(_LONGEST_ANSWER)
        return json.loads(content) if answer.status == 200 else None
    except ValueError:
        return None
    except (OSError, HTTPException) as error:
        raise RetryError(f"{endpoint.address} does not answer: {_kind(error)}") from error
    finally:
        connection.close()


def ask_service(endpoint: Endpoint, rows: pd.DataFrame, plan: Plan) -> tuple[Timings, Timings]:
    """Ask about one row at a time, then about batches.

    Returns
    -------
    the timings of one row, and of a batch; they begin when the request is sent and end when the
    answer has been read, and hold the network between

    Raises
    ------
    UserError
        Not one request was answered; with what the first one got instead.
    """
    connection = endpoint.connect()
    ones = [_body(rows.iloc[[at]]) for at in range(min(plan.rows, len(rows)))]
    places = [number % len(rows) for number in range(plan.batch)]
    batch = _body(rows.iloc[places])

    def ask_one(body: bytes) -> str:
        return _ask(connection, endpoint, body, 1)

    def ask_batch(body: bytes) -> str:
        return _ask(connection, endpoint, body, plan.batch)

    try:
        took, failures = time_calls(
            ask_one, ones, count=plan.requests, warm_up=plan.warm_up, seconds=plan.seconds
        )
        if not took:
            kinds = ", ".join(f"{kind} ({n} times)" for kind, n in failures.most_common(3))
            raise UserError(f"{endpoint.address} answered no request with a prediction: {kinds}")
        rare = -(-plan.warm_up // 10)
        many, refused = time_calls(
            ask_batch, [batch], count=plan.batches, warm_up=rare, seconds=plan.seconds
        )
    finally:
        connection.close()
    distinct = min(plan.batch, len(rows))
    return (
        Timings(rows=1, distinct=len(ones), took_ns=tuple(took), failures=dict(failures)),
        Timings(rows=plan.batch, distinct=distinct, took_ns=tuple(many), failures=dict(refused)),
    )


def _body(rows: pd.DataFrame) -> bytes:
    return rows.to_json(orient="records", date_format="iso").encode()


def _ask(connection: HTTPConnection, endpoint: Endpoint, body: bytes, rows: int) -> str:
    """Send one request; give an empty text, or the kind of failure."""
    headers = {"Content-Type": "application/json", **endpoint.headers}
    try:
        connection.request("POST", endpoint.path, body, headers)
        answer = connection.getresponse()
        content = answer.read(_LONGEST_ANSWER + 1)
    except (OSError, HTTPException) as error:
        connection.close()
        return _kind(error)
    if answer.status != 200:
        return f"HTTP {answer.status}"
    if len(content) > _LONGEST_ANSWER:
        connection.close()
        return "an answer too long"
    return "" if _predictions(content) == rows else "an answer without a prediction for each row"


def _predictions(content: bytes) -> int:
    """Count the predictions in ``{"predict": [...]}`` or ``[...]``; -1 when it is neither."""
    try:
        told = json.loads(content)
    except ValueError:
        return -1
    lists: Sequence[Any] = [told] if isinstance(told, list) else []
    if isinstance(told, Mapping):
        lists = [item for item in told.values() if isinstance(item, list)]
    return len(lists[0]) if lists else -1


def _kind(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {_TIMEOUT_S:g} s"
    if isinstance(error, ConnectionError):
        return "no connection"
    return type(error).__name__
