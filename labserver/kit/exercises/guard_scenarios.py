"""Requests to the shop that the learner guards in 07: honest ones, and forgeries."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labserver.kit.exercises.learner_app import LearnerApp
from labserver.kit.exercises.timing_safe import TimingSafeStr

CsrfToken = Callable[[str], str]

ADA, MALLORY = "k7Qx9f", "zR3vT8"
"""The ids of their sessions."""


def csrf_token(session_id: str) -> str:
    """Return the CSRF token of a session, as the server derives it."""
    return hmac.new(b"known to the server only", session_id.encode(), "sha256").hexdigest()


def after_a_change_of_keys(session_id: str) -> str:
    """Return the CSRF token of a session, derived with another key."""
    return hmac.new(b"a newer key", session_id.encode(), "sha256").hexdigest()


def timing_safe(session_id: str) -> str:
    """Return the CSRF token as text that notices how it is compared."""
    return TimingSafeStr(csrf_token(session_id))


@dataclass(frozen=True)
class ShopRequest:
    """One request in Ada's browser: her cookie goes with it. Says what was answered, and what was changed."""

    method: str
    token: str | None
    """What stands in X-CSRF-Token; None leaves the header out."""

    path: str = "/email"

    def __call__(self, make: Callable[..., Any], token_of: CsrfToken, changes: list[str]) -> str:
        changed = list(changes)
        app = LearnerApp(make(token_of, changed))
        headers = {"Cookie": f"sid={ADA}"} | ({} if self.token is None else {"X-CSRF-Token": self.token})
        answer = app.ask(self.method, self.path, **headers)
        return f"{answer.status}, {'changed' if changed else 'nothing changed'}"
