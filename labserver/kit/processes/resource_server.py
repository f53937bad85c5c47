"""A second service beside a lab: it holds nothing but a copy of the lab's public keys."""

from __future__ import annotations

from collections.abc import Mapping, MutableSet
from typing import Any, Self

import requests

from labserver.kit.processes.child import Child, words
from labserver.kit.processes.client import Client


class Service:
    """A running `labserver service`; `lab.service()` makes one. It ends with its lab, or by stop()."""

    def __init__(self, process: Child, issuer: str, clients: MutableSet[requests.Session]) -> None:
        self.process, self._issuer, self._clients = process, issuer, clients
        self.url: str = process.hello["url"]
        self._observer = self.client("observer")

    @classmethod
    def start(
        cls, issuer: str, hello: Mapping[str, Any], clients: MutableSet[requests.Session], **knobs: float
    ) -> Self:
        """Start a service that trusts `issuer`; `hello` is what that server said first.

        Its clients are added to `clients`, for whoever ends them all.
        """
        options = words(
            ("--issuer", issuer),
            ("--ca", hello.get("ca")),
            ("--lab-clock", hello.get("clock")),
            *((f"--{name.replace('_', '-')}", f"{value:g}") for name, value in knobs.items()),
        )
        process = Child("the service", "labserver", "service", "--exit-with-stdin", *options)
        return cls(process, issuer, clients)

    def client(self, name: str = "app") -> Client:
        """Give a new client of this service."""
        client = Client(name, self.url, None, self.process)
        self._clients.add(client)
        return client

    @property
    def kids(self) -> list[str]:
        """The names of the keys that it knows now."""
        return [key["kid"] for key in self._observer.get("/keys").json()["keys"]]

    @property
    def fetches(self) -> int:
        """How often it has asked the issuer for its keys."""
        return int(self._observer.get("/keys").json()["fetches"])

    def stop(self) -> None:
        """End the service; safe to call twice."""
        for client in list(self._clients):
            client.close()
        self.process.stop()

    def __repr__(self) -> str:
        return f"Service on {self.url} · trusts the keys of {self._issuer}"
