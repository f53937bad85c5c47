"""Every page works under a hub's prefix, in a real browser: log in, change something, log out."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from labserver.kit.browser.web import Web
from labserver.kit.processes.child import Child

PREFIX = "/user/ada/proxy/8000"
DROPPED = {"connection", "transfer-encoding", "content-length", "server", "date"}


class Hub(BaseHTTPRequestHandler):
    """Passes on what begins with the prefix, without it, as jupyter-server-proxy does; knows nothing else."""

    port: int
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.startswith(f"{PREFIX}/"):
            self.server.strays.append(self.path)  # type: ignore[attr-defined]
            self.reply(404, [], b"not below the prefix")
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = dict(self.headers.items()) | {"X-Forwarded-Prefix": PREFIX}
        connection.request(self.command, self.path.removeprefix(PREFIX), body or None, headers)
        answer = connection.getresponse()
        self.reply(answer.status, answer.getheaders(), answer.read())
        connection.close()

    do_POST = do_DELETE = do_GET

    def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in DROPPED:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[Child]:
    options = ("--lab", "--exit-with-stdin", "--behind-proxy", "--host-name", "*")
    child = Child("the server", "labserver", "serve", *options)
    yield child
    child.stop()


@pytest.fixture(scope="module")
def hub(server: Child) -> Iterator[ThreadingHTTPServer]:
    handler = type("HubOfThisServer", (Hub,), {"port": int(str(server.ready["url"]).rpartition(":")[2])})
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    proxy.strays = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    yield proxy
    proxy.shutdown()
    proxy.server_close()
    thread.join()


@pytest.mark.parametrize("path", ["/site/", "/app/", "/bff/"])
def test_a_page_works_below_a_prefix(path: str, server: Child, hub: ThreadingHTTPServer, web: Web) -> None:
    hub.strays.clear()  # type: ignore[attr-defined]
    origin = f"http://hub.localhost:{hub.server_port}"
    tab = web.tab(f"{origin}{PREFIX}{path}")
    tab.fill("#username", "ada")
    tab.fill("#password", server.ready["users"]["ada"]["password"])
    tab.click("form:has(#password) button")
    tab.wait_for("input[name=email]" if path == "/site/" else "#inside")
    assert tab.address == f"{origin}{PREFIX}{path}"
    tab.fill("input[type=email]", "ada@prefix.example")
    tab.click("form:has(input[type=email]) button")
    tab.wait_for(".news" if path == "/site/" else "#log li:nth-child(2)")
    cookies = web.browser.jar(f"{origin}{PREFIX}/")
    assert {cookie["path"] for cookie in cookies.values()} == (set() if path == "/app/" else {f"{PREFIX}/"})
    tab.click("form[action=logout] button" if path == "/site/" else "#logout")
    tab.wait_for("#password")
    tab.close()
    assert [one for one in hub.strays if one != "/favicon.ico"] == []  # type: ignore[attr-defined]
