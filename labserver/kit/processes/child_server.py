"""What every server in a child process can tell about itself; each kind adds how it is started."""

from __future__ import annotations

from typing import Any

import requests

from labserver.kit.failures import KitError
from labserver.kit.processes.child import Child
from labserver.runtime.child_messages import ExitReason, ReadyMessage


class ChildServer:
    """A server that runs, or will run, in a child process. A subclass sets `_child` when it starts."""

    _child: Child | None = None

    @property
    def child(self) -> Child:
        """The server's main process. Raises KitError before the start."""
        if self._child is None:
            raise KitError("this server was not started")
        return self._child

    @property
    def ready(self) -> ReadyMessage:
        """The server's ready message."""
        message: ReadyMessage = self.child.ready  # type: ignore[assignment]
        return message

    @property
    def url(self) -> str:
        """Where the server is; after a restart that may be another port."""
        return self.ready["url"]

    @property
    def alive(self) -> bool:
        """Whether the main process runs."""
        return self._child is not None and self._child.alive

    def connect(self, session: requests.Session) -> None:
        """Let a session trust the server's own certificate authority, if it speaks https."""
        message: dict[str, Any] = self.child.ready
        session.verify = message.get("ca") or True

    def exit_reason(self) -> ExitReason:
        """Return why the server does not answer."""
        return self.child.exit_reason()

    def stop(self) -> None:
        """End the process; safe to call twice."""
        if self._child:
            self._child.stop()
