"""Between Granian and Flask: takes a request in whole, then lets a thread answer it.

Granian's own WSGI mode calls the app first, and the app then waits for the body for as long as the client
likes: a handful of clients that stall in the middle of a body would hold every thread. Here a stalled client
holds nothing but its own connection, and is dropped in time. So Granian is spoken to in RSGI, its
asynchronous protocol, and Flask in WSGI (PEP 3333).
"""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian.rsgi import Scope

THREADS = 16
"""How many requests a worker answers at once. Argon2, the disk and a distant store let other threads run
meanwhile; but each thread keeps its own connection to the database, and a password check takes 19 MiB."""

BODY_SECONDS = 5.0
READ_ON = 1 << 20
"""A body that is too large is read on for so many bytes: a client busy sending would miss the answer."""


STALLED = "labserver.stalled"
"""Tells the app that the client stopped in the middle of its body; the app says so in its own words."""


class Gateway:
    """One worker's application, as Granian calls it."""

    def __init__(self, app: WSGIApplication, max_body: int) -> None:
        self._app, self._max_body = app, max_body
        self._waiting: SimpleQueue[tuple[Scope, HTTPProtocol, bytes | None, asyncio.Future[None]]] = (
            SimpleQueue()
        )
        for _ in range(THREADS):
            threading.Thread(target=self._work, daemon=True).start()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer one request, once its body is here or BODY_SECONDS have passed (None: it stalled)."""
        body: bytes | None = b""
        if scope.headers.get("content-length", "0") != "0" or "transfer-encoding" in scope.headers:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    body = await self._read(protocol)
            except TimeoutError:
                body = None
        answered = self._loop.create_future()
        self._waiting.put((scope, protocol, body, answered))
        await answered

    async def _read(self, protocol: HTTPProtocol) -> bytes:
        """Read the body; of one that is too large, enough for the app to see that it is."""
        parts, size = [], 0
        async for part in protocol:
            if size <= self._max_body:
                parts.append(part)
            size += len(part)
            if size > READ_ON:
                break
        return b"".join(parts)

    def _work(self) -> None:
        while True:
            scope, protocol, body, answered = self._waiting.get()
            try:
                protocol.response_bytes(*self._call(scope, body))
            except Exception as error:
                self._loop.call_soon_threadsafe(answered.set_exception, error)
            else:
                self._loop.call_soon_threadsafe(answered.set_result, None)
            # Held while this thread waits for the next request, it would keep a stalled connection open.
            del scope, protocol, body, answered

    def _call(self, scope: Scope, body: bytes | None) -> tuple[int, list[tuple[str, str]], bytes]:
        head: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            head[:] = int(status[:3]), headers

        begin: StartResponse = start
        answer = self._app(environ(scope, body or b"") | {STALLED: body is None}, begin)
        try:
            content = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        return head[0], [*head[1], ("Connection", "close")] if body is None else head[1], content


def environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """Describe a request as WSGI does. Nothing of the process's environment is in it, unlike in CGI's."""
    host, _, port = scope.server.rpartition(":")
    told: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        # X_Lab_Key would become the same variable as X-Lab-Key; and the body no longer comes in chunks.
        if "_" in name or name == "transfer-encoding":
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        told[key] = f"{told[key]}{'; ' if name == 'cookie' else ','}{value}" if key in told else value
    if body:
        told.setdefault("CONTENT_LENGTH", str(len(body)))
    return told
