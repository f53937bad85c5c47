"""What the gateway makes of a request, and what its threads keep of one once it is answered: nothing."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterable
from typing import Any

import pytest

from labserver.runtime.gateway import Gateway
from tests.process.processes import wait_until

SCOPE = {
    "method": "GET",
    "raw_path": b"/",
    "query_string": b"",
    "headers": [],
    "server": ("127.0.0.1", "80"),
    "client": ("127.0.0.1", "4711"),
    "scheme": "http",
    "http_version": "1.1",
}


class Connection:
    """Stands in for Granian's side of a request; the connection is open for as long as somebody holds it."""

    def __init__(self, *arriving: dict[str, Any]) -> None:
        self._arriving = iter(arriving)
        self.status, self.headers, self.body = 0, {b"": b""}, b""

    async def receive(self) -> dict[str, Any]:
        return next(self._arriving)

    async def send(self, message: dict[str, Any]) -> None:
        """Take a part of the answer; as Granian does, refuse a header with a control character."""
        if message["type"] == "http.response.start":
            if any(byte < 32 for _, value in message["headers"] for byte in value):
                raise RuntimeError("invalid header")
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body = message["body"]


def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("200 OK", [])
    return [b"fine"]


def ask(application: Any, connection: Connection, **scope: Any) -> Connection:
    """Send one request through a gateway."""
    asyncio.run(Gateway(application, 1000)(SCOPE | scope, connection.receive, connection.send))
    return connection


def test_a_connection_is_let_go_before_the_next_request_comes() -> None:
    """A client that stalled was answered with 408, and its connection stayed open: a thread still held it."""

    async def ask_often() -> list[weakref.ref[Connection]]:
        gateway = Gateway(app, 1000)
        connections = [Connection() for _ in range(40)]
        for connection in connections:
            await gateway(SCOPE, connection.receive, connection.send)
        assert {connection.status for connection in connections} == {200}
        return [weakref.ref(connection) for connection in connections]

    let_go = asyncio.run(ask_often())
    wait_until(lambda: not any(one() for one in let_go), "nobody holds any of them", 30)


def test_every_byte_arrives_as_the_character_of_its_number() -> None:
    """PEP 3333: Latin-1, whatever the bytes mean; also where a second line has the same name."""
    every = bytes(range(128, 256))
    seen: dict[str, Any] = {}

    def look(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        seen.update(environ)
        return app(environ, start)

    headers = [(b"cookie", b"a=" + every), (b"cookie", b"sid=b"), (b"x-a", b"one"), (b"x-a", every)]
    ask(look, Connection(), headers=headers, raw_path=b"//%ff%2F%E9", query_string=b"q=\xe2\x82\xac")
    assert seen["HTTP_COOKIE"] == f"a={every.decode('latin-1')}; sid=b"
    assert seen["HTTP_X_A"] == f"one,{every.decode('latin-1')}"
    assert seen["PATH_INFO"] == "//\xff/\xe9"
    assert seen["QUERY_STRING"] == "q=\xe2\x82\xac"


@pytest.mark.parametrize(
    ("header", "sent"),
    [("caf\xe9", b"caf\xe9"), ("\u20ac", None), ("a\x01b", None)],
    ids=["Latin-1", "no byte", "refused by the server"],
)
def test_a_header_of_an_answer_is_sent_or_the_answer_is_a_500_of_our_own(
    header: str, sent: bytes | None
) -> None:
    def write(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [("X-A", header)])
        return [b"fine"]

    answer = ask(write, Connection())
    assert answer.headers.get(b"X-A") == sent
    assert (answer.status, answer.body) == ((200, b"fine") if sent else (500, b""))
    assert answer.headers[b"Server"] == b"-", "no header names the software (docs/security.md, V9)"


def test_an_app_that_fails_is_answered_for() -> None:
    def fail(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        raise ValueError("the app's own secret")

    answer = ask(fail, Connection())
    assert (answer.status, answer.body, answer.headers[b"Server"]) == (500, b"", b"-")
    assert answer.headers[b"Cache-Control"] == b"no-store"


def test_half_a_body_is_no_body() -> None:
    """What came of it may be a whole JSON text by chance."""
    seen: dict[str, Any] = {}

    def look(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        seen.update(environ)
        return app(environ, start)

    half = {"type": "http.request", "body": b"{}", "more_body": True}
    answer = ask(
        look, Connection(half, {"type": "http.disconnect"}), headers=[(b"transfer-encoding", b"chunked")]
    )
    assert seen["labserver.broken"]
    assert seen["wsgi.input"].read() == b""
    assert answer.headers[b"Connection"] == b"close"
