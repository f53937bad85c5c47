"""A requests.Session as at work, that knows the server's address and remembers its exchanges."""

from __future__ import annotations

from collections import deque
from typing import Any, Self

import requests

from labserver.kit.failures import START_AGAIN, ServerGone
from labserver.kit.processes.child import Child
from labserver.kit.stopped import heed

TIMEOUT = 10.0
REMEMBERED = 100
ATTACKERS = frozenset({"thief", "mallory", "attacker"})


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
    whether the diagrams give it the mask; None tells it by the name.
    """

    def __init__(
        self,
        name: str,
        url: str,
        ca: str | None = None,
        server: Child | None = None,
        *,
        attacker: bool | None = None,
    ) -> None:
        super().__init__()
        self.name, self._url = name, url
        self.attacker = name in ATTACKERS if attacker is None else attacker
        self.is_guest = False
        self.exchanges: deque[requests.Response] = deque(maxlen=REMEMBERED)
        self.ca, self._server = ca, server
        self.verify = ca or True
        self.headers.update({"User-Agent": name, "Accept-Encoding": "identity"})
        self.hooks["response"].append(self._remember)

    @property
    def url(self) -> str:
        """Where the server is; one that was started anew may have moved."""
        return str(self._server.hello["url"]) if self._server else self._url

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
            why = self._server.exit_reason() if self._server else "it is not there"
            raise ServerGone(
                f"no answer from {self.url}: {why}. {START_AGAIN}", request=error.request
            ) from None

    def guest(self, name: str) -> Self:
        """Give what runs in this browser and is an attacker's: a page, a script.

        Its requests go out as this browser's own: one jar of cookies for both, the same connections.
        """
        guest = type(self)(name, self.url, self.ca, self._server, attacker=True)
        guest.is_guest, guest.cookies, guest.adapters = True, self.cookies, self.adapters
        guest.headers["User-Agent"] = self.name
        return guest

    def _remember(self, response: requests.Response, *_: Any, **__: Any) -> None:
        told = {"lab_client": self.name, "lab_attacker": self.attacker, "lab_guest": self.is_guest}
        vars(response).update(told)
        self.exchanges.append(response)

    def __repr__(self) -> str:
        return f"{self.name}, a client of {self.url}"


def client_of(response: requests.Response) -> str:
    """Tell who got this answer."""
    return str(vars(response).get("lab_client", "client"))


def is_attackers(response: requests.Response) -> bool:
    """Tell whether an attacker asked for this answer."""
    return bool(vars(response).get("lab_attacker", client_of(response) in ATTACKERS))


def is_guests(response: requests.Response) -> bool:
    """Tell whether it was asked for in somebody else's browser, which adds its own cookies."""
    return bool(vars(response).get("lab_guest", False))
