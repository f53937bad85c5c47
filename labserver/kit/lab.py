"""Lab: a server for one notebook, its clients, and the ways to look at what it did."""

from __future__ import annotations

import json
import weakref
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import requests

from labserver.formats.base64url import b64encode
from labserver.formats.reports import UserReport
from labserver.kit.advice import advise
from labserver.kit.display.table import Table
from labserver.kit.failures import START_AGAIN, KitError, ServerGone
from labserver.kit.links import Link, address_of, open_in_browser
from labserver.kit.looking import Looking
from labserver.kit.measuring import Measuring
from labserver.kit.processes.accounts import Accounts, Login
from labserver.kit.processes.child_server import ChildServer
from labserver.kit.processes.client import Client
from labserver.kit.processes.control_client import (
    ClockControl,
    ControlClient,
    FaultControl,
    KeyControl,
    Message,
)
from labserver.kit.processes.own_server import OwnServer
from labserver.kit.processes.resource_server import Service
from labserver.kit.processes.server import Server
from labserver.kit.processes.server_process import ServerOptions, ServerProcess
from labserver.kit.shadows import named

_PROGRESS = ("progress", "summary")


class Lab(Looking, Measuring):
    """A running server with its own port, keys, database and demo users. `Lab.start()` makes one."""

    def __init__(self, server: Server) -> None:
        """Start a server. Raises KitError if it does not come up."""
        self.server = server
        self._services: list[ChildServer] = []
        self._clients: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        # Runs once: by stop(), or when nothing refers to this lab any more, or when Python ends. If Python is
        # killed, the children notice that their standard input has closed.
        self._end = weakref.finalize(self, _end, server, self._services, self._clients)
        try:
            server.start()
        except BaseException:
            self._end()
            raise
        self._control = ControlClient(server)
        self._clients.add(self._control.session)
        self._accounts = Accounts(self._control)
        self._accounts.start_over(server.ready)
        self.ca: str | None = server.ready["ca"]
        self.clock, self.faults = ClockControl(self._control), FaultControl(self._control)
        self.keys = KeyControl(self._control)

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
        hosts: Sequence[str] = (),
        cors_origins: Sequence[str] = (),
        server: Server | None = None,
    ) -> Self:
        """Start a server process and wait until it answers. Raises StartFailed with the reason.

        `store` is None (a fresh SQLite), "memory", "redis" (one started for this lab, or NoRedis is raised),
        "sqlite:PATH", "redis://…". With `kept`, accounts, keys and store outlive the server until stop():
        then kill(), restart() and twin() can be tried. `access_seconds` is how long an access token is good.
        `hosts` are more names that the server answers to, `cors_origins` the other origins whose scripts may
        call `/token/*`.
        Another `server`, such as one inside this process, has its own options.
        """
        advise()
        options = ServerOptions(store, workers, algorithm, tls, denylist, access_seconds, weak, kept)
        options = replace(options, hosts=tuple(hosts), cors_origins=tuple(cors_origins))
        return cls(server or ServerProcess(options))

    @property
    def url(self) -> str:
        """Where the server is."""
        return self.server.url

    @property
    def running(self) -> bool:
        """Tell whether the server is there."""
        return self._end.alive and self.server.alive

    def client(self, name: str = "browser") -> Client:
        """Return a new client: a requests.Session that knows the address and remembers its exchanges."""
        client = Client(name, self.server)
        self._clients.add(client)
        return client

    def link(self, path: str = "/") -> Link:
        """Return the address of a page for your browser, in JupyterLab, on a hub or in Binder, to click on.

        That of the stage, `/`, also opens the lab desk to it: once, so make another one for another time.
        """
        self._process()
        desk = f"#desk={self._control.post('ticket')['ticket']}" if path == "/" else ""
        return Link(address_of(self.url, path, proxied=self._process().proxied) + desk)

    def open(self, path: str = "/") -> Link:
        """Open a page in the browser of this desktop; where there is none, click on the link."""
        link = self.link(path)
        open_in_browser(link.url)
        return link

    def stop(self) -> None:
        """End the server and all that was started with it; safe to call twice."""
        self._end()

    def insist(self) -> None:
        """Raise ServerGone if this lab was stopped: what was started with it is gone too."""
        if not self._end.alive:
            raise ServerGone(f"this lab was stopped. {START_AGAIN}")

    def kill(self) -> Message:
        """Crash the server, as `kill -9` does: it cannot save anything or report why."""
        process = self._process()
        self._hang_up()
        process.kill()
        return Message("the server was killed")

    def restart(self) -> Message:
        """Restart the server, as after an update or a crash; the folder and the store are the same."""
        process = self._process()
        process.kept_home()
        self._hang_up()
        process.restart()
        return Message("the server runs again")

    def twin(self) -> Self:
        """Start a second server from a copy of this one's accounts and keys, as on another machine.

        From now on each goes its own way. Sessions are not copied; a Redis is the same for both.
        """
        return type(self)(self._process().twin())

    def service(self, *, max_age: float = 300, min_gap: float = 10) -> Service:
        """Start another service, which knows only this server's public keys.

        It accepts the tokens that this server signs for it: a login asks for one by
        `{"resource": service.audience}`. The service fetches the keys again after `max_age` seconds, and
        never sooner than `min_gap` seconds, by this lab's clock. It ends with this lab.

        Needs an algorithm with public keys: ES256, EdDSA or RS256.
        """
        ready = self._process().ready
        service = Service.start(ready, self._clients, max_age=max_age, min_gap=min_gap)
        self._services.append(service)
        return service

    def run(self, file: str | Path, *, port: int = 0, change: Mapping[str, str] | None = None) -> Lab:
        """Start a server file of your own, in a lab of its own: `with lab.run("my_server.py") as mine:`.

        The file defines `create_app(passwords)`, as tiny.py does. It gets a process with limits of time and
        memory, a folder of its own, and ends with the `with`, with this lab, or with the kernel. `change`
        replaces pieces of its text for this run only. Raises StartFailed with the line that is wrong.
        """
        self.insist()
        server = OwnServer(file, port=port, change=change)
        own = Lab(server)
        self._services.append(server)
        return own

    def _process(self) -> ServerProcess:
        """Return the server if it is a process. Raises ServerGone after the end, KitError for another."""
        self.insist()
        if not isinstance(self.server, ServerProcess):
            raise KitError("this needs a server in a process of its own: start it by Lab.start()")
        return self.server

    def _hang_up(self) -> None:
        """Close the connections: a server asked to stop waits for those that are kept alive."""
        for client in list(self._clients):
            client.close()

    def reset(self) -> None:
        """Start over: no session, no refresh family, the first users, a new key, the right time."""
        self._control.post("reset")
        self._accounts.start_over(self.server.ready)

    def tidy(self) -> int:
        """Let the server forget what has expired, as it does by itself at times. Returns how many rows."""
        return int(self._control.post("tidy")["forgotten"])

    def login(self, username: str) -> Login:
        """Return the body of a login: {"username", "password"}."""
        return self._accounts.login(username)

    def user(
        self,
        username: str,
        *,
        password: str | None = None,
        role: str | None = None,
        email: str | None = None,
        disabled: bool | None = None,
    ) -> UserReport:
        """Make a user, or change one: what is not given stays. A new one gets a random password.

        Raises ControlRefused for a role or an address that the server does not take.
        """
        return self._accounts.change(username, password, role=role, email=email, disabled=disabled)

    def sign(self, header: Mapping[str, Any] | str, payload: Mapping[str, Any] | str) -> str:
        """Let the server's present key sign this header and payload, whatever they say. Returns the token.

        A mapping is written as compact JSON in base64url; a string is a segment already, sent as it is.
        """
        segments = [part if isinstance(part, str) else _segment(part) for part in (header, payload)]
        signature = self._control.post("sign", header=segments[0], payload=segments[1])["signature"]
        return ".".join([*segments, signature])

    @staticmethod
    def progress() -> Table:
        """Show how far you have come: predictions, exercises, the capstone's steps, and what is next."""
        with named():  # by their names: exercises start labs, and so import this module
            progress, summary = (import_module(f"labserver.kit.exercises.{name}") for name in _PROGRESS)
        table: Table = summary.table(progress.read())
        return table

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = f" on {self.url}" if self._end.alive else ", stopped"
        return f"Lab{where} · {self.server.about}"


def _end(server: Server, services: Sequence[ChildServer], clients: weakref.WeakSet[requests.Session]) -> None:
    """End what a lab has started, each part also if another's end is interrupted, for this runs only once."""
    with ExitStack() as ends:
        ends.callback(server.stop)
        for service in services:
            ends.callback(service.stop)
        for client in list(clients):  # a server asked to stop waits for connections that are kept alive
            ends.callback(client.close)


def _segment(part: Mapping[str, Any]) -> str:
    return b64encode(json.dumps(part, separators=(",", ":")).encode())
