"""Requests to the door that the learner builds in 04: two kinds of credential, by two carriers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labserver.kit.exercises.learner_app import LearnerApp

Sessions = dict[str, str]
Verify = Callable[[str], dict[str, str]]
CsrfOf = Callable[[str], str]

OPAQUE, JWT = "k7Qx9fWm2s", "header.claims-of-ada.signature"
FORGED = "header.claims-of-grace.signature"


def verify(token: str) -> dict[str, str]:
    """Stand for the check of a JWT: return its claims. Raises ValueError unless it is Ada's good one."""
    if token != JWT:
        raise ValueError("the signature is not ours")
    return {"sub": "ada"}


def csrf_of(credential: str) -> str:
    """Return the CSRF token that belongs to a credential."""
    return f"csrf-of-{credential}"


def by_cookie(credential: str, **more: str) -> dict[str, str]:
    """Return the headers of a request whose credential is in the cookie."""
    return {"Cookie": f"theme=dark; grid={credential}", **more}


def by_header(credential: str, **more: str) -> dict[str, str]:
    """Return the headers of a request whose credential is in the header."""
    return {"Authorization": f"Bearer {credential}", **more}


@dataclass(frozen=True)
class DoorRequest:
    """One request to a fresh door. Says the status, and whom the door took the sender for."""

    headers: Mapping[str, str]
    method: str = "GET"
    path: str = "/me"

    def __call__(self, make: Callable[..., Any], sessions: Sessions, check: Verify, csrf: CsrfOf) -> str:
        app = LearnerApp(make(dict(sessions), check, csrf))
        answer = app.ask(self.method, self.path, **self.headers)
        return f"{answer.status} {answer.text}" if answer.ok else str(answer.status)


def change(headers: Mapping[str, str]) -> DoorRequest:
    """Ask for a change with these headers."""
    return DoorRequest(headers, "POST", "/email")
