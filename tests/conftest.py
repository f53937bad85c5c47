"""Real servers for the tests: each one a process of its own, started once and reset between tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests

from labserver.auth import users
from labserver.kit.processes.server_process import ServerProcess
from labserver.runtime.redis_server import find_redis
from labserver.storage.registry import STORES
from tests.quick_passwords import MEMORY_KIB, PASSES

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background by a script, which passes that on: what the tests start has to hear Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Nothing that tests send to this machine goes by the developer's proxy, or with what is in their .netrc.
for name in ("NO_PROXY", "no_proxy"):
    os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1", "localhost", "::1"]))
os.environ["NETRC"] = os.devnull

# jsonschema would read a whole grammar at import, for a format that nothing here has (launcher/inside.py).
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT = 60.0  # seconds; generous, because the machine may be busy with other work


class Process:
    """A module of ours as a process: it tells about itself in one line, and ends with its standard input."""

    def __init__(self, *words: str, log: Path) -> None:
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        assert self._process.stdout is not None
        too_slow = threading.Timer(START_LIMIT, self._process.kill)
        too_slow.start()
        first_line = self._process.stdout.readline()
        too_slow.cancel()
        if not first_line:
            self.stop()
            raise RuntimeError(f"{words[0]} did not start: {log.read_text(errors='replace')[-2000:]}")
        self.ready: dict[str, Any] = json.loads(first_line)

    def stop(self) -> int:
        """Close its standard input, and return the exit code."""
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            too_slow = threading.Timer(START_LIMIT, process.kill)
            too_slow.start()
            code = process.wait()
            too_slow.cancel()
        return code


class Server(Process):
    """A running `labserver serve --lab`, spoken to over HTTP only. Its passwords are quick to check."""

    command: ClassVar[tuple[str, ...]] = ("tests.quick_passwords", "serve", "--lab", "--exit-with-stdin")
    session_seconds: ClassVar[int] = 30 * 60
    """What a login says of how long the session lives: here the idle limit."""

    def __init__(self, *options: str, log: Path) -> None:
        super().__init__(*self.command, *options, log=log)
        self.url: str = self.ready["url"]
        self.ca: str | None = self.ready["ca"]
        self._control = requests.Session()
        self._control.trust_env = False
        self._control.headers["X-Lab-Key"] = self.ready["lab_key"]
        self._control.verify = self.ca or True

    def password(self, name: str) -> str:
        """Return the password that this server made for a demo user."""
        return str(self.ready["users"][name]["password"])

    def connect(self, session: requests.Session) -> None:
        """Let a session trust this server's certificate, if it has one."""
        session.verify = self.ca or True

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Ask the control API, insist on success, and return what it says (None for 204)."""
        answer = self._control.request(method, f"{self.url}/lab{path}", json=body or None, timeout=30)
        assert answer.ok, f"{method} /lab{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def advance(self, seconds: float) -> None:
        """Move the server's clock forward."""
        self.control("POST", "/clock", advance=seconds)

    def hold(self) -> None:
        """Stop the server's clock, so that a limit can be met to the second on a machine of any speed."""
        self.control("POST", "/clock", advance=0, hold=True)

    def trace(self, answer: requests.Response) -> Any:
        """Return what the server wrote down about the request behind an answer."""
        return self.control("GET", f"/trace/{answer.headers['X-Trace-Id']}")

    def stop(self) -> int:
        """End the server, and return its exit code."""
        self._control.close()
        return super().stop()


class FullCostServer(Server):
    """The command as people type it: a password check costs what it should."""

    command = ("labserver", *Server.command[1:])


class TinyServer(Server):
    """A running `labserver.tiny`, and the full server, which describes what tiny has to answer."""

    command = ("tests.tiny_with_control_api",)
    session_seconds = 12 * 3600

    def __init__(self, full: Server, log: Path) -> None:
        super().__init__(log=log)
        self.full = full


StartServer = Callable[..., Server]
StoreAddress = Callable[[str], str]
TINY = ("tiny",)


@pytest.fixture(scope="session")
def servers(store_address: StoreAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Return a function that hands out the server with the given options, freshly reset.

    Each starts when a test first wants it, and stays until the end of the run. An option that is a store's
    name stands for the address of such a store, and the only option `tiny` for `labserver.tiny`.
    """
    running: dict[tuple[str, ...], Server] = {}
    logs = tmp_path_factory.mktemp("servers")

    def hand_out(*options: str) -> Server:
        if options == TINY and options not in running:
            running[options] = TinyServer(hand_out(), logs / "tiny.log")
        if options not in running:
            words = [store_address(word) if word in STORES else word for word in options]
            running[options] = Server(*words, log=logs / f"{len(running)}.log")
        server = running[options]
        server.control("POST", "/reset")
        return server

    yield hand_out
    with ThreadPoolExecutor() as pool:
        list(pool.map(Server.stop, running.values()))


@pytest.fixture(scope="session")
def store_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreAddress]:
    """Return a function that gives the address of a registered store: `store_address("redis")`.

    What has to be started is started when a test first wants it, and is the same for all tests; what is not
    on this machine is skipped, and the end of the run says so.
    """
    running: dict[str, Process] = {}

    def address(name: str) -> str:
        starter = STORES[name].starter
        if starter is None:
            return STORES[name].schemes[0]
        if name == "redis" and find_redis() is None:
            pytest.skip("NOT TESTED WITH REDIS: there is no redis-server on this machine")
        if name not in running:
            running[name] = Process(starter, log=tmp_path_factory.mktemp(name) / "log")
        return str(running[name].ready["url"])

    yield address
    for process in running.values():
        process.stop()


@pytest.fixture(scope="session")
def redis_url(store_address: StoreAddress) -> str:
    """Start a real Redis and give its address; where there is none, say so and skip."""
    return store_address("redis")


@pytest.fixture(scope="module")
def quick_passwords() -> Iterator[None]:
    """Make passwords quick to check in the servers of labs, as they are in `Server`.

    That of a lab is inside this process, or a process of its own.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "MEMORY_KIB", MEMORY_KIB)
        patch.setattr(users, "PASSES", PASSES)
        patch.setattr(ServerProcess, "module", "tests.quick_passwords")
        yield


ALONE = "tests/browser/test_jupyterlab.py::"
"""The file whose tests take a minute each, and share nothing but what other files of the folder share."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Of two processes, let each take a whole file at a time; of the longest, one test."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    class Scheduling(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> Any:
            return nodeid if nodeid.startswith(ALONE) else super()._split_scope(nodeid)

    return Scheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end of the run, without being asked, what was skipped and why."""
    skipped = terminalreporter.getreports("skipped")
    reasons = [str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)]
    for reason in sorted(set(reasons)):
        terminalreporter.write_line(f"{reason} ({reasons.count(reason)} tests)", yellow=True)
