"""A second service beside a lab: it holds nothing but a copy of the lab's public keys."""

from __future__ import annotations

from collections.abc import MutableSet
from typing import Self

import requests

from labserver.kit.processes.child import Child, words
from labserver.kit.processes.child_server import ChildServer
from labserver.kit.processes.client import Client
from labserver.runtime.child_messages import ReadyMessage


class Service(ChildServer):
    """A running `labserver service`; `lab.service()` makes one. It ends with its lab, or by stop()."""

    def __init__(self, child: Child, issuer: str, clients: MutableSet[requests.Session]) -> None:
        self._child, self._issuer, self._clients = child, issuer, clients
        self._observer = self.client("observer")

    @classmethod
    def start(cls, issuer: ReadyMessage, clients: MutableSet[requests.Session], **knobs: float) -> Self:
        """Start a service that trusts the server of this ready message. Raises StartFailed.

        Its clients are added to `clients`, which the lab closes at its end.
        """
        options = words(
            ("--issuer", issuer["url"]),
            ("--ca", issuer["ca"]),
            ("--lab-clock", issuer["clock"]),
            *((f"--{name.replace('_', '-')}", f"{value:g}") for name, value in knobs.items()),
        )
        child = Child("the service", "labserver", "service", "--exit-with-stdin", *options)
        return cls(child, issuer["url"], clients)

    @property
    def audience(self) -> str:
        """The `resource` that a client asks for at its login, to get a token that opens this service."""
        return str(self.child.ready["audience"])

    def client(self, name: str = "app") -> Client:
        """Return a new client of this service."""
        client = Client(name, self)
        self._clients.add(client)
        return client

    @property
    def kids(self) -> list[str]:
        """The names of the keys that it knows now."""
        return [key["kid"] for key in self._observer.get("/keys").json()["keys"]]

    @property
    def fetches(self) -> int:
        """How many times it has asked the issuer for its keys."""
        return int(self._observer.get("/keys").json()["fetches"])

    def stop(self) -> None:
        """End the service; safe to call twice."""
        for client in list(self._clients):
            client.close()
        super().stop()

    def __repr__(self) -> str:
        return f"Service on {self.url} · trusts the keys of {self._issuer}"
