"""The users of a lab whose passwords the notebook knows: the demo users, and those that it made itself."""

from __future__ import annotations

import secrets
from typing import Any

from labserver.formats.reports import UserReport
from labserver.kit.failures import KitError
from labserver.kit.processes.control_client import ControlClient
from labserver.runtime.child_messages import ReadyMessage


class Login(dict[str, str]):
    """What a login sends. It shows itself without the password, so that none lands in a notebook."""

    def __repr__(self) -> str:
        return repr({**self, "password": "••••••"})


class Accounts:
    """Make users by the control API, and remember their passwords."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control
        self._passwords: dict[str, str] = {}

    def start_over(self, ready: ReadyMessage) -> None:
        """Know the demo users alone, as after a start or a reset."""
        self._passwords = {name: user["password"] for name, user in ready["users"].items()}

    def login(self, username: str) -> Login:
        """Return the body of a login. Raises KitError for a user whose password is not known."""
        if username not in self._passwords:
            names = ", ".join(sorted(self._passwords))
            raise KitError(
                f"there is no user {username!r} here; there are {names}. lab.user({username!r}) makes one."
            )
        return Login(username=username, password=self._passwords[username])

    def change(self, username: str, password: str | None = None, **changes: Any) -> UserReport:
        """Make a user, with a random password if none is given, or change one. Raises ControlRefused."""
        if username not in self._passwords and password is None:
            password = f"{secrets.randbelow(10**20):020}"  # no letter: it must not hold the name
        answer = self._control.post("users", username=username, password=password, **changes)
        if password is not None:
            self._passwords[username] = password
        user: UserReport = answer["user"]
        return user

    def numbered(self, count: int) -> list[tuple[str, str]]:
        """Return names and passwords of load1, load2, … up to `count`; those that are missing are made."""
        names = [f"load{number}" for number in range(1, count + 1)]
        for name in names:
            if name not in self._passwords:
                self.change(name)
        return [(name, self._passwords[name]) for name in names]
