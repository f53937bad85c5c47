"""A lab's server inside this very process: no child, no thread, no socket.

    from labserver import Lab
    from labserver.kit.processes.in_process import InProcessServer
    lab = Lab(InProcessServer())

`requests` hands each request to an adapter, which calls the WSGI application and returns its answer. The
server has one worker, speaks plain HTTP, and ends with `stop()`.
"""

from __future__ import annotations

import http.client
import io
import os
import secrets
import socket
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from labserver.runtime.child_messages import ExitReason, ReadyMessage

if TYPE_CHECKING:
    from flask import Flask

HOST = "lab.invalid"
"""No resolver knows this name (RFC 6761 section 6.4): what goes past the adapter reaches nobody."""


class InProcessServer:
    """A server in lab mode that answers the sessions which it connects. Its options are those of `Lab.start`.

    The default store is a fresh SQLite in a folder that goes with it. `start` raises SettingsError or
    StoreUnusable for options that make no server.
    """

    url = f"http://{HOST}"

    def __init__(
        self,
        *,
        store: str = "sqlite:",
        algorithm: str = "HS256",
        denylist: bool = False,
        access_seconds: int = 900,
        weak: str | None = None,
    ) -> None:
        self._options: dict[str, Any] = {
            "store": store,
            "algorithm": algorithm,
            "denylist": denylist,
            "access_lifetime": access_seconds,
            "weak": weak,
        }
        self._app: Flask | None = None

    @property
    def about(self) -> str:
        """Where it runs, its store and its algorithm."""
        store, algorithm = self._options["store"].partition(":")[0], self._options["algorithm"]
        return f"store {store} · {algorithm} · in this process"

    @property
    def alive(self) -> bool:
        """Whether it was started and not stopped."""
        return self._app is not None

    def start(self) -> None:
        """Make the demo users, the keys and the application."""
        from labserver.app import SHARED_STATE, create_app, prepare
        from labserver.settings import Settings

        self._owner = os.getpid()
        self._home = TemporaryDirectory(prefix="labserver-in-process-", ignore_cleanup_errors=True)
        key, home = secrets.token_urlsafe(32), Path(self._home.name)
        settings = Settings(home=home, lab_key=key, hosts=(HOST,), **self._options)
        try:
            users = prepare(settings)
            self._app = create_app(settings, tidy=False)
        except BaseException:
            self._home.cleanup()
            raise
        clock = str(home / SHARED_STATE)
        self.ready = cast(
            ReadyMessage, {"url": self.url, "lab_key": key, "ca": None, "users": users, "clock": clock}
        )

    def connect(self, session: requests.Session) -> None:
        """Let a session reach the server."""
        session.mount(self.url, _Adapter(self))

    def exit_reason(self) -> ExitReason:
        """Return why it does not answer."""
        return ExitReason("stopped")

    def stop(self) -> None:
        """Let go of the application and remove the folder; safe to call twice."""
        if self._app is not None and os.getpid() == self._owner:  # a fork of this process is not the owner
            self._app = None
            self._home.cleanup()

    def answer(self, request: requests.PreparedRequest) -> http.client.HTTPResponse:
        """Answer one request. Raises requests.ConnectionError after the end."""
        if self._app is None:
            raise requests.ConnectionError("the server was stopped", request=request)
        from werkzeug.test import run_wsgi_app

        from labserver.runtime.gateway import environ

        body = request.body or b""
        variables = environ(_scope(request), body.encode() if isinstance(body, str) else bytes(body))
        chunks, status, headers = run_wsgi_app(self._app, variables, buffered=True)
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "", ""]
        wire = "\r\n".join(lines).encode("latin-1") + b"".join(chunks)
        answer = http.client.HTTPResponse(cast(socket.socket, _Wire(wire)), method=request.method)
        answer.begin()
        return answer


class _Wire:
    """What `http.client` reads an answer from in place of a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


class _Adapter(HTTPAdapter):
    """Sends a session's requests to the server, and its answers back, through no connection."""

    def __init__(self, server: InProcessServer) -> None:
        super().__init__()
        self._server = server

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        answer = self._server.answer(request)
        raw = HTTPResponse(
            body=answer,
            headers=HTTPHeaderDict(answer.getheaders()),
            status=answer.status,
            reason=answer.reason,
            original_response=answer,
            preload_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)


def _scope(request: requests.PreparedRequest) -> dict[str, Any]:
    """Describe a request in the terms of ASGI, as the HTTP server does."""
    parts = urlsplit(str(request.url))
    headers = {"Host": parts.netloc, **request.headers}
    return {
        "method": str(request.method),
        "raw_path": parts.path.encode("latin-1"),
        "query_string": parts.query.encode("latin-1"),
        "client": ("127.0.0.1", 0),
        "server": (HOST, 80),
        "http_version": "1.1",
        "scheme": "http",
        "headers": [(_bytes(name).lower(), _bytes(value)) for name, value in headers.items()],
    }


def _bytes(text: str | bytes) -> bytes:
    return text.encode("latin-1") if isinstance(text, str) else text
