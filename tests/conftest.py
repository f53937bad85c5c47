"""Real servers for the tests: each one a process of its own, started once and reset between tests."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT = 60.0  # seconds; generous, because the machine may be busy with other work


class Server:
    """A running `labserver serve --lab`, spoken to over HTTP only."""

    def __init__(self, *options: str, log: Path) -> None:
        command = [sys.executable, "-m", "labserver", "serve", "--lab", "--exit-with-stdin", *options]
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )
        assert self.process.stdout is not None
        too_slow = threading.Timer(START_LIMIT, self.process.kill)
        too_slow.start()
        first_line = self.process.stdout.readline()
        too_slow.cancel()
        if not first_line:
            raise RuntimeError(f"The server did not start: {log.read_text(errors='replace')[-2000:]}")
        told: dict[str, Any] = json.loads(first_line)
        self.url: str = told["url"]
        self.ca: str | None = told["ca"]
        self.users: dict[str, dict[str, str]] = told["users"]
        self._desk = requests.Session()
        self._desk.trust_env = False
        self._desk.headers["X-Lab-Key"] = told["lab_key"]
        self._desk.verify = self.ca or True

    def password(self, name: str) -> str:
        """Return the password that this server made for a demo user."""
        return self.users[name]["password"]

    def desk(self, method: str, path: str, **body: Any) -> Any:
        """Ask the lab desk, insist on success, and return what it says (None for 204)."""
        answer = self._desk.request(method, f"{self.url}/lab{path}", json=body or None, timeout=30)
        assert answer.ok, f"{method} /lab{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def advance(self, seconds: float) -> None:
        """Move the server's clock forward."""
        self.desk("POST", "/clock", advance=seconds)

    def trace(self, answer: requests.Response) -> Any:
        """Return what the server wrote down about the request behind an answer."""
        return self.desk("GET", f"/trace/{answer.headers['X-Trace-Id']}")

    def stop(self) -> int:
        """Close the server's standard input, which ends it, and return its exit code."""
        self._desk.close()
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        try:
            return self.process.wait(timeout=START_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.process.wait()
            self.process.stdout.close()


StartServer = Callable[..., Server]


@pytest.fixture(scope="session")
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartServer]:
    """Return a function that hands out the server with the given options, freshly reset.

    Servers start when they are first asked for and stay until the end of the run. The option `redis` stands for
    the address of a Redis of our own.
    """
    running: dict[tuple[str, ...], Server] = {}
    logs = tmp_path_factory.mktemp("logs")

    def hand_out(*options: str) -> Server:
        if options not in running:
            real = [
                request.getfixturevalue("redis_url") if option == "redis" else option for option in options
            ]
            running[options] = Server(*real, log=logs / f"{len(running)}.log")
        server = running[options]
        server.desk("POST", "/reset")
        return server

    yield hand_out
    for server in running.values():
        server.stop()
