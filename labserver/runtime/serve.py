"""Run the server: one socket, one main process, its workers, and an end for all of them.

Granian speaks HTTP and TLS, in Rust, and calls the app in its worker processes. What is added here is birth
and death: the port is ours alone, whoever starts us is told when we answer, and whoever is killed, nothing
stays behind.
"""

from __future__ import annotations

import atexit
import errno
import http.client
import json
import multiprocessing
import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from labserver.app import create_app, prepare
from labserver.errors import SettingsError
from labserver.runtime.certificates import make_certificates
from labserver.runtime.gateway import Gateway
from labserver.runtime.lifetime import remove, stand_apart, when_stdin_ends
from labserver.settings import Settings

BACKLOG = 1024
CONNECTIONS = 512
"""How many connections a worker holds at once; a process may often open no more than 1,024 files."""

HEADER_SECONDS = 5
"""How long the headers may take to come, and how long a connection is kept without a request."""

STOP_SECONDS = 1
"""How long a worker may go on with what it is doing when asked to stop."""

LOGGING = {
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"_granian": {}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}


class PortInUse(Exception):
    """Stop before starting: somebody else listens there (exit code 3)."""


class WorkersFail(Exception):
    """Stop: one worker after the other ends (exit code 1)."""


def listen(host: str, port: int) -> socket.socket:
    """Listen where nobody else does; port 0 picks a free port. Raises PortInUse or SettingsError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    try:
        listener = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise SettingsError(f"--host {host} is no address of this machine.") from None
        raise PortInUse(
            f"Port {port} of {host} cannot be had ({error.strerror}): choose another with --port."
        ) from None
    # Accepted connections inherit it. Without it, answers wait for the client's delayed acknowledgements.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.set_inheritable(True)
    return listener


class _Server(MPServer):
    """Granian on a socket made beforehand.

    Left to itself on Linux, each worker opens the port anew with SO_REUSEPORT: a port in use would go
    unnoticed, two servers would share it, each getting some of the requests, and it could not be 0.
    """

    def __init__(self, listener: socket.socket, started: Callable[[], None], **options: Any) -> None:
        super().__init__("labserver", backlog=BACKLOG, **options)
        self._listener, self._started = listener, started

    def _init_shared_socket(self) -> None:
        self._sso = self._listener
        fields = (self._listener.fileno(), False, BACKLOG)
        shared = SocketHolder(*fields[: {"win32": 1, "darwin": 2}.get(sys.platform, 3)])
        self._shd = shared  # type: ignore[assignment]

    def startup(self, *arguments: Any) -> None:
        super().startup(*arguments)  # type: ignore[no-untyped-call]
        self._started()

    def stop(self) -> None:
        """End as if a signal had come."""
        self.signal_handler_interrupt()  # type: ignore[no-untyped-call]


def serve(
    settings: Settings,
    listener: socket.socket,
    host: str,
    *,
    workers: int = 1,
    temporary: bool = False,
    follow_stdin: bool = False,
) -> None:
    """Serve both flows until asked to stop. Raises SettingsError, StoreUnusable, or WorkersFail."""
    users = prepare(settings)
    ca = settings.home / "tls" / "ca.pem" if settings.tls else None
    if ca:
        make_certificates(ca.parent, host)
    hello = {
        "lab_key": settings.lab_key,
        "ca": ca and str(ca),
        "users": users,
        "clock": str(settings.home / "board"),
    }
    make = partial(create_app, settings, workers)
    run(
        partial(load, make, settings.max_body, settings.home if temporary else None),
        listener,
        host,
        hello=hello if settings.lab_key else None,
        ca=ca,
        workers=workers,
        follow_stdin=follow_stdin,
    )


def run(
    loader: Callable[[], Gateway],
    listener: socket.socket,
    host: str,
    *,
    hello: dict[str, Any] | None,
    ca: Path | None = None,
    workers: int = 1,
    follow_stdin: bool = False,
) -> None:
    """Run what `loader` makes in each worker, until asked to stop. Raises WorkersFail.

    Once it answers, `hello` and the address are printed as one line of JSON for whoever started us.
    """
    port = listener.getsockname()[1]
    url = f"{'https' if ca else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"

    def announce() -> None:
        """Tell the starter, as soon as it is true, that the server answers."""
        try:
            ask(host, port, ca)
            if hello is None:
                print(f"labserver: {url} answers; Ctrl-C ends it.", file=sys.stderr)
                return
            print(json.dumps({"url": url} | hello), flush=True)
        except OSError as error:
            print(f"labserver: Nobody could be told that {url} answers ({error}).", file=sys.stderr)
            server.stop()

    def started() -> None:
        if hasattr(signal, "SIGHUP"):  # the terminal is closed; Granian would start its workers anew
            signal.signal(signal.SIGHUP, server.signal_handler_interrupt)
        # Threads begin after the fork: a child has the forking thread alone, and the locks of all the others.
        threading.Thread(target=announce, daemon=True).start()
        if follow_stdin:
            when_stdin_ends(server.stop)

    if sys.platform == "linux":  # a fork has the app imported already; a new interpreter takes twice the time
        multiprocessing.set_start_method("fork")
        os.register_at_fork(after_in_child=stand_apart)
    server = _Server(
        listener,
        started,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,  # ASGI without its lifespan messages: `loader` does what is to do
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
        # A worker that was killed is replaced: one fault should not take everybody's server away.
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    target: Any = loader
    try:
        server.serve(target_loader=target, wrap_loader=False)
    except SystemExit as end:  # Granian leaves so when it gives up on its workers
        if end.code and not server.interrupt_signal:
            raise WorkersFail("The workers end as soon as they start; the lines above say why.") from None


def load(make: Callable[[], Flask], max_body: int, temporary: Path | None) -> Gateway:
    """Make the app in a worker, and bind the worker's life, and the folder's, to the main process's."""
    main = multiprocessing.parent_process()

    def end_with_main() -> NoReturn:
        assert main is not None  # noqa: S101 - a worker has one
        wait([main.sentinel])
        if temporary:
            remove(temporary)
        os._exit(1)

    threading.Thread(target=end_with_main, daemon=True).start()
    gateway = Gateway(make(), max_body)
    # Granian's threads may still run when the interpreter is taken down, and then abort the process.
    atexit.register(os._exit, 0)
    return gateway


def ask(host: str, port: int, ca: Path | None) -> None:
    """Wait for an answer. The socket listens already, so the question waits for the first worker.

    A worker may end over it: then the next one is asked, or the server gives up and this thread goes with it.
    """
    while True:
        connection = (
            http.client.HTTPSConnection(host, port, timeout=60, context=ssl.create_default_context(cafile=ca))
            if ca
            else http.client.HTTPConnection(host, port, timeout=60)
        )
        with closing(connection), suppress(ConnectionError):
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        time.sleep(0.1)
