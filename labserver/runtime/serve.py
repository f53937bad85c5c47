"""Run the server: one socket, one main process, its workers, and an end for all of them.

The port belongs to this server alone, the starter gets a message when the server answers, and nothing is left
behind, whichever process is killed.
"""

from __future__ import annotations

import atexit
import errno
import gc
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
from urllib.parse import urlsplit

from flask import Flask

from labserver.app import SHARED_STATE, create_app, prepare
from labserver.errors import SettingsError
from labserver.lab_mode.stage_api import END_WORKER
from labserver.runtime.certificates import make_certificates
from labserver.runtime.command import CommandFailed
from labserver.runtime.gateway import Gateway
from labserver.runtime.granian_server import BACKLOG, GranianServer
from labserver.runtime.lifetime import asked_to_stop, remove, stand_apart, when_parent_ends, when_stdin_ends
from labserver.settings import Settings

PORT_IN_USE = 3
"""The exit code if the port cannot be opened."""

ANSWER_SECONDS = 60


def listen(host: str, port: int) -> socket.socket:
    """Listen where nobody else does; port 0 picks a free port. Raises CommandFailed or SettingsError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    try:
        listener = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise SettingsError(f"--host {host} is no address of this machine.") from None
        raise CommandFailed(
            f"Port {port} of {host} cannot be had ({error.strerror}): choose another with --port.",
            PORT_IN_USE,
        ) from None
    # Accepted connections inherit it. Without it, answers wait for the client's delayed acknowledgements.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.set_inheritable(True)
    return listener


def serve(
    settings: Settings,
    listener: socket.socket,
    host: str,
    *,
    workers: int = 1,
    temporary: bool = False,
    follow_stdin: bool = False,
) -> None:
    """Serve both flows until asked to stop. Raises SettingsError, StoreUnusable or CommandFailed."""
    users = prepare(settings)
    ca = settings.home / "tls" / "ca.pem" if settings.tls else None
    if ca:
        make_certificates(ca.parent, host)
    ready = {
        "lab_key": settings.lab_key,
        "ca": ca and str(ca),
        "users": users,
        "clock": str(settings.home / SHARED_STATE),
    }
    make = partial(create_app, settings, workers)
    serve_app(
        partial(load, make, settings.max_body, settings.home if temporary else None),
        listener,
        host,
        # Started by JupyterLab's launcher, its output goes to Jupyter's log, which is no place for passwords.
        ready=ready if settings.lab_key and not settings.tile_key else None,
        ca=ca,
        workers=workers,
        follow_stdin=follow_stdin,
        follow_parent=settings.tile_key is not None,
    )


def serve_app(
    loader: Callable[[], Gateway],
    listener: socket.socket,
    host: str,
    *,
    ready: dict[str, Any] | None,
    ca: Path | None = None,
    workers: int = 1,
    follow_stdin: bool = False,
    follow_parent: bool = False,
) -> None:
    """Run what `loader` returns in each worker, until asked to stop. Raises CommandFailed.

    Once it answers, `ready` and the address are printed as one line of JSON for the starter.
    """
    port = listener.getsockname()[1]
    url = f"{'https' if ca else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"

    def announce() -> None:
        """Tell the starter, as soon as it is true, that the server answers."""
        try:
            wait_for_answer(url, ca)
            if ready is None:
                print(f"labserver: {url} answers; Ctrl-C ends it.", file=sys.stderr)
                return
            print(json.dumps({"url": url} | ready), flush=True)
        except OSError as error:
            print(f"labserver: The message that {url} answers reached nobody ({error}).", file=sys.stderr)
            server.stop()

    def started() -> None:
        gc.enable()
        if asked_to_stop.is_set():
            server.stop()
        if hasattr(signal, "SIGHUP"):  # the terminal is closed; Granian would restart its workers
            signal.signal(signal.SIGHUP, server.signal_handler_interrupt)
        # Threads begin after the fork: a child has only the forking thread, and the locks of all the others.
        threading.Thread(target=announce, daemon=True).start()
        if follow_stdin:
            when_stdin_ends(server.stop)
        if follow_parent:
            when_parent_ends(server.stop)

    if sys.platform == "linux":  # a fork has the app imported already; a new interpreter takes twice the time
        multiprocessing.set_start_method("fork")
        os.register_at_fork(after_in_child=stand_apart)
    gc.freeze()  # what is here stays to the end: no collection looks through it, and forks can share it
    server = GranianServer(listener, started, workers=workers, ca=ca)
    target: Any = loader
    try:
        server.serve(target_loader=target, wrap_loader=False)
    except SystemExit as end:  # Granian leaves so when it gives up on its workers
        if end.code and not server.interrupt_signal:
            raise CommandFailed("The workers end as soon as they start; the lines above say why.") from None


def load(make: Callable[[], Flask], max_body: int, temporary: Path | None) -> Gateway:
    """Make the app in a worker. The worker and the temporary folder end with the main process."""
    main = multiprocessing.parent_process()

    def end_with_main() -> NoReturn:
        assert main is not None  # noqa: S101 - a worker has one
        wait([main.sentinel])
        if temporary:
            remove(temporary)
        os._exit(1)

    threading.Thread(target=end_with_main, daemon=True).start()
    app = make()
    gc.freeze()
    gc.enable()
    app.extensions[END_WORKER] = partial(os._exit, 1)
    gateway = Gateway(app, max_body)
    # Granian's threads may still run when the interpreter is taken down, and then abort the process.
    atexit.register(os._exit, 0)
    return gateway


def wait_for_answer(url: str, ca: Path | None) -> None:
    """Wait for an answer. The socket listens already, so the request waits for the first worker.

    If a worker ends over it, ask the next one. Raises OSError if the server cannot be reached at all.
    """
    place = urlsplit(url).netloc
    while True:
        connection = http.client.HTTPConnection(place, timeout=ANSWER_SECONDS)
        if ca:
            trusted = ssl.create_default_context(cafile=ca)
            connection = http.client.HTTPSConnection(place, timeout=ANSWER_SECONDS, context=trusted)
        with closing(connection), suppress(ConnectionError, http.client.HTTPException):
            connection.request("GET", "/healthz")
            connection.getresponse()
            return
        time.sleep(0.1)
