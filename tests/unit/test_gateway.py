"""What a worker's threads keep of a request once it is answered: nothing."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from labserver.gateway import Gateway
from tests.process.processes import wait_until


class Connection:
    """Stands in for Granian's side of a request; the connection is open for as long as somebody holds it."""

    status = 0

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status


def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("200 OK", [])
    return [b"fine"]


def test_a_connection_is_let_go_before_the_next_request_comes() -> None:
    """A client that stalled was answered with 408, and its connection stayed open: a thread still held it."""
    place = {"server": "127.0.0.1:80", "client": "127.0.0.1:4711", "scheme": "http", "http_version": "1.1"}
    scope: Any = SimpleNamespace(method="GET", path="/", query_string="", headers={}, **place)

    async def ask() -> list[weakref.ref[Connection]]:
        gateway = Gateway(app, 1000)
        gateway.__rsgi_init__(asyncio.get_running_loop())
        connections: list[Any] = [Connection() for _ in range(40)]
        for connection in connections:
            await gateway.__rsgi__(scope, connection)
        assert {connection.status for connection in connections} == {200}
        return [weakref.ref(connection) for connection in connections]

    let_go = asyncio.run(ask())
    wait_until(lambda: not any(one() for one in let_go), "nobody holds any of them", 30)
