"""The processes behind a lab: start them, stop them, crash one, bring it back, set another beside it."""

from __future__ import annotations

import shutil
import socket
import time
import weakref
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple, Self

import apsw
import requests

from labserver.kit.advice import advise
from labserver.kit.failures import START_AGAIN, KitError, NoRedis, ServerGone, StartFailed
from labserver.kit.processes.child import Child, words
from labserver.kit.processes.client import Client
from labserver.kit.processes.control_client import ControlClient, Message, span
from labserver.kit.processes.resource_server import Service

SERVE = ("serve", "--lab", "--exit-with-stdin")
ACCOUNTS, BESIDE = "accounts.db", ("demo-users.json", "board")
"""What makes another machine the same server: accounts and keys, and the time. Sessions are not among it."""

PORT_TAKEN = 3
GONE_SECONDS = 10.0


class Recipe(NamedTuple):
    """What a server is started with; `secret`, a store's address with a password, by standard input."""

    options: Sequence[str]
    secret: str

    def words(self, home: Path | None, port: str = "0") -> list[str]:
        """Write the command line."""
        return [*SERVE, "--port", port, *self.options, *words(("--home", str(home) if home else None))]


class Machine:
    """A running server with what it needs, and what was started beside it. All of it ends together."""

    def __init__(
        self, server: Child, helpers: list[Child], about: str, recipe: Recipe, home: Path | None
    ) -> None:
        self._server, self._about, self._recipe, self._home = server, about, recipe, home
        self._children = [server, *helpers]
        self.ca: str | None = server.hello.get("ca")
        self._desk = ControlClient(server)
        self._clients: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        # Runs once: by stop(), or when nobody knows this lab any more, or when Python ends. If Python is
        # killed, the children notice that their standard input has closed.
        self._end = weakref.finalize(self, _end, self._children, self._desk, self._clients)

    @classmethod
    def start(
        cls,
        *,
        store: str | None = None,
        workers: int = 1,
        algorithm: str = "HS256",
        tls: bool = False,
        denylist: bool = False,
        access_seconds: int = 900,
        weak: str | None = None,
        kept: bool = False,
    ) -> Self:
        """Start a server of one's own and wait until it answers. Raises StartFailed with the log's reason.

        `store` is None (a fresh SQLite), "memory", "redis" (one started for this lab, or NoRedis is raised),
        "sqlite:PATH", "redis://…". With `kept`, accounts, keys and store outlive the server until stop():
        then kill(), restart() and twin() can be tried. `access_seconds` is how long an access token is good.
        """
        advise()
        helpers: list[Child] = []
        server: Child | None = None
        address = {None: None, "sqlite": None, "memory": "memory:"}.get(store, store)
        about = [
            f"store {(store or 'sqlite').partition(':')[0]}",
            algorithm,
            f"{workers} worker{'s' if workers != 1 else ''}",
            *(["denylist"] if denylist else []),
            *([f"access tokens of {span(access_seconds)}"] if access_seconds != 900 else []),
            *([f"weak on purpose: {weak}"] if weak else []),
        ]
        try:
            if store == "redis":
                helpers.append(_redis())
                address = helpers[-1].hello["url"]
            home = _folder(helpers) if kept else None
            secret = address if address and "@" in address else ""  # it holds a password
            options = words(
                ("--store", "-" if secret else address),
                ("--workers", workers),
                ("--algorithm", algorithm),
                ("--access-seconds", access_seconds),
                ("--weak", weak),
            )
            flags = [flag for flag, wanted in (("--tls", tls), ("--denylist", denylist)) if wanted]
            recipe = Recipe([*options, *flags], secret)
            server = Child("the server", "labserver", *recipe.words(home), tell=secret)
            return cls(server, helpers, " · ".join(about), recipe, home)
        except BaseException:
            for child in filter(None, (server, *helpers)):
                child.stop()
            raise

    @property
    def url(self) -> str:
        """Where the server is."""
        return str(self._server.hello["url"])

    @property
    def running(self) -> bool:
        """Tell whether the server is there."""
        return self._end.alive and self._server.alive

    def client(self, name: str = "browser") -> Client:
        """Give a new client: a requests.Session that knows the address and remembers its exchanges."""
        client = Client(name, self.url, self.ca, self._server)
        self._clients.add(client)
        return client

    def stop(self) -> None:
        """End the server and whatever was started with it; safe to call twice."""
        self._end()

    def insist(self) -> None:
        """Raise ServerGone if this lab was stopped: what was started with it is gone too."""
        if not self._end.alive:
            raise ServerGone(f"this lab was stopped. {START_AGAIN}")

    def kill(self) -> Message:
        """Crash the server, as `kill -9` does: it can neither save anything nor say good-bye."""
        self.insist()
        port = int(self.url.rpartition(":")[2])
        self._hang_up()
        self._server.kill()
        end = time.monotonic() + GONE_SECONDS  # its workers notice by themselves, at once
        while _listens(port) and time.monotonic() < end:
            time.sleep(0.01)
        return Message("the server was killed")

    def restart(self) -> Message:
        """Start the server anew, as after an update or a crash; the folder and the store are the same."""
        home = self._kept()
        self._hang_up()
        self._server.stop()
        recipe, old = self._recipe, self.url.rpartition(":")[2]
        try:
            self._server.run(*recipe.words(home, old), tell=recipe.secret)
        except StartFailed as error:
            if error.code != PORT_TAKEN:
                raise
            self._server.run(*recipe.words(home), tell=recipe.secret)  # somebody else has the port now
        return Message("the server runs again")

    def twin(self) -> Self:
        """Start a second server from a copy of this one's accounts and keys, as on another machine.

        From now on each goes its own way. Sessions are not copied; a Redis is the same for both.
        """
        home, helpers = self._kept(), list[Child]()
        server: Child | None = None
        try:
            copy = _folder(helpers)
            # Not the file alone: what is newest stands in its log. SQLite makes one file of both.
            with closing(apsw.Connection(str(home / ACCOUNTS))) as accounts:
                accounts.execute("VACUUM INTO ?", (str(copy / ACCOUNTS),))
            for name in BESIDE:
                shutil.copy2(home / name, copy / name)
            server = Child("the server", "labserver", *self._recipe.words(copy), tell=self._recipe.secret)
            return type(self)(server, helpers, f"{self._about} · a twin", self._recipe, copy)
        except BaseException:
            for child in filter(None, (server, *helpers)):
                child.stop()
            raise

    def service(self, *, max_age: float = 300, min_gap: float = 10) -> Service:
        """Start another service, which trusts this server's tokens and knows only its public keys.

        It fetches them again after `max_age` seconds, and never sooner than `min_gap` seconds, by this lab's
        clock. It ends with this lab. Needs an algorithm with public keys: ES256, EdDSA or RS256.
        """
        self.insist()
        knobs = {"max_age": max_age, "min_gap": min_gap}
        service = Service.start(self.url, self._server.hello, self._clients, **knobs)
        self._children.insert(0, service.process)
        return service

    def _kept(self) -> Path:
        self.insist()
        if self._home is None:
            raise KitError("this server's folder goes when it goes: start it by Lab.start(kept=True)")
        return self._home

    def _hang_up(self) -> None:
        """Close the connections: a server asked to stop waits for those that are kept alive."""
        for client in list(self._clients):
            client.close()
        self._desk.close()


def _folder(helpers: list[Child]) -> Path:
    """Get a folder from a process that removes it when we are gone, however we go."""
    helpers.append(Child("the keeper of the folder", "labserver.runtime.lifetime"))
    return Path(helpers[-1].hello["folder"])


def _redis() -> Child:
    try:
        return Child("Redis", "labserver.runtime.redis_server")
    except StartFailed as error:
        if "There is no redis-server" in error.log:
            raise NoRedis(str(error), error.log, error.code) from None
        raise


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end(children: list[Child], desk: ControlClient, clients: weakref.WeakSet[requests.Session]) -> None:
    with ExitStack() as ends:  # each of them, also if one is interrupted, for this runs only once
        for child in reversed(children):
            ends.callback(child.stop)
        desk.close()
        for client in list(clients):  # a server asked to stop waits for connections that are kept alive
            client.close()
