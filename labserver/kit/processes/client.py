"""A requests.Session as at work, that knows the server's address and remembers its exchanges."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol, Self

import requests

from labserver.kit.failures import server_gone
from labserver.kit.stopped import heed
from labserver.runtime.child_messages import ExitReason

TIMEOUT = 10.0
"""Seconds that a client waits for a connection, and for each part of an answer."""
REMEMBERED = 100
"""Exchanges that a client remembers, the latest ones."""
ATTACKERS = frozenset({"thief", "mallory", "attacker"})


class Peer(Protocol):
    """What a client has to know of its server."""

    @property
    def url(self) -> str:
        """Where the server is now."""

    def connect(self, session: requests.Session) -> None:
        """Let a session reach the server."""

    def exit_reason(self) -> ExitReason:
        """Return why the server does not answer."""


@dataclass(frozen=True)
class Address:
    """A server of which nothing but the address is known, and the authority that vouches for it."""

    url: str
    ca: str | None = None

    def connect(self, session: requests.Session) -> None:
        """Let a session trust the authority."""
        session.verify = self.ca or True

    def exit_reason(self) -> ExitReason:
        """Return why nobody answers: nothing is known of that."""
        return ExitReason("absent")


class Direct(requests.Session):
    """A requests.Session that goes straight to its server: no proxy, no .netrc, nothing of the environment.

    What is sent to this machine stays on it, with the credentials that the code names and no others.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False


class Client(Direct):
    """Talk to one server under a name, which the diagrams use. Paths may be given without the address.

    A client has its own cookies and its own connections, like one browser on one machine. `attacker` says
    whether the diagrams draw it with the mask; with None its name decides.
    """

    def __init__(self, name: str, server: Peer, *, attacker: bool | None = None) -> None:
        super().__init__()
        self.name, self._server = name, server
        self.attacker = name in ATTACKERS if attacker is None else attacker
        self.is_guest = False
        self.exchanges: deque[requests.Response] = deque(maxlen=REMEMBERED)
        server.connect(self)
        self.headers.update({"User-Agent": name, "Accept-Encoding": "identity"})
        self.hooks["response"].append(self._remember)

    @property
    def url(self) -> str:
        """Where the server is; after a restart that may be another port."""
        return self._server.url

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request, to this server if `url` is a path. Raises ServerGone when nobody answers."""
        heed()
        where = url.decode() if isinstance(url, bytes) else url
        kwargs.setdefault("timeout", TIMEOUT)
        try:
            return super().request(
                method, self.url + where if where.startswith("/") else where, *args, **kwargs
            )
        except requests.ConnectionError as error:
            if not where.startswith(("/", self.url)) or isinstance(error, requests.exceptions.SSLError):
                raise
            reason = self._server.exit_reason()
            raise server_gone(f"no answer from {self.url}", reason, error.request) from None

    def guest(self, name: str) -> Self:
        """Return a client for what runs in this browser and is an attacker's: a page, a script.

        Its requests go out as this browser's own: one jar of cookies for both, the same connections.
        """
        guest = type(self)(name, self._server, attacker=True)
        guest.is_guest, guest.cookies, guest.adapters = True, self.cookies, self.adapters
        guest.headers["User-Agent"] = self.name
        return guest

    def _remember(self, response: requests.Response, *_: Any, **__: Any) -> None:
        marks = {"lab_client": self.name, "lab_attacker": self.attacker, "lab_guest": self.is_guest}
        vars(response).update(marks)
        self.exchanges.append(response)

    def __repr__(self) -> str:
        return f"{self.name}, a client of {self.url}"


def client_of(response: requests.Response) -> str:
    """Name the client that got this answer."""
    return str(vars(response).get("lab_client", "client"))


def is_attackers(response: requests.Response) -> bool:
    """Whether an attacker asked for this answer."""
    return bool(vars(response).get("lab_attacker", client_of(response) in ATTACKERS))


def is_guests(response: requests.Response) -> bool:
    """Whether it was asked for in somebody else's browser, which adds its own cookies."""
    return bool(vars(response).get("lab_guest", False))
