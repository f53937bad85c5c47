"""Clients that stop in the middle of a request."""

from __future__ import annotations

import selectors
import socket
import time
from math import inf

from tests.process.processes import answers

MANY = 200

DROPPED_WITHIN = 10.0

PATIENCE, TRIES = 90.0, 3
"""A machine busy with other work may need longer, but not every time; and none is forgotten for good."""


def stall(port: int, begins: list[bytes]) -> tuple[float, float]:
    """Let many clients stall; gives how long others waited for an answer, and they to be dropped.

    Each is the best of a few, for the sake of busy machines: a server that is held up is so every time.
    """
    answered, dropped = inf, inf
    for _ in range(TRIES):
        stalled = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(MANY)]
        try:
            for number, connection in enumerate(stalled):
                connection.sendall(begins[number % len(begins)])
            for _ in range(5):
                asked = time.monotonic()
                assert answers(port, seconds=30)
                answered = min(answered, time.monotonic() - asked)
            dropped = min(dropped, seconds_until_closed(stalled))
        finally:
            for connection in stalled:
                connection.close()
        if answered < 1 and dropped < DROPPED_WITHIN:
            break
    return answered, dropped


def seconds_until_closed(connections: list[socket.socket]) -> float:
    """Wait until the other side has closed them all; gives how long that took."""
    began, numbers = time.monotonic(), {one: number for number, one in enumerate(connections)}
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ)
        while selector.get_map():
            left = [numbers[key.fileobj] for key in selector.get_map().values()]  # type: ignore[index]
            assert time.monotonic() - began < PATIENCE, f"never dropped: {left}"
            for key, _ in selector.select(0.5):
                connection = key.fileobj  # type: ignore[assignment]
                try:
                    more = connection.recv(4096)
                except OSError:
                    more = b""
                if not more:
                    selector.unregister(connection)
    return time.monotonic() - began
