"""Scenarios for the refresh endpoint that the learner writes: honest clients, thieves, and broken requests.

Each builds the learner's app over its own families, sends requests to `POST /token/refresh`, and returns the
status codes, in order.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labserver.kit.exercises.learner_app import LearnerApp

Families = dict[str, dict[str, Any]]
Pair = dict[str, str]

ENDS = 1000
"""Seconds, by the clock that the learner's app is given."""
FAMILIES: Families = {
    "f1": {"user": "ada", "current": "f1.first", "ends": ENDS},
    "f2": {"user": "grace", "current": "f2.first", "ends": ENDS},
}


@dataclass
class Time:
    """The time in seconds, as a function that the learner's app calls."""

    seconds: int = 0

    def __call__(self) -> int:
        return self.seconds

    def __repr__(self) -> str:
        return "now"


def new_pair(family_id: str, user: str) -> Pair:
    """Return a new pair of tokens for this user, as the body of an answer."""
    return {
        "access_token": f"an access token of {user}",
        "refresh_token": f"{family_id}.{secrets.token_urlsafe(8)}",
    }


class RefreshRun:
    """One run of the learner's app: its families, its clock, and the answers so far."""

    def __init__(
        self,
        make: Callable[..., Any],
        families: Families,
        pair: Callable[[str, str], Pair],
        now: Time,
    ) -> None:
        families, self.now = copy.deepcopy((families, now))
        self._app = LearnerApp(make(families, pair, self.now))
        self.codes: list[int] = []

    def send(self, body: dict[str, str]) -> dict[str, Any]:
        """Send a body; return the JSON of the answer."""
        answer = self._app.ask("POST", "/token/refresh", body)
        self.codes.append(answer.status)
        return answer.body if isinstance(answer.body, dict) else {}

    def renew(self, token: str) -> str:
        """Send a refresh token; return the next one, or an empty text."""
        return str(self.send({"refresh_token": token}).get("refresh_token", ""))

    def __str__(self) -> str:
        return ", ".join(map(str, self.codes))


def one_renewal(run: RefreshRun) -> str:
    """Ada renews once."""
    answer = run.send({"refresh_token": "f1.first"})
    return f"{run}: {answer.get('access_token')}"


def another_user(run: RefreshRun) -> str:
    """Grace renews once."""
    answer = run.send({"refresh_token": "f2.first"})
    return f"{run}: {answer.get('access_token')}"


def a_working_day(run: RefreshRun) -> str:
    """Ada renews three times, each time with the token that came last."""
    run.renew(run.renew(run.renew("f1.first")))
    return str(run)


def thief_first(run: RefreshRun) -> str:
    """A thief uses a copy first, then Ada her token, then the thief the one that was handed to the thief."""
    stolen = run.renew("f1.first")
    run.renew("f1.first")
    run.renew(stolen)
    return str(run)


def old_copy(run: RefreshRun) -> str:
    """Ada renews twice; then somebody sends the oldest token, and Ada her good one."""
    good = run.renew(run.renew("f1.first"))
    run.renew("f1.first")
    run.renew(good)
    return str(run)


def neighbour(run: RefreshRun) -> str:
    """A token of Ada's is used twice; then Grace renews."""
    run.renew("f1.first")
    run.renew("f1.first")
    run.renew("f2.first")
    return str(run)


def unknown_family(run: RefreshRun) -> str:
    """Somebody makes a token up, of a family that is not there; then Ada renews."""
    run.renew("f9.made-up")
    run.renew("f1.first")
    return str(run)


def empty_body(run: RefreshRun) -> str:
    """Somebody sends a body without a token."""
    run.send({})
    return str(run)


def refusal(run: RefreshRun) -> str:
    """Somebody sends a token that is not good."""
    answer = run.send({"refresh_token": "f9.made-up"})
    return f"{run}: {answer.get('error')}"


def around_the_end(run: RefreshRun) -> str:
    """Ada renews one second before the family's end, and at the end."""
    run.now.seconds = ENDS - 1
    good = run.renew("f1.first")
    run.now.seconds = ENDS
    run.renew(good)
    return str(run)
