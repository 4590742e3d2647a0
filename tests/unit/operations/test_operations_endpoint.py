"""Addresses and secrets: what is refused, and what nobody gets to see."""

from __future__ import annotations

import pytest

from reportgen.errors import UserError
from reportgen.operations.service import open_endpoint

SECRET = "s3cr3t-words"
ENVIRONMENT = {"API_KEY": SECRET, "EMPTY": "", "LINES": "a\r\nX-Evil: b"}


@pytest.mark.parametrize(("url", "address"), [
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000/predict"),
    ("http://127.0.0.1:8000/predict", "http://127.0.0.1:8000/predict"),
    ("http://127.0.0.1:8000/predict/", "http://127.0.0.1:8000/predict"),
    ("https://server/content/1a2b", "https://server/content/1a2b/predict"),
    ("http://[::1]:80/", "http://[::1]:80/predict"),
])  # fmt: skip
def test_the_predictions_of_an_address(url: str, address: str) -> None:
    assert open_endpoint(url, {}, {}).address == address


@pytest.mark.parametrize(("url", "said"), [
    ("predict", "is not an address"),
    ("ftp://server/predict", "is not an address"),
    ("file:///etc/passwd", "is not an address"),
    ("http://", "is not an address"),
    ("http://server:port/", "is not an address"),
    ("http://server:99999/", "is not an address"),
    (f"http://me:{SECRET}@server/", "more than an address"),
    (f"https://server/predict?key={SECRET}", "more than an address"),
    (f"https://server/predict#{SECRET}", "more than an address"),
])  # fmt: skip
def test_what_is_no_address_is_refused(url: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as refused:
        open_endpoint(url, {}, {})
    assert SECRET not in str(refused.value)


def test_a_secret_comes_from_the_environment_and_is_not_shown() -> None:
    endpoint = open_endpoint("https://server/", {"Authorization": "Key ${API_KEY}"}, ENVIRONMENT)

    assert endpoint.headers == {"Authorization": f"Key {SECRET}"}
    assert SECRET not in repr(endpoint)
    assert SECRET not in endpoint.address


@pytest.mark.parametrize(("header", "said"), [
    (("Authorization", f"Key {SECRET}"), "from the environment"),
    (("Authorization", "Key ${NO_SUCH}"), "no variable NO_SUCH"),
    (("Authorization", "Key ${EMPTY}"), "no variable EMPTY"),
    (("Authorization", "${LINES}"), "cannot stand in a header"),
    (("Bad name", "${API_KEY}"), "is not the name of a header"),
])  # fmt: skip
def test_a_header_that_is_typed_missing_or_hostile_is_refused(
    header: tuple[str, str], said: str
) -> None:
    with pytest.raises(UserError, match=said) as refused:
        open_endpoint("https://server/", dict([header]), ENVIRONMENT)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("host", ["server", "10.0.0.1", "127.0.0.1.example.com"])
def test_a_secret_does_not_travel_in_the_clear(host: str) -> None:
    with pytest.raises(UserError, match="in the clear"):
        open_endpoint(f"http://{host}/", {"Authorization": "${API_KEY}"}, ENVIRONMENT)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
def test_this_machine_is_no_network(host: str) -> None:
    open_endpoint(f"http://{host}/", {"Authorization": "${API_KEY}"}, ENVIRONMENT)
