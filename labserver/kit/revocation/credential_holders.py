"""Credential holders: who has a session id, an access token or a refresh token, and what it still opens."""

from __future__ import annotations

import copy
import re
from typing import Self

import requests

from labserver.kit.failures import KitError
from labserver.kit.lab import Lab

WHO = "grace"
"""Whose access is watched: an admin, so that her role can be taken from her."""


class CredentialHolder:
    """Somebody who holds a credential of Grace's: she herself, or the thief who copied it."""

    flow: str
    lives: int
    """After how many seconds it ends, according to the answer that handed it over."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.client = lab, lab.client("owner")
        self.take(self.client.post(f"/{self.flow}/login", json=lab.login(WHO)))

    def take(self, answer: requests.Response) -> None:
        """Keep the credential that an answer hands over."""
        raise NotImplementedError

    def header(self) -> dict[str, str]:
        """Write the credential as a request carries it."""
        raise NotImplementedError

    def copied(self) -> Self:
        """Return the copy: the same credential, in the hands of a thief."""
        thief = copy.copy(self)
        thief.client = self.lab.client("thief")
        return thief

    def gets_in(self) -> bool:
        """Try the admin's page."""
        return self.client.get(f"/{self.flow}/admin", headers=self.header()).ok

    def gets_in_after(self, seconds: int) -> bool:
        """Let time pass, and try again."""
        self.wait(seconds)
        return self.gets_in()

    def do(self, what: str, **body: str) -> None:
        """Change something in Grace's name, as in `do("logout")`. Raises KitError if the server refuses."""
        _right(self.client.post(f"/{self.flow}/{what}", json=body or None, headers=self.header()))

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.lab.clock.advance(seconds=seconds)


class SessionId(CredentialHolder):
    """A holder of a session id, who uses it often enough, so that it does not end for being idle."""

    flow = "session"

    def take(self, answer: requests.Response) -> None:
        welcome = _right(answer).json()
        self.sid, self.csrf = self.client.cookies["sid"], welcome["csrf_token"]
        self.idle: int = welcome["expires_in"]
        self.lives = int(re.findall(r"Max-Age=(\d+)", answer.headers["Set-Cookie"])[0])

    def header(self) -> dict[str, str]:
        return {"Cookie": f"sid={self.sid}", "X-CSRF-Token": self.csrf}

    def wait(self, seconds: int) -> None:
        often = self.idle * 9 // 10
        for gone in range(0, seconds, often):
            super().wait(min(often, seconds - gone))
            self.gets_in()


class AccessToken(CredentialHolder):
    """A holder of an access token, with the refresh token beside it, to renew it."""

    flow = "token"

    def take(self, answer: requests.Response) -> None:
        pair = _right(answer).json()
        self.access, self.refresh = pair["access_token"], pair["refresh_token"]
        self.lives = pair["expires_in"]

    def header(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access}"}

    def do(self, what: str, **body: str) -> None:
        super().do(what, **({"refresh_token": self.refresh} if what == "logout" else body))

    def renew(self) -> bool:
        """Exchange the refresh token for a new pair; False if the server refuses."""
        answer = self.client.post("/token/refresh", json={"refresh_token": self.refresh})
        if answer.ok:
            self.take(answer)
        return answer.ok


class RefreshToken(AccessToken):
    """A holder of a refresh token, who gets in as long as it can be exchanged for an access token."""

    def gets_in(self) -> bool:
        return self.renew() and super().gets_in()


def _right(answer: requests.Response) -> requests.Response:
    if not answer.ok:
        raise KitError(f"{answer.request.method} {answer.request.path_url} was answered {answer.status_code}")
    return answer
