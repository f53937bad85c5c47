"""docs/security.md, rows V9 and V10, over bare sockets: what HTTP clients do not send or show."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import requests

from tests.conftest import Server, StartServer
from tests.contract.clients import App, Browser
from tests.contract.services import Service

ODD = {
    "Latin-1": b"\xe9",
    "UTF-8": "é€".encode(),
    "a no-break space": b"\xa0",
    "no UTF-8": b"\xff",
    "a surrogate": b"\xed\xa0\x80",
}
odd_bytes = pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
SOFTWARE = r"granian|hyper|rust|flask|werkzeug|python"


@dataclass
class Told:
    """An answer as it came."""

    status: int
    head: str
    code: str | None


class Wire:
    """Both services, and good credentials of ada's."""

    stalled: dict[str, Future[Told]]
    """What each answers to a client that stops in the middle of its body; it takes seconds."""

    def __init__(self, server: Server, service: Service) -> None:
        self.ports = {"server": urlsplit(server.url).port, "service": urlsplit(service.ready["url"]).port}
        self.lab_key = server.ready["lab_key"].encode()
        with Browser(server) as browser, App(server) as app:
            browser.login()
            self.sid = browser.credential.encode()
            self.token = app.login().json()["access_token"].encode()

    def send(self, raw: bytes, to: str = "server") -> Told:
        """Send a request as it is, and read the answer to its end."""
        with socket.create_connection(("127.0.0.1", self.ports[to]), timeout=30) as connection:
            connection.sendall(raw)
            answer = http.client.HTTPResponse(connection, method=raw.partition(b" ")[0].decode("latin-1"))
            answer.begin()
            body = answer.read()
            connection.close()
        code = json.loads(body).get("code") if b'"code"' in body else None
        return Told(answer.status, str(answer.headers), code)

    def ask(self, path: str, *lines: bytes, to: str = "server", method: str = "GET") -> Told:
        """Ask with these header lines."""
        head = (f"{method} {path} HTTP/1.1".encode(), b"Host: 127.0.0.1", b"Connection: close", *lines)
        return self.send(b"\r\n".join(head) + b"\r\n\r\n", to)


TO_US = b"Host: 127.0.0.1\r\nConnection: close\r\n"
RAW = {
    "an answer": b"GET /healthz HTTP/1.1\r\n" + TO_US + b"\r\n",
    "HTTP/1.0": b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n",
    "HEAD": b"HEAD /healthz HTTP/1.1\r\n" + TO_US + b"\r\n",
    "another host": b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "not found": b"GET /nothing HTTP/1.1\r\n" + TO_US + b"\r\n",
    "an odd method": b"TRACE / HTTP/1.1\r\n" + TO_US + b"\r\n",
    "UTF-8 in the address": b"GET /healthz?a=\xe2\x82\xac HTTP/1.1\r\n" + TO_US + b"\r\n",
    "Latin-1 in the address": b"GET /\xe9 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\r\n\r\n",
    "half a line": b"GET\r\n\r\n",
    "HTTP/9.9": b"GET / HTTP/9.9\r\n\r\n",
    "a header with a blank": b"GET / HTTP/1.1\r\nbad header: x\r\n\r\n",
    "a header with NUL": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: a\x00b\r\n\r\n",
    "a long address": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 900_000 + b"\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "no chunks": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a stalled body": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{",
    "a WebSocket": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close, Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
}
STALLED = RAW["a stalled body"]


@pytest.fixture(scope="module")
def wire(servers: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    log = tmp_path_factory.mktemp("wire") / "log"
    server = servers("--algorithm", "ES256")
    service = Service(server, log)
    connected = Wire(server, service)
    with ThreadPoolExecutor() as pool:  # the other tests do not wait until a stalled client is answered
        connected.stalled = {to: pool.submit(connected.send, STALLED, to) for to in ("server", "service")}
        yield connected
    assert service.stop() == 0
    assert "Traceback" not in log.read_text()


@odd_bytes
def test_V10_a_neighbour_s_odd_cookie_logs_nobody_out(wire: Wire, odd: bytes) -> None:
    """Another program on this machine set it: cookies ignore ports (L5)."""
    sid = b"sid=" + wire.sid
    assert wire.ask("/session/me", b"Cookie: theme=" + odd + b"; " + sid).status == 200
    assert wire.ask("/session/me", b"Cookie: " + sid + b"; " + odd + b"=" + odd).status == 200
    assert wire.ask("/session/me", b"Cookie: theme=" + odd, b"Cookie: " + sid).status == 200
    assert (
        wire.ask("/token/me", b"Cookie: theme=" + odd, b"Authorization: Bearer " + wire.token).status == 200
    )


@odd_bytes
def test_V10_an_odd_line_hides_no_second_credential(wire: Wire, odd: bytes) -> None:
    cookie, bearer = b"Cookie: sid=" + wire.sid, b"Authorization: Bearer " + wire.token
    for other in (b"sid=" + odd, b"sid=" + wire.sid + odd):
        second = b"Cookie: " + other
        for lines in ((cookie, second), (second, cookie), (cookie + b"; " + other,)):
            assert wire.ask("/session/me", *lines).status == 400, lines
    for second in (b"Authorization: Bearer " + odd, bearer + odd, b"Authorization: Basic " + odd):
        for to, path in (("server", "/token/me"), ("service", "/me")):
            assert wire.ask(path, bearer, second, to=to).status == 400, second
            assert wire.ask(path, second, bearer, to=to).status in (400, 401), second


@odd_bytes
def test_V10_an_odd_key_opens_no_control_api(wire: Wire, odd: bytes) -> None:
    assert wire.ask("/lab/state", b"X-Lab-Key: " + wire.lab_key + odd).status == 403


SPOILT: dict[str, Callable[[bytes, bytes], bytes]] = {
    "after it": lambda good, odd: good + odd,
    "before it": lambda good, odd: odd + good,
    "alone": lambda good, odd: odd,
    "in its parts": lambda good, odd: good.replace(b".", b"." + odd),
}


@odd_bytes
@pytest.mark.parametrize("where", ["after it", "before it", "alone"])
def test_V10_an_odd_session_id_is_refused_like_any_other(wire: Wire, odd: bytes, where: str) -> None:
    answer = wire.ask("/session/me", b"Cookie: sid=" + SPOILT[where](wire.sid, odd))
    assert (answer.status, answer.code) == (401, "no_session")


@odd_bytes
@pytest.mark.parametrize(("to", "path"), [("server", "/token/me"), ("service", "/me")])
@pytest.mark.parametrize("where", SPOILT)
def test_V10_an_odd_token_is_refused_like_any_other(
    wire: Wire, odd: bytes, to: str, path: str, where: str
) -> None:
    answer = wire.ask(path, b"Authorization: Bearer " + SPOILT[where](wire.token, odd), to=to)
    assert (answer.status, answer.code) == (401, "invalid_token")


HEADERS = re.findall(
    r"[\w-]+",
    """
    Accept Accept-Encoding Accept-Language Access-Control-Request-Method Authorization Content-Encoding
    Content-Length Content-Type Cookie Date Expect Forwarded Host If-Match If-Modified-Since If-None-Match
    If-Range Origin Range Referer Sec-Fetch-Site TE Trailer Transfer-Encoding Upgrade User-Agent Via
    X-CSRF-Token X-Forwarded-For X-Forwarded-Host X-Forwarded-Prefix X-HTTP-Method-Override X-Lab-Key
    X-Trace-Id
    """,
)
ASKED = [
    ("server", "GET", "/session/me"),
    ("server", "POST", "/session/logout"),
    ("server", "POST", "/token/login"),
    ("server", "OPTIONS", "/token/me"),
    ("server", "GET", "/lab/state"),
    ("server", "GET", "/static/pages.css"),
    ("server", "GET", "/site/"),
    ("server", "GET", "/.well-known/jwks.json"),
    ("service", "GET", "/me"),
    ("service", "GET", "/healthz"),
]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize(("to", "method", "path"), ASKED, ids=[" ".join(asked) for asked in ASKED])
def test_V10_an_odd_byte_in_any_header_gives_no_5xx(
    wire: Wire, header: str, to: str, method: str, path: str
) -> None:
    for odd in (ODD["Latin-1"], ODD["UTF-8"]):
        for value in (odd, b"bytes=" + odd + b', W/"' + odd + b'"; q=' + odd):
            answer = wire.ask(path, header.encode() + b": " + value, to=to, method=method)
            assert answer.status < 500, value


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW.keys())
@pytest.mark.parametrize("to", ["server", "service"])
def test_V9_no_header_names_the_software(wire: Wire, raw: bytes, to: str) -> None:
    """Also where the HTTP server below answers by itself."""
    answer = wire.stalled[to].result() if raw == STALLED else wire.send(raw, to)
    assert answer.status < 500
    assert not re.search(SOFTWARE, answer.head, re.IGNORECASE)
    assert set(re.findall(r"(?im)^server: *(.*)$", answer.head)) <= {"-"}


def test_V9_over_tls_too(servers: StartServer) -> None:
    server = servers("--tls")
    answer = requests.get(f"{server.url}/healthz", verify=server.ca or True, timeout=30)
    assert answer.headers["Server"] == "-"
