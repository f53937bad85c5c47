"""Serve one request: over a socket of this machine, to a web app that runs in the caller's thread.

So an app that never answers is stopped with its caller, and what it raises arrives there, with its own line.
The client is the one in another thread. Both end with the call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from socketserver import TCPServer
from typing import Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

App = Callable[[dict[str, Any], Any], Iterable[bytes]]

HOST = "shop.example"
"""Where the app believes that it is, reached over TLS."""

PATIENCE = 10.0
"""Seconds that client and server wait for each other, at most."""

_OF_THE_SERVER = frozenset({"date", "server"})


@dataclass(slots=True)
class Served:
    """What came back: the status, the headers that the app sent, the body."""

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: BaseException | None = field(default=None, repr=False)
    """What the client met, where no answer came."""


def serve_once(app: App, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Served:
    """Send one request to the app and return its answer. Raises what the app raises."""
    caught: list[BaseException] = []

    def catching(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        try:
            answer = app(environ, start_response)
            try:
                return [b"".join(answer)]
            finally:
                getattr(answer, "close", lambda: None)()
        except BaseException as error:  # also the end that a sandbox has set
            caught.append(error)
            raise

    with _Server(("127.0.0.1", 0), _Request) as server:
        server.set_app(catching)
        served = Served()
        port = server.socket.getsockname()[1]
        client = threading.Thread(target=_send, args=(served, port, method, path, headers, body), daemon=True)
        client.start()
        server.handle_request()
    client.join(PATIENCE)
    if caught:
        raise caught[0]
    if served.error is not None:
        raise served.error
    return served


def _send(
    served: Served, port: int, method: str, path: str, headers: Mapping[str, str], body: bytes | None
) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": HOST, **headers}.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        served.status, served.body = answer.status, answer.read()
        served.headers = tuple(pair for pair in answer.getheaders() if pair[0].lower() not in _OF_THE_SERVER)
    except (OSError, HTTPException) as error:
        served.error = error
    finally:
        connection.close()


class _Server(WSGIServer):
    """A server for one request. Its name is given: looking it up may take seconds."""

    timeout = PATIENCE

    def server_bind(self) -> None:
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, 443
        self.setup_environ()


class _Handler(ServerHandler):
    """Run the app, and print nothing: what it raises is raised again where it is served."""

    def log_exception(self, exc_info: Any) -> None:
        """Leave it to the caller."""


class _Request(WSGIRequestHandler):
    """Read the request as wsgiref does; tell the app that it came over TLS."""

    def get_environ(self) -> Any:
        return super().get_environ() | {"HTTPS": "on"}

    def handle(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if self.parse_request():
            writer: Any = self.wfile  # typed as less than it is
            handler = _Handler(self.rfile, writer, self.get_stderr(), self.get_environ(), multithread=False)
            handler.request_handler = self  # type: ignore[attr-defined]
            handler.run(self.server.get_app())  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""
