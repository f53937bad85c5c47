"""Scenarios for the login that the learner writes in 01: honest people, and somebody who looks for accounts.

Each is called with the learner's function, the stored hashes, the decoy and `matches`. Each returns in a few
words what happened. Raises NotImplementedError where nothing is written yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from labserver.kit.exercises.learner_app import AppAnswer, LearnerApp
from labserver.kit.exercises.scenarios import KEPT_OUT

Matches = Callable[[str, str], bool]
Make = Callable[[dict[str, str], str, Matches], Any]

NO_CRASH = "refused, and no crash"


def stored(password: str) -> str:
    """Stand for the slow hash of a password. The real one is Argon2id; a check cannot wait for it."""
    return "slow$" + hashlib.sha256(password.encode()).hexdigest()


def matches(stored_hash: str, password: str) -> bool:
    """Tell whether the password belongs to the hash."""
    return stored_hash == stored(password)


HASHES = {"ada": stored("lovelace"), "grace": stored("hopper")}
_BEHIND = "the password behind the decoy"
DECOY = stored(_BEHIND)


class _Login:
    """The learner's app, and the password checks that it has made."""

    def __init__(self, make: Make, hashes: dict[str, str], decoy: str, check: Matches) -> None:
        self.checks = 0

        def counting(stored_hash: str, password: str) -> bool:
            self.checks += 1
            return check(stored_hash, password)

        self.app = LearnerApp(make(dict(hashes), decoy, counting))

    def send(self, username: str, password: str) -> AppAnswer:
        return self.app.ask("POST", "/login", {"username": username, "password": password})


def _opened(answer: AppAnswer) -> str:
    return f"{answer.status}, {answer.text.strip()[:60]}" if answer.ok else KEPT_OUT


def honest(make: Make, *given: Any) -> str:
    """Log Ada in with her own password."""
    answer = _Login(make, *given).send("ada", "lovelace")
    if answer.ok and isinstance(answer.body, dict):
        return f"{answer.status}, {answer.body.get('user')}"
    return f"{answer.status}, and no JSON with her name"


def wrong_password(make: Make, *given: Any) -> str:
    """Log in as Ada with a wrong password."""
    return str(_Login(make, *given).send("ada", "a guess").status)


def of_another_user(make: Make, *given: Any) -> str:
    """Log in as Ada with Grace's password."""
    return _opened(_Login(make, *given).send("ada", "hopper"))


def unknown_user(make: Make, *given: Any) -> str:
    """Compare the answer for an unknown name with the one for a wrong password."""
    login = _Login(make, *given)
    known, unknown = login.send("ada", "a guess"), login.send("nobody", "a guess")
    found = [
        part
        for part, one, other in (
            ("body", known.text, unknown.text),
            ("headers", known.headers, unknown.headers),
            ("status", known.status, unknown.status),
        )
        if one != other
    ]
    return f"different: {', '.join(found)}" if found else "the same answer"


def work_for_nobody(make: Make, *given: Any) -> str:
    """Count the password checks for an unknown name."""
    login = _Login(make, *given)
    login.send("nobody", "a guess")
    return f"password checks: {login.checks}"


def behind_the_decoy(make: Make, *given: Any) -> str:
    """Log in with an unknown name and the password that belongs to the decoy."""
    return _opened(_Login(make, *given).send("nobody", _BEHIND))


def in_the_address(make: Make, *given: Any) -> str:
    """Send name and password in the address, with GET."""
    app = _Login(make, *given).app
    app.ask("POST", "/login", {"username": "ada", "password": "lovelace"})  # there is a login at all
    return _opened(app.ask("GET", "/login?username=ada&password=lovelace"))


def anything(make: Make, *given: Any) -> str:
    """Send bodies that are no login."""
    app = _Login(make, *given).app
    for body in ({"username": "ada"}, ["ada", "lovelace"], {"username": ["ada"], "password": {}}):
        answer = app.ask("POST", "/login", body)
        if not answer.refused:
            return f"{answer.status} for {body}"
    return NO_CRASH
