"""What a lab asks of its server, wherever that runs: in a child process, or inside this one."""

from __future__ import annotations

from typing import Protocol

from labserver.kit.processes.client import Peer
from labserver.runtime.child_messages import ReadyMessage


class Server(Peer, Protocol):
    """A server in lab mode. A lab starts it, speaks HTTP with it, and stops it."""

    @property
    def about(self) -> str:
        """What it was started with, in a few words."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""

    @property
    def ready(self) -> ReadyMessage:
        """Address, key, users: what it said when it was ready."""

    def start(self) -> None:
        """Start it and wait until it answers. Raises KitError if it does not."""

    def stop(self) -> None:
        """End it and all that was started for it; safe to call twice."""
