"""What Flask gets to know about a request, over the real server."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator

import pytest
import requests

from tests.process.processes import Started, server

PLANTED = {"HTTP_AUTHORIZATION": "Bearer planted", "HTTP_COOKIE": "sid=planted", "CONTENT_LENGTH": "5"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with server(tmp_path_factory.mktemp("gateway") / "temp", variables=PLANTED) as started:
        yield started


def test_environment_variables_are_no_headers(lab: Started) -> None:
    """A WSGI environ is often begun from the process's own: a variable would look like a request's header."""
    assert requests.get(lab.ready["url"] + "/token/me", timeout=10).json()["code"] == "no_token"
    assert requests.get(lab.ready["url"] + "/session/me", timeout=10).json()["code"] == "no_session"


@pytest.mark.parametrize(("name", "status"), [("X_Lab_Key", 403), ("X-Lab-Key", 200)])
def test_a_header_with_an_underscore_is_no_other_header(lab: Started, name: str, status: int) -> None:
    """X_Lab_Key and X-Lab-Key would be the same variable of the WSGI environ."""
    answer = requests.get(lab.ready["url"] + "/lab/state", headers={name: lab.ready["lab_key"]}, timeout=10)
    assert answer.status_code == status


@pytest.mark.parametrize("size", [20_000, 900_000, 9_000_000])
@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_a_body_that_is_too_large_gets_its_answer(lab: Started, size: int, chunked: bool) -> None:
    body = b" " * size
    pieces = (body[start : start + 65_536] for start in range(0, size, 65_536))
    answer = requests.post(
        lab.ready["url"] + "/session/login",
        data=pieces if chunked else body,
        headers={"Content-Type": "application/json"},
        timeout=30,
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_body_in_chunks(lab: Started) -> None:
    who = b'{"username": "ada", "password": "%s"}' % lab.ready["users"]["ada"]["password"].encode()
    answer = requests.post(
        lab.ready["url"] + "/session/login",
        data=iter([who[:10], who[10:]]),
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("head", "rest", "leave"),
    [
        (b"Transfer-Encoding: chunked", b"%x\r\n%b\r\nzz\r\n", False),
        (b"Transfer-Encoding: chunked", b"%x\r\n%b\r\n", True),
        (b"Content-Length: 1000", b"%.0x%b", True),
    ],
    ids=["what follows is no chunk", "chunks without an end", "less than its length"],
)
def test_a_body_that_breaks_off_is_not_taken_for_a_whole_one(
    lab: Started, head: bytes, rest: bytes, leave: bool
) -> None:
    """What came of it would be a good login."""
    who = b'{"username": "ada", "password": "%s"}' % lab.ready["users"]["ada"]["password"].encode()
    with socket.create_connection(("127.0.0.1", lab.port), timeout=10) as connection:
        start = b"POST /session/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        connection.sendall(start + head + b"\r\n\r\n" + rest % (len(who), who))
        if leave:
            connection.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert (answer.status, json.loads(answer.read())["code"]) == (400, "invalid_request")
        assert answer.will_close


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example", 400),
        (b"GET /healthz HTTP/1.1", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: a\x00b", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: caf\xe9", 200),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 9_000, 200),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 20_000, 431),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 900_000, 431),
        (b"GET /%ff%00 HTTP/1.1\r\nHost: 127.0.0.1", 404),
        (b"GET /nothing?a=\xe2\x82\xac HTTP/1.1\r\nHost: 127.0.0.1", 404),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1", 414),
        (b"HEAD /healthz HTTP/1.1\r\nHost: 127.0.0.1", 200),
    ],
    ids=[
        "two hosts",
        "no host",
        "two lengths",
        "NUL",
        "Latin-1",
        "9 kB",
        "20 kB",
        "900 kB",
        "bytes",
        "UTF-8",
        "long",
        "HEAD",
    ],
)
def test_odd_heads(lab: Started, head: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", lab.port), timeout=10) as connection:
        connection.sendall(head + b"\r\nConnection: close\r\n\r\n")
        answer = http.client.HTTPResponse(connection, method=head.partition(b" ")[0].decode())
        answer.begin()
        assert answer.status == status
        assert answer.headers.get("Server", "-") == "-", "no name (docs/security.md, V9)"


def test_http_2_is_not_spoken(lab: Started) -> None:
    with socket.create_connection(("127.0.0.1", lab.port), timeout=10) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert connection.recv(100) == b"", "no SETTINGS frame comes back"


def test_a_kept_connection_answers_request_after_request(lab: Started) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=10)
    for _ in range(50):
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        assert not answer.will_close
    connection.close()
