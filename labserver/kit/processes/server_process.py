"""A server in a child process: started, crashed, restarted, or with a twin beside it."""

from __future__ import annotations

import shutil
import socket
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from labserver.kit.failures import KitError, StartFailed
from labserver.kit.links import proxy_options
from labserver.kit.processes.child import Child, words
from labserver.kit.processes.child_server import ChildServer
from labserver.kit.processes.control_client import span

ACCOUNTS, BESIDE = "accounts.db", ("demo-users.json", "shared-state")
"""What makes another machine the same server: accounts and keys, and the time. Sessions are not among it."""

GONE_SECONDS = 10.0
ACCESS_SECONDS = 900
_ADDRESSES = {None: None, "sqlite": None, "memory": "memory:"}


@dataclass(frozen=True)
class ServerOptions:
    """How a server is started; `Lab.start` says what each option means."""

    store: str | None = None
    workers: int = 1
    algorithm: str = "HS256"
    tls: bool = False
    denylist: bool = False
    access_seconds: int = ACCESS_SECONDS
    weak: str | None = None
    kept: bool = False
    hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()

    @property
    def proxied(self) -> bool:
        """Whether a browser may reach it through a hub's proxy: not with TLS, nor if it is weak."""
        return not self.tls and self.weak is None

    @property
    def about(self) -> str:
        """Say in a few words what is not as usual."""
        parts = [
            f"store {(self.store or 'sqlite').partition(':')[0]}",
            self.algorithm,
            f"{self.workers} worker{'s' if self.workers != 1 else ''}",
        ]
        if self.denylist:
            parts.append("denylist")
        if self.access_seconds != ACCESS_SECONDS:
            parts.append(f"access tokens of {span(self.access_seconds)}")
        if self.weak:
            parts.append(f"weak on purpose: {self.weak}")
        return " · ".join(parts)

    def arguments(self, address: str | None, home: Path | None, port: str) -> list[str]:
        """Write the command line of `labserver` for a store at `address`."""
        flags = [flag for flag, wanted in (("--tls", self.tls), ("--denylist", self.denylist)) if wanted]
        flags += [f"--host-name={name}" for name in self.hosts]
        flags += proxy_options() if self.proxied else []
        options = words(
            ("--port", port),
            ("--store", address),
            ("--workers", self.workers),
            ("--algorithm", self.algorithm),
            ("--access-seconds", self.access_seconds),
            ("--weak", self.weak),
            ("--home", str(home) if home else None),
            *(("--host-name", host) for host in self.hosts),
            *(("--cors-origin", origin) for origin in self.cors_origins),
        )
        return ["serve", "--lab", "--exit-with-stdin", *options, *flags]


class ServerProcess(ChildServer):
    """A server in a child process, with the folder and the Redis that it needs."""

    module = "labserver"
    """What the process runs, as in `python -m labserver`."""

    def __init__(self, options: ServerOptions, original: ServerProcess | None = None) -> None:
        self._options, self._original = options, original
        self._helpers: list[Child] = []
        self._home: Path | None = None
        self._store: str | None = None

    @property
    def about(self) -> str:
        """What the server was started with."""
        return f"{self._options.about} · a twin" if self._original else self._options.about

    @property
    def proxied(self) -> bool:
        """Whether a browser may reach it through a hub's proxy."""
        return self._options.proxied

    @property
    def children(self) -> list[Child]:
        """Every process that was started for this server, itself first."""
        return [*([self._child] if self._child else []), *self._helpers]

    def start(self) -> None:
        """Start the server. Raises StartFailed, or NoRedis where one is wanted and there is none."""
        try:
            if self._original:
                self._store = self._original._store
            elif self._options.store == "redis":
                self._helpers.append(Child("Redis", "labserver.runtime.redis_server"))
                self._store = self._helpers[-1].ready["url"]
            else:
                self._store = _ADDRESSES.get(self._options.store, self._options.store)
            if self._options.kept:
                # A process that removes the folder when we are gone, however we go.
                self._helpers.append(Child("the keeper of the folder", "labserver.runtime.lifetime"))
                self._home = Path(self._helpers[-1].ready["folder"])
            if self._original and self._home:
                copy_server(self._original.kept_home(), self._home)
            self._run()
        except BaseException:
            self.stop()
            raise

    def _run(self, port: str = "0") -> None:
        """Run the main process. A store's address with a password in it goes by standard input."""
        secret = self._store if self._store and "@" in self._store else ""
        arguments = self._options.arguments("-" if secret else self._store, self._home, port)
        if self._child is None:
            self._child = Child("the server", self.module, *arguments, send=secret)
        else:
            self._child.run(*arguments, send=secret)

    def stop(self) -> None:
        """End every process of this server; safe to call twice."""
        with ExitStack() as ends:  # each of them, also if one is interrupted
            for child in reversed(self.children):
                ends.callback(child.stop)

    def kept_home(self) -> Path:
        """Return the folder that outlives the main process. Raises KitError if there is none."""
        if self._home is None:
            raise KitError("this server's folder goes when it goes: start it by Lab.start(kept=True)")
        return self._home

    def kill(self) -> None:
        """Crash the server, and wait until its port is free."""
        port = int(self.url.rpartition(":")[2])
        self.child.kill()
        end = time.monotonic() + GONE_SECONDS  # its workers notice by themselves, at once
        while _listens(port) and time.monotonic() < end:
            time.sleep(0.01)

    def restart(self) -> None:
        """Start the server again with the same folder and store, at the same port if that is free."""
        self.kept_home()
        old = self.url.rpartition(":")[2]
        self.child.stop()
        try:
            self._run(old)
        except StartFailed as error:
            if error.code != "port_in_use":
                raise
            self._run()

    def twin(self) -> ServerProcess:
        """Return a second server, not yet started, which begins with a copy of the accounts and keys."""
        self.kept_home()
        return ServerProcess(self._options, self)


def copy_server(home: Path, copy: Path) -> None:
    """Copy what makes another machine the same server."""
    import apsw

    # Not the file alone: what is newest stands in its log. SQLite makes one file of both.
    with closing(apsw.Connection(str(home / ACCOUNTS))) as accounts:
        accounts.execute("VACUUM INTO ?", (str(copy / ACCOUNTS),))
    for name in BESIDE:
        shutil.copy2(home / name, copy / name)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
