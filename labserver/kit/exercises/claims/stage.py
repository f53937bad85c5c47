"""Where experiments take place: servers that start when the first experiment asks, and are shared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Self

from labserver.kit.browser.chromium import Chromium
from labserver.kit.lab import Lab
from labserver.kit.processes.child import Child
from labserver.kit.processes.child_server import ChildServer
from labserver.kit.processes.client import Client


class Stage:
    """The servers of one run. `changed` are options that every lab gets: so a test can try a claim on another
    server.
    """

    def __init__(self, **changed: Any) -> None:
        self._changed, self._ends = changed, ExitStack()
        self._labs: dict[tuple[tuple[str, Any], ...], Lab] = {}
        self._careless: CarelessServer | None = None
        self._browser: Chromium | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._ends.close()

    def lab(self, **options: Any) -> Lab:
        """Return the lab with these options of `Lab.start`, as if it had just been started.

        Its clock is held. Other experiments may share it, so leave no fault and no second key behind.
        """
        key = tuple(sorted(options.items()))
        if key not in self._labs:
            self._labs[key] = self._ends.enter_context(Lab.start(**options | self._changed))
        lab = self._labs[key]
        lab.reset()
        lab.clock.hold()
        return lab

    @contextmanager
    def own_lab(self, **options: Any) -> Iterator[Lab]:
        """Start a lab for one experiment alone, and end it with it."""
        with Lab.start(**options | self._changed) as lab:
            yield lab

    @property
    def careless_server(self) -> CarelessServer:
        """A server as a first tutorial would write it: labserver/lab_mode/careless.py."""
        if self._careless is None:
            self._careless = CarelessServer()
            self._ends.callback(self._careless.stop)
        return self._careless

    def careless(self, name: str = "browser") -> Client:
        """Return a new client of the careless server."""
        return self.careless_server.client(name)

    def browser(self) -> Chromium:
        """Return a browser without cookies. Raises NoBrowser where there is none."""
        if self._browser is None:
            self._browser = Chromium.start()
            self._ends.callback(self._browser.stop)
        self._browser.clear_cookies()
        return self._browser


class CarelessServer(ChildServer):
    """The careless server in a process of its own."""

    def __init__(self) -> None:
        self._child = Child("the careless server", "labserver.lab_mode.careless")
        self._clients: list[Client] = []

    def origin(self, host: str, *, second: bool = False) -> str:
        """Return the address of the server under another name, and at its second port if asked for."""
        url = str(self.child.ready["second"]) if second else self.url
        return f"http://{host}:{url.rpartition(':')[2]}"

    def client(self, name: str) -> Client:
        """Return a new client; the server takes its name for the visitor's."""
        self._clients.append(Client(name, self))
        return self._clients[-1]

    def stop(self) -> None:
        """End it."""
        for client in self._clients:
            client.close()
        super().stop()
