"""The process that runs a learner's file."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import chdir, suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TextIO

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from labserver.runtime import command
from labserver.runtime.child_messages import report
from labserver.runtime.lifetime import remove, stop_by_signals, temporary_home, when_stdin_ends
from labserver.runtime.own_server.controlled_app import ControlledApp
from labserver.runtime.own_server.limits import CPU_SECONDS, LIFE_SECONDS, set_limits
from labserver.runtime.own_server.loading import FileUnusable, OwnFile
from labserver.runtime.own_server.watching import Databases, MovedClock, Signer

HOST, USERS = "127.0.0.1", ("ada", "grace", "mallory")
OWN_RUN = ' A server that the file itself starts belongs below `if __name__ == "__main__":`.'


class Quiet(WSGIRequestHandler):
    """Handle requests without a line in the log for each."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: errors are logged elsewhere."""


def main() -> int:
    """Load the file, print the ready message, and serve until standard input closes."""
    output = own_output()
    order = json.loads(sys.stdin.readline())
    file = OwnFile(order["name"], order["path"], order["source"])
    servers: list[BaseWSGIServer] = []
    stop_by_signals()
    with temporary_home(Path(order["home"])) as folder, chdir(folder):
        end = partial(leave, folder=folder)
        when_stdin_ends(lambda: servers[0].shutdown() if servers else end(0))
        sys.dont_write_bytecode = True
        limits = set_limits()
        end_by_limits(file.name, end)
        passwords = {name: secrets.token_urlsafe(12) for name in USERS}
        watched = clock, signer, databases = MovedClock(), Signer(), Databases()
        for one in watched:
            one.install()
        try:
            app = loaded_in_time(file, passwords, order["patience"], end)
        except FileUnusable as error:
            return fail("file_unusable", error)
        key = secrets.token_urlsafe(24)
        if not free(order["port"]):
            return command.fail(f"Port {order['port']} is in use.", 3)
        controlled = ControlledApp(app, file, key, clock, signer, databases)
        server = make_server(HOST, order["port"], controlled, threaded=True, request_handler=Quiet)
        servers.append(server)
        users = {name: {"password": password, "role": "user"} for name, password in passwords.items()}
        message = {
            "url": f"http://{HOST}:{server.port}",
            "lab_key": key,
            "ca": None,
            "users": users,
            "clock": "",
        }
        print(json.dumps(message | {"limits": limits}), file=output, flush=True)
        server.serve_forever(poll_interval=0.05)
    return 0


def own_output() -> TextIO:
    """Keep standard output for the ready message: what the file prints goes to the log."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return output


def loaded_in_time(
    file: OwnFile, passwords: dict[str, str], seconds: float, end: Callable[[int], object]
) -> Callable[..., Any]:
    """Load the file; end the process if that takes too long. Raises FileUnusable."""
    loaded, thread = threading.Event(), threading.get_ident()

    def watch() -> None:
        if loaded.wait(seconds):
            return
        number = file.line_at(sys._current_frames().get(thread))
        where = f", at {file.line(number)}" if number else ""
        hint = OWN_RUN if "run(" in where or "serve" in where else ""
        end(fail("file_unusable", f"{file.name} was still loading after {seconds:g} s{where}.{hint}"))

    threading.Thread(target=watch, daemon=True).start()
    try:
        return file.app(passwords)
    finally:
        loaded.set()


def end_by_limits(name: str, end: Callable[[int], object]) -> None:
    """End the process, with a sentence, when it has lived or computed for too long."""

    def end_because(why: str) -> None:
        end(fail("limit_reached", f"{name} was ended: {why}"))

    timer = threading.Timer(LIFE_SECONDS, end_because, [f"it ran for {LIFE_SECONDS // 60} minutes"])
    timer.daemon = True
    timer.start()
    if hasattr(signal, "SIGXCPU"):
        signal.signal(signal.SIGXCPU, lambda *_: end_because(f"it computed for {CPU_SECONDS} seconds"))


def fail(code: str, sentence: object) -> int:
    """Say why this ends, as data too; return an exit code."""
    command.show(f"labserver: {sentence}", file=sys.stderr)
    report(code, sentence)
    return 1


def leave(code: int, folder: Path | None = None) -> NoReturn:
    """End this process at once, with its folder, and the threads and processes that the file has started."""
    if folder:
        os.chdir(folder.parent)  # Windows removes no folder that somebody stands in
        remove(folder)
    if sys.platform != "win32" and os.getsid(0) == os.getpid():  # else the group is a shell's
        with suppress(ValueError):  # in another thread: the handler has no time to run
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
    os._exit(code)


def free(port: int) -> bool:
    """Tell whether nobody listens at this port yet; 0 means any free one."""
    try:
        with socket.create_server((HOST, port)):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    leave(command.run(main))
