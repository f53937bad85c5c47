"""Granian on a socket that we opened, with our limits.

Granian speaks HTTP and TLS, in Rust, and calls the app in its worker processes (see `gateway`).
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

BACKLOG = 1024
"""Connections that may wait to be accepted."""
CONNECTIONS = 512
"""How many connections a worker holds at once; a process may often open no more than 1,024 files."""

HEADER_SECONDS = 5
"""How long the headers may take to arrive, and how long a connection is kept open without a request."""

STOP_SECONDS = 1
"""How long a worker may go on with its current requests when asked to stop."""

LOGGING = {
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"_granian": {}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}


class GranianServer(MPServer):
    """Granian on a given socket.

    By default on Linux, each worker opens the port itself with SO_REUSEPORT: a port in use would go
    unnoticed, two servers would share it, each getting some of the requests, and it could not be 0.
    """

    def __init__(
        self, listener: socket.socket, started: Callable[[], None], *, workers: int, ca: Path | None
    ) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(
            "labserver",
            address=host,
            port=port,
            backlog=BACKLOG,
            interface=Interfaces.ASGINL,  # ASGI without its lifespan messages: the loader does the start-up
            workers=workers,
            backpressure=CONNECTIONS,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
            websockets=False,
            log_level=LogLevels.warning,
            log_dictconfig=LOGGING,
            ssl_cert=ca and ca.with_name("server.pem"),
            ssl_key=ca and ca.with_name("server.key"),
            ssl_protocol_min=SSLProtocols.tls12,
            # A worker that was killed is replaced: one fault must not end the server for everybody.
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
        )
        self._listener, self._started = listener, started

    def _init_shared_socket(self) -> None:
        self._sso = self._listener
        fields = (self._listener.fileno(), False, BACKLOG)
        shared = SocketHolder(*fields[: {"win32": 1, "darwin": 2}.get(sys.platform, 3)])
        self._shd = shared  # type: ignore[assignment]

    def startup(self, *arguments: Any) -> None:
        """Start the workers, then call `started`."""
        super().startup(*arguments)  # type: ignore[no-untyped-call]
        self._started()

    def stop(self) -> None:
        """End as if a signal had come."""
        self.signal_handler_interrupt()  # type: ignore[no-untyped-call]
