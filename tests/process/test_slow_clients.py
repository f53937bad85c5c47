"""Clients that stall hold nobody up, and are dropped (docs/security.md, V2)."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from tests.process.processes import Started, answers, server
from tests.process.stalling import DROPPED_WITHIN, PATIENCE, stall

HEAD = b"POST /session/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with server(tmp_path_factory.mktemp("slow") / "temp") as started:
        yield started


@pytest.mark.parametrize(
    "begins",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        HEAD + b"Content-Length: 1000\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n{",
    ],
    ids=["nothing", "half a head", "half a body", "half a chunk"],
)
def test_a_stalled_client(lab: Started, begins: bytes) -> None:
    answered, dropped = stall(lab.port, [begins])
    assert answered < 1, "others are answered as ever"
    assert dropped < DROPPED_WITHIN
    assert lab.log == ""


def test_a_client_that_trickles_gains_no_time(lab: Started) -> None:
    """The time is for the whole body, not for each byte."""
    with socket.create_connection(("127.0.0.1", lab.port), timeout=1) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        began = time.monotonic()
        answer = b""
        while not answer and time.monotonic() - began < PATIENCE:
            connection.sendall(b" ")
            try:
                answer = connection.recv(4096)
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408 ")


def test_clients_that_leave_in_the_middle_leave_no_trace_in_the_log(lab: Started) -> None:
    for begins in (
        b"GET /healthz HTTP/1.1\r\n",
        HEAD + b"Content-Length: 9\r\n\r\n{",
        HEAD + b"Content-Length: 2\r\n\r\n{}",
    ):
        for _ in range(20):
            socket.create_connection(("127.0.0.1", lab.port)).close()
            with socket.create_connection(("127.0.0.1", lab.port)) as connection:
                connection.sendall(begins)
    assert answers(lab.port)
    assert lab.log == ""
