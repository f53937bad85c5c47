"""Start servers, look at their processes, and wait for conditions rather than for seconds."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]
import pytest

ROOT = Path(__file__).resolve().parents[2]
LABSERVER = [sys.executable, "-m", "labserver"]
START_SECONDS = 60.0
END_SECONDS = 5.0
"""docs/security.md, L4: within this time nothing is left."""


class Started:
    """A `labserver` command, its temporary folder and what it wrote."""

    def __init__(
        self,
        temp: Path,
        *command: str,
        stdin: int = subprocess.PIPE,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        temp.mkdir(exist_ok=True)
        self.temp, self._log = temp, temp.with_suffix(".log")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command or [*LABSERVER, "serve", "--lab", "--exit-with-stdin"],
                cwd=ROOT,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "TMPDIR": str(temp), "TEMP": str(temp), "TMP": str(temp), **variables},
                start_new_session=True,
            )
        self.ready: dict[str, Any] = {}
        self.family: list[Any] = []

    def wait_until_ready(self) -> Started:
        """Wait for the first line; then the processes are known by heart."""
        assert self.process.stdout is not None
        too_slow = threading.Timer(START_SECONDS, self.process.kill)
        too_slow.start()
        line = self.process.stdout.readline()
        too_slow.cancel()
        assert line, self.log
        self.ready = json.loads(line)
        self.family = family(self.process.pid)
        return self

    def wait_for_address(self) -> str:
        """Wait until a server out of lab mode says where it answers, and give that."""
        wait_until(
            lambda: " answers; " in self.log or self.process.poll() is not None, "it answers", START_SECONDS
        )
        found = re.search(r"labserver: (http\S+) answers; ", self.log)
        assert found, self.log
        return found[1]

    @property
    def port(self) -> int:
        return urlsplit(self.ready["url"]).port or 0

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def homes(self) -> list[Path]:
        return list(self.temp.glob("labserver-*"))

    def close_stdin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait(self, seconds: float = START_SECONDS) -> int:
        return self.process.wait(seconds)

    def end(self) -> None:
        """Tidy up after a test, whatever it did."""
        for process in (*family(self.process.pid), *self.family):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(START_SECONDS)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()

    def assert_nothing_is_left(self) -> None:
        """No process, no open port, no folder, within END_SECONDS."""
        wait_until(lambda: all_gone(self.family), "every process is gone", END_SECONDS)
        wait_until(lambda: is_free(self.port), "the port is free", END_SECONDS)
        wait_until(lambda: not self.homes, "the temporary folder is gone", END_SECONDS)


@contextmanager
def server(
    temp: Path, *options: str, variables: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Started]:
    """A lab's server that answers, for the length of a `with`."""
    started = Started(temp, *LABSERVER, "serve", "--lab", "--exit-with-stdin", *options, variables=variables)
    try:
        yield started.wait_until_ready()
    finally:
        started.end()


def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*LABSERVER, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=START_SECONDS, **more
    )


def family(pid: int) -> list[Any]:
    """List a process and all that come from it, as far as they live."""
    try:
        parent = psutil.Process(pid)
        return [one for one in (parent, *parent.children(recursive=True)) if lives(one)]
    except psutil.NoSuchProcess:
        return []


def workers(started: Started) -> list[Any]:
    """List the workers; where they are not forks, Python runs a helper of its own beside them."""

    def works(process: Any) -> bool:
        try:
            return "resource_tracker" not in " ".join(process.cmdline())
        except psutil.NoSuchProcess:  # it ended, or was about to, since we listed it
            return False

    return list(filter(works, family(started.process.pid)[1:]))


def all_gone(processes: list[Any]) -> bool:
    return not any(map(lives, processes))


def lives(process: Any) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def answers(port: int, seconds: float = 10) -> bool:
    """Ask for /healthz on a new connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until(condition: Callable[[], bool], what: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(0.02)


NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

# As a notebook's kernel does: start the server with a pipe as its standard input, pass its first line on.
STARTER = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(child.stdout.readline().decode(), end="", flush=True)
time.sleep(600)
"""
