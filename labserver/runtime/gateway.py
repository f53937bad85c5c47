"""Between Granian and Flask: takes a request in whole, then lets a thread answer it.

Granian's own WSGI mode calls the app first, and the app then waits for the body for as long as the client
likes: a handful of clients that stall in the middle of a body would hold every thread. Here a stalled client
holds nothing but its own connection, and is dropped in time. So Granian is spoken to in ASGI, which is
asynchronous, and Flask in WSGI (PEP 3333). Of Granian's interfaces ASGI alone passes on every header line, as
bytes: RSGI and WSGI leave out those that are not ASCII, and a credential could hide in one.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import lru_cache
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from labserver.web.middleware import HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = tuple[int, list[tuple[str, str]], bytes]

THREADS = 16
"""How many requests a worker answers at once. Argon2, the disk and a distant store let other threads run
meanwhile; but each thread keeps its own connection to the database, and a password check takes 19 MiB."""

BODY_SECONDS = 5.0
READ_ON = 1 << 20
"""A body that is too large is read up to this many bytes: a client busy sending would miss the answer."""

STALLED, BROKEN = "labserver.stalled", "labserver.broken"
"""Tell the app that the client stopped in the middle of its body, or that the body broke off: the client
left, or sent a malformed chunk. The app says so in its own words."""

NAMELESS = ("Server", "-")
"""Granian adds its name to an answer that has no Server header, and an empty one is not allowed (RFC 9110
section 10.2.4)."""

MISTAKE: Answer = (500, HEADERS, b"")
"""Our own answer when the app has none: Granian's would carry its name."""


class Gateway:
    """One worker's application, as Granian calls it."""

    def __init__(self, app: WSGIApplication, max_body: int) -> None:
        self._app, self._max_body = app, max_body
        self._waiting: SimpleQueue[tuple[Scope, bytes, str | None, asyncio.Future[Answer]]] = SimpleQueue()
        for _ in range(THREADS):
            threading.Thread(target=self._work, daemon=True).start()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, once its body is here or will not come."""
        body, fault = b"", None
        if any(
            name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
            for name, value in scope["headers"]
        ):
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    body = await self._read(receive)
            except TimeoutError:
                fault = STALLED
            except EOFError:
                fault = BROKEN
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.put((scope, body, fault, answered))
        try:
            await respond(send, *await answered)
        except Exception:
            logging.getLogger(__name__).exception("a request could not be answered")
            await respond(send, *MISTAKE)

    async def _read(self, receive: Receive) -> bytes:
        """Read the body; of one that is too large, enough for the app to see that it is. Raises EOFError."""
        parts, size, more = [], 0, True
        while more and size <= READ_ON:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise EOFError
            part, more = message["body"], message["more_body"]
            if size <= self._max_body:
                parts.append(part)
            size += len(part)
        return b"".join(parts)

    def _work(self) -> None:
        while True:
            # A function of its own lets go of the request: here it would be kept until the next one comes.
            self._answer(*self._waiting.get())

    def _answer(self, scope: Scope, body: bytes, fault: str | None, answered: asyncio.Future[Answer]) -> None:
        loop = answered.get_loop()
        try:
            answer = self._call(scope, body, fault)
        except Exception as error:
            loop.call_soon_threadsafe(answered.set_exception, error)
        else:
            loop.call_soon_threadsafe(answered.set_result, answer)

    def _call(self, scope: Scope, body: bytes, fault: str | None) -> Answer:
        head: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            head[:] = int(status[:3]), headers

        begin: StartResponse = start
        variables = environ(scope, body)
        if fault:
            variables[fault] = True
        answer = self._app(variables, begin)
        try:
            content = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        return head[0], [*head[1], ("Connection", "close")] if fault else head[1], content


async def respond(send: Send, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
    """Send an answer, with the characters of its headers as the bytes that WSGI means by them."""
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*headers, NAMELESS)]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": content})


def environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """Describe a request as WSGI does: each byte of it as the character of that number (Latin-1).

    Nothing of the process's environment is in it, unlike in CGI's.
    """
    host, port = scope["server"]
    variables: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REMOTE_ADDR": scope["client"][0],
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, line in scope["headers"]:
        key, value = variable(name), line.decode("latin-1")
        if key:
            variables[key] = (
                f"{variables[key]}{'; ' if name == b'cookie' else ','}{value}" if key in variables else value
            )
    if body:
        variables.setdefault("CONTENT_LENGTH", str(len(body)))
    return variables


@lru_cache(maxsize=1000)
def variable(header: bytes) -> str | None:
    """Name a header as WSGI does. None: X_Lab_Key would be X-Lab-Key; and the body is in chunks no longer."""
    if b"_" in header or header == b"transfer-encoding":
        return None
    name = header.decode("latin-1").upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
