"""What honest people do, all of it, on any server, weak or not."""

from __future__ import annotations

from typing import Any, Protocol

import requests

GRID = [(what, how) for what in ("opaque", "jwt") for how in ("cookie", "header")]


class LoginServer(Protocol):
    """A server in a process of its own, or in this one."""

    @property
    def url(self) -> str: ...

    def connect(self, session: requests.Session) -> None: ...

    def password(self, name: str) -> str: ...


class Person(requests.Session):
    """One browser or app. Each answer is kept, so that a test can look at its headers."""

    def __init__(self, server: LoginServer, name: str = "ada") -> None:
        super().__init__()
        self.server, self.name = server, name
        self.trust_env = False
        server.connect(self)
        self.answers: list[requests.Response] = []

    def ask(self, method: str, path: str, expected: int, **options: Any) -> Any:
        """Ask, insist on the status, and return what the answer says."""
        answer = self.request(
            method, f"{self.server.url}{path}", timeout=30, allow_redirects=False, **options
        )
        self.answers.append(answer)
        assert answer.status_code == expected, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content and "json" in answer.headers["Content-Type"] else None

    @property
    def login(self) -> dict[str, str]:
        return {"username": self.name, "password": self.server.password(self.name)}


def uses_sessions(server: LoginServer) -> list[requests.Response]:
    """Log in twice, read, change, fill the cart, look at the devices, log out; then be a stranger."""
    phone, ada = Person(server), Person(server)
    phone.ask("POST", "/session/login", 200, json=phone.login)
    csrf = {"X-CSRF-Token": ada.ask("POST", "/session/login", 200, json=ada.login)["csrf_token"]}
    assert ada.ask("GET", "/session/me", 200)["user"]["username"] == "ada"
    ada.ask("GET", "/session/admin", 403)
    ada.ask("POST", "/session/email", 200, json={"email": "ada@sessions.example"}, headers=csrf)
    assert ada.ask("GET", "/session/me", 200)["user"]["email"] == "ada@sessions.example"
    ada.ask("POST", "/session/cart", 200, json={"item": "tea"}, headers=csrf)
    assert ada.ask("GET", "/session/cart", 200)["cart"] == ["tea"]
    assert phone.ask("GET", "/session/cart", 200)["cart"] == [], "another session has its own cart"
    devices = ada.ask("GET", "/session/sessions", 200)["sessions"]
    other = next(device["handle"] for device in devices if not device["current"])
    ada.ask("DELETE", f"/session/sessions/{other}", 204, headers=csrf)
    ada.ask("POST", "/session/logout", 204, headers=csrf)
    ada.ask("GET", "/session/me", 401)
    csrf = {"X-CSRF-Token": ada.ask("POST", "/session/login", 200, json=ada.login)["csrf_token"]}
    ada.ask("POST", "/session/logout-all", 204, headers=csrf)
    phone.ask("GET", "/session/me", 401)
    grace = Person(server, "grace")
    grace.ask("POST", "/session/login", 200, json=grace.login)
    assert "ada" in grace.ask("GET", "/session/admin", 200)["users"]
    return ada.answers + phone.answers + grace.answers


def uses_tokens(server: LoginServer) -> list[requests.Response]:
    """Log in, read, change, refresh three times, log out, revoke; two devices at once."""
    ada, phone = Person(server), Person(server)
    pair = ada.ask("POST", "/token/login", 200, json=ada.login)
    others = phone.ask("POST", "/token/login", 200, json=phone.login)
    for _ in range(3):
        bearer = {"Authorization": f"Bearer {pair['access_token']}"}
        assert ada.ask("GET", "/token/me", 200, headers=bearer)["user"]["username"] == "ada"
        pair = ada.ask("POST", "/token/refresh", 200, json={"refresh_token": pair["refresh_token"]})
    ada.ask("POST", "/token/email", 200, json={"email": "ada@tokens.example"}, headers=bearer)
    assert ada.ask("GET", "/token/me", 200, headers=bearer)["user"]["email"] == "ada@tokens.example"
    ada.ask("GET", "/token/admin", 403, headers=bearer)
    assert ada.ask("GET", "/token/families", 200, headers=bearer)["families"]
    ada.ask("POST", "/token/logout", 204, json={"refresh_token": pair["refresh_token"]})
    ada.ask("POST", "/token/refresh", 400, json={"refresh_token": pair["refresh_token"]})
    phone.ask("POST", "/token/refresh", 200, json={"refresh_token": others["refresh_token"]})
    for unknown in ("nonsense", "two.parts", pair["refresh_token"], others["refresh_token"]):
        ada.ask("POST", "/token/revoke", 200, data={"token": unknown})
    ada.ask("GET", "/token/me", 401)
    ada.ask("GET", "/token/me", 401, headers={"Authorization": "Bearer no.such.token"})
    ada.ask("GET", "/token/me", 401, headers={"Authorization": "Bearer two.parts"})
    ada.ask("POST", "/token/logout-all", 204, headers=bearer)
    grace = Person(server, "grace")
    admin = grace.ask("POST", "/token/login", 200, json=grace.login)["access_token"]
    grace.ask("GET", "/token/admin", 200, headers={"Authorization": f"Bearer {admin}"})
    return ada.answers + phone.answers + grace.answers


def uses_the_grid(server: LoginServer) -> list[requests.Response]:
    """Log in, read, change and log out in each of the four cells."""
    answers = []
    for what, how in GRID:
        ada, cell = Person(server), f"/grid/{what}/{how}"
        body = ada.ask("POST", f"{cell}/login", 200, json=ada.login)
        headers = (
            {"X-CSRF-Token": body["csrf_token"]}
            if how == "cookie"
            else {"Authorization": f"Bearer {body['access_token']}"}
        )
        assert ada.ask("GET", f"{cell}/me", 200, headers=headers)["user"]["username"] == "ada"
        ada.ask("POST", f"{cell}/email", 200, json={"email": f"{what}@{how}.example"}, headers=headers)
        ada.ask("POST", f"{cell}/logout", 204, headers=headers)
        ada.ask("GET", f"{cell}/me", 401)
        answers += ada.answers
    return answers


def uses_the_site(server: LoginServer) -> list[requests.Response]:
    """Use the rendered site: the forms as a browser sends them, each with its hidden field."""
    ada = Person(server)
    own = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    ada.ask("GET", "/site/", 200)
    ada.ask("POST", "/site/login", 303, data=ada.login, headers=own)
    csrf = ada.ask("GET", "/session/me", 200)["csrf_token"]
    ada.ask("POST", "/site/cart", 303, data={"item": "tea", "csrf_token": csrf}, headers=own)
    ada.ask("POST", "/site/email", 303, data={"email": "ada@site.example", "csrf_token": csrf}, headers=own)
    ada.ask("GET", "/site/", 200)
    assert "ada@site.example" in ada.answers[-1].text and "tea" in ada.answers[-1].text
    ada.ask("POST", "/site/logout", 303, data={"csrf_token": csrf}, headers=own)
    return ada.answers


WAYS = (uses_sessions, uses_tokens, uses_the_grid, uses_the_site)
