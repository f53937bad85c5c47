"""A client that costs almost nothing, so that a measurement shows the server and not the client.

It sends the very bytes of a request that `requests` has sent before, over one connection that stays open.
With `requests` itself the client takes three times as long as the server, and its time varies by more
than the difference between two checks.
"""

from __future__ import annotations

import re
import socket
import ssl
from time import perf_counter_ns
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from labserver.kit.failures import ServerGone

TIMEOUT = 10.0
"""Seconds that a connection waits for the server."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_TIMING = re.compile(rb"\r\nserver-timing: *([^\r]*)", re.IGNORECASE)
_SPAN = re.compile(r"([\w-]+);dur=([\d.]+)")


class Reply(NamedTuple):
    """An answer's status, how long it took to come, and the server's own spans; all times in microseconds."""

    status: int
    us: float
    spans: dict[str, float]


class RawConnection:
    """One connection to one server, opened when first needed, and again when the server has closed it."""

    def __init__(self, url: str, ca: str | None = None) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc
        self._where = (parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80))
        self._tls = ssl.create_default_context(cafile=ca) if parts.scheme == "https" else None
        self._socket: socket.socket | None = None

    def ask(self, message: bytes) -> Reply:
        """Send a request and wait for its answer. Raises ServerGone when there is none."""
        try:
            return self._ask(message)
        except OSError:
            self.close()
        try:  # the server closes a connection that was idle too long; a new one shows whether it is there
            return self._ask(message)
        except OSError as error:
            self.close()
            raise ServerGone(f"no answer from {self.host}: {error}") from None

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket:
            self._socket.close()
            self._socket = None

    def _ask(self, message: bytes) -> Reply:
        line = self._socket or self._open()
        start = perf_counter_ns()
        line.sendall(message)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._read(line)
        head, _, body = data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        missing = (int(length[1]) if length else 0) - len(body)
        while missing > 0:
            missing -= len(self._read(line))
        us = (perf_counter_ns() - start) / 1000
        if _CLOSES.search(head):
            self.close()
        timing = _TIMING.search(head)
        return Reply(int(head[9:12]), us, spans_of(timing[1].decode("latin-1")) if timing else {})

    def _open(self) -> socket.socket:
        line = socket.create_connection(self._where, TIMEOUT)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = self._tls.wrap_socket(line, server_hostname=self._where[0]) if self._tls else line
        return self._socket

    @staticmethod
    def _read(line: socket.socket) -> bytes:
        data = line.recv(65536)
        if not data:
            raise ConnectionResetError("the server closed the connection")
        return data


def spans_of(timing: str) -> dict[str, float]:
    """Read a `Server-Timing` header (W3C), which is in milliseconds: {"auth": 17.2, …} in microseconds."""
    return {name: float(ms) * 1000 for name, ms in _SPAN.findall(timing)}


def bytes_of(request: requests.PreparedRequest, host: str) -> bytes:
    """Write a request as it goes over the wire."""
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    headers = {"Host": host, **request.headers, "Connection": "keep-alive"}
    lines = [f"{request.method} {request.path_url} HTTP/1.1"]
    lines += [f"{name}: {_text(value)}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + bytes(body)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
