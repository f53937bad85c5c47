"""Clients with verbs of their own; each of their exchanges is held to the promises."""

from __future__ import annotations

import base64
import hashlib
import json
from copy import deepcopy
from functools import cache
from typing import Any

import requests

from tests.conftest import Server, TinyServer
from tests.contract.promises import Description, check_headers, check_problem


@cache
def description_of(server: Server) -> Description:
    """Fetch a server's OpenAPI document, once. What tiny answers is described by the full server.

    The one difference: tiny's login returns no refresh token.
    """
    if isinstance(server, TinyServer):
        document = deepcopy(description_of(server.full).document)
        document["components"]["schemas"]["Pair"]["required"].remove("refresh_token")
        return Description(document)
    with requests.Session() as plain:
        plain.trust_env = False
        plain.verify = server.ca or True
        return Description(plain.get(f"{server.url}/openapi.json", timeout=30).json())


class Client(requests.Session):
    """A `requests.Session` that knows the server's address and checks whatever comes back."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.trust_env = False
        self.verify = server.ca or True

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request to a path of the server."""
        kwargs.setdefault("timeout", 30)
        kwargs.setdefault("allow_redirects", False)
        answer = super().request(method, f"{self.server.url}{url!s}", *args, **kwargs)
        if not isinstance(self.server, TinyServer):  # headers on every answer are for web/middleware to add
            check_headers(answer)
        if answer.status_code >= 400:
            check_problem(answer)
        description_of(self.server).check(answer)
        return answer


class Browser(Client):
    """Holds a session: its cookie, and the CSRF token that goes with each change."""

    cookie_name = "sid"
    flow = "/session"

    def login(self, name: str = "ada", password: str | None = None) -> requests.Response:
        """Log in, and remember the CSRF token."""
        credentials = {"username": name, "password": password or self.server.password(name)}
        return self.remember(self.post(f"{self.flow}/login", json=credentials))

    def remember(self, answer: requests.Response) -> requests.Response:
        """Keep the CSRF token of an answer that issued a new session."""
        if answer.ok:
            self.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return answer

    @property
    def credential(self) -> str:
        """The session id, as the cookie holds it."""
        return str(self.cookies[self.cookie_name])

    def me(self) -> requests.Response:
        """Ask who I am."""
        return self.get(f"{self.flow}/me")


class App(Client):
    """Holds a pair of tokens, and no cookies at all."""

    refresh_token = ""
    flow = "/token"

    def login(self, name: str = "ada", password: str | None = None, **more: Any) -> requests.Response:
        """Log in, and remember the pair."""
        credentials = {"username": name, "password": password or self.server.password(name)}
        return self.remember(self.post(f"{self.flow}/login", json=credentials | more))

    def remember(self, answer: requests.Response) -> requests.Response:
        """Keep the tokens of an answer that issued some."""
        assert "Set-Cookie" not in answer.headers
        if answer.ok:
            self.use(answer.json()["access_token"])
            self.refresh_token = answer.json().get("refresh_token", "")
        return answer

    def use(self, token: str) -> None:
        """Send this access token from now on."""
        self.headers["Authorization"] = f"Bearer {token}"

    @property
    def credential(self) -> str:
        """The access token."""
        return str(self.headers["Authorization"]).removeprefix("Bearer ")

    def me(self) -> requests.Response:
        """Ask who I am."""
        return self.get(f"{self.flow}/me")

    def refresh(self, **more: Any) -> requests.Response:
        """Exchange the refresh token for a new pair."""
        return self.remember(self.post("/token/refresh", json={"refresh_token": self.refresh_token} | more))

    @property
    def claims(self) -> dict[str, Any]:
        """What the access token says."""
        return dict(unsegment(self.credential.split(".")[1]))


def problem(answer: requests.Response, status: int, code: str) -> None:
    """Insist on one certain failure."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.json()["code"] == code


def replay(server: Server, sid: str, cookie: str = "sid") -> requests.Response:
    """Show a copied session id to the server, from another client."""
    return Client(server).get("/session/me", headers={"Cookie": f"{cookie}={sid}"})


def present(server: Server, token: str, path: str = "/token/me") -> requests.Response:
    """Show an access token to the server, from another client."""
    return Client(server).get(path, headers={"Authorization": f"Bearer {token}"})


def fingerprint_of(credential: str) -> str:
    """Return the short fingerprint that a credential wears in traces and rows."""
    return base64.urlsafe_b64encode(hashlib.sha256(credential.encode("ascii")).digest()).decode()[:6]


def segment(part: object) -> str:
    """Spell a JSON value, or raw text, as one unpadded base64url segment."""
    text = part if isinstance(part, str) else json.dumps(part, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unsegment(part: str) -> Any:
    """Read one base64url segment of a token as JSON."""
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
